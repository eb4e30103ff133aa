import type { BatchPart } from "../../dispatch/batch.ts";
import { foreignRecord, RECORD_START } from "./log_record_format.ts";
import type { KeyValueJson, LogRecordJson, ScopeJson } from "./otlp_json.ts";
import { protobufResource, writeRecord, writeResourceLogs } from "./protobuf_records.ts";
import { ProtobufTranscoder } from "./protobuf_transcoder.ts";
import { ProtobufWriter } from "./protobuf_writer.ts";

/** Encodings of a request (OTLP specification, "OTLP/HTTP"). */
export type OtlpProtocol = "http/protobuf" | "http/json";

/** What all requests of a backend have in common. */
export interface Envelope {
  /** Attributes of the resource. */
  readonly resource: readonly KeyValueJson[];
  /** The scope of the records that name none. */
  readonly scope: ScopeJson;
}

/**
 * Makes requests of lines. Its buffers are used again for each request: to make new ones of this size keeps the garbage
 * collector busier than everything else (measured on Node: 40 % of the time).
 */
export interface RequestEncoder {
  readonly contentType: string;
  /**
   * Makes an ExportLogsServiceRequest of whole lines, each ending with a newline. It is good until the next one is made.
   *
   * @param now Milliseconds since the epoch: when lines that are no records were observed.
   */
  encode(lines: Pick<BatchPart, "pieces" | "byteLength">, now: number): Uint8Array<ArrayBuffer>;
}

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;

/** What tells one of our records from other JSON at a look: the `U` of `{"timeUnixNano"`. */
const TELLING_INDEX = RECORD_START.indexOf("U");
const TELLING_BYTE = RECORD_START.charCodeAt(TELLING_INDEX);
const BRACE = RECORD_START.charCodeAt(0);

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Makes the encoder of a protocol. */
export function requestEncoder(protocol: OtlpProtocol, envelope: Envelope): RequestEncoder {
  return protocol === "http/json" ? jsonEncoder(envelope) : protobufEncoder(envelope);
}

/** The lines are the records already; what remains is the envelope, and commas. */
function jsonEncoder({ resource, scope }: Envelope): RequestEncoder {
  const front = `{"resourceLogs":[{"resource":{"attributes":${JSON.stringify(resource)}},"scopeLogs":[`;
  const scopeFront = (of: ScopeJson) => `{"scope":${JSON.stringify(of)},"logRecords":[`;
  const head = encoder.encode(front + scopeFront(scope));
  const tail = encoder.encode("]}]}]}");
  let buffer = new Uint8Array(0);
  return {
    contentType: "application/json",
    encode({ pieces, byteLength }, now) {
      const length = head.length + byteLength - 1 + tail.length;
      if (buffer.length < length + 1) buffer = new Uint8Array(length + 1);
      buffer.set(head);
      let end = head.length;
      for (const piece of pieces) {
        buffer.set(piece, end);
        end += piece.length;
      }
      // The last newline gives way to the tail.
      end--;
      let at = head.length;
      while (isRecord(buffer, at)) {
        at = buffer.indexOf(NEWLINE, at);
        if (at >= end) {
          buffer.set(tail, end);
          return buffer.subarray(0, length);
        }
        buffer[at++] = COMMA;
      }
      // There is a line of another scope, or one that is no record.
      const groups = [...recordsByScope(pieces, scope, now)];
      const text = groups.map(([of, records]) => scopeFront(of) + records.join() + "]}").join();
      return encoder.encode(front + text + "]}]}");
    },
  };
}

/** The records are transcoded, each scope into a buffer of its own, and then put together. */
function protobufEncoder({ resource, scope }: Envelope): RequestEncoder {
  const front = protobufResource(resource);
  const transcoder = new ProtobufTranscoder();
  const own = new ProtobufWriter(0);
  const request = new ProtobufWriter(0);
  return {
    contentType: "application/x-protobuf",
    encode({ pieces }, now) {
      own.reset();
      request.reset();
      const named = new Map<string, ProtobufWriter>();
      for (const piece of pieces) {
        for (let at = 0; at < piece.length;) {
          const start = recordStart(piece, at);
          const writer = start === at ? own : start < 0 ? undefined : scopeWriter(named, piece.subarray(at, start - 1));
          let next = writer === undefined ? -1 : transcoder.write(writer, piece, start);
          if (next < 0) {
            next = piece.indexOf(NEWLINE, at) + 1;
            const text = decoder.decode(piece.subarray(writer === undefined ? at : start, next - 1));
            const record = (writer === undefined ? undefined : parseRecord(text)) ??
              JSON.parse(foreignRecord(text, now));
            writeRecord(writer ?? own, record);
          }
          at = next;
        }
      }
      const groups = [...named].map(([name, { written }]) => ({
        scope: { name: JSON.parse(name) as string },
        records: written,
      }));
      writeResourceLogs(
        request,
        front,
        own.written.length > 0 ? [{ scope, records: own.written }, ...groups] : groups,
      );
      return request.written;
    },
  };
}

/** The buffer of the scope of a name, which is a JSON string; `undefined` when it is none. */
function scopeWriter(named: Map<string, ProtobufWriter>, bytes: Uint8Array): ProtobufWriter | undefined {
  const name = decoder.decode(bytes);
  let writer = named.get(name);
  if (writer === undefined && isText(name)) named.set(name, writer = new ProtobufWriter(4096));
  return writer;
}

/** Where the record of a line begins: behind the name of its scope, if it has one; -1 when it is no record. */
function recordStart(lines: Uint8Array, at: number): number {
  if (isRecord(lines, at)) return at;
  if (lines[at] !== QUOTE) return -1;
  let end = at + 1;
  while (end < lines.length && lines[end] !== QUOTE) end += lines[end] === BACKSLASH ? 2 : 1;
  return lines[end + 1] === SPACE && isRecord(lines, end + 2) ? end + 2 : -1;
}

function isRecord(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === BRACE && bytes[at + TELLING_INDEX] === TELLING_BYTE;
}

/** Records in their JSON form by their scope, in the order of the lines. */
function recordsByScope(pieces: readonly Uint8Array[], scope: ScopeJson, now: number): Map<ScopeJson, string[]> {
  const own: string[] = [];
  const named = new Map<string, string[]>();
  const rows = pieces.map((piece) => decoder.decode(piece)).join("").split("\n");
  rows.pop();
  for (const row of rows) {
    if (row.startsWith(RECORD_START)) {
      own.push(row);
      continue;
    }
    const end = row.startsWith('"') ? row.indexOf(`" ${RECORD_START}`) + 1 : 0;
    const name = end > 1 ? row.slice(0, end) : "";
    const records = named.get(name);
    if (records !== undefined) records.push(row.slice(end + 1));
    else if (isText(name)) named.set(name, [row.slice(end + 1)]);
    else own.push(foreignRecord(row, now));
  }
  const groups = new Map<ScopeJson, string[]>();
  if (own.length > 0) groups.set(scope, own);
  for (const [name, records] of named) groups.set({ name: JSON.parse(name) as string }, records);
  return groups;
}

/** Whether a text is a JSON string. */
function isText(text: string): boolean {
  if (text.length < 2) return false;
  try {
    return typeof JSON.parse(text) === "string";
  } catch {
    return false;
  }
}

function parseRecord(record: string): LogRecordJson | undefined {
  try {
    return JSON.parse(record) as LogRecordJson;
  } catch {
    return undefined;
  }
}
