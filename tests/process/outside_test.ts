import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger, type DestinationError, type Logger } from "../../mod.ts";
import { runtimeNames } from "../adapters/programs.ts";
import { startSteady } from "../faults/support/steady.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriter, toldMetrics, withLog } from "../support/spawn.ts";
import { until } from "../support/until.ts";

const isRoot = process.getuid?.() === 0;

/** An ordinary user, whom permission bits hold back. */
const NOBODY = 65_534;

/**
 * Does something to a log while all three runtimes write it, so many times; returns how many lines each of them has
 * logged. The writers end only then, however long that takes.
 */
async function disturb(
  path: string,
  end: string,
  times: number,
  disturbance: () => void | Promise<void>,
): Promise<Record<string, number>> {
  const writers = runtimeNames.map((id) => startSteady(id, { path, id, perSecond: 3_000, end }));
  // Before each time and after the last one: nobody goes on in a file that was taken away, and there is much to lose.
  const hasLinesOfAll = (): boolean => {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    return runtimeNames.every((id) => text.includes(`"w":"${id}"`));
  };
  for (let done = 0; done < times; done++) {
    await until(hasLinesOfAll);
    // Not always right after a write.
    await wait(done * 5);
    await disturbance();
  }
  await until(hasLinesOfAll);
  writeFileSync(end, "");
  const expected: Record<string, number> = {};
  for (const { id, finished } of writers) {
    const { stdout } = await finished();
    const { dropped, errors } = toldMetrics(stdout);
    assert.deepEqual({ dropped, errors }, { dropped: 0, errors: 0 }, id);
    expected[id] = lastTold(stdout, "logged");
  }
  return expected;
}

/** Calls back while it holds the lock of the log, as a well-behaved program would. */
async function underLock(path: string, callback: () => void): Promise<void> {
  const { calls } = detectRuntime();
  const file = calls.open(path, { access: "append" });
  while (!calls.tryLock(file)) await wait(1);
  callback();
  calls.close(file);
}

function readWhole(fd: number): string {
  const bytes = new Uint8Array(fstatSync(fd).size);
  for (let at = 0; at < bytes.length;) at += readSync(fd, bytes, at, bytes.length - at, at);
  return new TextDecoder().decode(bytes);
}

describe("a log file that is handled from outside while three runtimes write it", { timeout: 60_000 }, () => {
  it("loses nothing when it is renamed", () =>
    withLog(async (path, directory) => {
      const moved: string[] = [];
      const expected = await disturb(path, `${directory}/end`, 12, () => {
        const name = `${path}-old-${moved.length}`;
        renameSync(path, name);
        moved.push(name);
      });
      const before = moved.map((name) => readFileSync(name, "utf8"));
      assertComplete(checkLog(path, { expected, before }), expected);
    }));

  it("loses only what was in it when it is deleted", () =>
    withLog(async (path, directory) => {
      const deleted: number[] = [];
      const expected = await disturb(path, `${directory}/end`, 12, () => {
        // Still open here, so that what was in it can be counted.
        deleted.push(openSync(path, "r"));
        unlinkSync(path);
      });
      const before = deleted.map(readWhole);
      deleted.forEach((fd) => closeSync(fd));
      assertComplete(checkLog(path, { expected, before }), expected);
    }));

  it("loses nothing when it is copied and truncated under its lock", () =>
    withLog(async (path, directory) => {
      const before: string[] = [];
      const expected = await disturb(path, `${directory}/end`, 8, () =>
        underLock(path, () => {
          before.push(readFileSync(path, "utf8"));
          truncateSync(path, 0);
        }));
      assertComplete(checkLog(path, { expected, before }), expected);
    }));

  it("has whole lines, once and in order, when it is copied and truncated without its lock", () =>
    withLog(async (path, directory) => {
      const copies: string[] = [];
      const expected = await disturb(path, `${directory}/end`, 8, () => {
        const name = `${path}-copy-${copies.length}`;
        copyFileSync(path, name);
        copies.push(name);
        truncateSync(path, 0);
      });
      // What is written between the copy and the cut is lost, and no logger can help it.
      const check = checkLog(path, { expected });
      assert.deepEqual(check.torn, []);
      for (const [id, { found, doubled, disordered }] of Object.entries(check.writers)) {
        assert.deepEqual({ doubled, disordered }, { doubled: 0, disordered: 0 }, id);
        assert.ok(found > 0, id);
        const numbers = [...check.pieces[0].text.matchAll(new RegExp(`"w":"${id}","n":(\\d+)`, "g"))];
        assert.equal(Number(numbers.at(-1)?.[1]), expected[id] - 1);
        assert.equal(numbers.length, expected[id] - Number(numbers[0][1]), `${id} has gaps after the last cut`);
      }
    }));

  it("is made again with its directory", () =>
    withLog(async (_, directory) => {
      const path = `${directory}/deep/er/app.log`;
      mkdirSync(dirname(path), { recursive: true });
      const moved: string[] = [];
      const expected = await disturb(path, `${directory}/end`, 6, () => {
        // To the writers that is a deletion; here it can still be counted what was in it.
        const name = `${directory}/gone-${moved.length}`;
        renameSync(`${directory}/deep`, name);
        moved.push(`${name}/er/app.log`);
      });
      const before = moved.map((name) => readFileSync(name, "utf8"));
      assertComplete(checkLog(path, { expected, before }), expected);
    }));
});

