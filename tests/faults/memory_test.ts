import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { currentRuntime } from "../support/spawn.ts";
import { type OverloadSecond, startOverload, toldSeconds } from "./support/overload.ts";

const MIB = 1 << 20;

describe("memory under overload", () => {
  it("does not grow any more once the bounds of four dead destinations are reached", { timeout: 120_000 }, async () => {
    const [seconds, perSecond, maxBytes] = [16, 20_000, 4 * MIB];
    const program = startOverload(currentRuntime, { id: "o", seconds, perSecond, maxBytes });
    const { stdout } = await program.finished();
    const told = toldSeconds(stdout);
    assert.equal(told.length, seconds, stdout);
    const [middle, last] = [told.slice(4, 10), told.slice(10)];
    const most = (list: OverloadSecond[], key: keyof OverloadSecond) => Math.max(...list.map((item) => item[key]));
    const growth = most(last, "rss") - most(middle, "rss");
    console.log(
      `Resident memory on ${currentRuntime}: ${(most(middle, "rss") / MIB).toFixed(0)} MiB, ` +
        `then ${(growth / MIB).toFixed(1)} MiB more, with ${most(last, "pending")} records waiting`,
    );
    // Without the bounds the last six seconds would add 120,000 records of 130 bytes for each of four destinations.
    assert.ok(growth < 40 * MIB, `${growth} bytes`);
    assert.ok(most(last, "pending") <= most(middle, "pending") * 1.1, "more records wait than at the bound");
    assert.ok(most(last, "dropped") > most(middle, "dropped"), "the bound was not reached");
  });
});
