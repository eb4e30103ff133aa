/**
 * Reads requests of OTLP the way a server does: JSON as it is, protobuf through the code that protobufjs has generated
 * from the published .proto files for the official exporter.
 *
 * @module
 */
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

/** A value in a form that is the same for both encodings: the member of the `oneof` and what it holds. */
export type PlainValue =
  | undefined
  | readonly [kind: string, value: string | boolean | readonly PlainValue[] | readonly PlainEntry[]];

/** A key and its value. */
export type PlainEntry = readonly [key: string, value: PlainValue];

/** A record with all that stands around it. */
export interface PlainRecord {
  readonly resource: readonly PlainEntry[];
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: readonly PlainEntry[] };
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: PlainValue;
  readonly attributes: readonly PlainEntry[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
}

interface MessageType {
  decode(bytes: Uint8Array): unknown;
  encode(value: unknown): { finish(): Uint8Array };
  toObject(message: unknown, options: object): unknown;
  fromObject(value: unknown): unknown;
}

// deno-lint-ignore no-explicit-any
type Json = any;

const require = createRequire(import.meta.url);
const root = require("../../node_modules/@opentelemetry/otlp-transformer/build/src/generated/root.js");
const { ExportLogsServiceRequest, ExportLogsServiceResponse } = root.opentelemetry.proto.collector.logs.v1 as Record<
  "ExportLogsServiceRequest" | "ExportLogsServiceResponse",
  MessageType
>;

/** Reads the body of a request. Throws when it is not a request. */
export function decodeRequest(
  body: Uint8Array,
  headers: { readonly contentType: string | undefined; readonly contentEncoding?: string | undefined },
): PlainRecord[] {
  const bytes = headers.contentEncoding === "gzip" ? new Uint8Array(gunzipSync(body)) : body;
  switch (headers.contentType) {
    case "application/json":
      return recordsOf(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
    case "application/x-protobuf":
      return recordsOf(
        ExportLogsServiceRequest.toObject(ExportLogsServiceRequest.decode(bytes), { longs: String, bytes: Array }),
      );
    default:
      throw new TypeError(`Cannot read a request: its content type is "${headers.contentType}"`);
  }
}

/** The bytes of an ExportLogsServiceResponse. */
export function encodeResponse(partialSuccess: object): Uint8Array {
  return ExportLogsServiceResponse.encode(ExportLogsServiceResponse.fromObject({ partialSuccess })).finish();
}

function recordsOf(request: Json): PlainRecord[] {
  const records: PlainRecord[] = [];
  for (const { resource, scopeLogs = [] } of request.resourceLogs ?? []) {
    for (const { scope, logRecords = [] } of scopeLogs) {
      for (const record of logRecords) {
        records.push({
          resource: entries(resource?.attributes),
          scope: { name: scope?.name ?? "", version: scope?.version ?? "", attributes: entries(scope?.attributes) },
          timeUnixNano: String(record.timeUnixNano ?? "0"),
          observedTimeUnixNano: String(record.observedTimeUnixNano ?? "0"),
          severityNumber: record.severityNumber ?? 0,
          severityText: record.severityText ?? "",
          body: plain(record.body),
          attributes: entries(record.attributes),
          droppedAttributesCount: record.droppedAttributesCount ?? 0,
          flags: record.flags ?? 0,
          traceId: hex(record.traceId),
          spanId: hex(record.spanId),
        });
      }
    }
  }
  return records;
}

function entries(list: Json): PlainEntry[] {
  return (list ?? []).map(({ key, value }: Json) => [key ?? "", plain(value)]);
}

function plain(value: Json): PlainValue {
  if (value === undefined || value === null) return undefined;
  const [kind, ...others] = Object.keys(value);
  if (others.length > 0) throw new TypeError(`Cannot read a value: it has ${kind} and ${others}`);
  if (kind === undefined) return undefined;
  switch (kind) {
    case "stringValue":
    case "boolValue":
      return [kind, value[kind]];
    case "intValue":
      return [kind, String(value[kind])];
    case "doubleValue":
      return [kind, Object.is(Number(value[kind]), -0) ? "-0" : String(Number(value[kind]))];
    case "bytesValue":
      return [
        kind,
        hex(typeof value[kind] === "string" ? Array.from(Buffer.from(value[kind], "base64")) : value[kind]),
      ];
    case "arrayValue":
      return [kind, (value[kind].values ?? []).map(plain)];
    case "kvlistValue":
      return [kind, entries(value[kind].values)];
    default:
      throw new TypeError(`Cannot read a value: unknown kind ${kind}`);
  }
}

/** An id in hexadecimal: text in JSON, bytes in protobuf. */
function hex(value: Json): string {
  if (typeof value === "string") return value.toLowerCase();
  return Array.from(value ?? [], (byte: number) => byte.toString(16).padStart(2, "0")).join("");
}
