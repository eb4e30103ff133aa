/**
 * Texts without their escapes: a secret may stand percent-encoded in a URL, in a string of JSON, or in the hexadecimal
 * form that bytes have in a record.
 *
 * @module
 */

/** A text without escapes that knows where it came from. */
export class Decoded {
  readonly text: string;
  /** Places in this text, ascending, from which on it runs beside the other, and the places there. */
  readonly #own: readonly number[];
  readonly #other: readonly number[];

  constructor(text: string, own: readonly number[], other: readonly number[]) {
    this.text = text;
    this.#own = own;
    this.#other = other;
  }

  /** The place in the text with escapes. */
  origin(at: number): number {
    const own = this.#own;
    let low = 0;
    let high = own.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((own[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? at : (this.#other[low - 1] as number) + at - (own[low - 1] as number);
  }
}

const ESCAPE = /[%\\+]/g;
const HAS_ESCAPES = /[%\\]/;

/** Of what stands after a backslash in JSON and JavaScript, that which is not itself. */
const CONTROLS: ReadonlyMap<number, string> = new Map(
  [..."nrtbfv0"].map((c, i) => [c.charCodeAt(0), "\n\r\t\b\f\v\0"[i]!]),
);

/**
 * The text without one layer of percent-encoding (RFC 3986; `+` is a space where there is a `=`, as in forms) and of
 * escapes with backslashes; `undefined` when there are none. Takes time in proportion to the text.
 */
export function decode(text: string): Decoded | undefined {
  return textOfBytes(text) ?? decodeWhere(text, ANYTHING);
}

/**
 * The same for letters, digits and what else usual names have: where a name and its value are written with escapes, those
 * of the value must stay, as a `%26` in it is not where it ends.
 */
export function decodeNames(text: string): Decoded | undefined {
  return decodeWhere(text, IN_NAMES, NO_BREAK_SPACE);
}

/** Stands for a space that is none in the text, where a value ends. */
export const NO_BREAK_SPACE = "\u00a0";

const ANYTHING = /^/;
// deno-lint-ignore no-control-regex
const IN_NAMES = /^(?:[\w\-.[\] ]|[^\x00-\x7f])/;

function decodeWhere(text: string, wanted: RegExp, space = " "): Decoded | undefined {
  const isForm = text.includes("+") && text.includes("=");
  if (!isForm && !HAS_ESCAPES.test(text)) return undefined;
  const own: number[] = [];
  const other: number[] = [];
  let result = "";
  let done = 0;
  ESCAPE.lastIndex = 0;
  while (ESCAPE.test(text)) {
    const at = ESCAPE.lastIndex - 1;
    const made = decodeAt(text, at, isForm);
    if (made === "") continue;
    if (!wanted.test(made)) {
      ESCAPE.lastIndex = escapeEnd;
      continue;
    }
    if (at > done || done === 0) {
      result += text.slice(done, at);
      own.push(result.length);
      other.push(at);
    }
    result += made === " " ? space : made;
    done = escapeEnd;
    ESCAPE.lastIndex = done;
    own.push(result.length);
    other.push(done);
  }
  return done === 0 ? undefined : new Decoded(result + text.slice(done), own, other);
}

/** Where the escape ends that {@linkcode decodeAt} has read last. */
let escapeEnd = 0;

/** What an escape stands for; empty if it is none. */
function decodeAt(text: string, at: number, isForm: boolean): string {
  const sign = text.charCodeAt(at);
  escapeEnd = at + 1;
  if (sign === 43) return isForm ? " " : "";
  if (sign === 37) return decodePercent(text, at);
  if (at + 1 >= text.length) return "";
  const next = text.charCodeAt(at + 1);
  if (next === 117 || next === 120) {
    const end = at + (next === 117 ? 6 : 4);
    const code = hexAt(text, at + 2, end);
    if (code >= 0) {
      escapeEnd = end;
      return String.fromCharCode(code);
    }
  }
  escapeEnd = at + 2;
  return CONTROLS.get(next) ?? text.charAt(at + 1);
}

/** One character of UTF-8 in percent-encoding; a byte that belongs to none is U+FFFD. */
function decodePercent(text: string, at: number): string {
  const first = hexAt(text, at + 1, at + 3);
  if (first < 0) return "";
  escapeEnd = at + 3;
  if (first < 0x80) return String.fromCharCode(first);
  const further = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let code = first & (0x3f >> further);
  for (let i = 1; i <= further; i++) {
    const byte = text.charCodeAt(at + 3 * i) === 37 ? hexAt(text, at + 3 * i + 1, at + 3 * i + 3) : -1;
    if (byte < 0x80 || byte > 0xbf) return "\ufffd";
    code = code << 6 | byte & 0x3f;
  }
  if (further === 0 || code > 0x10ffff) return "\ufffd";
  escapeEnd = at + 3 + 3 * further;
  return String.fromCodePoint(code);
}

/** The value of hexadecimal digits; -1 where there are others. */
function hexAt(text: string, from: number, to: number): number {
  if (to > text.length) return -1;
  let value = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at) | 32;
    const digit = code >= 48 && code <= 57 ? code - 48 : code >= 97 && code <= 102 ? code - 87 : -1;
    if (digit < 0 || digit < 10 && text.charCodeAt(at) < 48) return -1;
    value = value * 16 + digit;
  }
  return value;
}

const BYTES = /^\[\d+ bytes: (?=[\da-f])/;

/** What bytes say that a record shows as `[5 bytes: 68656c6c6f]`; `undefined` for another text. */
export function textOfBytes(text: string): Decoded | undefined {
  if (text.charCodeAt(0) !== 91) return undefined;
  const start = BYTES.exec(text)?.[0].length;
  if (start === undefined) return undefined;
  const own: number[] = [];
  const other: number[] = [];
  let result = "";
  for (let at = start; at + 2 <= text.length; at += 2) {
    const byte = hexAt(text, at, at + 2);
    if (byte < 0) break;
    own.push(result.length);
    other.push(at);
    result += String.fromCharCode(byte);
  }
  own.push(result.length);
  other.push(start + 2 * result.length);
  return new Decoded(result, own, other);
}
