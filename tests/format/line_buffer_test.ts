import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonString } from "../../src/format/escape.ts";
import { JsonFormat } from "../../src/format/json_format.ts";
import { DEFAULT_LAYOUT, jsonLayout } from "../../src/format/json_layout.ts";
import {
  LineBuffer,
  LONGEST_NUMBER,
  NO_ROOM,
  putJsonString,
  putNumber,
  putReady,
  putText,
  ReadyText,
} from "../../src/format/line_buffer.ts";
import { LogfmtFormat } from "../../src/format/logfmt_format.ts";
import type { RecordFormat } from "../../src/format/record_format.ts";
import { TextFormat } from "../../src/format/text_format.ts";
import { queueOf } from "./generate.ts";

const buffer = new LineBuffer(4096);
const text = (from: number, to: number) => new TextDecoder().decode(buffer.bytes.subarray(from, to));

function writtenNumber(value: number): string {
  buffer.bytes.fill(0xff);
  const end = putNumber(buffer, 3, value);
  assert.ok(end - 3 <= LONGEST_NUMBER);
  return text(3, end);
}

describe("numbers as bytes", () => {
  it("are what String makes of whole numbers and thousandths", () => {
    for (let n = 0; n < 1_000_000; n += 7) assert.equal(writtenNumber(n), String(n));
    for (let n = 0; n < 1_000_000; n += 13) assert.equal(writtenNumber(n / 1000), String(n / 1000));
  });

  it("are what String makes of large, small and negative ones", () => {
    for (let n = 1; n < 2 ** 53; n = n * 3 + 1) {
      for (const m of [n, -n, n - 1, n + 0.5, n / 7]) assert.equal(writtenNumber(m), String(m));
    }
    const special = [
      0,
      -0,
      1e21,
      1e-7,
      5e-324,
      1.7976931348623157e308,
      -1.7976931348623157e308,
      -2.2250738585072014e-308,
    ];
    const limits = [2147483647, 2147483648, 999_999.999, 1e6, 1_000_000.001, 0.001, 0.0005, 0.1 + 0.2];
    for (const n of [...special, ...limits]) assert.equal(writtenNumber(n), String(n));
  });

  it("are what String makes of any", () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(fc.property(any, (n) => assert.equal(writtenNumber(n), String(n))), { numRuns: 20_000 });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (n) => {
        for (const m of [n, Math.round(n * 1000) / 1000, Math.round(n * 100) / 100]) {
          assert.equal(writtenNumber(m), String(m));
        }
      }),
      { numRuns: 20_000 },
    );
  });
});

describe("strings as bytes", () => {
  it("are JSON, whatever units they have and however long they are", () => {
    for (let unit = 0; unit < 0x10000; unit++) {
      for (const own of [`ab${String.fromCharCode(unit)}c`, `${String.fromCharCode(unit)}${"x".repeat(100)}`]) {
        buffer.bytes.fill(0xff, 0, 400);
        assert.equal(text(5, putJsonString(buffer, 5, own)), jsonString(own));
      }
    }
    fc.assert(fc.property(fc.string({ unit: "binary" }), (own) => {
      assert.equal(text(5, putJsonString(buffer, 5, own)), jsonString(own));
    }));
  });

  it("are the same when they were made ready", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (own) => {
      buffer.bytes.fill(0xff);
      const json = jsonString(own);
      assert.equal(text(1, putReady(buffer, 1, ReadyText.of(json))), json);
    }));
  });

  it("find no room where there may be too little", () => {
    const small = new LineBuffer(64);
    for (let length = 0; length < 100; length++) {
      const own = "x".repeat(length);
      const end = putJsonString(small, 0, own);
      if (end === NO_ROOM) assert.ok(length * 3 + 2 > small.end);
      else assert.equal(end, length + 2);
      assert.equal(putText(small, 0, own), length > small.end ? NO_ROOM : length);
      const threeBytes = "€".repeat(length);
      assert.equal(putText(small, 0, threeBytes), length * 3 > small.end ? NO_ROOM : length * 3);
    }
    assert.equal(small.bytes.subarray(small.end).join(), "0,0,0,0,0,0,0,0", "nothing is written behind the end");
  });
});

const keys = { time: "time", level: "level", msg: "msg" };
const bound = { service: "api", "größe": 'a "b"' };

const formats: { readonly [name: string]: () => RecordFormat } = {
  "JSON": () => new JsonFormat(DEFAULT_LAYOUT),
  "JSON with milliseconds": () => new JsonFormat(jsonLayout({ keys, time: "epoch-ms", level: "number" })),
  "JSON with nanoseconds": () =>
    new JsonFormat(jsonLayout({ keys, time: "epoch-ns", level: "upper", fixed: { pid: 7 } })),
  "JSON with names beyond ASCII": () =>
    new JsonFormat(jsonLayout({ keys: { ...keys, time: "Zeit für €" }, time: "iso", level: "name" })),
  "text": () => new TextFormat(),
  "text without time": () => new TextFormat({ time: "none" }),
  "text with milliseconds": () => new TextFormat({ time: "epoch-ms" }),
  "logfmt": () => new LogfmtFormat(),
  "logfmt with nanoseconds": () => new LogfmtFormat({ time: "epoch-ns" }),
};

const strange = [999_999_999_999, 1e12, 1e12 + 1, 1e13 - 1, 1e13, 1_763_895_735_123.5, -1, 0, NaN, Infinity];

const step = fc.record({
  own: fc.record({
    time: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 1_763_895_735_000, max: 1_763_895_738_000 }) },
      fc.constantFrom(...strange),
    ),
    level: fc.constantFrom("info" as const, "info" as const, "warn" as const),
    msg: fc.constantFrom("hello world", "hello world", "größer", 'a "quote"', "x".repeat(100), "y".repeat(400)),
    bound: fc.constantFrom(undefined, undefined, bound),
    own: fc.constantFrom({}, { a: 1, b: "text" }, { b: "y".repeat(300) }),
  }),
  /** Bytes that there is room for. */
  room: fc.oneof({ weight: 3, arbitrary: fc.constant(4096) }, fc.integer({ min: 9, max: 300 })),
});

describe("records behind each other", () => {
  for (const [name, make] of Object.entries(formats)) {
    it(`are those that are made one by one as ${name}`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
          const format = make();
          for (const { own, room } of steps) {
            const queue = queueOf(own);
            const buffer = new LineBuffer(room);
            const end = format.write(queue, 0, buffer);
            const line = make().format(queue.message(0));
            if (end !== NO_ROOM) assert.equal(new TextDecoder().decode(buffer.bytes.subarray(0, end)), line);
            else assert.ok(room < 4096);
            assert.equal(make().encode(queue, 0), line);
          }
        }),
        { numRuns: 1_000 },
      );
    });
  }
});
