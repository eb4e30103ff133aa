import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { until } from "../support/until.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriterProgram, toldMetrics } from "../support/spawn.ts";
import type { AccidentConfig } from "./support/accident_program.ts";
import { bestOf } from "../support/best_of.ts";
import { freeze, type Mount, withExt4 } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { type Stall, watchStalls, withoutStalls } from "../support/stalls.ts";
import { startSteady, toldDelays } from "./support/steady.ts";

/** Well below the two seconds of the freeze, and far above what a busy machine takes to give us a turn. */
const MOST_DELAY = 1_000;

/** Fails unless the delay that comes of a freeze is small: one that is due to the disk is there each time. */
async function assertSmallDelay(measure: (mount: Mount) => Promise<number>): Promise<void> {
  const delay = await bestOf(3, MOST_DELAY, async () => {
    let delay = Infinity;
    await withExt4(async (mount) => void (delay = await measure(mount)));
    return delay;
  });
  assert.ok(delay < MOST_DELAY, `${delay} ms`);
}

const programs = ["mount", "umount", "mkfs.ext4", "fsfreeze"];
const needs = { ...needing({ root: true, programs }), timeout: 120_000 };

describe("a file system that is frozen for two seconds", () => {
  const cases = {
    "while only writing": {},
    "while rotating and compressing": { rotate: { maxBytes: 256 * 1024, compress: "gzip" } },
    "while rotating and watching limits": { rotate: { maxBytes: 256 * 1024, maxFiles: 1_000 }, minFreeBytes: "1MB" },
  } as const;
  for (const [when, destination] of Object.entries(cases)) {
    it(
      `neither delays the program nor costs a line ${when}, at 10,000 calls a second`,
      needs,
      () =>
        assertSmallDelay(async (mount) => {
          const [path, end] = [join(mount.path, "app.log"), join(mount.outside, "end")];
          const writer = startSteady(currentRuntime, { path, id: "w", perSecond: 10_000, destination, end });
          await writer.printed("ready\n");
          await wait(1_000);
          const stop = watchStalls();
          const { frozenAt, thawedAt } = await freeze(mount.path, 2);
          await writer.more("ack ", 2);
          writeFileSync(end, "");
          const { stdout } = await writer.finished();
          const worst = worstDelays(stdout, stop());
          const delay = worst(frozenAt, thawedAt + 100);
          console.log(
            `Worst delay of the event loop on ${currentRuntime} ${when}: ${worst(0, frozenAt)} ms before, ` +
              `${delay} ms during, ${worst(thawedAt + 100, Infinity)} ms after the freeze`,
          );
          assertComplete(checkLog(path), { w: lastTold(stdout, "logged") });
          assert.equal(toldMetrics(stdout).dropped, 0);
          return delay;
        }),
    );
  }

  it(
    "keeps a program that ends no longer than it lasts, and every line",
    needs,
    () =>
      withExt4(async (mount) => {
        const [path, gate, lines] = [join(mount.path, "app.log"), join(mount.outside, "gate"), 2_000];
        const config: AccidentConfig = {
          id: "w",
          path,
          gate,
          lines,
          before: "wait",
          accident: "exit",
          destination: {},
        };
        const program = startWriterProgram("../faults/support/accident_program.ts", currentRuntime, config);
        await program.printed("ready\n");
        const thawed = freeze(mount.path, 2);
        await wait(300);
        writeFileSync(gate, "");
        const { thawedAt } = await thawed;
        const { code, stderr } = await program.ended;
        assert.equal(code, 3, stderr);
        const late = Date.now() - thawedAt;
        console.log(`The end of the process on ${currentRuntime} came ${late} ms after the thaw`);
        assert.ok(late < 5_000, `${late} ms`);
        assertComplete(checkLog(path), { w: lines });
      }),
  );

  it(
    "does not delay a program that lets go of a file which another one has deleted",
    needs,
    () =>
      assertSmallDelay(async (mount) => {
        const [path, end] = [join(mount.path, "app.log"), join(mount.outside, "end")];
        const hasLines = () => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
        const writer = startSteady(currentRuntime, { path, id: "w", perSecond: 1, flushEvery: 10, end });
        await until(hasLines);
        const file = openSync(path, "r");
        // The last name is gone, so whoever closes the file last frees its blocks. Linux 6.18 puts that off.
        rmSync(path);
        // Not before, for a line might still come; and closed at once, or else we would be the last to do so.
        const before = readFileSync(file, "utf8");
        closeSync(file);
        const stop = watchStalls();
        const { frozenAt, thawedAt } = await freeze(mount.path, 2);
        await until(hasLines);
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        const delay = worstDelays(stdout, stop())(frozenAt, thawedAt + 100);
        console.log(`Worst delay of the event loop on ${currentRuntime} with a deleted file: ${delay} ms`);
        assertComplete(checkLog(path, { before: [before] }), { w: lastTold(stdout, "logged") });
        return delay;
      }),
  );
});

/** The worst delay of a writer's event loop that came to its end in a span of time, less what the machine stalled. */
function worstDelays(stdout: string, stalls: readonly Stall[]): (from: number, to: number) => number {
  const delays = toldDelays(stdout).map(([to, late]) => ({ to, late: withoutStalls({ from: to - late, to }, stalls) }));
  return (start, end) =>
    Math.round(10 * Math.max(0, ...delays.filter(({ to }) => to >= start && to < end).map(({ late }) => late))) / 10;
}
