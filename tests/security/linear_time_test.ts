import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filter } from "../../src/mod.ts";
import { stackCalls } from "../../src/format/error_copy.ts";
import { parseStack } from "../../src/pipeline/stack_frames.ts";
import { patternNames } from "../../src/redact/pattern.ts";
import { redactFields, redactString } from "../redact/support.ts";
import { assertLinearGrowth, TIMES } from "../support/linear.ts";

/** Units of the shorter text; the longer one has `TIMES` as many. */
const SHORT = 1 << 14;

/** Takes a work on texts of two lengths and compares. */
function assertLinear(what: string, text: (length: number) => string, work: (text: string) => unknown): Promise<void> {
  const [short, long] = [text(SHORT), text(TIMES * SHORT)];
  return assertLinearGrowth(() => work(short), () => work(long), what);
}

const repeated = (piece: string, end = "") => (length: number) => piece.repeat(length / piece.length) + end;

/** Beginnings that lead on and on, and fail at the end. */
const pieces = [
  "a",
  "1",
  "a@",
  "a.",
  "1-",
  "eyJ",
  "eyJ.",
  "bearer ",
  "basic ",
  "DE89 ",
  "AKIA",
  "secret ",
  "://a:",
  "-----BEGIN ",
];

describe("a ready-made pattern takes time in proportion to the text", () => {
  for (const name of patternNames) {
    it(name, async () => {
      for (const piece of pieces) {
        await assertLinear(piece, repeated(piece, "!"), (text) => redactString(text, { patterns: [name] }));
      }
    });
  }

  it("which the comparison would notice otherwise", async () => {
    const quadratic = (text: string) => /a+b/.test(text.slice(text.length * 13 / 16));
    await assert.rejects(assertLinear("quadratic", repeated("a"), quadratic), /quadratic/);
  });
});

describe("so do", () => {
  it("paths and keys, by the number of values", async () => {
    const fields = (length: number) =>
      Object.fromEntries(Array.from({ length: length / 16 }, (_, i) => [`k${i}`, { a: { b: 1 } }]));
    const [short, long] = [fields(SHORT), fields(TIMES * SHORT)];
    const work = (value: unknown) => () =>
      redactFields(value, { paths: ["**.a.**.b", "*.*.*.*", "**.x", "k1.a"], keys: ["b", "c"] });
    await assertLinearGrowth(work(short), work(long));
  });

  it("stacks that are taken apart", async () => {
    for (const piece of ["\n", " ", " \n", "at ", "\nat (", "a@", ":1", ":1:", "at async "]) {
      await assertLinear(JSON.stringify(piece), repeated(piece, "\nx"), (text) => parseStack(text));
      await assertLinear(
        JSON.stringify(piece),
        repeated(piece, "\nx"),
        (text) => stackCalls({ type: "E", message: "m", stack: text }),
      );
    }
  });

  it("stacks that are searched for their message", async () => {
    // As far as a sum of units tells, which one engine compares first, the message could begin at every place.
    const message = (text: string) => text.slice(text.length / 2) + "`b";
    await assertLinear("frames", repeated("a"), (text) => parseStack(text, { message: message(text) }));
    await assertLinear("text", repeated("a"), (text) => stackCalls({ type: "E", message: message(text), stack: text }));
  });
});

describe("a regular expression of the program", () => {
  const long = "a".repeat(1 << 20);

  it("in redact sees no more than maxTextLength and 1,024 units beyond, of the message, of values and of names", () => {
    let longest = 0;
    const patterns = [{
      name: "all",
      pattern: /^[^]+$/,
      validate: (match: string) => ((longest = Math.max(longest, match.length)), false),
    }];
    redactString(long, { patterns, maxTextLength: 4_096 });
    redactFields({ long, [long]: [long] }, { patterns, maxTextLength: 4_096 });
    assert.equal(longest, 4_096 + 1_024);
  });

  it("in a filter sees 65,536 units", () => {
    const message = { time: 0, level: "info", msg: long, fields: { long } } as const;
    for (const [matches, expected] of [[/^a{65536}/, true], [/^a{65000}a{537}/, false]] as const) {
      assert.equal(filter.message({ matches })(message), expected);
      assert.equal(filter.field("long", { matches })(message), expected);
    }
  });
});
