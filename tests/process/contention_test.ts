import assert from "node:assert/strict";
import { it } from "node:test";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, startTogether, toldMetrics, withLog } from "../support/spawn.ts";

/** Processes; so many that the lock of the log is always wanted by most of them. */
const WRITERS = 50;

/** Lines of each, 100 a second. */
const LINES = 800;

/** How often a busy machine may keep them from writing in time. */
const ROUNDS = 3;

/** Lets them write to one log that is rotated all the time, and returns how many lines they have dropped. */
async function dropped(naming: "timestamp" | "numbered"): Promise<number> {
  let all = 0;
  await withLog(async (path) => {
    const writers = await startTogether(Array.from({ length: WRITERS }, () => currentRuntime), {
      path,
      count: LINES,
      yieldEvery: 1,
      pause: 10,
      destination: { rotate: { maxBytes: 50_000, naming } },
    });
    const ended = await Promise.all(writers.map((writer) => writer.finished()));
    for (const { stdout } of ended) all += toldMetrics(stdout).dropped;
    if (all === 0) assertComplete(checkLog(path), Object.fromEntries(writers.map(({ id }) => [id, LINES])));
  });
  return all;
}

it(`${WRITERS} processes that rotate a log all the time drop nothing with numbered names`, {
  timeout: 400_000,
}, async () => {
  const rounds: { readonly numbered: number; readonly timestamp: number }[] = [];
  while (rounds.length < ROUNDS) {
    const numbered = await dropped("numbered");
    if (numbered === 0) return;
    rounds.push({ numbered, timestamp: await dropped("timestamp") });
  }
  console.log(`The machine is too busy for ${WRITERS} processes: ${JSON.stringify(rounds)} lines were dropped`);
  assert.ok(rounds.some(({ timestamp }) => timestamp > 0), JSON.stringify(rounds));
});
