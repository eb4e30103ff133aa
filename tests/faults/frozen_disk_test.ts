import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, startWriterProgram, toldMetrics } from "../support/spawn.ts";
import type { AccidentConfig } from "./support/accident_program.ts";
import { freeze, withExt4 } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldDelays } from "./support/steady.ts";

/** Well below the two seconds of the freeze, and far above what a busy machine takes to give us a turn. */
const MOST_DELAY = 1_000;

const needs = needing({ root: true, programs: ["mount", "umount", "mkfs.ext4", "fsfreeze"] });

describe("a file system that is frozen for two seconds", { timeout: 120_000 }, () => {
  const lines = 40_000;
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
        withExt4(async (mount) => {
          const path = join(mount.path, "app.log");
          const writer = startSteady(currentRuntime, { path, id: "w", lines, perSecond: 10_000, destination });
          await writer.printed("ready\n");
          await wait(1_000);
          const { frozenAt, thawedAt } = await freeze(mount.path, 2);
          const { stdout } = await writer.finished();
          const worst = (from: number, to: number): number =>
            Math.max(0, ...toldDelays(stdout).filter(([at]) => at >= from && at < to).map(([, late]) => late));
          const delay = worst(frozenAt, thawedAt + 100);
          console.log(
            `Worst delay of the event loop on ${currentRuntime} ${when}: ${worst(0, frozenAt)} ms before, ` +
              `${delay} ms during, ${worst(thawedAt + 100, Infinity)} ms after the freeze`,
          );
          assert.ok(delay < MOST_DELAY, `${delay} ms`);
          assertComplete(checkLog(path), { w: lines });
          assert.equal(toldMetrics(stdout).dropped, 0);
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
      withExt4(async (mount) => {
        const path = join(mount.path, "app.log");
        const writer = startSteady(currentRuntime, { path, id: "w", lines: 4, perSecond: 1, flushEvery: 10 });
        await writer.printed("ack 1\n");
        const before = readFileSync(path, "utf8");
        // The last name is gone, so whoever closes the file last frees its blocks. Linux 6.18 puts that off.
        rmSync(path);
        const { frozenAt, thawedAt } = await freeze(mount.path, 2);
        const { stdout } = await writer.finished();
        const late = toldDelays(stdout).filter(([at]) => at >= frozenAt && at < thawedAt + 100).map(([, late]) => late);
        const delay = Math.max(0, ...late);
        console.log(`Worst delay of the event loop on ${currentRuntime} with a deleted file: ${delay} ms`);
        assert.ok(delay < MOST_DELAY, `${delay} ms`);
        assertComplete(checkLog(path, { before: [before] }), { w: 4 });
      }),
  );
});
