import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { linesOf, type LogRecord, memoryLogger } from "./harness.ts";

/** Checks a property; on failure fast-check prints the seed and the smallest counterexample. */
function check<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(arbitrary, property), { numRuns: 300, verbose: 1 });
}

const anyString = fc.string({ unit: "binary", maxLength: 60 });
/** Any sequence of UTF-16 units, lone surrogates included. */
const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));
const text = fc.oneof(anyString, anyUnits, fc.string());
const anything = fc.anything({
  key: text,
  values: [fc.boolean(), fc.integer(), fc.double(), text, fc.constant(null), fc.constant(undefined)],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  maxDepth: 4,
});

/** JSON, shallow enough to be copied whole, and without -0, which JSON does not keep. */
const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4 }),
  ),
})).value;

describe("whatever is logged", () => {
  it("comes out as one line of JSON each, in order", () =>
    check(fc.array(fc.tuple(anything, anything, fc.boolean()), { maxLength: 8 }), async (calls) => {
      const { log, text } = memoryLogger();
      const loose = log as unknown as { info(...args: unknown[]): void };
      calls.forEach(([message, fields, child], i) => {
        if (child) log.with(fields as Record<string, unknown>).info("bound", { i });
        else loose.info(message, fields);
      });
      log.info("end");
      const records = linesOf(await text()).map((line) => JSON.parse(line) as LogRecord);
      assert.equal(records.length, calls.length + 1);
      assert.equal(records.at(-1)?.msg, "end");
      for (const record of records) {
        assert.equal(record.level, "info");
        assert.equal(record.time, "2026-01-01T00:00:00.000Z");
        assert.equal(typeof record.msg, "string");
      }
      assert.equal(log.metrics().errors, 0);
    }));

  it("has the text it was given, lone surrogates included", () =>
    check(text, async (message) => {
      const { log, record } = memoryLogger();
      log.info(message, { text: message });
      assert.deepEqual([(await record()).msg, (await record()).text], [message, message]);
    }));

  it("has the fields it was given, where JSON can hold them", () =>
    check(fc.tuple(fc.dictionary(text, json, { maxKeys: 5 }), fc.dictionary(text, json, { maxKeys: 5 })), async (
      [bound, own],
    ) => {
      const { log, record, lines } = memoryLogger();
      log.with(bound).info("text", own);
      const { time: _, level: __, msg: ___, ...fields } = await record();
      const expected = JSON.parse(JSON.stringify({ ...bound, ...own }));
      assert.deepEqual(new Map(Object.entries(fields)), new Map(Object.entries(expected)));
      // No key twice: what JSON.parse makes of the line has as many keys as the line itself.
      const [line] = await lines();
      const escaped = JSON.stringify(JSON.parse(line)).replaceAll(
        /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
      assert.equal(escaped.length, line.length);
    }));

  it("comes out as one line of text each, without control characters", () =>
    check(fc.array(fc.tuple(text, fc.dictionary(text, anything, { maxKeys: 4 })), { maxLength: 5 }), async (calls) => {
      for (const format of ["text", "pretty"] as const) {
        const { log, text } = memoryLogger({ file: { format } });
        for (const [message, fields] of calls) log.info(message, fields);
        log.info("end");
        const written = await text();
        assert.equal(linesOf(written).length, calls.length + 1);
        // deno-lint-ignore no-control-regex
        assert.doesNotMatch(written, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
      }
    }));
});
