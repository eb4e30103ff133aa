import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { format } from "../../mod.ts";
import { linesOf, memoryLogger } from "../logger/harness.ts";

/** Lengths around the sizes of the buffers that lines are made in: 8 KiB, 256 KiB, and 4 MiB for one line alone. */
const SIZES = [8 * 1024, 256 * 1024].flatMap((size) => [-200, -100, -50, -20, 0, 20].map((more) => size + more));
SIZES.push((4 << 20) - 150, 4 << 20);

/** A text of so many bytes in JSON. */
function textOf(bytes: number, letter: string): string {
  const letterBytes = new TextEncoder().encode(letter).length;
  return "x".repeat(bytes % letterBytes) + letter.repeat(Math.floor(bytes / letterBytes));
}

describe("lines of any length", () => {
  for (const letter of ["x", "€", "\u{1f600}"]) {
    it(`made of "${letter}" are whole and in order, with what completes them`, async () => {
      const chain = { key: "a key for this test alone, which is long enough" };
      const { log, runtime: { fs } } = memoryLogger({
        destinations: [
          { uri: "/logs/plain.log" },
          { uri: "/logs/numbered.log", format: format.json({ sequence: true }) },
          { uri: "/logs/chained.log", format: format.json({ sequence: true, chain }) },
          { uri: "/logs/text.log", format: "text" },
        ],
        queue: { maxBytes: 256 << 20 },
      });
      const texts = SIZES.map((size) => textOf(size, letter));
      for (const text of texts) {
        log.info("short");
        log.info(text);
        log.info("field", { text });
      }
      await log.close();

      const expected = texts.flatMap((text) => ["short", text, "field"]);
      for (const name of ["plain", "numbered", "chained"]) {
        const records = linesOf(fs.readText(`/logs/${name}.log`)).map((line) => JSON.parse(line));
        assert.deepEqual(records.map(({ msg }) => msg.length), expected.map(({ length }) => length), name);
        assert.ok(records.every(({ msg }, index) => msg === expected[index]), name);
        assert.ok(texts.every((text, index) => records[3 * index + 2].text === text), name);
        if (name === "plain") continue;
        assert.deepEqual(records.map(({ seq }) => seq), expected.map((_, index) => index + 1), name);
      }
      const lines = linesOf(fs.readText("/logs/text.log"));
      assert.equal(lines.length, expected.length);
      assert.ok(texts.every((text, index) => lines[3 * index + 1].endsWith(`[INFO] ${text}`)));
      assert.ok(texts.every((text, index) => lines[3 * index + 2].includes(text)));
    });
  }
});
