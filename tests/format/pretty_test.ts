import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { colorsWanted } from "../../src/format/colors_wanted.ts";
import { format } from "../../src/format/format.ts";
import { lineFormatOf } from "../../src/format/formatter.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import type { PrettyFormatOptions } from "../../src/format/pretty_format.ts";
import type { Fields, Message } from "../../src/message.ts";
import { snapshot } from "../../src/pipeline/snapshot.ts";
import { anyRecord, hasControl, lineOf } from "./generate.ts";

const message: Message = { time: 40_000_000, level: "info", msg: "ready" };

function pretty(fields: Fields, options: PrettyFormatOptions = {}): string {
  return format.pretty(options)({ ...message, fields });
}

// deno-lint-ignore no-control-regex
const SGR = /\x1b\[(\d+)m/g;

describe("format.pretty()", () => {
  it("shows the time of day, the level, the message and the fields", () => {
    assert.equal(
      pretty({ port: 80, host: "a b", tls: { on: true } }),
      '11:06:40.000 INFO  ready port=80 host="a b" tls={"on":true}',
    );
  });

  it("aligns levels and names", () => {
    const line = format.pretty({ nameWidth: 8 });
    assert.equal(line({ ...message, level: "warn", fields: { logger: "db" } }), "11:06:40.000 WARN  db       ready");
    assert.equal(line({ ...message, level: "fatal", fields: { logger: "db" } }), "11:06:40.000 FATAL db       ready");
    assert.equal(line({ ...message, fields: { logger: 3 } }), "11:06:40.000 INFO  ready logger=3");
    assert.equal(pretty({ name: "x" }, { nameKey: "name", nameWidth: 0 }), "11:06:40.000 INFO  x ready");
  });

  it("shows the whole time, or none", () => {
    assert.equal(pretty({}, { time: "iso" }), "1970-01-01T11:06:40.000Z INFO  ready");
    assert.equal(pretty({}, { time: "none" }), "INFO  ready");
  });

  it("has colours when asked to", () => {
    assert.equal(
      pretty({ a: 1, logger: "db" }, { colors: true, nameWidth: 0 }),
      "\x1b[2m11:06:40.000\x1b[0m \x1b[32mINFO \x1b[0m \x1b[34mdb\x1b[0m ready \x1b[2ma=\x1b[0m1",
    );
  });

  it("goes on with the next line where a field does not fit", () => {
    assert.equal(
      pretty({ first: "x".repeat(10), second: "y".repeat(10), third: 3 }, { width: 40 }),
      "11:06:40.000 INFO  ready\n    first=xxxxxxxxxx second=yyyyyyyyyy\n    third=3",
    );
  });

  it("breaks objects that do not fit the width, however deep", () => {
    const payload = {
      items: Array.from({ length: 12 }, (_, n) => n * 100),
      user: { name: "a\x07b", tags: [{ a: 1 }] },
    };
    assert.equal(
      pretty({ payload, small: { x: 1 } }, { width: 40 }),
      [
        '11:06:40.000 INFO  ready small={"x":1}',
        "    payload: {",
        '      "items": [',
        "        0, 100, 200, 300, 400, 500, 600,",
        "        700, 800, 900, 1000, 1100",
        "      ],",
        '      "user": {',
        '        "name": "a\\u0007b",',
        '        "tags": [{"a":1}]',
        "      }",
        "    }",
      ].join("\n"),
    );
  });

  it("takes the width from a function, at each record, and does not believe a silly one", () => {
    let width = 200;
    const line = format.pretty({ width: () => width });
    const fields = { a: { b: "x".repeat(70) } };
    assert.doesNotMatch(line({ ...message, fields }), /\n/);
    width = 60;
    assert.match(line({ ...message, fields }), /\n {4}a: \{\n/);
    for (width of [0, NaN, -1, 3]) assert.match(line({ ...message, fields }), /\n/);
    assert.doesNotMatch(pretty(fields, { width: Infinity }), /\n/);
  });

  it("shows errors below, with their causes further in", () => {
    const err = {
      type: "TypeError",
      message: "boom\nagain",
      code: "E_X",
      stack: "TypeError: boom\nagain\n    at f (a.ts:1:2)\n    at g (a.ts:3:4)",
      cause: { type: "Error", message: "inner", stack: "Error: inner\n    at h (b.ts:5:6)" },
      errors: [{ type: "RangeError", message: "one", stack: [{ function: "k", file: "c.ts", line: 7 }] }, "two"],
    };
    assert.equal(
      pretty({ err, order: 5 }),
      [
        "11:06:40.000 INFO  ready order=5",
        "    err: TypeError: boom",
        "        again",
        "        at f (a.ts:1:2)",
        "        at g (a.ts:3:4)",
        '      code: "E_X"',
        "      cause: Error: inner",
        "          at h (b.ts:5:6)",
        "      errors[0]: RangeError: one",
        "          at k (c.ts:7)",
        '      errors[1]: "two"',
      ].join("\n"),
    );
  });

  it("shows an error of this runtime with its calls, and its title once", () => {
    const text = pretty({ err: snapshot(new TypeError("boom")).value as Fields });
    assert.match(text, /\n {4}err: TypeError: boom\n {8}at .*_test/);
    assert.equal(text.match(/boom/g)?.length, 1);
  });

  it("held to one line, shows the same without line breaks", () => {
    const line = lineFormatOf(format.pretty({ width: 30 }))?.oneLine as LineFormat;
    const fields = { err: { type: "E", message: "m", stack: "E: m\n    at f (a:1:1)" }, long: "x".repeat(50) };
    assert.equal(
      line.format({ ...message, fields }),
      `11:06:40.000 INFO  ready err={"type":"E","message":"m","stack":"E: m\\n    at f (a:1:1)"} long=${
        "x".repeat(50)
      }`,
    );
    assert.equal(line.oneLine, line);
    assert.equal(lineFormatOf(format.json())?.oneLine, undefined);
  });

  for (
    const options of [{ colors: true, width: 40 }, { width: 40 }, { colors: true, multiline: false }, { width: 1 }]
  ) {
    it(`has no control characters but its own in any record: ${JSON.stringify(options)}`, () => {
      const line = lineFormatOf(format.pretty(options)) as LineFormat;
      fc.assert(
        fc.property(anyRecord, (record) => {
          const { line: text } = lineOf(line, record);
          let isOn = false;
          const bare = text.replace(SGR, (_, code: string) => {
            assert.equal(code === "0", isOn, "each colour is switched off again");
            isOn = !isOn;
            assert.match(code, /^(?:0|2|3[1-6]|90)$/);
            return "";
          });
          assert.equal(isOn, false);
          if (options.colors !== true) assert.equal(bare, text);
          const lines = bare.split("\n");
          for (const part of lines) assert.equal(hasControl(part) || /[\u2028\u2029]/.test(part), false);
          for (const part of lines.slice(1)) assert.match(part, /^ {4}/);
          if (options.multiline === false) assert.equal(lines.length, 1);
        }),
        { numRuns: 300 },
      );
    });
  }

  for (
    const [options, words] of [
      [{ colors: "yes" }, /"format\.pretty\.colors": expected true or false/],
      [{ width: 0 }, /"format\.pretty\.width": expected a whole number of 1 or more/],
      [{ width: "80" }, /"format\.pretty\.width": expected a number/],
      [{ time: "local" }, /"format\.pretty\.time": expected one of/],
      [{ nameWidth: 1000 }, /"format\.pretty\.nameWidth": expected a whole number from 0 to 100/],
      [{ theme: {} }, /"format\.pretty\.theme": there is no such option/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => format.pretty(options as unknown as PrettyFormatOptions), words);
    });
  }
});

describe("colorsWanted()", () => {
  for (
    const [env, onTerminal, elsewhere] of [
      [{}, true, false],
      [{ NO_COLOR: "1" }, false, false],
      [{ NO_COLOR: "0" }, false, false],
      [{ NO_COLOR: "" }, true, false],
      [{ FORCE_COLOR: "1" }, true, true],
      [{ FORCE_COLOR: "true", NO_COLOR: "1" }, true, true],
      [{ FORCE_COLOR: "0" }, false, false],
      [{ FORCE_COLOR: "false" }, false, false],
      [{ FORCE_COLOR: "" }, true, false],
      [{ FORCE_COLOR: "", NO_COLOR: "1" }, false, false],
      [{ TERM: "dumb" }, false, false],
      [{ TERM: "dumb", FORCE_COLOR: "3" }, true, true],
      [{ TERM: "xterm-256color", FORCE_COLOR: undefined, NO_COLOR: undefined }, true, false],
    ] as const
  ) {
    it(`${JSON.stringify(env)}: on a terminal ${onTerminal}, elsewhere ${elsewhere}`, () => {
      assert.equal(colorsWanted({ isTerminal: true, env }), onTerminal);
      assert.equal(colorsWanted({ isTerminal: false, env }), elsewhere);
    });
  }
});
