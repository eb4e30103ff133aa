import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import { periodStart } from "../../src/file/period.ts";
import { createMemoryRuntime, ManualClock } from "../support/memory_runtime.ts";
import { logPath, memoryLogger } from "../logger/harness.ts";
import { inMemory, pieces, rotatedNames } from "./pieces.ts";

const zone = process.env.TZ;
const hour = 3_600_000;
const day = 24 * hour;

function inZone<T>(name: string, run: () => T): T {
  process.env.TZ = name;
  return run();
}

/** Logs at the given moments, one logger for all, and returns the moments by piece. */
async function writeAt(
  times: readonly number[],
  rotate: { every: NonNullable<RotateOptions["every"]>; timeZone?: "utc" | "local" },
): Promise<number[][]> {
  const clock = new ManualClock(times[0]);
  const { log, runtime } = memoryLogger({ runtime: createMemoryRuntime({ clock }), file: { rotate } });
  for (const [i, time] of times.entries()) {
    clock.skip(time - clock.now);
    log.info("x", { i });
    await log.flush();
  }
  await log.close();
  return pieces(inMemory(runtime.fs)).map((piece) => piece.map((line) => times[JSON.parse(line).i]));
}

describe("rotation by time", () => {
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const noon = Date.UTC(2026, 10, 23, 12);
  const cases: [every: NonNullable<RotateOptions["every"]>, boundary: number, length: number][] = [
    ["hour", noon, hour],
    ["day", Date.UTC(2026, 10, 24), day],
    // The 23rd is a Monday.
    ["week", Date.UTC(2026, 10, 23), 7 * day],
    [90_000, Math.ceil(noon / 90_000) * 90_000, 90_000],
    ["90s", Math.ceil(noon / 90_000) * 90_000, 90_000],
  ];
  for (const [every, boundary, length] of cases) {
    it(`each ${every} in UTC rotates on the millisecond, and only then`, async () => {
      const first = [boundary - length, boundary - length / 2, boundary - 1];
      const second = [boundary, boundary + 1, boundary + length - 1];
      const third = [boundary + 5 * length];
      assert.deepEqual(await writeAt([...first, ...second, ...third], { every, timeZone: "utc" }), [
        first,
        second,
        third,
      ]);
    });
  }

  it("goes by the last change of the file, also for a process that has just started", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 22, 23, 59));
    const runtime = createMemoryRuntime({ clock });
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(logPath, "yesterday\n");
    clock.skip(120_000);
    const { log } = memoryLogger({ runtime, file: { rotate: { every: "day", timeZone: "utc" } } });
    log.info("today");
    await log.close();
    const [first, second] = pieces(inMemory(runtime.fs));
    assert.deepEqual([first, second.length], [["yesterday"], 1]);
  });

  it("does not rotate an empty file", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 22));
    const runtime = createMemoryRuntime({ clock });
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(logPath, "");
    clock.skip(5 * day);
    const { log } = memoryLogger({ runtime, file: { rotate: { every: "day" } } });
    log.info("x");
    await log.close();
    assert.deepEqual(rotatedNames(inMemory(runtime.fs)).rotated, []);
  });

  it("does not rotate when the clock is set back", async () => {
    const start = Date.UTC(2026, 10, 23, 12);
    const times = [start, start - 3 * day, start - 10 * day, start + 1];
    // The last write has left the time of a week ago, so coming back is a new day.
    assert.deepEqual(await writeAt(times, { every: "day", timeZone: "utc" }), [times.slice(0, 3), times.slice(3)]);
  });

  it("rotates by size as well", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23));
    const { log, runtime } = memoryLogger({
      runtime: createMemoryRuntime({ clock }),
      file: { rotate: { every: "day", timeZone: "utc", maxBytes: 140 } },
    });
    for (let i = 0; i < 6; i++) {
      log.info("x", { i });
      await log.flush();
      if (i === 2) clock.skip(day);
    }
    await log.close();
    assert.deepEqual(pieces(inMemory(runtime.fs)).map((piece) => piece.length), [2, 1, 2, 1]);
  });

  it("of local days follows the calendar when the clocks change", async () => {
    process.env.TZ = "Europe/Berlin";
    // Midnights in Berlin around the 29th of March (23 hours) and the 25th of October 2026 (25 hours).
    const spring = [Date.UTC(2026, 2, 27, 23), Date.UTC(2026, 2, 28, 23), Date.UTC(2026, 2, 29, 22)];
    const autumn = [Date.UTC(2026, 9, 23, 22), Date.UTC(2026, 9, 24, 22), Date.UTC(2026, 9, 25, 23)];
    for (const [first, second, third] of [spring, autumn]) {
      assert.deepEqual(await writeAt([first, second - 1, second, third - 1, third], { every: "day" }), [
        [first, second - 1],
        [second, third - 1],
        [third],
      ]);
    }
  });

  it("of local weeks begins on Monday, at local midnight", async () => {
    process.env.TZ = "Europe/Berlin";
    const sunday = new Date(2026, 9, 25, 23, 59, 59, 999).getTime();
    const monday = new Date(2026, 9, 26).getTime();
    assert.equal(monday - sunday, 1);
    assert.deepEqual(await writeAt([sunday - day, sunday, monday, monday + 6 * day], { every: "week" }), [
      [sunday - day, sunday],
      [monday, monday + 6 * day],
    ]);
  });

  it("of local hours counts the hour that is passed twice as two", async () => {
    process.env.TZ = "Europe/Berlin";
    // 02:30 summer time and 02:30 winter time.
    const first = Date.UTC(2026, 9, 25, 0, 30);
    assert.deepEqual(await writeAt([first, first + hour], { every: "hour" }), [[first], [first + hour]]);
  });
});

