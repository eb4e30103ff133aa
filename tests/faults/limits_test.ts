import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import { runProgram, withTmpfs } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";
import { wrapRuntime } from "./support/wrapper.ts";

/** An ordinary user, whom permission bits hold back. */
const NOBODY = 65_534;

/** How long, in milliseconds, a test may take. */
const timeout = 60_000;

/**
 * Fails unless a writer has nothing to tell but errors of a code, and has dropped nothing. Returns how many lines it
 * has logged.
 */
async function assertRecovered(writer: Writer, code: string | RegExp): Promise<number> {
  const { stdout } = await writer.finished();
  const errors = toldErrors(stdout);
  assert.notEqual(errors.length, 0, "nothing was reported");
  const codes = typeof code === "string" ? new RegExp(`^${code}$`) : code;
  assert.deepEqual(errors.filter((error) => !codes.test(error.slice(0, error.indexOf(":")))), []);
  assert.equal(toldMetrics(stdout).dropped, 0);
  return lastTold(stdout, "logged");
}

describe("a limit on the size of files", () => {
  const needs = { ...needing({}), timeout };

  /** In bytes; `ulimit` counts in blocks of 512 of them, and in bash outside of its POSIX mode in those of 1024. */
  const [limit, largest] = [100 * 512, 100 * 1024];
  const lines = 2_000;

  // Node and Bun ignore the signal of themselves.
  for (const command of currentRuntime === "deno" ? ["trap '' XFSZ"] : ["trap '' XFSZ", "trap - XFSZ"]) {
    it(
      `is reported, and after a rotation from outside the log goes on (${command})`,
      needs,
      () =>
        withLog(async (path, directory) => {
          const end = join(directory, "end");
          const executable = wrapRuntime(currentRuntime, directory, [command, "ulimit -f 100"]);
          const config = { path, id: "w", lines, perSecond: 2_000, end };
          const writer = startSteady(currentRuntime, config, { executable });
          await writer.printed("rejected EFBIG\n");
          writeFileSync(end, "");
          let hasEnded = false;
          writer.ended.then(() => hasEnded = true);
          // The oldest gets the highest number.
          for (let number = 99; !hasEnded; await wait(20)) {
            if (existsSync(path) && statSync(path).size > limit - 1_000) renameSync(path, `${path}.${number--}`);
          }
          await assertRecovered(writer, "EFBIG");
          const check = checkLog(path);
          assertComplete(check, { w: lines });
          for (const { name, size } of check.pieces) assert.ok(size <= largest, `${name}: ${size} bytes`);
        }),
    );
  }

  // There is nothing that a library could do about it: the process has to ignore the signal, or listen to it.
  const others = needing({ programs: ["prlimit"] });
  it(
    "ends Deno with SIGXFSZ where nobody ignores it",
    { skip: currentRuntime !== "deno" || others.skip, timeout },
    () =>
      withLog(async (path, directory) => {
        // Nobody tells it to end, so it is still there however late the limit comes.
        const end = join(directory, "end");
        const writer = startSteady(currentRuntime, { path, id: "w", perSecond: 2_000, end });
        await writer.printed("ack ");
        // Not from the beginning: Deno's own cache would be the first to meet it.
        runProgram("prlimit", "--pid", String(writer.child.pid), `--fsize=${limit}`);
        const { signal, stdout } = await writer.ended;
        assert.equal(signal, "SIGXFSZ");
        const { writers: { w }, torn } = checkLog(path);
        assert.deepEqual([w.lost, w.doubled, w.disordered], [0, 0, 0]);
        assert.ok(w.found >= lastTold(stdout, "ack"));
        assert.ok(torn.length <= 1, "one fragment at the most");
      }),
  );
});

describe("a limit on open files", () => {
  const needs = { ...needing({}), timeout };

  it(
    "is reported, and all lines are there once descriptors are free again",
    needs,
    () =>
      withLog(async (path, directory) => {
        const lines = 1_000;
        const [hoardUntil, end] = [join(directory, "let-go"), join(directory, "end")];
        const executable = wrapRuntime(currentRuntime, directory, ["ulimit -n 100"]);
        const writer = startSteady(
          currentRuntime,
          { path, id: "w", lines, perSecond: 2_000, hoardUntil, end },
          { executable },
        );
        await writer.printed(`logged ${lines}\n`);
        await writer.printed("rejected ");
        assert.equal(existsSync(path), false);
        writeFileSync(hoardUntil, "");
        writeFileSync(end, "");
        await assertRecovered(writer, "EMFILE");
        assertComplete(checkLog(path), { w: lines });
      }),
  );
});

describe("a permission that is taken away", () => {
  const needs = { ...needing({ root: true }), timeout };

  const cases = {
    "while it rotates": {
      destination: { rotate: { maxBytes: 16 * 1024, compress: "gzip" } },
      provoke: () => {},
    },
    "while another program rotates": {
      destination: {},
      provoke: (path: string) => renameSync(path, `${path}.1`),
    },
  } as const;
  for (const [when, { destination, provoke }] of Object.entries(cases)) {
    it(
      `is reported, and all lines are there once it is given back, ${when}`,
      needs,
      () =>
        withLog(async (_, outside) => {
          chmodSync(outside, 0o755);
          const directory = join(outside, "logs");
          mkdirSync(directory);
          chownSync(directory, NOBODY, NOBODY);
          const [path, end] = [join(directory, "app.log"), join(outside, "end")];
          // It goes on until it is told to end: the permission may be taken away late.
          const config = { path, id: "w", perSecond: 2_000, destination, user: NOBODY, end };
          const writer = startSteady(currentRuntime, config);
          await writer.printed("ack ");
          chmodSync(directory, 0o555);
          provoke(path);
          await writer.printed("error EACCES: Cannot rotate");
          // The lines go on into the file there is.
          await writer.more("ack ", 10);
          chmodSync(directory, 0o755);
          writeFileSync(end, "");
          const logged = await assertRecovered(writer, "EACCES");
          const { stdout } = await writer.finished();
          assert.ok(!stdout.includes("rejected"), stdout);
          const tasks = toldErrors(stdout).map((error) => /Cannot (rotate|compress|delete|tell)/.exec(error)?.[1]);
          assert.equal(new Set(tasks).size, tasks.length, "each trouble is told once");
          const check = checkLog(path);
          assertComplete(check, { w: logged });
          assert.deepEqual(check.unfinished, []);
        }),
    );
  }
});

describe("a file system that is read-only for a while", () => {
  const needs = { ...needing({ root: true, programs: ["mount", "umount"] }), timeout };

  it(
    "is reported, and all lines are there once it can be written to",
    needs,
    () =>
      withTmpfs(8 << 20, async (mount) => {
        const lines = 2_000;
        const [path, end] = [join(mount.path, "app.log"), join(mount.outside, "end")];
        const destination = { rotate: { maxBytes: 64 * 1024 } };
        // Linux refuses this as long as a file is open for writing, so it comes first.
        runProgram("mount", "-o", "remount,ro", mount.path);
        const writer = startSteady(currentRuntime, { path, id: "w", lines, perSecond: 2_000, destination, end });
        await writer.printed("rejected EROFS\n");
        await writer.printed(`logged ${lines}\n`);
        runProgram("mount", "-o", "remount,rw", mount.path);
        writeFileSync(end, "");
        await assertRecovered(writer, "EROFS");
        assertComplete(checkLog(path), { w: lines });
      }),
  );
});
