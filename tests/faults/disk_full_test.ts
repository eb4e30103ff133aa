import assert from "node:assert/strict";
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, toldMetrics, type Writer } from "../support/spawn.ts";
import { type Mount, withTmpfs } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

const needs = needing({ root: true, programs: ["mount", "umount"] });

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

/** Takes all the room again and again, for compression gives some back, until a writer cannot go on. */
async function fillUntilRejected(mount: Mount, writer: Writer): Promise<void> {
  let isRejected = false;
  const rejected = writer.printed("rejected ENOSPC\n").then(() => isRejected = true);
  while (!isRejected) {
    fill(mount);
    await Promise.race([rejected, wait(20)]);
  }
}

describe("a disk that is full", { timeout: 60_000 }, () => {
  const lines = 2_000;
  const room = 1 << 20;
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
        withTmpfs(room, async (mount) => {
          const path = join(mount.path, "app.log");
          const end = join(mount.outside, "end");
          const writer = startSteady(currentRuntime, { path, id: "w", lines, perSecond: 2_000, destination, end });
          await writer.printed("ack ");
          await fillUntilRejected(mount, writer);
          await writer.printed(`logged ${lines}\n`);
          rmSync(join(mount.path, "filler"));
          writeFileSync(end, "");
          const { stdout } = await writer.finished();
          assertComplete(checkLog(path), { w: lines });
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
    () =>
      withTmpfs(room, async (mount) => {
        const path = join(mount.path, "app.log");
        const end = join(mount.outside, "end");
        const manner = "process.exit";
        const writer = startSteady(currentRuntime, { path, id: "w", lines, perSecond: 2_000, end, manner });
        await writer.printed("ack ");
        await fillUntilRejected(mount, writer);
        await writer.printed(`logged ${lines}\n`);
        const start = performance.now();
        writeFileSync(end, "");
        const { code, stdout } = await writer.ended;
        const took = performance.now() - start;
        assert.equal(code, 3);
        assert.ok(took < 3_000, `${took} ms`);
        const { writers: { w }, torn } = checkLog(path);
        assert.deepEqual([w.lost, w.doubled, w.disordered, torn], [0, 0, 0, []], "a gapless prefix of whole lines");
        const told = /Dropped (\d+) records.*the process is ending/.exec(toldErrors(stdout).at(-1) ?? "");
        assert.equal(Number(told?.[1]), lines - w.found);
      }),
  );
});
