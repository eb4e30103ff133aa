import type { Formatter } from "../message.ts";
import type { LineFormat } from "./line_format.ts";

/** What the dispatcher uses instead of the formatters that were made here. */
const LINE_FORMATS = new WeakMap<Formatter, LineFormat>();

/** Makes the public form of a format: a function of a message. */
export function formatterOf(line: LineFormat): Formatter {
  const formatter: Formatter = (message) => line.format(message);
  LINE_FORMATS.set(formatter, line);
  return formatter;
}

/** The format behind a formatter of {@linkcode formatterOf}; `undefined` for one that somebody else wrote. */
export function lineFormatOf(formatter: Formatter): LineFormat | undefined {
  return LINE_FORMATS.get(formatter);
}
