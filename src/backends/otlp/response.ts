import { visibleText } from "../../format/escape.ts";
import { beginning } from "../../beginning.ts";

/** What a server has to say about a request. */
export interface ServerWord {
  /** Records that it has refused. */
  readonly rejected: number;
  /** Its message, whatever is in it; empty when there is none. */
  readonly message: string;
}

/** The longest message of a server that is passed on, in UTF-16 units. */
const LONGEST_MESSAGE = 300;

/**
 * Reads an ExportLogsServiceResponse (opentelemetry-proto, collector/logs/v1/logs_service.proto).
 *
 * @param contentType What the server says it is; what was asked for where it says nothing.
 * @throws TypeError when it is none.
 */
export function readResponse(body: Uint8Array, contentType: string): ServerWord {
  if (body.length === 0) return { rejected: 0, message: "" };
  if (isJson(contentType)) {
    const partial = property(parse(body), "partialSuccess");
    return {
      rejected: count(property(partial, "rejectedLogRecords")),
      message: textOf(property(partial, "errorMessage")),
    };
  }
  if (!isProtobuf(contentType)) throw new TypeError("it is neither JSON nor protobuf");
  const partial = lastField(body, 1);
  if (!(partial instanceof Uint8Array)) return { rejected: 0, message: "" };
  return { rejected: count(lastField(partial, 1)), message: textOf(lastField(partial, 2)) };
}

/**
 * The message of a `google.rpc.Status`, or whatever text the server has sent instead: of other JSON the texts in it.
 * Never throws.
 */
export function readStatus(body: Uint8Array, contentType: string): string {
  try {
    if (isProtobuf(contentType)) return textOf(lastField(body, 2));
    if (isJson(contentType)) {
      const status = parse(body);
      return textOf(property(status, "message")) || textsIn(status).join(", ");
    }
  } catch {
    // Not what it says it is.
  }
  return /^text\/(?!html)/i.test(contentType) || isJson(contentType) ? decode(body) : "";
}

/**
 * The pause that a `Retry-After` header asks for, in milliseconds: seconds, or a date (RFC 9110, section 10.2.3);
 * `undefined` when it says nothing that can be understood.
 */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, LONGEST_PAUSE);
  // Only dates in words: Date.parse also takes "1.5" for a date.
  if (!/^[a-z]{3,9},? /i.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - now), LONGEST_PAUSE);
}

/** A server that asks for a longer pause than an hour is asked again after an hour. */
const LONGEST_PAUSE = 3_600_000;

/** A text of somebody else's on one line and of a bearable length. */
export function oneLine(text: string): string {
  const line = visibleText(beginning(text, LONGEST_MESSAGE + 2).trim());
  return line.length > LONGEST_MESSAGE ? `${beginning(line, LONGEST_MESSAGE)}...` : line;
}

function isJson(contentType: string): boolean {
  return /^application\/(?:.+\+)?json\b/i.test(contentType);
}

function isProtobuf(contentType: string): boolean {
  return /^application\/(?:x-|vnd\.google\.)?protobuf\b/i.test(contentType);
}

function parse(body: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(decode(body));
  } catch {
    throw new TypeError("it is not valid JSON");
  }
  if (typeof value !== "object" || value === null) throw new TypeError("it is not a JSON object");
  return value;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

/** An int64 in its JSON form, or as it was read; what is no count of anything is 0. */
function count(value: unknown): number {
  const number = typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? Number(value)
    : 0;
  return Number.isInteger(number) && number > 0 ? number : 0;
}

/** A text in JSON or in protobuf; empty for what is none. */
function textOf(field: unknown): string {
  return field instanceof Uint8Array ? decode(field) : typeof field === "string" ? field : "";
}

/** All texts in a JSON value that are not empty, in order. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The value of a field of a protobuf message; the last one counts where there are several. */
function lastField(message: Uint8Array, wanted: number): bigint | Uint8Array | undefined {
  let found: bigint | Uint8Array | undefined;
  let at = 0;
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw new TypeError("it is not valid protobuf");
  }
  while (at < message.length) {
    const tag = varint();
    let value: bigint | Uint8Array | undefined;
    let length = 0;
    switch (tag & 7n) {
      case 0n:
        value = BigInt.asIntN(64, varint());
        break;
      case 1n:
        length = 8;
        break;
      case 2n:
        length = Number(varint());
        value = message.subarray(at, at + length);
        break;
      case 5n:
        length = 4;
        break;
      default:
        throw new TypeError("it is not valid protobuf");
    }
    at += length;
    if (at > message.length || tag >> 3n === 0n) throw new TypeError("it is not valid protobuf");
    if (tag >> 3n === BigInt(wanted)) found = value;
  }
  return found;
}
