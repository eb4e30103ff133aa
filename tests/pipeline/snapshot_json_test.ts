/**
 * What is logged is read back as JSON, whatever it was. The inputs follow the kinds of nst/JSONTestSuite
 * (https://github.com/nst/JSONTestSuite) and of the big list of naughty strings
 * (https://github.com/minimaxir/big-list-of-naughty-strings), in a selection of our own.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Fields } from "../../src/message.ts";
import type { Logger } from "../../src/logger.ts";
import { type LogRecord, memoryLogger } from "../logger/harness.ts";

/** Strings that break quoting, escaping, line splitting or character sets somewhere. */
const naughty: readonly string[] = [
  "",
  " ",
  "\0",
  "\x01\x02\x1b[31mred\x1b[0m\x7f",
  "\x80\x85\x9b31m\x9f",
  "\b\f\n\r\t\v",
  "line\nfeed\r\nand\rreturn",
  "\u2028 and \u2029",
  '"',
  "\\",
  '\\"',
  '\\\\"\\',
  "\\u0000",
  "\\ud800",
  '","level":"fatal","x":"',
  '"}\n{"time":"2026-01-01T00:00:00.000Z","level":"fatal","msg":"forged"}',
  "</script><script>alert(1)</script>",
  "' OR 1=1; -- ",
  "${jndi:ldap://example.com/a}",
  "%s %d %j %o %%",
  "$& $1 $` $'",
  "{{7*7}} #{7*7} ${7*7}",
  "__proto__",
  "constructor",
  "toString",
  "undefined",
  "null",
  "NaN",
  "-Infinity",
  "true",
  "0x10",
  "1e400",
  "-0",
  "012",
  "\ud800",
  "\udc00",
  "\ud800\ud800",
  "\udc00\ud800",
  "a\ud83d",
  "\ude00b",
  "😀",
  "👩‍👩‍👧‍👦 🏳️‍🌈 🇺🇸",
  "田中さん 사회과학원 部落格",
  "הָיְתָה مُنَاقَشَةُ \u202etest\u202c",
  "Z̮̞̠͙͔ͅa̡l̴g͓o",
  "ﬁ ß ẞ ı İ ȺȾ",
  "\ufeff BOM \ufffe\uffff\ufdd0",
  "\u200b\u200d\u2060\u00ad\u180e",
  "\u{10ffff}\u{e0001}",
  "[".repeat(500),
  "x".repeat(100_000),
  "é".repeat(41),
  "\n".repeat(41),
];

/** Text that must come out as itself: what JSON.stringify does to it and JSON.parse undoes. */
const jsonTexts: readonly string[] = [
  "[]",
  "{}",
  "[[],[[]],{}]",
  '{"":""}',
  '{"":{"":[]}}',
  '{"a\\u0000b":1}',
  '{"\\ud800":"\\udc00"}',
  '["\\u0060\\u012a\\u12AB","\\uD801\\udc37","\\uDBFF\\uDFFF","\\u2028\\u2029","\\uFFFF","\\u007f"]',
  "[0,-1,1.5,1e-7,123456789012345680000,1e21,5e-324,1.7976931348623157e308]",
  "[null,true,false]",
  '{"__proto__":{"__proto__":null},"constructor":{"prototype":1}}',
  '{"0":0,"1":1,"-1":-1,"01":"01"}',
  '{"toJSON":1,"length":-1,"type":"t","stack":"s"}',
  `${"[".repeat(11)}${"]".repeat(11)}`,
];

/** A line of JSON as an object without keys that stand twice. */
function readLine(line: string): LogRecord {
  const record = JSON.parse(line) as LogRecord;
  const again = JSON.stringify(record).replace(
    /[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    () => "\\u0000",
  );
  assert.equal(again.length, line.length, `a key stands twice in ${line}`);
  assert.deepEqual(Object.keys(record).filter((key) => ["time", "level", "msg"].includes(key)), [
    "time",
    "level",
    "msg",
  ]);
  return record;
}

/** Logs with a new logger and reads back. */
async function logged(...calls: ((log: Logger) => void)[]): Promise<LogRecord[]> {
  const { log, lines, errors } = memoryLogger();
  for (const call of calls) call(log);
  const all = await lines();
  await log.close();
  assert.deepEqual(errors, []);
  assert.equal(all.length, calls.length, "one line for each call");
  return all.map(readLine);
}

describe("a logged string", () => {
  it("is read back as it was: as message, value, key, item, bound field and of an error", async () => {
    const calls = naughty.map((text) => (log: Logger) =>
      log.with({ bound: text }).info(text, {
        value: text,
        nested: { [text]: text, list: [text], map: new Map([[text, text]]) },
        error: Object.assign(new Error(text), { name: text, own: text }),
      })
    );
    const records = await logged(...calls);
    records.forEach((record, index) => {
      const text = naughty[index] as string;
      assert.equal(record.msg, text);
      assert.deepEqual([record.bound, record.value], [text, text]);
      const nested = record.nested as { list: string[]; map: Record<string, string> };
      assert.equal(Object.getOwnPropertyDescriptor(nested, text)?.value, text);
      assert.equal(Object.getOwnPropertyDescriptor(nested.map, text)?.value, text);
      assert.deepEqual(nested.list, [text]);
      const error = record.error as { type: string; message: string; own: string };
      assert.deepEqual([error.type, error.message, error.own], [text || "Error", text, text]);
    });
  });

  it("may be the name of a field", async () => {
    const records = await logged(...naughty.map((text) => (log: Logger) => log.info("m", { [text]: 1 })));
    records.forEach((record, index) =>
      assert.equal(Object.getOwnPropertyDescriptor(record, naughty[index] as string)?.value, 1)
    );
  });
});

describe("a logged structure", () => {
  it("is read back as it was", async () => {
    const values = jsonTexts.map((text) => JSON.parse(text) as unknown);
    const records = await logged(...values.map((value) => (log: Logger) => log.info("m", { value })));
    assert.deepEqual(records.map(({ value }) => value), values);
  });

  it("is read back as it was, whatever JSON it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 10, noUnicodeString: false }), async (value) => {
        const [record, bound] = await logged(
          (log) => log.info("m", { value }),
          (log) => log.with({ value }).info("m"),
        );
        // JSON has one zero only.
        const expected = JSON.parse(JSON.stringify(value));
        assert.deepEqual([record?.value, bound?.value], [expected, expected]);
      }),
      { numRuns: 150 },
    );
  });

  it("is one line of JSON, whatever it is", async () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
    });
    await fc.assert(
      fc.asyncProperty(anything, fc.string({ unit: "binary" }), async (value, text) => {
        const records = await logged(
          (log) => log.info(text, { value, [text]: value }),
          (log) => log.info(text, value as Fields),
          (log) => log.info(value as string),
          (log) => log.info(text, Object.assign(new Error(text, { cause: value }), { value })),
          (log) => log.info(text, { map: new Map([[value, new Set([value])]]) }),
          (log) => log.with(value as Fields).with({ value }).info(text, { list: [value, { value }] }),
        );
        for (const index of [0, 1, 3, 4, 5]) assert.equal(records[index]?.msg, text);
      }),
      { numRuns: 300 },
    );
  });
});
