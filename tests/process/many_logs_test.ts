import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { start, temporaryDirectory } from "../adapters/programs.ts";
import { bestOf } from "../support/best_of.ts";
import { currentRuntime } from "../support/spawn.ts";

/** Milliseconds; each of a thousand writes of one turn takes 0.1 of them. */
const MOST_DELAY = 500;

/** Writes and closes them in a process of their own, checks the lines, and returns the longest delay. */
async function longestDelay(): Promise<number> {
  const directory = temporaryDirectory();
  const { code, stdout, stderr } = await start(currentRuntime, "../process/many_logs_program.ts", {
    args: [directory],
  }).ended;
  assert.equal(code, 0, stderr);
  const { longest, errors } = JSON.parse(stdout);
  assert.deepEqual(errors, []);
  const names = readdirSync(directory);
  assert.equal(names.length, 1_000, "nothing is left beside the logs");
  for (const name of names) {
    const lines = readFileSync(join(directory, name), "utf8").trimEnd().split("\n");
    assert.deepEqual(lines.map((line) => JSON.parse(line).msg), ["first", "second"], name);
  }
  rmSync(directory, { recursive: true });
  return longest;
}

it("a thousand logs of one directory do not hold up the event loop", { timeout: 200_000 }, async () => {
  const delay = await bestOf(3, MOST_DELAY, longestDelay);
  assert.ok(delay < MOST_DELAY, `the event loop was late by ${delay} ms`);
});