/** A logger that has trouble, and what it told of it. */
interface Patient {
  readonly logger: Logger;
  readonly errors: DestinationError[];
}

function createPatient(path: string): Patient {
  const errors: DestinationError[] = [];
  const logger = createLogger({
    destinations: [{ uri: path, name: "file" }],
    onError: (error) => errors.push(error as DestinationError),
  });
  return { logger, errors };
}

function logLines(logger: Logger, from: number, to: number): void {
  for (let n = from; n < to; n++) logger.info("line", { w: "a", n, size: 0, pad: "" });
}

/**
 * Logs into trouble, has the cause removed, and sees that nothing is lost and that the logger comes back by itself.
 */
async function suffer(path: string, code: string, heal: () => void): Promise<void> {
  const { logger, errors } = createPatient(path);
  logLines(logger, 0, 100);
  await assert.rejects(logger.flush(), (error: DestinationError) => {
    assert.equal(error.name, "DestinationError");
    assert.equal(error.code, code);
    assert.equal(error.dropped, 0);
    return true;
  });
  logLines(logger, 100, 200);
  // The tries go on by themselves.
  while (errors.length < 3) await wait(5);
  for (const error of errors) assert.equal(error.code, code);
  const { dropped, destinations: [file] } = logger.metrics();
  assert.equal(dropped, 0);
  assert.ok(file.errors >= 3, `${file.errors} errors`);
  assert.deepEqual({ written: file.written, pending: file.pending }, { written: 0, pending: 200 });

  heal();
  const begin = performance.now();
  while (logger.metrics().destinations[0].pending > 0) {
    assert.ok(performance.now() - begin < 20_000, "it does not heal");
    await wait(5);
  }
  logLines(logger, 200, 300);
  await logger.close();
  assertComplete(checkLog(path), { a: 300 });
  const end = logger.metrics();
  assert.deepEqual({ dropped: end.dropped, written: end.destinations[0].written }, { dropped: 0, written: 300 });
}

