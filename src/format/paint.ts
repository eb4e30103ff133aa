import type { Level } from "../level.ts";

/** Select Graphic Rendition codes (ECMA-48, section 8.3.117). */
export const COLOR: { readonly [K in Level]: number } = {
  trace: 90,
  debug: 36,
  info: 32,
  warn: 33,
  error: 31,
  fatal: 35,
};
/** Code of what matters less. */
export const DIM = 2;
/** Code of the logger's name. */
export const NAME = 34;

/** Gives a text that has no control characters a colour, or leaves it as it is. */
export type Paint = (code: number, text: string) => string;

/** Paints. */
export const inColor: Paint = (code, text) => text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`;

/** Leaves everything as it is. */
export const plain: Paint = (_, text) => text;
