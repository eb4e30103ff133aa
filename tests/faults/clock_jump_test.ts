import assert from "node:assert/strict";
import { readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { assertAllCompressed, assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, toldMetrics, withLog } from "../support/spawn.ts";
import { findFaketime, needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";
import { wrapRuntime } from "./support/wrapper.ts";

const HOUR = 3_600_000;

const needs = { ...needing({ faketime: true }), timeout: 60_000 };

describe("a process whose clock jumps", () => {
  for (const every of [undefined, "hour"] as const) {
    it(
      `loses nothing, and the names still sort by age, rotating by ${every ?? "size"}`,
      needs,
      () =>
        withLog(async (path, directory) => {
          const [clock, end] = [join(directory, "clock"), join(directory, "end")];
          setClock("+0");
          // Only the wall clock: what the system tells of files, and the clock that timers go by, stay true.
          const executable = wrapRuntime(currentRuntime, directory, [
            `export LD_PRELOAD='${findFaketime()}' FAKETIME_TIMESTAMP_FILE='${clock}' FAKETIME_NO_CACHE=1`,
            "export FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1",
          ]);
          const destination = { rotate: { maxBytes: 16 * 1024, every, compress: "gzip" } } as const;
          const config = { path, perSecond: 1_000, destination, end };
          const jumping = startSteady(currentRuntime, { ...config, id: "jumping" }, { executable });
          const steady = startSteady(currentRuntime, { ...config, id: "steady" });
          await Promise.all([jumping.printed("ack "), steady.printed("ack ")]);
          for (const offset of ["-2h", "+3h", "-30d", "+1d", "-1h", "+0"]) {
            setClock(offset);
            await jumping.more("ack ", 2);
          }
          writeFileSync(end, "");
          const expected: Record<string, number> = {};
          for (const writer of [jumping, steady]) {
            const { stdout } = await writer.finished();
            assert.deepEqual(toldErrors(stdout), [], writer.id);
            assert.equal(toldMetrics(stdout).dropped, 0, writer.id);
            expected[writer.id] = lastTold(stdout, "logged");
          }
          const check = checkLog(path, { expected });
          // In order per process, with the pieces in the order of their names.
          assertComplete(check, expected);
          assertAllCompressed(check, path);
          const times = check.pieces.flatMap(({ text }) =>
            text.split("\n").filter((line) => line.includes('"jumping"'))
          )
            .map((line) => Date.parse(JSON.parse(line).time));
          const steps = times.slice(1).map((time, index) => time - times[index]);
          assert.ok(Math.min(...steps) < -HOUR && Math.max(...steps) > HOUR, "the clock did not jump");
          assert.deepEqual(readdirSync(directory).filter((name) => name.endsWith(".tmp")), []);

          function setClock(offset: string): void {
            writeFileSync(`${clock}-next`, `${offset}\n`);
            // In one step: the clock is read at any moment, and must not be found empty.
            renameSync(`${clock}-next`, clock);
          }
        }),
    );
  }
});
