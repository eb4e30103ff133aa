/**
 * Escaping: a record is one line and valid in its format, whatever the data.
 *
 * @module
 */

import { cutText } from "../pipeline/snapshot_text.ts";

/** Strings up to this length are looked through in a loop; longer ones by a regular expression. Measured. */
const SHORT = 40;

/** UTF-16 units in which controls are replaced at a time. */
const PIECE = 64 * 1024;

/** UTF-16 units of a text for people in which controls are made visible. */
const LONGEST_ESCAPED = 8 << 20;

/**
 * What a text must not show raw beyond the C0 controls, as the inside of a character class. The one list for all formats:
 *
 * - DEL and the C1 controls, which a terminal may obey;
 * - U+2028 and U+2029, which some readers take for the end of a line;
 * - the controls of bidirectional text (UAX #9, section 2; the property Bidi_Control), which change the order in which
 *   a text is shown: a record could be made to look like another one.
 */
const BEYOND_C0 = "\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";

/** The same with the C0 controls, which JSON (RFC 8259, section 7) wants escaped. */
export const CONTROLS: string = `\\u0000-\\u001f${BEYOND_C0}`;

/** What JSON wants escaped, the list, and surrogates, of which lone ones must be. */
const UNSAFE = new RegExp(`["\\\\${CONTROLS}\\ud800-\\udfff]`);
const BEYOND_JSON = new RegExp(`[${BEYOND_C0}]`, "g");
const HAS_BEYOND_JSON = new RegExp(`[${BEYOND_C0}]`);
const LINE_CONTROLS = new RegExp(`[${CONTROLS}]`, "g");
const HAS_LINE_CONTROLS = new RegExp(`[${CONTROLS}]`);
/** What a text of several lines must not have. */
const BLOCK_CONTROLS = new RegExp(`(?![\\t\\n])[${CONTROLS}]`, "g");
const BARE = new RegExp(`^[^\\s"=\\\\${CONTROLS}\\ud800-\\udfff]+$`);

/** A string as a JSON string. */
export function jsonString(text: string): string {
  return isPlain(text) ? '"' + text + '"' : escapeJson(text);
}

/** Whether a string is sure to be the same in JSON. Of the short ones, those beyond ASCII may be, but are not looked at. */
export function isPlain(text: string): boolean {
  const { length } = text;
  if (length > SHORT) return !UNSAFE.test(text);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92 || unit > 126) return false;
  }
  return true;
}

/** Plain data, such as a snapshot, as JSON on one line. */
export function jsonValue(value: unknown): string {
  return escapeBeyondJson(JSON.stringify(value));
}

function escapeJson(text: string): string {
  return escapeBeyondJson(JSON.stringify(text));
}

/** Escapes what `JSON.stringify` leaves of what a text must not show raw. */
export function escapeBeyondJson(json: string): string {
  return replaceAll(json, BEYOND_JSON, unicodeEscape);
}

/**
 * Whether `JSON.stringify` has left something of it, given how many bytes its text takes in UTF-8: as many as it has
 * units when it is ASCII, and of that only DEL is left, which `includes` finds fifty times as fast.
 */
export function hasBeyondJson(json: string, byteLength: number): boolean {
  return byteLength === json.length ? json.includes("\x7f") : HAS_BEYOND_JSON.test(json);
}

/** Piece by piece: engines hold all matches until the last one is found, 50 times the length of a hostile text. */
function replaceAll(text: string, pattern: RegExp, escape: (match: string) => string): string {
  if (text.length <= PIECE) return text.replace(pattern, escape);
  let result = "";
  for (let at = 0; at < text.length; at += PIECE) result += text.slice(at, at + PIECE).replace(pattern, escape);
  return result;
}

/**
 * Text for people: controls and line breaks become visible, everything else stays. Where there are any, what comes after
 * 8 Mi UTF-16 units is left out: nobody reads that, and escaping takes a hundred times as long as copying.
 */
export function visibleText(text: string): string {
  return madeVisible(text, LINE_CONTROLS);
}

/** The same for a reader that keeps lines apart by itself: line feeds and tabs stay. */
export function visibleBlock(text: string): string {
  return madeVisible(text, BLOCK_CONTROLS);
}

function madeVisible(text: string, controls: RegExp): string {
  // Half a surrogate pair is no character: what cannot be written as UTF-8 becomes U+FFFD.
  const whole = text.toWellFormed();
  if (!HAS_LINE_CONTROLS.test(whole)) return whole;
  return replaceAll(whole.length > LONGEST_ESCAPED ? cutText(whole, LONGEST_ESCAPED) : whole, controls, controlEscape);
}

/** A key or value of `key=value`: bare when nothing in it could be misread, else a JSON string. */
export function bareOrQuoted(text: string): string {
  return BARE.test(text) ? text : visibleText(jsonString(text));
}

function controlEscape(control: string): string {
  switch (control) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default:
      return unicodeEscape(control);
  }
}

/** What became of controls so far; there are not many. */
const escapes = new Map<string, string>();

function unicodeEscape(control: string): string {
  let escape = escapes.get(control);
  if (escape === undefined) {
    escapes.set(control, escape = "\\u" + control.charCodeAt(0).toString(16).padStart(4, "0"));
  }
  return escape;
}
