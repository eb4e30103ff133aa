import { isObject } from "./error_copy.ts";
import { jsonString, jsonValue, visibleText } from "./escape.ts";

/** Where a piece of data is to stand. */
export interface Place {
  /** Columns before its first character. */
  readonly column: number;
  /** Columns before its further lines. */
  readonly indent: number;
  /** Columns there are. Characters count one each; an approximation for wide ones. */
  readonly width: number;
}

/** Plain data as JSON on one line, with nothing in it that a terminal obeys. */
export function inlineData(value: unknown): string {
  return typeof value === "string" ? visibleText(jsonString(value)) : visibleText(jsonValue(value) ?? String(value));
}

/**
 * Plain data as JSON on one line where that fits, else broken: an object one member a line, an array of numbers and
 * short texts as many a line as fit, any other array one item a line. Strings are never broken, so that they can be
 * copied from the screen.
 */
export function blockData(value: unknown, place: Place): string {
  const inline = inlineData(value);
  if (typeof value !== "object" || value === null || inline.length < 3) return inline;
  const { column, indent, width } = place;
  if (column + inline.length < width) return inline; // a comma may follow
  const inner = indent + 2;
  const pad = " ".repeat(inner);
  const end = "\n" + " ".repeat(indent);
  if (isObject(value)) {
    const members = Object.keys(value).flatMap((key) => {
      const item = value[key];
      if (item === undefined || typeof item === "function" || typeof item === "symbol") return [];
      const name = `${inlineData(key)}: `;
      return [pad + name + blockData(item, { column: inner + name.length, indent: inner, width })];
    });
    return `{\n${members.join(",\n")}${end}}`;
  }
  const items = Array.from(
    value as unknown[],
    (item) => blockData(item ?? null, { column: inner, indent: inner, width }),
  );
  const isFlat = (value as unknown[]).every((item) => typeof item !== "object" || item === null);
  return `[\n${isFlat ? fill(items, inner, width) : items.map((item) => pad + item).join(",\n")}${end}]`;
}

/** As many items a line as fit. */
function fill(items: readonly string[], indent: number, width: number): string {
  const pad = " ".repeat(indent);
  const lines: string[] = [];
  let line = "";
  for (const item of items) {
    if (line !== "" && indent + line.length + item.length + 3 > width) {
      lines.push(pad + line);
      line = "";
    }
    line += (line === "" ? "" : ", ") + item;
  }
  lines.push(pad + line);
  return lines.join(",\n");
}
