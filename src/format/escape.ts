/**
 * Escaping: a record is one line and valid in its format, whatever the data.
 *
 * @module
 */

/** Strings up to this length are looked through in a loop; longer ones by a regular expression. Measured. */
const SHORT = 40;

/**
 * What JSON (RFC 8259, section 7) wants escaped, and beyond it DEL and the C1 controls, which a terminal may obey, and
 * surrogates, of which lone ones must be.
 */
// deno-lint-ignore no-control-regex
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f\ud800-\udfff]/;
const TERMINAL_CONTROLS = /[\u007f-\u009f]/g;
// deno-lint-ignore no-control-regex
const LINE_CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
// deno-lint-ignore no-control-regex
const HAS_LINE_CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// deno-lint-ignore no-control-regex
const BARE = /^[^\s"=\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]+$/;

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
  return JSON.stringify(value).replace(TERMINAL_CONTROLS, unicodeEscape);
}

function escapeJson(text: string): string {
  return JSON.stringify(text).replace(TERMINAL_CONTROLS, unicodeEscape);
}

/** Text for people: controls and line breaks become visible, everything else stays. */
export function visibleText(text: string): string {
  return HAS_LINE_CONTROLS.test(text) ? text.replace(LINE_CONTROLS, controlEscape) : text;
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

function unicodeEscape(control: string): string {
  return "\\u" + control.charCodeAt(0).toString(16).padStart(4, "0");
}
