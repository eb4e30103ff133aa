import { bareOrQuoted, jsonValue, visibleText } from "./escape.ts";
import { KeyValueFormat } from "./key_value_format.ts";
import { MILLIS_AT, type TimeStyle, timeText } from "./time_style.ts";

/** Options of {@linkcode Formats.text}. */
export interface TextFormatOptions {
  /** How the time is written; `"none"` leaves it out, for readers such as journald that add their own. @default "iso" */
  readonly time?: TimeStyle | "none";
}

/**
 * One line of text per record: `[2026-11-23T11:02:15.123Z] [INFO] user logged in user_id=42`.
 *
 * Line breaks and control characters of the data are escaped; keys and values with spaces, quotes or `=` are quoted
 * like JSON strings; objects are JSON.
 */
export class TextFormat extends KeyValueFormat {
  constructor({ time = "iso" }: TextFormatOptions = {}) {
    super({
      head: (at, level) => `${time === "none" ? "" : `[${timeText(at, time)}] `}[${level.toUpperCase()}] `,
      millisAt: time === "none" ? undefined : "[".length + MILLIS_AT[time],
      text: visibleText,
      isTextValue: false,
      names: (keys) => keys.map(bareOrQuoted),
      isPlain: () => true,
      value: textValue,
    });
  }
}

/** A value of `key=value`. */
export function textValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return bareOrQuoted(jsonValue(value));
  return bareOrQuoted(String(value));
}
