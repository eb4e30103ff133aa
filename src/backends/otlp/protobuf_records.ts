import type { AnyValueJson, KeyValueJson, LogRecordJson, ScopeJson } from "./otlp_json.ts";
import { ProtobufWriter } from "./protobuf_writer.ts";

/** Sizes that are guessed for messages before they are written: they decide how many bytes their lengths get. */
const SMALL = 1;
const MEDIUM = 128;
const LARGE = 16_384;

let lastText = "";
let lastNanoseconds = 0n;

/** A resource as the field of ResourceLogs: `resource = 1`. */
export function protobufResource(attributes: readonly KeyValueJson[]): Uint8Array {
  const writer = new ProtobufWriter(1024);
  const resource = writer.message(1, MEDIUM);
  for (const attribute of attributes) writeKeyValue(writer, 1, attribute);
  writer.end(resource);
  return writer.written.slice();
}

/** Writes ResourceLogs as the field of the request: `resource_logs = 1`. The records are written already. */
export function writeResourceLogs(
  writer: ProtobufWriter,
  resource: Uint8Array,
  scopes: Iterable<{ readonly scope: ScopeJson; readonly records: Uint8Array }>,
): void {
  const resourceLogs = writer.message(1, LARGE);
  writer.raw(resource);
  for (const { scope, records } of scopes) {
    const scopeLogs = writer.message(2, LARGE);
    writeScope(writer, scope);
    writer.raw(records);
    writer.end(scopeLogs);
  }
  writer.end(resourceLogs);
}

function writeScope(writer: ProtobufWriter, { name, version, attributes = [] }: ScopeJson): void {
  const scope = writer.message(1, SMALL);
  if (name !== "") writer.string(1, name);
  if (version !== undefined && version !== "") writer.string(2, version);
  for (const attribute of attributes) writeKeyValue(writer, 3, attribute);
  writer.end(scope);
}

/** Writes a LogRecord as the field of ScopeLogs: `log_records = 2`. What has the value that absence means is left out. */
export function writeRecord(writer: ProtobufWriter, record: LogRecordJson): void {
  const { severityNumber = 0, severityText = "", droppedAttributesCount = 0, flags = 0, traceId, spanId } = record;
  const message = writer.message(2, MEDIUM);
  const time = nanoseconds(record.timeUnixNano);
  if (time !== 0n) writer.fixed64(1, time);
  if (severityNumber !== 0) writer.uint(2, severityNumber);
  if (severityText !== "") writer.string(3, severityText);
  const body = writer.message(5, SMALL);
  writeValue(writer, record.body);
  writer.end(body);
  for (const attribute of record.attributes) writeKeyValue(writer, 6, attribute);
  if (droppedAttributesCount !== 0) writer.uint(7, droppedAttributesCount);
  if (flags !== 0) writer.fixed32(8, flags);
  if (traceId !== undefined) writer.bytes(9, fromHex(traceId));
  if (spanId !== undefined) writer.bytes(10, fromHex(spanId));
  const observed = nanoseconds(record.observedTimeUnixNano);
  if (observed !== 0n) writer.fixed64(11, observed);
  writer.end(message);
}

function writeKeyValue(writer: ProtobufWriter, field: number, { key, value }: KeyValueJson): void {
  const message = writer.message(field, SMALL);
  if (key !== "") writer.string(1, key);
  const inner = writer.message(2, SMALL);
  writeValue(writer, value);
  writer.end(inner);
  writer.end(message);
}

/** Writes an AnyValue. Members of a `oneof` are written even if they are empty: that they are there is what they say. */
function writeValue(writer: ProtobufWriter, value: AnyValueJson): void {
  if (value.stringValue !== undefined) writer.string(1, value.stringValue);
  else if (value.intValue !== undefined) writeInt(writer, value.intValue);
  else if (value.boolValue !== undefined) writer.uint(2, value.boolValue ? 1 : 0);
  else if (value.doubleValue !== undefined) writer.double(4, value.doubleValue);
  else if (value.arrayValue !== undefined) {
    const array = writer.message(5, SMALL);
    for (const item of value.arrayValue.values) {
      const inner = writer.message(1, SMALL);
      writeValue(writer, item);
      writer.end(inner);
    }
    writer.end(array);
  } else if (value.kvlistValue !== undefined) {
    const list = writer.message(6, SMALL);
    for (const item of value.kvlistValue.values) writeKeyValue(writer, 1, item);
    writer.end(list);
  } else if (value.bytesValue !== undefined) {
    writer.bytes(7, Uint8Array.from(atob(value.bytesValue), (unit) => unit.charCodeAt(0)));
  }
}

function writeInt(writer: ProtobufWriter, text: string): void {
  const value = Number(text);
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) writer.uint(3, value);
  else writer.int64(3, BigInt(text));
}

/** The nanoseconds of a text; many records have the same. */
function nanoseconds(text: string): bigint {
  if (text === lastText) return lastNanoseconds;
  lastText = text;
  return lastNanoseconds = BigInt(text);
}

function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
