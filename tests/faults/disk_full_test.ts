import assert from "node:assert/strict";
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, toldMetrics, type Writer } from "../support/spawn.ts";
import { bestOf } from "../support/best_of.ts";
import { type Mount, withTmpfs } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

const needs = { ...needing({ root: true, programs: ["mount", "umount"] }), timeout: 60_000 };

/** Takes all the room that there is. */
function fill({ path }: Mount): void {
  const file = openSync(join(path, "filler"), "a");
  try {
    for (const piece = new Uint8Array(4096); writeSync(file, piece) > 0;);
  } catch (error) {
    assert.equal((error as { code?: unknown }).code, "ENOSPC");
  } finally {
    closeSync(file);
  }
}

/** Takes all the room again and again, for compression gives some back, until a writer could not go on for a while. */
async function fillUntilRejected(mount: Mount, writer: Writer): Promise<void> {
  let isRejected = false;
  const rejected = writer.more("rejected ENOSPC\n", 3).then(() => isRejected = true);
  while (!isRejected) {
    fill(mount);
    await Promise.race([rejected, wait(20)]);
  }
}

/** Puts rotated files of an earlier process there, and files of others that look alike. */
function putOldFiles({ path }: Mount): { readonly old: readonly string[]; readonly others: readonly string[] } {
  const old = Array.from({ length: 6 }, (_, i) => `app.log.2025010${i + 1}T000000.000Z-000`);
  const others = ["app.log.bak", "app.log2", "app.log2.20250101T000000.000Z-000", "app.log.7", "other.log"];
  for (const name of [...old, ...others]) writeFileSync(join(path, name), `${"o".repeat(64 * 1024 - 1)}\n`);
  return { old, others };
}

