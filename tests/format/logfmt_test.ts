import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { format } from "../../src/format/format.ts";
import { lineFormatOf } from "../../src/format/formatter.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import type { Message } from "../../src/message.ts";
import { anyRecord, hasControl, lineOf } from "./generate.ts";

const message: Message = { time: 0, level: "info", msg: "user logged in", fields: { user_id: 42 } };

/** Reads a line as go-logfmt does: pairs apart by spaces, a value bare or in quotes with the escapes of JSON. */
function parse(line: string): [key: string, value: string, isQuoted: boolean][] {
  const pairs: [string, string, boolean][] = [];
  let rest = line;
  while (rest !== "") {
    const pair = /^([^\s="]+)=(?:("(?:[^"\\]|\\.)*")|([^\s="]*))(?: |$)/u.exec(rest);
    if (pair === null) throw new Error(`Cannot parse ${JSON.stringify(rest)} in ${line}`);
    const [all, key, quoted, bare] = pair as unknown as [string, string, string?, string?];
    pairs.push(quoted === undefined ? [key, bare as string, false] : [key, JSON.parse(quoted) as string, true]);
    rest = rest.slice(all.length);
  }
  return pairs;
}

describe("format.logfmt()", () => {
  it("is one line of pairs", () => {
    assert.equal(
      format.logfmt()(message),
      'time=1970-01-01T00:00:00.000Z level=info msg="user logged in" user_id=42',
    );
  });

  it("writes the time in another form, or not at all", () => {
    assert.match(format.logfmt({ time: "epoch-ms" })(message), /^time=0 level=info /);
    assert.match(format.logfmt({ time: "epoch-ns" })({ ...message, time: 1.5 }), /^time=1500000 level=info /);
    assert.match(format.logfmt({ time: "none" })(message), /^level=info msg=/);
  });

  for (
    const [value, text] of [
      ["plain", "plain"],
      ["", '""'],
      ["two words", '"two words"'],
      ["a=b", '"a=b"'],
      ['say "hi"', '"say \\"hi\\""'],
      ["back\\slash", '"back\\\\slash"'],
      ["line\nbreak\ttab", '"line\\nbreak\\ttab"'],
      ["\x1b[31m\x7f\x9b", '"\\u001b[31m\\u007f\\u009b"'],
      ["\u2028\u2029", '"\\u2028\\u2029"'],
      ["null", '"null"'],
      [null, "null"],
      [true, "true"],
      [12.5, "12.5"],
      [NaN, "NaN"],
      [10n, "10"],
      [{ a: [1, "x"] }, '"{\\"a\\":[1,\\"x\\"]}"'],
    ] as const
  ) {
    it(`writes ${typeof value === "bigint" ? "10n" : JSON.stringify(value)} as ${text}`, () => {
      assert.equal(
        format.logfmt({ time: "none" })({ ...message, msg: "m", fields: { k: value } }),
        `level=info msg=m k=${text}`,
      );
    });
  }

  for (
    const [fields, names] of [
      [{ "a b": 1, a_b: 2 }, ["fields.a_b", "a_b"]],
      [{ "a b": 1, "a=b": 2 }, ["a_b", "fields.a_b"]],
      [{ time: 1, level: 2, msg: 3 }, ["fields.time", "fields.level", "fields.msg"]],
      [{ "": 1, _: 2 }, ["fields._", "_"]],
      [{ "\x1b[31m": 1, "a\u2028b": 2, "\ud800": 3 }, ["_[31m", "a_b", "_"]],
      [{ "\ufffd": 1 }, ["_"]],
      [{ "größe": 1, "🙂": 2 }, ["größe", "🙂"]],
    ] as const
  ) {
    it(`names ${JSON.stringify(Object.keys(fields))} ${JSON.stringify(names)}`, () => {
      const pairs = parse(format.logfmt({ time: "none" })({ ...message, fields }));
      assert.deepEqual(pairs.slice(2).map(([key]) => key), names);
    });
  }

  it("any record is one line that is read back, with no name twice, the same on the fast way", () => {
    const logfmt = lineFormatOf(format.logfmt()) as LineFormat;
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { line, message } = lineOf(logfmt, record);
        assert.equal(hasControl(line) || /[\u2028\u2029]/.test(line), false);
        const pairs = parse(line);
        const names = pairs.map(([name]) => name);
        assert.deepEqual(names.slice(0, 3), ["time", "level", "msg"]);
        assert.equal(new Set(names).size, names.length, line);
        assert.equal(pairs[2]?.[1], message.msg);
        const values = Object.values(message.fields ?? {}).filter((value) => value !== undefined);
        assert.equal(pairs.length, values.length + 3);
        values.forEach((value, index) => {
          const [, text, isQuoted] = pairs[index + 3] as [string, string, boolean];
          if (typeof value === "object" && value !== null) {
            assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
          } else assert.equal(text, String(value));
          if (value === "null") assert.equal(isQuoted, true);
        });
      }),
      { numRuns: 500 },
    );
  });
});

describe("format.text()", () => {
  it("writes the time in another form, or not at all", () => {
    assert.equal(format.text()(message), "[1970-01-01T00:00:00.000Z] [INFO] user logged in user_id=42");
    assert.equal(format.text({ time: "epoch-ms" })(message), "[0] [INFO] user logged in user_id=42");
    assert.equal(format.text({ time: "none" })(message), "[INFO] user logged in user_id=42");
  });

  it("any record is one line, the same on the fast way", () => {
    const text = lineFormatOf(format.text()) as LineFormat;
    fc.assert(
      fc.property(anyRecord, (record) => {
        const { line } = lineOf(text, record);
        assert.equal(hasControl(line) || /[\u2028\u2029]/.test(line), false);
      }),
      { numRuns: 500 },
    );
  });
});

for (const name of ["text", "logfmt"] as const) {
  it(`format.${name}() refuses what it does not know`, () => {
    assert.throws(() => format[name]({ time: "late" as "none" }), {
      name: "RangeError",
      message:
        `Cannot use option "format.${name}.time": expected one of "iso", "epoch-ms", "epoch-ns", "none", got "late"`,
    });
    assert.throws(() => format[name]({ colour: 1 } as object), /"format\.\w+\.colour": there is no such option/);
  });
}
