/**
 * Values as `AnyValue` of OTLP in its JSON form (opentelemetry-proto, common/v1/common.proto; OTLP specification 1.9,
 * section "JSON Protobuf Encoding").
 *
 * @module
 */
import { isPlain, jsonString } from "../../format/escape.ts";
import { beginning } from "../../beginning.ts";

/** A text as a JSON string; lone surrogates, which UTF-8 cannot express, become U+FFFD. */
export function otlpString(text: string): string {
  return isPlain(text) ? '"' + text + '"' : jsonString(text.toWellFormed());
}

/**
 * A value as an AnyValue, such as `{"intValue":"5"}`.
 *
 * Whole numbers that a double holds exactly are `intValue`, other numbers `doubleValue`; `null` and `undefined` are the
 * empty value. NaN, the infinities, a BigInt, a symbol and a function are texts, as in all formats: copies of objects
 * have them as texts already, and an attribute should be of one type whatever stands beside it.
 *
 * @param limit Most UTF-16 units of a text, and bytes of a byte array; what is longer is cut.
 */
export function anyValue(value: unknown, limit: number): string {
  switch (typeof value) {
    case "string":
      return '{"stringValue":' + otlpString(value.length > limit ? beginning(value, limit) : value) + "}";
    case "number":
      return numberValue(value);
    case "boolean":
      return value ? '{"boolValue":true}' : '{"boolValue":false}';
    case "object":
      return value === null ? "{}" : objectValue(value, limit);
    case "undefined":
      return "{}";
    default:
      return anyValue(String(value), limit);
  }
}

/** A key with its value. */
export function keyValue(key: string, value: unknown, limit: number): string {
  return '{"key":' + otlpString(key) + ',"value":' + anyValue(value, limit) + "}";
}

function numberValue(value: number): string {
  if (Number.isSafeInteger(value)) return '{"intValue":"' + value + '"}';
  return Number.isFinite(value) ? '{"doubleValue":' + value + "}" : `{"stringValue":"${value}"}`;
}

function objectValue(value: object, limit: number): string {
  if (value instanceof Uint8Array) {
    return `{"bytesValue":"${base64(value.length > limit ? value.subarray(0, limit) : value)}"}`;
  }
  if (Array.isArray(value)) {
    return `{"arrayValue":{"values":[${Array.from(value, (item) => anyValue(item, limit)).join()}]}}`;
  }
  // Copies of what was logged have none; what middleware puts in may.
  const { toJSON } = value as { readonly toJSON?: unknown };
  if (typeof toJSON === "function") return anyValue(toJSON.call(value), limit);
  const entries: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) entries.push(keyValue(key, item, limit));
  }
  return `{"kvlistValue":{"values":[${entries.join()}]}}`;
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}
