import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LogRecordFormat } from "../../src/backends/otlp/log_record_format.ts";
import { requestEncoder } from "../../src/backends/otlp/request.ts";
import type { Level, Message } from "../../mod.ts";
import { collect, PROTOCOLS } from "./collect.ts";
import { decodeRequest, type PlainEntry, type PlainRecord, type PlainValue } from "./decode.ts";

const FORMAT = new LogRecordFormat({ maxAttributes: 128, maxAttributeLength: Infinity });
const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
const SEVERITIES = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

const encoders = PROTOCOLS.map((protocol) =>
  requestEncoder(protocol, { resource: [], scope: { name: "default", version: "1" } })
);

/** Encodes lines with each protocol, reads them again, and returns what both agree on. */
function roundTrip(lines: readonly string[], now = 0): PlainRecord[] {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const [json, protobuf] = encoders.map((encoder) =>
    decodeRequest(encoder.encode({ pieces: [bytes], byteLength: bytes.length }, now), {
      contentType: encoder.contentType,
    })
  ) as [PlainRecord[], PlainRecord[]];
  assert.deepEqual(protobuf, json);
  return json;
}

const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
  fc.string({ maxLength: 20_000 }),
  // UTF-16 units, lone surrogates among them.
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
);
const leaves = fc.oneof(
  texts,
  fc.boolean(),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.nat(100_000).map((number) => number / 1000),
  fc.bigInt(),
  fc.constant(null),
);
const values: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    leaves,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(texts.filter((key) => key !== "toJSON"), tie("value"), { maxKeys: 5 }),
  ),
})).value;
const fieldNames = texts.filter((key) =>
  key !== "__proto__" && !/^(?:logger|trace_id|span_id|trace_flags|err|error|exception\..*)$/.test(key)
);
const messages: fc.Arbitrary<Message> = fc.record({
  time: fc.nat(4_000_000_000_000),
  level: fc.constantFrom(...LEVELS),
  msg: texts,
  fields: fc.dictionary(fieldNames, values, { maxKeys: 8 }),
}, { requiredKeys: ["time", "level", "msg"] });
const hexadecimal = (length: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
    .filter((text) => !/^0*$/.test(text));

/** What a value is in OTLP, said another way than by the library. */
function expectedValue(value: unknown): PlainValue {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "boolean") return ["boolValue", value];
  if (typeof value === "number" && Number.isSafeInteger(value)) return ["intValue", String(value + 0)];
  if (typeof value === "number" && Number.isFinite(value)) return ["doubleValue", String(value)];
  if (Array.isArray(value)) return ["arrayValue", value.map(expectedValue)];
  if (typeof value === "object") return ["kvlistValue", expectedEntries(value)];
  return ["stringValue", String(value).toWellFormed()];
}

function expectedEntries(fields: object): PlainEntry[] {
  return Object.entries(fields).map(([key, value]) => [key.toWellFormed(), expectedValue(value)]);
}

function expected(message: Message): object {
  const { time, level, msg, fields = {} } = message;
  const nanoseconds = (BigInt(time) * 1_000_000n).toString();
  return {
    resource: [],
    scope: { name: "default", version: "1", attributes: [] },
    timeUnixNano: nanoseconds,
    observedTimeUnixNano: nanoseconds,
    severityNumber: SEVERITIES[level as Level],
    severityText: level,
    body: ["stringValue", msg.toWellFormed()],
    attributes: expectedEntries(fields),
    droppedAttributesCount: 0,
    flags: 0,
    traceId: "",
    spanId: "",
  };
}

describe("a request", () => {
  it("says what was logged, whatever it was, in both encodings", () => {
    fc.assert(
      fc.property(fc.array(messages, { minLength: 1, maxLength: 5 }), (all) => {
        assert.deepEqual(roundTrip(all.map((message) => FORMAT.format(message))), all.map(expected));
      }),
      { numRuns: 500 },
    );
  });

  it("has one line for each record", () => {
    fc.assert(fc.property(messages, (message) => !/[\n\r]/.test(FORMAT.format(message))));
  });

  it("has the trace context and the scope of any record", () => {
    const fields = fc.record({
      logger: texts.filter((text) => text !== ""),
      trace_id: hexadecimal(32),
      span_id: hexadecimal(16),
      trace_flags: fc.nat(255).map((flags) => flags.toString(16).padStart(2, "0")),
      other: leaves,
    }, { requiredKeys: [] });
    fc.assert(
      fc.property(fields, (given) => {
        const [record] = roundTrip([FORMAT.format({ time: 1, level: "info", msg: "x", fields: given })]);
        assert.equal(record?.scope.name, given.logger?.toWellFormed() ?? "default");
        const hasTrace = given.trace_id !== undefined;
        assert.deepEqual(
          [record?.traceId, record?.spanId, record?.flags],
          hasTrace ? [given.trace_id, given.span_id ?? "", parseInt(given.trace_flags ?? "0", 16)] : ["", "", 0],
        );
      }),
    );
  });

  it("is the same whether a record comes from the queue or as an object", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ msg: texts, bound: fc.dictionary(fieldNames, leaves, { maxKeys: 3 }), own: fields() }), {
          minLength: 1,
          maxLength: 5,
        }),
        async (all) => {
          const program = (log: Parameters<Parameters<typeof collect>[1]>[0]) => {
            for (const { msg, bound, own } of all) log.with(bound).info(msg, own);
          };
          const logger = { middleware: [(message: Message) => ({ ...message, time: 0 })] };
          const [direct, asObjects] = [
            await collect("http/protobuf", program),
            await collect("http/json", program, { logger }),
          ];
          // In objects, names that look like indices come first.
          const timeless = (record: PlainRecord) => ({
            ...record,
            attributes: record.attributes.toSorted(([a], [b]) => (a < b ? -1 : 1)),
            timeUnixNano: "0",
            observedTimeUnixNano: "0",
          });
          assert.deepEqual(direct.map(timeless), asObjects.map(timeless));
        },
      ),
      { numRuns: 100 },
    );
  });

  it("has lines that are no records as the text of some", () => {
    const record = FORMAT.format({ time: 1, level: "info", msg: "ours" });
    const lines = [
      "plain text",
      '{"time":"2026-11-23T11:02:15.123Z","level":"info","msg":"of another format"}',
      '{"timeUnixNano":"broken',
      '"scope" and more',
      '"scope" {"other":1}',
      '"sc\\ope" {"timeUnixNano":"1"}',
      '"',
      "",
    ];
    for (const line of lines) {
      const records = roundTripForeign([record, line, record], 5);
      assert.deepEqual(records.map(({ body }) => body?.[1]), ["ours", line, "ours"]);
      assert.equal(records[1]?.observedTimeUnixNano, "5000000");
    }
  });
});

/** Broken JSON that looks like a record is told only by who reads it. */
function roundTripForeign(lines: readonly string[], now: number): PlainRecord[] {
  if (!lines.some((line) => line.startsWith('{"timeUnixNano":"broken'))) return roundTrip(lines, now);
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const [, protobuf] = encoders;
  return decodeRequest(protobuf!.encode({ pieces: [bytes], byteLength: bytes.length }, now), {
    contentType: protobuf!.contentType,
  });
}

function fields(): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(fieldNames, fc.oneof(leaves, fc.constant(undefined)), { maxKeys: 6 });
}
