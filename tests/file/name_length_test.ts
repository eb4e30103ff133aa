import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { createLogger } from "../../mod.ts";
import type { RotateOptions } from "../../src/destination_options.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { loggerOn } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { until } from "../support/until.ts";

/** What the error says a name may have, found with one that is far too long. */
function longestWith(rotate: RotateOptions | undefined, lock: "flock" | "none" = "flock"): number {
  try {
    loggerOn(createMemoryRuntime(), { destinations: [{ uri: `/logs/${"n".repeat(300)}`, rotate, lock }] });
  } catch (error) {
    assert.ok(error instanceof RangeError);
    const match =
      /^Cannot use option "destinations\[0\]\.uri": the name of the file has 300 bytes in ".*"; give it one of (\d+) at the most/
        .exec(error.message);
    assert.ok(match !== null, error.message);
    return Number(match[1]);
  }
  assert.fail("nothing was thrown");
}

const rotations: readonly RotateOptions[] = [
  { maxBytes: 300 },
  { maxBytes: 300, compress: "gzip" },
  { maxBytes: 300, naming: "numbered", compress: "gzip" },
  { maxBytes: 300, naming: "numbered" },
  {
    maxBytes: 300,
    every: "day",
    timeZone: "utc",
    maxFiles: 7,
    maxAge: "30d",
    maxTotalBytes: "100GB",
    compress: "gzip",
  },
];

describe("a name that is too long", () => {
  it("is refused when the logger is made, in bytes and not in characters", () => {
    const longest = longestWith({ maxBytes: 300 });
    const make = (name: string) => () =>
      loggerOn(createMemoryRuntime(), { destinations: [{ uri: `/logs/${name}`, rotate: { maxBytes: 300 } }] });
    assert.throws(make("n".repeat(longest + 1)), RangeError);
    assert.throws(make("ü".repeat(Math.floor(longest / 2) + 1)), RangeError);
    assert.doesNotThrow(make("ü".repeat(Math.floor(longest / 2))));
    assert.doesNotThrow(make("n".repeat(longest)));
    assert.throws(make("n".repeat(230)), RangeError);
  });

  it("is refused without rotation only where no file can have it", () => {
    assert.equal(longestWith(undefined), 255);
  });

  for (const lock of ["flock", "none"] as const) {
    for (const rotate of rotations) {
      it(`is not what is allowed with ${JSON.stringify(rotate)} and lock ${lock}: everything is made`, async () => {
        const directory = temporaryDirectory();
        const name = "n".repeat(longestWith(rotate, lock));
        const path = join(directory, name);
        const errors: Error[] = [];
        const log = createLogger({
          destinations: [{ uri: path, rotate, lock }],
          onError: (error) => errors.push(error),
        });
        for (let i = 0; i < 12; i++) log.info("x".repeat(60), { i });
        await log.flush();
        const isKnown = () => readdirSync(directory).some((other) => other.endsWith(".writer"));
        if (lock === "flock") await until(isKnown);
        await log.close();
        assert.deepEqual(errors, []);
        const pieces = readdirSync(directory).filter((other) => other !== name);
        assert.ok(pieces.length >= 2, pieces.join());
        for (const piece of pieces) assert.equal(piece.endsWith(".gz"), rotate.compress === "gzip", piece);
        const texts = [name, ...pieces].map((other) => {
          const bytes = readFileSync(join(directory, other));
          return (other.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
        });
        assert.equal(texts.join("").trim().split("\n").length, 12);
        rmSync(directory, { recursive: true });
      });
    }
  }
});
