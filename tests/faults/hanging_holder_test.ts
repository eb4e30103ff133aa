import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { OtherProcess } from "../../src/conformance/mod.ts";
import { flockProcess } from "../adapters/other_process.ts";
import { type RuntimeName, runtimeNames } from "../adapters/programs.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriter, toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import { guard } from "./support/guard.ts";
import { needing } from "./support/requirements.ts";
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

/** Stops a process, and waits until it does nothing any more: a thread that is in a call of the system ends that. */
async function stop(holder: Writer): Promise<void> {
  holder.kill("SIGSTOP");
  const threads = `/proc/${holder.child.pid}/task`;
  while (!readdirSync(threads).every((id) => isStopped(`${threads}/${id}/stat`))) await wait(5);
}

/** Whether a thread is stopped; not when it has just ended. Its state stands behind its name in parentheses. */
function isStopped(stat: string): boolean {
  try {
    return /\) T /.test(readFileSync(stat, "utf8"));
  } catch {
    return false;
  }
}

/** Whether a process, rather than one of the others, holds the lock of a file. */
function holdsLock({ child }: Writer, path: string): boolean {
  const locks = readFileSync("/proc/locks", "utf8").split("\n").map((line) => line.split(/\s+/));
  return locks.some(([, kind, , , pid, file]) =>
    kind === "FLOCK" && Number(pid) === child.pid && file.endsWith(`:${statSync(path).ino}`)
  );
}

const timeout = 120_000;

describe("a holder of the lock that hangs", () => {
  const hold = 1_500;
  const destination = { lockTimeout };

  /** Waits until each writer has complained, and for so long at the least that none may do so too often. */
  async function waitForComplaints(writers: readonly Writer[]): Promise<void> {
    await Promise.all([wait(hold), ...writers.map((writer) => writer.more("error ", 2))]);
  }

  it(
    "is reported by each writer once in each timeout, and costs no line (util-linux flock)",
    { ...needing({ programs: ["flock"] }), timeout },
    () =>
      withLog(async (path, directory) => {
        const end = join(directory, "end");
        const writers = runtimeNames.map((runtime) =>
          startSteady(runtime, { path, id: runtime, perSecond: 1_000, destination, end })
        );
        await Promise.all(writers.map((writer) => writer.printed("ack ")));
        const start = performance.now();
        const release = await (flockProcess() as OtherProcess).hold(path);
        await waitForComplaints(writers);
        await release();
        const held = performance.now() - start;
        writeFileSync(end, "");
        const expected: Record<string, number> = {};
        for (const writer of writers) expected[writer.id] = await assertComplaints(writer, held);
        assertComplete(checkLog(path, { expected }), expected);
      }),
  );

  it(
    "is reported, and costs no line once it goes on (a stopped writer)",
    { ...needing({}), timeout },
    () =>
      withLog(async (path, directory) => {
        const [gate, until, end] = [join(directory, "gate"), join(directory, "until"), join(directory, "end")];
        // Large lines, so that it has the lock for most of the time, and far more of them than it comes to.
        const manner = { count: 3_000, padding: [150_000], yieldEvery: 1, tellEvery: 1 };
        const config = { path, id: "holder", gate, until, ...manner };
        const holder = startWriter(currentRuntime, config);
        const others = runtimeNames.filter((name): name is RuntimeName => name !== currentRuntime);
        const writers = others.map((runtime) =>
          startSteady(runtime, { path, id: `other-${runtime}`, perSecond: 1_000, destination, end })
        );
        await Promise.all([holder.printed("ready\n"), ...writers.map((writer) => writer.printed("ack "))]);
        const start = performance.now();
        writeFileSync(gate, "");
        while (!existsSync(path)) await wait(1);
        const dismiss = guard('kill -CONT "$1"', String(holder.child.pid));
        try {
          for (;;) {
            await wait(5 + Math.random() * 10);
            await stop(holder);
            if (holdsLock(holder, path)) break;
            holder.kill("SIGCONT");
          }
          await waitForComplaints(writers);
        } finally {
          writeFileSync(until, "");
          await dismiss();
        }
        const { stdout } = await holder.finished();
        const held = performance.now() - start;
        writeFileSync(end, "");
        const expected: Record<string, number> = { holder: lastTold(stdout, "logged") };
        for (const writer of writers) expected[writer.id] = await assertComplaints(writer, held);
        assertComplete(checkLog(path, { expected }), expected);
      }),
  );
});
