import { distinctNames } from "../pipeline/field_names.ts";
import { bareOrQuoted, CONTROLS } from "./escape.ts";
import { KeyValueFormat } from "./key_value_format.ts";
import { textValue } from "./text_format.ts";
import { MILLIS_AT, type TimeStyle, timeText } from "./time_style.ts";

/** Options of {@linkcode Formats.logfmt}. */
export interface LogfmtFormatOptions {
  /** How the time is written; `"none"` leaves it out. @default "iso" */
  readonly time?: TimeStyle | "none";
}

/**
 * What a key must not contain: spaces, `=` and `"` (the grammar of kr/logfmt and go-logfmt), what a terminal obeys, what
 * some reader may take for a line break, and what cannot be written as UTF-8.
 */
const UNFIT = new RegExp(`[\\s="${CONTROLS}\\ufffd]|\\p{Surrogate}`, "gu");

/**
 * Logfmt: `time=2026-11-23T11:02:15.123Z level=info msg="user logged in" user_id=42`.
 *
 * The convention of Heroku as kr/logfmt and go-logfmt write and read it: values are quoted, with the escapes of JSON,
 * when they are empty or contain spaces, quotes, `=` or control characters; keys cannot be quoted, so what does not fit
 * becomes `_`; null is `null` and the string `"null"` is quoted; objects are quoted JSON.
 */
export class LogfmtFormat extends KeyValueFormat {
  constructor({ time = "iso" }: LogfmtFormatOptions = {}) {
    super({
      head: (at, level) => `${time === "none" ? "" : `time=${timeText(at, time)} `}level=${level} msg=`,
      millisAt: time === "none" ? undefined : "time=".length + MILLIS_AT[time],
      text: logfmtValue,
      isTextValue: true,
      names: (keys) => distinctNames(keys, keys.map(fitKey)),
      isPlain: (key) => fitKey(key) === key,
      value: logfmtValue,
    });
  }
}

function fitKey(key: string): string {
  return key === "" ? "_" : key.replace(UNFIT, "_");
}

function logfmtValue(value: unknown): string {
  if (typeof value !== "string") return textValue(value);
  return value === "null" ? '"null"' : bareOrQuoted(value);
}