describe("periods", () => {
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Pacific/Apia",
  ];
  for (const name of zones) {
    it(`in ${name} begin at or before each moment, never go back, and change once`, () =>
      inZone(name, () => {
        for (const period of ["hour", "day", "week", 7 * 60_000] as const) {
          let last = -Infinity;
          for (let time = Date.UTC(2026, 0, 1); time < Date.UTC(2027, 0, 1); time += 17 * 60_000 + 1) {
            const start = periodStart(time, period, "local");
            assert.ok(start <= time && start >= last, `${new Date(time)}: ${new Date(start)}`);
            // The start of a period is in that period: all processes agree on it.
            assert.equal(periodStart(start, period, "local"), start, `${period} ${new Date(time)}`);
            last = start;
          }
        }
      }));
  }

  it("of local days and weeks are at the wall clock's midnight", () =>
    inZone("Europe/Berlin", () => {
      for (let time = Date.UTC(2026, 0, 1); time < Date.UTC(2027, 0, 1); time += hour) {
        const start = new Date(periodStart(time, "day", "local"));
        assert.deepEqual([start.getHours(), start.getMinutes(), start.getDate()], [0, 0, new Date(time).getDate()]);
        const week = new Date(periodStart(time, "week", "local"));
        assert.deepEqual([week.getDay(), week.getHours()], [1, 0]);
        assert.ok(time - week.getTime() < 7 * day + hour);
      }
    }));

  it("in UTC do not know of local time, before 1970 neither", () =>
    inZone("Asia/Kolkata", () => {
      assert.equal(periodStart(-1, "hour", "utc"), -hour);
      assert.equal(periodStart(-1, "day", "utc"), -day);
      // The 29th of December 1969 was a Monday.
      assert.equal(periodStart(-1, "week", "utc"), Date.UTC(1969, 11, 29));
      assert.equal(
        new Date(periodStart(Date.UTC(2026, 10, 25), "week", "utc")).toISOString(),
        "2026-11-23T00:00:00.000Z",
      );
      assert.equal(periodStart(-1, 1000, "utc"), -1000);
    }));
});
