import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anyValue } from "../../src/backends/otlp/any_value.ts";
import { oneLine } from "../../src/backends/otlp/response.ts";
import { cut as cutSyslog } from "../../src/backends/syslog/cut.ts";
import { shortEntryOf } from "../../src/backends/journald/journal_entry.ts";
import { beginning, utf8End } from "../../src/beginning.ts";
import { reasonOf } from "../../src/dispatch/episode.ts";
import { LONGEST_STACK, stackCalls } from "../../src/format/error_copy.ts";
import { visibleText } from "../../src/format/escape.ts";
import { format } from "../../src/format/format.ts";
import { errorBlock } from "../../src/format/pretty_error.ts";
import { createSnapshot } from "../../src/pipeline/snapshot.ts";
import { show } from "../../src/validate.ts";
import { redactString } from "../redact/support.ts";

/** Emoji of two UTF-16 units and of four bytes, behind something that has them begin at each of two or four places. */
const emoji = (shift: number, length: number) => "x".repeat(shift) + "😀".repeat(length / 2);

/** Where texts are cut, by what is left of one of more than so many units. */
const places: readonly (readonly [name: string, units: number, cut: (text: string) => string])[] = [
  ["a string with maxString", 60, (text) => createSnapshot({ maxString: 9 }).text(text)],
  [
    "a key with maxString",
    60,
    (text) => Object.keys(createSnapshot({ maxString: 9 }).value({ [text]: 1 }).value as object)[0]!,
  ],
  [
    "the message of an error",
    60,
    (text) => (createSnapshot({ maxString: 9 }).value(new Error(text)).value as { message: string }).message,
  ],
  [
    "a text that is redacted by a pattern of the program",
    40,
    (text) => redactString(text, { patterns: [/y/], maxTextLength: 9 }),
  ],
  ["a value in an error message", 200, (text) => JSON.parse(show(text))],
  ["the reason of a drop", 1_200, (text) => reasonOf(new Error(text))],
  ["the words of a server", 5_000, oneLine],
  ["a string for OTLP", 40, (text) => JSON.parse(anyValue(text, 9)).stringValue],
  ["a text with controls", (8 << 20) + 40, (text) => visibleText("\n" + text)],
  [
    "a stack",
    LONGEST_STACK + 40,
    (text) => stackCalls({ type: "Error", message: "", stack: `at ${text}` })[0]!,
  ],
  [
    "the title of an error",
    LONGEST_STACK + 40,
    (text) =>
      errorBlock("err", { type: "Error", message: text }, { indent: 0, width: 80, paint: (_, piece) => piece })[0]!,
  ],
];

describe("a cut", () => {
  for (const [name, units, cut] of places) {
    it(`of ${name} leaves no half of a surrogate pair`, () => {
      for (const shift of [0, 1]) {
        const text = emoji(shift, units);
        const left = cut(text);
        assert.ok(left.length < text.length, "it was not cut");
        assert.ok(left.isWellFormed(), JSON.stringify(left.slice(-60)));
      }
    });
  }

  it("in bytes leaves no part of a character", () => {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    for (const character of ["é", "€", "😀"]) {
      for (let shift = 0; shift < 4; shift++) {
        const bytes = new TextEncoder().encode("x".repeat(shift) + character.repeat(100));
        for (let limit = 0; limit < 12; limit++) decoder.decode(bytes.subarray(0, utf8End(bytes, limit)));
        const head = new TextEncoder().encode("<14>1 - - - - - - ");
        const message = new Uint8Array([...head, ...bytes]);
        assert.match(decoder.decode(cutSyslog(message, 48)), /\.\.\.$/);
        const field = new TextEncoder().encode("MESSAGE=");
        decoder.decode(shortEntryOf(new Uint8Array([...field, ...bytes]), 90));
      }
    }
    assert.equal(beginning("😀😀", 3), "😀");
    assert.equal(beginning("abc", 3), "abc");
  });
});

describe("half of a surrogate pair", () => {
  const half = "a\ud83d";
  const formats = {
    json: format.json(),
    pino: format.json({ preset: "pino" }),
    ecs: format.json({ preset: "ecs" }),
    gelf: format.json({ preset: "gelf" }),
    text: format.text(),
    logfmt: format.logfmt(),
    pretty: format.pretty(),
  };
  for (const [name, formatter] of Object.entries(formats)) {
    it(`is well-formed in ${name}`, () => {
      for (const odd of [half, "\ude00b", "😀\ud83d\n", "\ud83d\ud83d\ude00"]) {
        const err = { type: "Error", message: odd, stack: odd };
        const fields = { [odd]: odd, list: [odd], object: { [odd]: odd }, err };
        const line = formatter({ time: 0, level: "info", msg: odd, fields });
        assert.ok(line.isWellFormed(), JSON.stringify(line));
        if (line.startsWith("{")) JSON.parse(line);
      }
    });
  }
});
