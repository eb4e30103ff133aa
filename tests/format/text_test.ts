import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TextFormat } from "../../src/format/text_format.ts";
import type { Fields } from "../../src/message.ts";
import { memoryLogger } from "../logger/harness.ts";

const format = new TextFormat();

function line(msg: string, fields?: Fields): string {
  const text = format.format({ time: Date.UTC(2026, 10, 23, 11, 2, 15, 123), level: "info", msg, fields });
  const head = "[2026-11-23T11:02:15.123Z] [INFO] ";
  assert.ok(text.startsWith(head), text);
  return text.slice(head.length);
}

describe("text", () => {
  it("is [time] [LEVEL] msg key=value", async () => {
    const { log, lines } = memoryLogger({ file: { format: "text" }, fields: { service: "api" } });
    log.info("user logged in", { user_id: 42, name: "ada", admin: true, gone: undefined, none: null });
    log.fatal("x");
    assert.deepEqual(await lines(), [
      "[2026-01-01T00:00:00.000Z] [INFO] user logged in service=api user_id=42 name=ada admin=true none=null",
      "[2026-01-01T00:00:00.000Z] [FATAL] x service=api",
    ]);
  });

  const messages: Record<string, string> = {
    "": "",
    "plain text": "plain text",
    'with "quotes" and = and \\': 'with "quotes" and = and \\',
    "a\nb\r\nc\td": "a\\nb\\r\\nc\\td",
    "\0\x1b[31m\x7f\x85\x9b": "\\u0000\\u001b[31m\\u007f\\u0085\\u009b",
    "a\u2028b\u2029c": "a\\u2028b\\u2029c",
    "äöü 漢字 😀": "äöü 漢字 😀",
  };
  for (const [message, expected] of Object.entries(messages)) {
    it(`shows the message ${JSON.stringify(message)}`, () => assert.equal(line(message), expected));
  }

  const values: [value: unknown, text: string][] = [
    ["bare", "bare"],
    ["", '""'],
    ["two words", '"two words"'],
    ['a"b', '"a\\"b"'],
    ["a\\b", '"a\\\\b"'],
    ["a=b", '"a=b"'],
    ["a\nb", '"a\\nb"'],
    ["a\u2028b", '"a\\u2028b"'],
    ["a\x9bb", '"a\\u009bb"'],
    ["a\xa0b", '"a\xa0b"'],
    ["äöü", "äöü"],
    ["😀", '"😀"'],
    ["\ud800", '"\\ud800"'],
    [1.5, "1.5"],
    [NaN, "NaN"],
    [null, "null"],
    [true, "true"],
    [10n, "10"],
    [{}, "{}"],
    [[], "[]"],
    [[1, 2], "[1,2]"],
    [{ a: 1 }, '"{\\"a\\":1}"'],
  ];
  for (const [value, text] of values) {
    it(`shows the value ${typeof value === "bigint" ? value : JSON.stringify(value)} as ${text}`, () =>
      assert.equal(line("m", { key: value }), `m key=${text}`));
  }

  const keys: Record<string, string> = {
    "": '""',
    "two words": '"two words"',
    "a=b": '"a=b"',
    "a\nb": '"a\\nb"',
    'a"b': '"a\\"b"',
    "a.b-c": "a.b-c",
  };
  for (const [key, text] of Object.entries(keys)) {
    it(`shows the key ${JSON.stringify(key)} as ${text}`, () => assert.equal(line("m", { [key]: 1 }), `m ${text}=1`));
  }

  it("keeps fields called time, level and msg as they are: they cannot be mistaken here", () => {
    assert.equal(line("m", { time: 1, level: 2, msg: 3 }), "m time=1 level=2 msg=3");
  });

  it("shows an error on one line", async () => {
    const { log, lines } = memoryLogger({ file: { format: "text" } });
    log.error(new Error("a\nb"));
    const [only, ...rest] = await lines();
    assert.deepEqual(rest, []);
    assert.match(only, /^\[.*\] \[ERROR\] a\\nb err="\{\\"type\\":\\"Error\\",/);
  });
});