describe("a disk that is full", () => {
  const room = 1 << 20;
  // For a writer that goes on until it is told to end: a late filler still finds it there, and room left to take.
  const [ample, perSecond] = [8 << 20, 1_000];
  const cases = {
    "without rotation": {},
    "with rotation": { rotate: { maxBytes: 64 * 1024 } },
    "with rotation and compression": { rotate: { maxBytes: 64 * 1024, compress: "gzip" } },
  } as const;
  for (const [how, destination] of Object.entries(cases)) {
    it(
      `is reported, and once there is room again all lines are there, ${how}`,
      needs,
      () =>
        withTmpfs(ample, async (mount) => {
          const path = join(mount.path, "app.log");
          const end = join(mount.outside, "end");
          const writer = startSteady(currentRuntime, { path, id: "w", perSecond, destination, end });
          await writer.printed("ack ");
          await fillUntilRejected(mount, writer);
          rmSync(join(mount.path, "filler"));
          writeFileSync(end, "");
          const { stdout } = await writer.finished();
          assertComplete(checkLog(path), { w: lastTold(stdout, "logged") });
          assert.equal(toldMetrics(stdout).dropped, 0);
          const errors = toldErrors(stdout);
          assert.match(errors[0], /^ENOSPC: Cannot /);
          assert.deepEqual(errors.filter((error) => !error.startsWith("ENOSPC: ")), []);
          assert.deepEqual(checkLog(path).unfinished, []);
        }),
    );
  }

  it(
    "does not hold up the end of the process, which says what was lost",
    needs,
    async () => {
      // What the disk holds up, it holds up each time; a machine that stalls does not.
      const took = await bestOf(3, 3_000, endOnFullDisk);
      assert.ok(took < 3_000, `${took} ms`);
    },
  );

  /** How long, in milliseconds, a program takes to end. */
  async function endOnFullDisk(): Promise<number> {
    let took = Infinity;
    await withTmpfs(ample, async (mount) => {
      const path = join(mount.path, "app.log");
      const end = join(mount.outside, "end");
      const writer = startSteady(currentRuntime, { path, id: "w", perSecond, end, manner: "process.exit" });
      await writer.printed("ack ");
      await fillUntilRejected(mount, writer);
      const start = performance.now();
      writeFileSync(end, "");
      const { code, stdout } = await writer.ended;
      took = performance.now() - start;
      assert.equal(code, 3);
      const { writers: { w }, torn } = checkLog(path);
      assert.deepEqual([w.lost, w.doubled, w.disordered, torn], [0, 0, 0, []], "a gapless prefix of whole lines");
      const told = /Dropped (\d+) records.*the process is ending/.exec(toldErrors(stdout).at(-1) ?? "");
      assert.equal(Number(told?.[1]), lastTold(stdout, "logged") - w.found);
    });
    return took;
  }

  it(
    "takes the oldest rotated files of the log away where a limit allows it, and the program notices nothing",
    needs,
    () =>
      withTmpfs(room, async (mount) => {
        const path = join(mount.path, "app.log");
        const { old, others } = putOldFiles(mount);
        fill(mount);
        const count = 1_500;
        const destination = { rotate: { maxBytes: 64 * 1024, maxFiles: 1_000 } };
        const writer = startSteady(currentRuntime, { path, id: "w", lines: count, perSecond: 2_000, destination });
        const { stdout } = await writer.finished();
        const left = readdirSync(mount.path);
        const kept = old.filter((name) => left.includes(name));
        assert.ok(kept.length > 0 && kept.length < old.length, kept.join());
        assert.deepEqual(kept, old.slice(-kept.length), "the oldest went first");
        for (const name of others) assert.equal(readFileSync(join(mount.path, name)).length, 64 * 1024);
        for (const name of kept) rmSync(join(mount.path, name));
        rmSync(join(mount.path, "app.log.7"));
        assertComplete(checkLog(path), { w: count });
        const [error, ...further] = toldErrors(stdout);
        assert.match(error, /^ENOSPC: Deleted \d+ rotated files? of "[^"]+app\.log", \d+ bytes: the disk is full$/);
        assert.ok(further.length <= 1, further.join("\n"));
        const { destinations: [{ pruned }] } = toldMetrics(stdout) as unknown as Numbers;
        assert.equal(pruned.files, old.length - kept.length);
        assert.equal(pruned.bytes, pruned.files * 64 * 1024);
        assert.ok(!stdout.includes("rejected"), "every flush was acknowledged");
      }),
  );

  it(
    "is lived through without deleting anything: what finds no room is counted, and said in the log afterwards",
    needs,
    () =>
      withTmpfs(room, async (mount) => {
        const path = join(mount.path, "app.log");
        const { old, others } = putOldFiles(mount);
        const end = join(mount.outside, "end");
        const count = 3_000;
        // Not while it runs: on a busy machine it could be done before the disk is full.
        fill(mount);
        const writer = startSteady(currentRuntime, {
          path,
          id: "w",
          lines: count,
          perSecond: 3_000,
          options: { queue: { maxBytes: 64 * 1024 } },
          destination: { rotate: { maxBytes: 256 * 1024 } },
          end,
        });
        await writer.printed(`logged ${count}\n`);
        for (const name of [...old, ...others]) assert.equal(readFileSync(join(mount.path, name)).length, 64 * 1024);
        rmSync(join(mount.path, "filler"));
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        for (const name of [...old, "app.log.7"]) rmSync(join(mount.path, name));
        const { writers: { w }, torn } = checkLog(path, { expected: { w: count } });
        const { dropped } = toldMetrics(stdout);
        assert.ok(dropped > 0);
        assert.deepEqual([w.lost, w.doubled, w.disordered], [dropped, 0, 0]);
        const told = torn.map((line) => JSON.parse(line).dropped as number);
        assert.deepEqual(told, [dropped]);
      }),
  );

  it(
    "is kept from coming about by minFreeBytes",
    needs,
    () =>
      withTmpfs(room, async (mount) => {
        const path = join(mount.path, "app.log");
        const minFreeBytes = 512 * 1024;
        const count = 6_000;
        const destination = { rotate: { maxBytes: 64 * 1024, maxFiles: 1_000 }, minFreeBytes };
        const writer = startSteady(currentRuntime, { path, id: "w", lines: count, perSecond: 6_000, destination });
        let least = Infinity;
        let hasEnded = false;
        void writer.ended.then(() => hasEnded = true);
        while (!hasEnded) {
          least = Math.min(least, freeBytesOf(mount));
          await wait(5);
        }
        const { stdout } = await writer.finished();
        // tmpfs gives out whole pages, and the log and its newest piece each have one that is not full.
        assert.ok(least >= minFreeBytes - 2 * 4096, `${least} bytes`);
        assert.ok(!stdout.includes("rejected"), "every flush was acknowledged");
        const { writers: { w }, torn } = checkLog(path);
        assert.deepEqual([w.doubled, w.disordered, torn], [0, 0, []]);
        const { destinations: [{ pruned }] } = toldMetrics(stdout) as unknown as Numbers;
        assert.ok(pruned.files > 0 && w.found < count);
        const newest = /"n":(\d+)[^\n]*\n$/.exec(readFileSync(path, "utf8"))?.[1];
        assert.equal(Number(newest), count - 1);
        assert.equal(w.lost, count - w.found, "what is gone is the oldest");
      }),
  );

  it(
    "by minFreeBytes holds the lines back until there is room again",
    needs,
    () =>
      withTmpfs(room, async (mount) => {
        const path = join(mount.path, "app.log");
        const end = join(mount.outside, "end");
        const count = 2_000;
        const minFreeBytes = 128 * 1024;
        const destination = { minFreeBytes };
        writeFileSync(join(mount.path, "filler"), new Uint8Array(freeBytesOf(mount) - minFreeBytes - 32 * 1024));
        const writer = startSteady(currentRuntime, { path, id: "w", lines: count, perSecond: 2_000, destination, end });
        await writer.printed("rejected ENOSPC\n");
        await writer.printed(`logged ${count}\n`);
        assert.ok(freeBytesOf(mount) >= minFreeBytes - 4096);
        rmSync(join(mount.path, "filler"));
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        assertComplete(checkLog(path), { w: count });
        assert.match(toldErrors(stdout)[0], /^ENOSPC: .* bytes are free, minFreeBytes is 131072; /);
      }),
  );
});

/** What is looked at of the metrics. */
interface Numbers {
  readonly destinations: readonly { readonly pruned: { readonly files: number; readonly bytes: number } }[];
}

function freeBytesOf({ path }: Mount): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}
