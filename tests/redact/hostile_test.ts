import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { patternNames } from "../../src/redact/pattern.ts";
import { bestOf } from "../support/best_of.ts";
import { redactString } from "./support.ts";

/** Units of each hostile text. */
const LENGTH = 1 << 18;

/** Milliseconds that one text may take. Linear patterns take 1 to 100 for it, quadratic ones a minute. */
const BOUND = 1_000;

const pieces = [
  "a",
  "1",
  "0",
  " ",
  "@",
  ".",
  "-",
  "+",
  "/",
  "=",
  ":",
  "\\",
  "é",
  "\ud800",
  "a@",
  "a@b.",
  "a.b@c",
  "@a.a",
  "1 ",
  "1-",
  "411 ",
  "4111-",
  "4111111111111111 ",
  "4111111111111a",
  "41111111111111111111",
  "eyJ",
  "eyJ.",
  "eyJhbGciOiJ.",
  "eyJhbGciOiJ.eyJ.",
  "eyJhbGciOiJ..",
  "bearer",
  "bearer ",
  "bearer bearer",
  "Bearer= a ",
  "basic ",
  "basic  a:",
  "basic YTpi",
  "DE89",
  "DE89 ",
  "DE89-3704 ",
  "AA00A",
  "AKIA",
  "AKIAIOSFODNN7EXAMPLE",
  "AKIAIOSFODNN7EXAMPLE ",
  "secret",
  "secret ",
  "secret" + "a".repeat(39) + "/",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN PRIVATE KEY----------END ",
  "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
  "-----BEGIN CERTIFICATE-----",
  "-----END PRIVATE KEY-----",
  "://",
  "://a:",
  "://a:b@",
  "://:@",
  "%",
  "%3D",
  "%25",
  "+=",
  "\\\\",
  "\\u003d",
  "=",
  "= ",
  "pin=",
  "pin:",
  "pin=a&",
  "pin=a&b",
  "pin = [",
  "pin:[\n",
  'pin:"\n',
  "pin='a'b",
  '"pin":',
  '"pin":"',
  'pin"]=',
  "pin[0]",
  "a]=",
  "-_-",
  '"a',
  "basic pin=basic ",
];

/** What stands before and after the repetition: a start that fails at the very end is worst. */
const frames: [before: string, after: string][] = [["", ""], ["bearer ", "!"], ["a@", "\n"], ["basic ", "\0"]];

/** Milliseconds that the work takes; the machine may stand still in it. */
function timeOf(work: () => void): Promise<number> {
  return bestOf(3, BOUND, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
}

describe("keys take time in proportion to the text", () => {
  // Brackets and quotation marks that end late, and not as they should.
  const ends = ["", "]".repeat(1_000) + "x", '" x', "' x"];
  it(`${pieces.length * (frames.length + ends.length)} hostile texts`, async () => {
    for (const piece of pieces) {
      for (const [before, after] of [...frames, ...ends.map((end) => ["pin=pin:", end])]) {
        const text = before + piece.repeat(Math.ceil(LENGTH / 4 / piece.length)) + after;
        const time = await timeOf(() => redactString(text, { keys: ["pin", "a b", "basic"] }));
        assert.ok(time < BOUND, `${JSON.stringify(before + piece)}: ${Math.round(time)} ms`);
      }
    }
  });
});

describe("ready-made patterns take time in proportion to the text", () => {
  for (const name of patternNames) {
    it(`${name}: ${pieces.length * frames.length} hostile texts`, async () => {
      for (const piece of pieces) {
        // A quarter of the length is enough to tell: a quadratic pattern takes seconds for it.
        for (const [index, [before, after]] of frames.entries()) {
          const length = index === 0 ? LENGTH : LENGTH / 4;
          const text = before + piece.repeat(Math.ceil(length / piece.length)) + after;
          const time = await timeOf(() => redactString(text, { patterns: [name] }));
          assert.ok(time < BOUND, `${JSON.stringify(before + piece)}: ${Math.round(time)} ms`);
        }
      }
    });
  }
});

describe("an expression of the program", () => {
  it("sees no more than the bound", async () => {
    // Quadratic: each start runs to the end. 4,096 units make 8 million steps, all of them 30,000 million.
    const time = await timeOf(() => {
      const text = redactString("a".repeat(LENGTH), { patterns: [/a+b/], maxTextLength: 4096 });
      assert.equal(text.length, 4096 + "[REDACTED]".length);
    });
    assert.ok(time < BOUND, `${Math.round(time)} ms`);
  });
});
