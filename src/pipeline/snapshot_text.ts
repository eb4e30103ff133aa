/**
 * The forms of values that become text in a copy, and the marks for what was left out.
 *
 * @module
 */
import { beginning } from "../beginning.ts";

/** Bytes of a buffer that are shown. */
const SHOWN_BYTES = 64;

/** UTF-16 units of one string at the most, whatever `maxString` says: a record must fit in memory, and in a string. */
export const LONGEST_STRING: number = 64 << 20;

/** UTF-16 units of all strings of a copy; those that no longer fit are cut. */
export const MOST_TEXT: number = 64 << 20;

/** UTF-16 units that a string keeps even so: short ones are counted by the limit of values. */
export const SHORT_STRING = 1024;

/** Length of the longest mark that {@linkcode cutText} adds, with some room. */
export const LONGEST_MARK = 40;

/** The first part of a text, with a mark that tells how many UTF-16 units are missing. Splits no surrogate pair. */
export function cutText(text: string, length: number): string {
  const kept = beginning(text, length);
  return `${kept}...[+${text.length - kept.length} chars]`;
}

/** Bytes as `[5 bytes: 48656c6c6f]`, the first 64 of them in hexadecimal. */
export function bytesText(value: object): string {
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value as ArrayBuffer);
  if (bytes.length === 0) return "[0 bytes]";
  let hex = "";
  for (const byte of bytes.subarray(0, SHOWN_BYTES)) hex += (byte < 16 ? "0" : "") + byte.toString(16);
  return `[${bytes.length} bytes: ${hex}${bytes.length > SHOWN_BYTES ? "..." : ""}]`;
}

/** A date in ISO 8601, whatever its own methods have become. */
export function dateText(date: Date): string {
  return Number.isNaN(Date.prototype.getTime.call(date)) ? "Invalid Date" : Date.prototype.toISOString.call(date);
}

/** A primitive out of its box: `new Number(1)`, `Object(1n)`. */
export function unbox(value: object, tag: string): unknown {
  switch (tag) {
    case "String":
      return String.prototype.valueOf.call(value);
    case "Number":
      return Number.prototype.valueOf.call(value);
    case "Boolean":
      return Boolean.prototype.valueOf.call(value);
    case "BigInt":
      return BigInt.prototype.valueOf.call(value);
    default:
      return Symbol.prototype.valueOf.call(value);
  }
}

/** Sets a property as data, also one called `__proto__`. */
export function define(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    out[key] = value;
  }
}

/**
 * Sets a property under a name that is not taken: `a`, `a (2)`, `a (3)`.
 *
 * @param numbers The number each name was given last, where many may look alike: without it each would have to be tried
 * against all before it.
 */
export function defineNew(
  out: Record<string, unknown>,
  key: string,
  value: unknown,
  numbers?: Map<string, number>,
): void {
  let name = key;
  if (Object.hasOwn(out, name)) {
    let number = numbers?.get(key) ?? 1;
    do name = `${key} (${++number})`; while (Object.hasOwn(out, name));
    numbers?.set(key, number);
  }
  define(out, name, value);
}
