import type { Queue } from "../dispatch/queue.ts";
import type { Message } from "../message.ts";
import { isErrorCopy } from "./error_copy.ts";
import { bareOrQuoted, visibleText } from "./escape.ts";
import type { LineFormat } from "./line_format.ts";
import { COLOR, DIM, inColor, NAME, type Paint, plain } from "./paint.ts";
import { inlineData } from "./pretty_data.ts";
import { dataBlock, errorBlock } from "./pretty_error.ts";
import { textValue } from "./text_format.ts";
import { timestamp } from "./timestamp.ts";

/** Options of {@linkcode Formats.pretty}. */
export interface PrettyFormatOptions {
  /** Whether to use colours. The library does not look at the terminal here; see `colorsWanted`. @default false */
  readonly colors?: boolean;
  /** Columns of the terminal, or a function that says how many there are now. `Infinity`: no wrapping. @default 80 */
  readonly width?: number | (() => number);
  /** How the time is written: the time of day (UTC), all of it, or not at all. @default "time" */
  readonly time?: "time" | "iso" | "none";
  /** The field that holds the logger's name, which stands before the message. @default "logger" */
  readonly nameKey?: string;
  /** Columns that names are padded to. @default 12 */
  readonly nameWidth?: number;
  /** Whether a record may take several lines. @default true */
  readonly multiline?: boolean;
}

/** Columns before what stands below the first line of a record. */
const INDENT = 4;

/** Columns that are used however narrow the terminal says it is. */
const LEAST_WIDTH = 20;

/**
 * For people at a terminal: the time of day (UTC), the level in colour, the logger's name, the message, the fields.
 *
 * Fields that do not fit the line go on with the next; objects that do not fit a line are broken into several, and
 * errors always stand below, with their stacks and causes. Control characters of the data, in keys too, are escaped:
 * the only ones in the output are its own line breaks and colours.
 */
export class PrettyFormat implements LineFormat {
  readonly #options: PrettyFormatOptions;
  readonly #paint: Paint;
  #oneLine: LineFormat | undefined;

  constructor(options: PrettyFormatOptions = {}) {
    this.#options = options;
    this.#paint = options.colors === true ? inColor : plain;
  }

  get oneLine(): LineFormat {
    if (this.#options.multiline === false) return this;
    return this.#oneLine ??= new PrettyFormat({ ...this.#options, multiline: false });
  }

  format(message: Message): string {
    const { msg, fields = {} } = message;
    const { nameKey = "logger", multiline = true } = this.#options;
    const paint = this.#paint;
    const width = multiline ? this.#width() : Infinity;
    const named = Object.hasOwn(fields, nameKey) && typeof fields[nameKey] === "string";
    const [plainHead, head] = this.#head(message, named ? visibleText(fields[nameKey] as string) : undefined);
    const text = visibleText(msg);
    let line = head + text;
    let column = plainHead.length + text.length;
    let below = "";
    for (const key of Object.keys(fields)) {
      const value = fields[key];
      if (value === undefined || named && key === nameKey) continue;
      if (multiline && isErrorCopy(value, key)) {
        below += "\n" + errorBlock(key, value, { indent: INDENT, width, paint }).join("\n");
        continue;
      }
      const name = bareOrQuoted(key) + "=";
      const isData = typeof value === "object" && value !== null;
      const shown = isData ? inlineData(value) : textValue(value);
      const length = name.length + shown.length;
      if (column + 1 + length > width) {
        if (isData) {
          below += "\n" + dataBlock(key, value, { indent: INDENT, width, paint });
          continue;
        }
        line += "\n" + " ".repeat(INDENT);
        column = INDENT;
      } else {
        line += " ";
        column++;
      }
      line += paint(DIM, name) + shown;
      column += length;
    }
    return line + below;
  }

  encode(queue: Queue, index: number): string {
    return this.format(queue.message(index));
  }

  /** What stands before the message, without and with colours. */
  #head({ time, level }: Message, name: string | undefined): readonly [plain: string, painted: string] {
    const { time: style = "time", nameWidth = 12 } = this.#options;
    const stamp = timestamp(time);
    const parts: [code: number, text: string][] = [[COLOR[level], level.toUpperCase().padEnd(5)]];
    if (style !== "none") parts.unshift([DIM, style === "iso" ? stamp : stamp.slice(-13, -1)]);
    if (name !== undefined) parts.push([NAME, name.padEnd(nameWidth)]);
    return [
      parts.map(([, text]) => `${text} `).join(""),
      parts.map(([code, text]) => `${this.#paint(code, text)} `).join(""),
    ];
  }

  #width(): number {
    const { width = 80 } = this.#options;
    const columns = typeof width === "function" ? width() : width;
    // A terminal that does not know says 0.
    return columns >= LEAST_WIDTH ? columns : columns > 0 ? LEAST_WIDTH : 80;
  }
}
