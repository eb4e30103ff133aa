import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { format } from "../../src/format/format.ts";
import { lineFormatOf } from "../../src/format/formatter.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import { FORMAT_NAMES, namedFormat } from "../../src/format/named_format.ts";
import type { Formatter, Message } from "../../src/message.ts";
import { anyRecord, hasControl, lineOf, memberNames } from "./generate.ts";

const message: Message = { time: 1795431735123.25, level: "warn", msg: "it is slow", fields: { ms: 12.5 } };

function lines(formatter: Formatter): LineFormat {
  return lineFormatOf(formatter) as LineFormat;
}

describe("format.json()", () => {
  it("without options is the format as it comes, and shares its lines", () => {
    assert.equal(
      format.json()(message),
      '{"time":"2026-11-23T11:02:15.123Z","level":"warn","msg":"it is slow","ms":12.5}',
    );
    assert.equal(lineFormatOf(format.json()), lineFormatOf(format.json({ time: undefined })));
    assert.equal(lineFormatOf(format.json()), namedFormat("json", { colors: false }));
  });

  it("takes other names", () => {
    const line = format.json({ keys: { time: "@t", level: 'se"verity', msg: "message" } });
    assert.equal(
      line({ ...message, fields: { time: 1, message: "mine" } }),
      '{"@t":"2026-11-23T11:02:15.123Z","se\\"verity":"warn","message":"it is slow","time":1,"fields.message":"mine"}',
    );
  });

  it("writes the time in milliseconds", () => {
    assert.equal(
      format.json({ time: "epoch-ms" })(message),
      '{"time":1795431735123,"level":"warn","msg":"it is slow","ms":12.5}',
    );
  });

  for (
    const [time, digits] of [
      [1795431735123.25, "1795431735123250000"],
      [1795431735123, "1795431735123000000"],
      [0, "0"],
      [0.000001, "1"],
      [-1, "-1000000"],
      [NaN, "0"],
      [Infinity, "0"],
    ] as const
  ) {
    it(`writes ${time} ms as ${digits} ns, with all digits`, () => {
      assert.equal(
        format.json({ time: "epoch-ns" })({ time, level: "info", msg: "" }),
        `{"time":${digits},"level":"info","msg":""}`,
      );
    });
  }

  it("writes the level as a number or in capitals", () => {
    assert.match(format.json({ level: "number" })(message), /"level":40,/);
    assert.match(format.json({ level: "upper" })(message), /"level":"WARN",/);
  });

  it("never doubles a name, though a field has one that the prefix would make", () => {
    const line = format.json({ keys: { time: "x", level: "fields.x" } });
    const text = line({ ...message, fields: { x: 1, "fields.x": 2, "fields.fields.x": 3 } });
    assert.deepEqual(memberNames(text), [
      "x",
      "fields.x",
      "msg",
      "fields.fields.fields.x",
      "fields.fields.fields.fields.x",
      "fields.fields.x",
    ]);
  });

  for (
    const [options, words] of [
      [{ time: "epoch" }, /"format\.json\.time": expected one of "iso", "epoch-ms", "epoch-ns", got "epoch"/],
      [{ level: 3 }, /"format\.json\.level": expected one of/],
      [{ keys: { time: "" } }, /"format\.json\.keys\.time": it is empty/],
      [{ keys: { time: "msg" } }, /"format\.json\.keys": two members would be called "msg"/],
      [{ keys: { levels: "a" } }, /"format\.json\.keys\.levels": there is no such option/],
      [{ preset: "bunyan" }, /"format\.json\.preset": expected one of "pino", "ecs", "gelf"/],
      [{ pid: 3 }, /"format\.json\.pid": there is no such option/],
      [{ preset: "ecs", time: "iso" }, /"format\.json\.time": there is no such option/],
      [{ preset: "pino", pid: -1 }, /"format\.json\.pid": expected a whole number/],
      [{ preset: "pino", pid: 1, keys: { msg: "pid" } }, /two members would be called "pid"/],
      [{ preset: "gelf", hostname: "" }, /"format\.json\.hostname": it is empty/],
      [{ preset: "ecs", fields: "nested" }, /"format\.json\.fields": expected one of "top", "labels"/],
      [null, /"format\.json": expected an object/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => format.json(options as unknown as Parameters<typeof format.json>[0]), (error: Error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.match(error.message, words);
        return true;
      });
    });
  }

  const all: readonly (readonly [string, LineFormat])[] = [
    ["json", lines(format.json())],
    ["other names", lines(format.json({ keys: { time: "id", level: "fields.id", msg: "a b" }, level: "upper" }))],
    ["nanoseconds", lines(format.json({ time: "epoch-ns", level: "number" }))],
    ["pino", lines(format.json({ preset: "pino", pid: 1, hostname: "h" }))],
    ["ecs", lines(format.json({ preset: "ecs", pid: 1, hostname: "h" }))],
    ["ecs without the process", lines(format.json({ preset: "ecs" }))],
    ["ecs with labels", lines(format.json({ preset: "ecs", fields: "labels" }))],
    ["gelf", lines(format.json({ preset: "gelf", pid: 1, hostname: "h" }))],
  ];
  for (const [name, lineFormat] of all) {
    it(`${name}: any record is one line of JSON without doubled names, the same on the fast way`, () => {
      fc.assert(
        fc.property(anyRecord, (record) => {
          const { line } = lineOf(lineFormat, record);
          assert.equal(hasControl(line), false);
          assert.equal(typeof JSON.parse(line), "object");
          const names = memberNames(line);
          assert.equal(new Set(names).size, names.length, line);
        }),
        { numRuns: 400 },
      );
    });
  }

  for (const [name, lineFormat] of all.slice(0, 4)) {
    it(`${name}: no field is lost`, () => {
      fc.assert(
        fc.property(anyRecord, (record) => {
          const { line, message } = lineOf(lineFormat, record);
          const fields = Object.values(message.fields ?? {}).filter((value) => value !== undefined);
          assert.equal(memberNames(line).length, fields.length + (name === "pino" ? 5 : 3));
        }),
        { numRuns: 200 },
      );
    });
  }
});

describe("formats", () => {
  for (const name of FORMAT_NAMES) {
    it(`${name} goes by its name, and its line is the formatter's`, () => {
      const line = namedFormat(name, { pid: 7, hostname: () => "web-1", colors: false, width: 120 });
      const formatter = {
        json: format.json(),
        text: format.text(),
        logfmt: format.logfmt(),
        pretty: format.pretty({ width: 120 }),
        pino: format.json({ preset: "pino", pid: 7, hostname: "web-1" }),
        ecs: format.json({ preset: "ecs", pid: 7, hostname: "web-1" }),
        gelf: format.json({ preset: "gelf", pid: 7, hostname: "web-1" }),
      }[name];
      assert.equal(line.format(message), formatter(message));
      if (name !== "pretty") {
        assert.equal(namedFormat(name, { pid: 7, hostname: () => "web-1", colors: false }), line, "shared");
      }
    });
  }

  it("a formatter of the program has no format of ours behind it", () => {
    assert.equal(lineFormatOf(() => ""), undefined);
  });

  it("a message is not changed", () => {
    const inner = Object.freeze({ type: "E", message: "m", stack: "E: m\n    at f (x:1:1)" });
    const frozen = Object.freeze({ ...message, fields: Object.freeze({ time: 1, err: inner, service: "a", id: 3 }) });
    for (const name of FORMAT_NAMES) namedFormat(name, { colors: true, width: 20 }).format(frozen);
  });
});
