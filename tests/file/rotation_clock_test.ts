import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Runtime } from "../../src/runtime.ts";
import type { RotateOptions } from "../../src/destination_options.ts";
import { loggerOn, logPath } from "../logger/harness.ts";
import { createMemoryRuntime, ManualClock, MemoryFileSystem } from "../support/memory_runtime.ts";
import { closeInTime, inMemory, pieces } from "./pieces.ts";

const second = 1_000;
const day = 86_400_000;
const start = Date.UTC(2026, 10, 23, 12);

/** A machine whose files are dated by a clock of their own, so many milliseconds ahead of the true one. */
function machine(fileClock: { ahead: number }) {
  const clock = new ManualClock(start);
  const fs = new MemoryFileSystem({ now: () => clock.now + fileClock.ahead });
  /** Starts a process; its clock is so far ahead. */
  const boot = (processClock = { ahead: 0 }): Runtime => {
    const runtime = createMemoryRuntime({ clock, fs });
    return { ...runtime, now: () => clock.now + processClock.ahead };
  };
  /** The true times of the lines, by piece. */
  const times = () => pieces(inMemory(fs)).map((piece) => piece.map((line) => Number(JSON.parse(line).at)));
  return { clock, fs, boot, times };
}

function loggerOf(runtime: Runtime, rotate: RotateOptions) {
  return loggerOn(runtime, { destinations: [{ uri: logPath, rotate }] });
}

/** How often a piece that is not the last has begun in each period of the file clock. */
function mostInOnePeriod(times: readonly (readonly number[])[], ahead: number, period = second): number {
  const counts = new Map<number, number>();
  for (const [first] of times.slice(1)) {
    const key = Math.floor((first + ahead) / period);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

/** The periods of the file clock that lines were logged in. */
function periodsOf(times: readonly (readonly number[])[], ahead: number): number {
  return new Set(times.flat().map((at) => Math.floor((at + ahead) / second))).size;
}

const clocks = [-day, -second, -100, -1, 0, 1, 100, second, day, 400 * day];

for (const naming of ["timestamp", "numbered"] as const) {
  describe(`rotation by time, where the clock of the files is another one, with ${naming} names`, () => {
    for (const ahead of clocks) {
      it(`rotates once in each period, ${ahead} ms ahead`, async () => {
        const { clock, boot, times } = machine({ ahead });
        const log = loggerOf(boot(), { every: second, naming });
        for (; clock.now < start + 4.5 * second; clock.skip(7)) {
          log.info("x", { at: clock.now });
          await log.flush();
        }
        await log.close();
        const all = times();
        assert.equal(all.length, periodsOf(all, ahead), JSON.stringify(all.map((piece) => piece.length)));
        // All the lines of a piece are of one period, as the files tell it.
        for (const piece of all) assert.equal(new Set(piece.map((at) => Math.floor((at + ahead) / second))).size, 1);
      });

      it(`rotates once in each period though each line is of another process, ${ahead} ms ahead`, async () => {
        const { clock, boot, times } = machine({ ahead });
        for (; clock.now < start + 3.5 * second; clock.skip(29)) {
          const log = loggerOf(boot(), { every: second, naming });
          log.info("x", { at: clock.now });
          await log.close();
        }
        const all = times();
        assert.equal(all.length, periodsOf(all, ahead));
        assert.equal(mostInOnePeriod(all, ahead), 1);
      });
    }

    it("rotates once in each period, whatever the clocks of several processes show", async () => {
      const { clock, boot, times } = machine({ ahead: -100 });
      const aheads = [0, 250, -400, day, -day, 3 * second];
      const logs = aheads.map((ahead) => loggerOf(boot({ ahead }), { every: second, naming }));
      for (let i = 0; clock.now < start + 4.5 * second; clock.skip(11), i++) {
        const log = logs[i * 7 % logs.length];
        log.info("x", { at: clock.now });
        await log.flush();
      }
      for (const log of logs) await closeInTime(log, { clock });
      const all = times();
      assert.equal(all.length, 6);
      assert.equal(mostInOnePeriod(all, -100), 1);
    });

    it("rotates once in each period while the clock of a process is set back and forth", async () => {
      const { clock, boot, times } = machine({ ahead: 0 });
      const processClock = { ahead: 0 };
      const log = loggerOf(boot(processClock), { every: second, naming });
      const jumps = [0, -second, 3 * second, -day, day, 5, -5];
      for (let i = 0; clock.now < start + 4.5 * second; clock.skip(13), i++) {
        processClock.ahead = jumps[Math.floor(i / 3) % jumps.length];
        log.info("x", { at: clock.now });
        await log.flush();
      }
      await log.close();
      const all = times();
      assert.equal(all.length, 5);
      assert.equal(mostInOnePeriod(all, 0), 1);
    });

    it("leaves nothing beside the log by which the time was asked for", async () => {
      const { clock, fs, boot } = machine({ ahead: 100 });
      const log = loggerOf(boot(), { every: second, naming, maxFiles: 2 });
      for (; clock.now < start + 3.5 * second; clock.skip(50)) {
        log.info("x", { at: clock.now });
        await log.flush();
      }
      await log.close();
      assert.equal(fs.calls().list("/logs").length, 3);
      assert.equal(fs.openFiles(), 0);
    });
  });
}

describe("rotation by time, when all clocks are set back over the end of a period", () => {
  for (const restarts of [false, true]) {
    it(`does not rotate at it again${restarts ? ", though all processes are new" : ""}`, async () => {
      const both = { ahead: 0 };
      const { clock, boot, times } = machine(both);
      let logs = [loggerOf(boot(both), { every: second }), loggerOf(boot(both), { every: second })];
      const logAll = async () => {
        for (const log of logs) {
          log.info("x", { at: clock.now });
          await log.flush();
        }
      };
      await logAll();
      clock.skip(second);
      await logAll();
      both.ahead = -300;
      await logAll();
      if (restarts) {
        await Promise.all(logs.map((log) => log.close()));
        logs = [loggerOf(boot(both), { every: second }), loggerOf(boot(both), { every: second })];
        await logAll();
      }
      clock.skip(400);
      await logAll();
      assert.equal(times().length, 2);
      clock.skip(second);
      await logAll();
      assert.equal(times().length, 3);
      await Promise.all(logs.map((log) => log.close()));
    });
  }
});
