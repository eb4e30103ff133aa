import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JsonFormat } from "../../src/format/json_format.ts";
import type { Fields } from "../../src/message.ts";
import { memoryLogger } from "../logger/harness.ts";

const format = new JsonFormat();
const head = '{"time":"2026-11-23T11:02:15.123Z","level":"info",';

function line(msg: string, fields?: Fields): string {
  return format.format({ time: Date.UTC(2026, 10, 23, 11, 2, 15, 123), level: "info", msg, fields });
}

/** Texts, and what stands for them between the quotes. */
const texts: Record<string, [text: string, json: string]> = {
  "nothing": ["", ""],
  "plain text": ["user logged in", "user logged in"],
  "a quote and a backslash": ['a"b\\c', 'a\\"b\\\\c'],
  "line breaks and tabs": ["a\nb\rc\td", "a\\nb\\rc\\td"],
  "control characters": ["\0\b\f\x1b\x1f", "\\u0000\\b\\f\\u001b\\u001f"],
  "DEL and C1 controls": ["\x7f\x80\x85\x9b\x9f", "\\u007f\\u0080\\u0085\\u009b\\u009f"],
  "letters beyond ASCII": ["äöü ß € 漢字", "äöü ß € 漢字"],
  "a pair of surrogates": ["😀", "😀"],
  "lone surrogates": ["\ud800a\udc00", "\\ud800a\\udc00"],
  "surrogates the wrong way round": ["\udc00\ud800", "\\udc00\\ud800"],
  "line separators": ["a\u2028b\u2029c", "a\\u2028b\\u2029c"],
  "a non-breaking space": ["a\xa0b", "a\xa0b"],
};

describe("JSON", () => {
  for (const [name, [text, json]] of Object.entries(texts)) {
    it(`writes ${name}, short and long, as text, key, value and nested`, () => {
      const filler = "x".repeat(100);
      assert.equal(line(text), `${head}"msg":"${json}"}`);
      assert.equal(line(filler + text), `${head}"msg":"${filler}${json}"}`);
      assert.equal(line("m", { ["k" + text]: text }), `${head}"msg":"m","k${json}":"${json}"}`);
      assert.equal(line("m", { a: { [text]: [text] } }), `${head}"msg":"m","a":{"${json}":["${json}"]}}`);
      assert.equal(JSON.parse(line(text)).msg, text);
    });
  }

  const values: Record<string, [value: unknown, json: string | undefined]> = {
    "null": [null, "null"],
    "undefined": [undefined, undefined],
    "true": [true, "true"],
    "false": [false, "false"],
    "0": [0, "0"],
    "-0": [-0, "0"],
    "-1.5": [-1.5, "-1.5"],
    "1e21": [1e21, "1e+21"],
    "5e-324": [5e-324, "5e-324"],
    "the largest safe integer": [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    "NaN": [NaN, '"NaN"'],
    "infinity": [-Infinity, '"-Infinity"'],
    "a BigInt": [2n ** 64n, '"18446744073709551616"'],
    "a symbol": [Symbol("s"), '"Symbol(s)"'],
    "an empty object": [{}, "{}"],
    "an empty array": [[], "[]"],
    "nested values": [{ a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
  };
  for (const [name, [value, json]] of Object.entries(values)) {
    it(`writes ${name} as ${json}`, async () => {
      const expected = json === undefined ? "" : `,"v":${json}`;
      assert.equal(line("m", { v: value }), `${head}"msg":"m"${expected}}`);
      // The same straight from the queue.
      const { log, lines } = memoryLogger();
      log.info("m", { v: value });
      log.with({ v: value }).info("m");
      const written = `{"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"m"${expected}}`;
      assert.deepEqual(await lines(), [written, written]);
    });
  }

  it("keeps the order of the fields, and time, level and msg first", async () => {
    const { log, lines } = memoryLogger();
    log.warn("m", { z: 1, a: 2, m: 3 });
    assert.deepEqual(await lines(), ['{"time":"2026-01-01T00:00:00.000Z","level":"warn","msg":"m","z":1,"a":2,"m":3}']);
  });

  it("writes each level and each millisecond as it is, in any order", () => {
    for (const time of [5, 5, 6, 1005, 5, 999, 1000]) {
      for (const level of ["trace", "fatal", "info"] as const) {
        const expected = `{"time":"${new Date(time).toISOString()}","level":"${level}","msg":""}`;
        assert.equal(format.format({ time, level, msg: "" }), expected);
      }
    }
  });
});
