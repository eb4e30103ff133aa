import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import fc from "fast-check";
import { entryOf, escapeValue, shortEntryOf } from "../../src/backends/journald/journal_entry.ts";
import { journalName } from "../../src/backends/journald/journal_envelope.ts";

/** Reads an entry as systemd's documentation of the protocol describes it. */
function parse(entry: Uint8Array): [name: string, value: string][] {
  const bytes = Buffer.from(entry);
  const fields: [string, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf("\n", at);
    const line = bytes.toString("utf8", at, end);
    const equals = line.indexOf("=");
    if (equals >= 0) {
      fields.push([line.slice(0, equals), line.slice(equals + 1)]);
      at = end + 1;
    } else {
      const length = Number(bytes.readBigUInt64LE(end + 1));
      fields.push([line, bytes.toString("utf8", end + 9, end + 9 + length)]);
      assert.equal(bytes[end + 9 + length], 10);
      at = end + 10 + length;
    }
  }
  return fields;
}

const fields = fc.array(
  fc.tuple(
    fc.stringMatching(/^[A-Z][A-Z0-9_]{0,20}$/),
    fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom("\n", "\0", "\x01", "n", "0", "=", "ä") }),
    ),
  ),
  { minLength: 1, maxLength: 8 },
);
const lineOf = (list: readonly (readonly [string, string])[]) =>
  new TextEncoder().encode(list.map(([name, value]) => `${name}=${escapeValue(value)}`).join("\0"));

describe("an entry of the journal", () => {
  it("has the fields that it was made of, whatever is in them", () => {
    fc.assert(fc.property(fields, (list) => {
      const line = lineOf(list);
      assert.ok(!line.includes(10), "an entry on its way is one line");
      assert.deepEqual(parse(entryOf(line) as Uint8Array), list);
    }));
  });

  it("is cut to a limit at its longest values, and says so", () => {
    fc.assert(fc.property(fields, fc.nat(300), (list, limit) => {
      const line = lineOf(list);
      const short = shortEntryOf(line, limit);
      const cut = parse(short);
      assert.deepEqual(cut.at(-1), ["LOG_TRUNCATED", "1"]);
      cut.slice(0, -1).forEach(([name, value], index) => {
        assert.equal(name, list[index]?.[0]);
        assert.ok(list[index]?.[1].startsWith(value), "a character was cut in two");
      });
      if (short.length > limit) {
        assert.ok(cut.every(([, value]) => Buffer.byteLength(value) <= 1), "there was more to cut");
        assert.ok(cut.length <= 2, "there was more to leave out");
      }
    }));
  });

  it("leaves out its last fields where they are too many, and keeps the text", () => {
    const list: [string, string][] = [["MESSAGE", "the text"], ["PRIORITY", "6"]];
    for (let i = 0; i < 20_000; i++) list.push([`${"N".repeat(50)}${i}`, i % 2 === 0 ? "x".repeat(200) : "1\n"]);
    for (const [limit, least] of [[50_000, 49_000], [200_000, 150_000]] as const) {
      const short = shortEntryOf(lineOf(list), limit);
      assert.ok(short.length <= limit && short.length >= least, `${short.length} bytes`);
      const left = parse(short);
      assert.ok(left.length <= 1_000);
      assert.deepEqual(left.slice(0, 2), list.slice(0, 2));
      assert.deepEqual(left.at(-1), ["LOG_TRUNCATED", "1"]);
      assert.deepEqual(left.slice(0, -1).map(([name]) => name), list.slice(0, left.length - 1).map(([name]) => name));
    }
    for (const value of ["1", "1\n"]) {
      const many = Array.from({ length: 1_001 }, (_, i): [string, string] => [`N${i}`, value]);
      assert.deepEqual(parse(entryOf(lineOf(many.slice(1))) as Uint8Array), many.slice(1));
      assert.equal(entryOf(lineOf(many)), undefined);
      assert.deepEqual(parse(shortEntryOf(lineOf(many), Infinity)), [...many.slice(0, 999), ["LOG_TRUNCATED", "1"]]);
    }
  });

  it("names its fields as journald takes them", () => {
    const names = {
      user_id: "USER_ID",
      userId: "USER_ID",
      "user.id": "USER_ID",
      HTTPStatus: "HTTPSTATUS",
      _PID: "FIELD_PID",
      "7up": "FIELD_7UP",
      message: "FIELD_MESSAGE",
      MESSAGE_ID: "MESSAGE_ID",
      "": "FIELD_",
      größe: "GR_SSE",
    };
    for (const [key, name] of Object.entries(names)) assert.equal(journalName(key), name);
    fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (key) => {
      assert.match(journalName(key), /^[A-Z][A-Z0-9_]{0,63}$/);
    }));
  });
});
