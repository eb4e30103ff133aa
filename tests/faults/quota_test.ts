import assert from "node:assert/strict";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, toldMetrics } from "../support/spawn.ts";
import { withQuota } from "./support/mounts.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

const needs = { ...needing({ root: true, programs: ["mount", "umount", "mkfs.btrfs", "btrfs"] }), timeout: 60_000 };

/**
 * Fails unless all lines are there, once and in order. A fragment may stand between them: where the quota is used up,
 * btrfs does not let a file be cut either, and leaves zeros in the place of what was to be cut off.
 */
function assertAllThere(path: string, count: number): void {
  assert.deepEqual(checkLog(path).writers.w, { found: count, lost: 0, doubled: 0, disordered: 0 });
}

describe("a quota that is used up", () => {
  it(
    "is a full disk: the oldest rotated files make room, and no line is lost",
    needs,
    () =>
      withQuota(4 << 20, async (mount) => {
        const path = join(mount.path, "app.log");
        const old = Array.from({ length: 6 }, (_, i) => `app.log.2025010${i + 1}T000000.000Z-000`);
        for (const name of old) writeFileSync(join(mount.path, name), `${"o".repeat((512 << 10) - 1)}\n`);
        const end = join(mount.outside, "end");
        const destination = { rotate: { maxBytes: 128 << 10, maxFiles: 1_000 } };
        const writer = startSteady(currentRuntime, { path, id: "w", perSecond: 4_000, destination, end });
        await writer.printed("Deleted 1 rotated file");
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        assert.ok(!readdirSync(mount.path).includes(old[0]), "the oldest has made room");
        assert.equal(toldMetrics(stdout).dropped, 0);
        for (const error of toldErrors(stdout)) assert.match(error, /^ENOSPC: Deleted \d+ rotated file/);
        for (const name of old) rmSync(join(mount.path, name), { force: true });
        assertAllThere(path, lastTold(stdout, "logged"));
      }),
  );

  it(
    "is reported where nothing may be deleted, and once there is room again all lines are there",
    needs,
    () =>
      withQuota(2 << 20, async (mount) => {
        const path = join(mount.path, "app.log");
        const filler = join(mount.path, "filler");
        writeFileSync(filler, new Uint8Array(1_500 << 10));
        const end = join(mount.outside, "end");
        const writer = startSteady(currentRuntime, { path, id: "w", perSecond: 1_000, destination: {}, end });
        await writer.printed("rejected EDQUOT");
        rmSync(filler);
        writeFileSync(end, "");
        const { stdout } = await writer.finished();
        assertAllThere(path, lastTold(stdout, "logged"));
        assert.equal(toldMetrics(stdout).dropped, 0);
        for (const error of toldErrors(stdout)) assert.match(error, /^EDQUOT: /);
      }),
  );
});