describe(`a log that cannot be written, on ${currentRuntime}`, { timeout: 60_000 }, () => {
  it("heals when a directory at its path goes away", () =>
    withLog(async (path) => {
      mkdirSync(path);
      await suffer(path, "EISDIR", () => rmdirSync(path));
    }));

  it("heals when a file in the place of its directory goes away", () =>
    withLog(async (_, directory) => {
      writeFileSync(`${directory}/logs`, "");
      await suffer(`${directory}/logs/app.log`, "ENOTDIR", () => rmSync(`${directory}/logs`));
    }));

  it("heals when a read-only file system becomes writable", (t: TestContext) => {
    if (!isRoot) return skip(t, "only root can mount");
    return withLog(async (_, directory) => {
      const place = `${directory}/mounted`;
      mkdirSync(place);
      try {
        execFileSync("mount", ["-t", "tmpfs", "-o", "ro,size=4m", "none", place], { stdio: "pipe" });
      } catch (error) {
        return skip(t, `mount failed: ${(error as Error).message}`);
      }
      try {
        await suffer(`${place}/app.log`, "EROFS", () => execFileSync("mount", ["-o", "remount,rw", place]));
      } finally {
        execFileSync("umount", [place]);
      }
    });
  });

  it("heals when it comes back after the directory was replaced in the middle of the writing", () =>
    withLog(async (path, directory) => {
      const { logger, errors } = createPatient(path);
      logLines(logger, 0, 100);
      await logger.flush();
      const before = [readFileSync(path, "utf8")];
      rmSync(path);
      mkdirSync(path);
      logLines(logger, 100, 200);
      await assert.rejects(logger.flush(), { code: "EISDIR" });
      rmdirSync(path);
      await logger.flush();
      rmSync(directory, { recursive: true });
      const gone = 100;
      logLines(logger, 200, 300);
      await logger.flush();
      await logger.close();
      assert.equal(errors.length, 1);
      assert.equal(checkLog(path, { before }).writers.a.lost, gone);
    }));
});

describe("a log that may not be written", { timeout: 60_000 }, () => {
  for (const runtime of runtimeNames) {
    it(`costs ${runtime} nothing once it may be`, () =>
      withLog(async (_, directory) => {
        const place = `${directory}/locked`;
        mkdirSync(place, { mode: 0o555 });
        chmodSync(directory, 0o755);
        const path = `${place}/app.log`;
        const end = `${directory}/end`;
        const user = isRoot ? { user: NOBODY } : {};
        const writer = startSteady(runtime, { path, id: "w", lines: 400, perSecond: 1_000, end, ...user });
        await writer.printed("rejected EACCES\n");
        chmodSync(place, 0o777);
        // Only now: the last lines are acknowledged, however late this process was.
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        assert.match(stdout, /^error EACCES: Cannot write to destination /m);
        assert.match(stdout, /^ack 400$/m);
        assert.equal(toldMetrics(stdout).dropped, 0);
        assertComplete(checkLog(path), { w: 400 });
      }));
  }

  it("does not crash Deno when it withholds the permission", () =>
    withLog(async (path, directory) => {
      const elsewhere = `${directory}/elsewhere`;
      const permissions = ["--allow-read", `--allow-write=${elsewhere}`, "--allow-env", "--allow-sys"];
      const writer = startWriter("deno", { path, id: "w", count: 200, flushEvery: 100 }, { permissions });
      const { stdout, stderr } = await writer.finished();
      assert.match(stdout, /^rejected EPERM$/m, stderr);
      assert.match(stdout, /^error EPERM: /m);
      assert.equal(toldMetrics(stdout).dropped, 200);
      assert.ok(!existsSync(path));
    }));

  it("does not crash Deno when it withholds even the look at it", () =>
    withLog(async (path) => {
      const permissions = ["--allow-read=."];
      const writer = startWriter("deno", { path, id: "w", count: 200, flushEvery: 100 }, { permissions });
      const { stdout, stderr } = await writer.finished();
      assert.match(stdout, /^rejected EPERM$/m, stderr);
    }));
});

/** Skips a test, and says why where people look. */
function skip(t: TestContext, reason: string): void {
  console.log(`skipped: ${reason}`);
  t.skip(reason);
}
