import { type ErrorCopy, errorTitle, isErrorCopy, LONGEST_STACK, MAX_CAUSES, stackCalls } from "./error_copy.ts";
import { bareOrQuoted, visibleText } from "./escape.ts";
import { COLOR, DIM, type Paint } from "./paint.ts";
import { blockData } from "./pretty_data.ts";
import { beginning } from "../beginning.ts";

/** Where a piece of a record stands below its first line. */
export interface BlockOptions {
  /** Columns before it. */
  readonly indent: number;
  /** Columns there are. */
  readonly width: number;
  readonly paint: Paint;
}

/** `name: value` on lines of its own. */
export function dataBlock(name: string, value: unknown, { indent, width, paint }: BlockOptions): string {
  const label = bareOrQuoted(name) + ":";
  const data = blockData(value, { column: indent + label.length + 1, indent, width });
  return `${" ".repeat(indent)}${paint(DIM, label)} ${data}`;
}

/**
 * An error on lines of its own: its title, the frames of its stack, its own properties, and further in, each below the
 * other, its causes and the errors it stands for.
 */
export function errorBlock(name: string, error: ErrorCopy, options: BlockOptions, depth = 0): string[] {
  const { indent, paint } = options;
  const pad = " ".repeat(indent);
  const [title = "", ...more] = beginning(errorTitle(error), LONGEST_STACK).split("\n").map(visibleText);
  const lines = [`${pad}${paint(DIM, bareOrQuoted(name) + ":")} ${paint(COLOR.error, title)}`];
  for (const line of more) lines.push(`${pad}    ${paint(COLOR.error, line)}`);
  // The title stands above already, in words that redaction may have changed.
  for (const frame of stackCalls(error)) lines.push(`${pad}    ${paint(DIM, visibleText(frame))}`);
  const inner = { ...options, indent: indent + 2 };
  for (const key of Object.keys(error)) {
    const value = error[key];
    if (key === "type" || key === "message" || key === "stack" || value === undefined) {
      continue;
    }
    if (key === "errors" && Array.isArray(value) && depth < MAX_CAUSES) {
      value.forEach((part, index) => {
        const place = `errors[${index}]`;
        if (isErrorCopy(part, "err")) lines.push(...errorBlock(place, part, inner, depth + 1));
        else lines.push(dataBlock(place, part, inner));
      });
    } else if (isErrorCopy(value, key === "cause" ? "err" : key) && depth < MAX_CAUSES) {
      lines.push(...errorBlock(key, value, inner, depth + 1));
    } else lines.push(dataBlock(key, value, inner));
  }
  return lines;
}
