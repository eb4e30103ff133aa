import { jsonValue, visibleText } from "../../format/escape.ts";
import type { Fields } from "../../message.ts";

/** Longest SD-NAME (RFC 5424, 6). */
const LONGEST_NAME = 32;

const SPECIAL = /["\\\]]/;
const SPECIALS = /["\\\]]/g;

/**
 * Fields as one element of structured data (RFC 5424, 6.3): `[id name="value" ...]`, or `-` where there are none.
 *
 * Texts are as they are, but for controls and line breaks, which become visible as in the text format; numbers and the
 * like as JSON has them, objects as JSON. What cannot stand in a name becomes `_`; a name is cut to 32 characters.
 */
export function structuredData(id: string, fields: Fields | undefined): string {
  if (fields === undefined) return "-";
  let element = `[${id}`;
  let isEmpty = true;
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value === undefined) continue;
    element += ` ${parameterName(key)}="${parameterValue(value)}"`;
    isEmpty = false;
  }
  return isEmpty ? "-" : element + "]";
}

function parameterName(key: string): string {
  const name = key.length <= LONGEST_NAME && /^[!#-<>-\\^-~]+$/.test(key)
    ? key
    : key.slice(0, LONGEST_NAME).replace(/[^!#-<>-\\^-~]/g, "_");
  return name === "" ? "_" : name;
}

function parameterValue(value: unknown): string {
  const text = visibleText(textOf(value));
  return SPECIAL.test(text) ? text.replace(SPECIALS, "\\$&") : text;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "object" && value !== null) return jsonValue(value);
  return String(value);
}
