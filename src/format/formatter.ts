import type { Formatter } from "../message.ts";
import type { LineFormat } from "./line_format.ts";

/** What the dispatcher uses instead of the formatters that were made here. */
const LINE_FORMATS = new WeakMap<Formatter, LineFormat>();

/** Makes the public form of a format: a function of a message. There is no destination then that could seal the line. */
export function formatterOf(line: LineFormat): Formatter {
  const end = line.seal === undefined ? "" : "}";
  const formatter: Formatter = (message) => line.format(message) + end;
  LINE_FORMATS.set(formatter, line);
  return formatter;
}

/** The format behind a formatter of {@linkcode formatterOf}; `undefined` for one that somebody else wrote. */
export function lineFormatOf(formatter: Formatter): LineFormat | undefined {
  return LINE_FORMATS.get(formatter);
}
