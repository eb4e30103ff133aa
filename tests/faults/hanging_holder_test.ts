import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { type RuntimeName, runtimeNames, watch } from "../adapters/programs.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriter, toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import { guard } from "./support/guard.ts";
import { findProgram, needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

/** How long, in milliseconds, the writers wait for the lock before they say so. */
const lockTimeout = 300;

/**
 * Fails unless a writer has complained about the lock, and only about that, no more often than it gave up on it.
 * Returns how many lines it has logged.
 */
async function assertComplaints(writer: Writer, held: number): Promise<number> {
  const { stdout } = await writer.finished();
  const errors = toldErrors(stdout);
  const name = `${writer.id} on ${writer.runtime}`;
  assert.ok(errors.length >= 2, `${name} has told ${errors.length} errors`);
  assert.ok(errors.length <= held / lockTimeout + 1, `${name} has told ${errors.length} errors in ${held} ms`);
  for (const error of errors) assert.match(error, /^ETIMEDOUT: Cannot .*another process has held it for 300 ms/);
  assert.equal(toldMetrics(stdout).dropped, 0);
  return lastTold(stdout, "logged");
}

/** Whether somebody holds the lock of a file, as util-linux sees it. */
async function isLocked(path: string): Promise<boolean> {
  const { code } = await watch(spawn(findProgram("flock") as string, ["-n", path, "true"])).ended;
  assert.ok(code === 0 || code === 1, `flock ended with ${code}`);
  return code === 1;
}

const needs = needing({ programs: ["flock"] });

describe("a holder of the lock that hangs", { timeout: 120_000 }, () => {
  const hold = 1_500;
  const destination = { lockTimeout };

  it(
    "is reported by each writer once in each timeout, and costs no line (util-linux flock)",
    needs,
    () =>
      withLog(async (path, directory) => {
        const end = join(directory, "end");
        const writers = runtimeNames.map((runtime) =>
          startSteady(runtime, { path, id: runtime, perSecond: 1_000, destination, end })
        );
        await Promise.all(writers.map((writer) => writer.printed("ack ")));
        const start = performance.now();
        const holder = spawn(findProgram("flock") as string, [path, "sleep", String(hold / 1_000)]);
        await watch(holder).ended;
        const held = performance.now() - start;
        writeFileSync(end, "");
        const expected: Record<string, number> = {};
        for (const writer of writers) expected[writer.id] = await assertComplaints(writer, held);
        assertComplete(checkLog(path, { expected }), expected);
      }),
  );

  it(
    "is reported, and costs no line once it goes on (a stopped writer)",
    needs,
    () =>
      withLog(async (path, directory) => {
        const [gate, end] = [join(directory, "gate"), join(directory, "end")];
        const count = 400;
        // Large lines, so that it has the lock for most of the time.
        const config = { path, id: "holder", count, padding: [150_000], yieldEvery: 1, gate };
        const holder = startWriter(currentRuntime, config);
        const others = runtimeNames.filter((name): name is RuntimeName => name !== currentRuntime);
        const writers = others.map((runtime) =>
          startSteady(runtime, { path, id: `other-${runtime}`, perSecond: 1_000, destination, end })
        );
        await Promise.all([holder.printed("ready\n"), ...writers.map((writer) => writer.printed("ack "))]);
        writeFileSync(gate, "");
        while (!existsSync(path)) await wait(1);
        const dismiss = guard('kill -CONT "$1"', String(holder.child.pid));
        let held = 0;
        try {
          for (let isHeld = false; !isHeld;) {
            await wait(5 + Math.random() * 10);
            holder.kill("SIGSTOP");
            await wait(20);
            // The others take it for moments, longer where the disk is busy; the stopped one keeps it.
            isHeld = true;
            for (let look = 0; look < 10 && isHeld; look++) {
              isHeld = await isLocked(path);
              if (isHeld) await wait(20);
            }
            if (!isHeld) holder.kill("SIGCONT");
          }
          const start = performance.now();
          await wait(hold);
          held = performance.now() - start + 1_000;
        } finally {
          await dismiss();
        }
        writeFileSync(end, "");
        await holder.finished();
        const expected: Record<string, number> = { holder: count };
        for (const writer of writers) expected[writer.id] = await assertComplaints(writer, held);
        assertComplete(checkLog(path, { expected }), expected);
      }),
  );
});
