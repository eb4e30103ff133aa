import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filter, guard, sample } from "../../mod.ts";
import { LEVELS, type LevelThreshold } from "../../src/level.ts";
import { memoryLogger } from "./harness.ts";

const thresholds: readonly LevelThreshold[] = [...LEVELS, "off"];

describe("levels", () => {
  for (const [index, threshold] of thresholds.entries()) {
    it(`${threshold} takes what is as severe or more`, async () => {
      const { log, records, runtime } = memoryLogger({ level: threshold });
      for (const level of LEVELS) log[level](level);
      assert.deepEqual(LEVELS.map((level) => log.isEnabled(level)), LEVELS.map((_, number) => number >= index));
      const expected = LEVELS.slice(index);
      if (expected.length > 0) {
        assert.deepEqual((await records()).map(({ level, msg }) => [level, msg]), expected.map((name) => [name, name]));
      } else {
        await log.flush();
        assert.equal(runtime.fs.openFiles(), 0);
      }
      assert.deepEqual(
        log.metrics().logged,
        Object.fromEntries(LEVELS.map((level, number) => [level, number >= index ? 1 : 0])),
      );
    });
  }

  it("are info where nothing is said", () => {
    assert.equal(memoryLogger({ level: undefined }).log.level, "info");
  });

  it("change for parent and children at once, in both directions", async () => {
    const { log, records } = memoryLogger({ level: "warn" });
    const child = log.with({ child: true });
    const grandchild = child.with({ grand: true });
    grandchild.info("1 no");
    log.level = "debug";
    assert.deepEqual([log.level, child.level, grandchild.level], ["debug", "debug", "debug"]);
    grandchild.debug("2 yes");
    child.level = "off";
    assert.equal(log.level, "off");
    log.fatal("3 no");
    grandchild.level = "trace";
    log.trace("4 yes");
    assert.deepEqual((await records()).map(({ msg }) => msg), ["2 yes", "4 yes"]);
  });

  it("do not change for records that were taken already", async () => {
    const { log, records } = memoryLogger();
    log.debug("before");
    log.level = "off";
    assert.equal((await records()).length, 1);
  });

  it("count in any case, wherever they are named, and go by what other loggers call them too", async () => {
    const { log, records } = memoryLogger({
      level: "Debug" as never,
      file: { level: "TRACE" as never },
      filters: [filter.level({ min: "DEBUG" as never, max: "Warning" as never })],
      sampler: sample.except("ERROR" as never, () => true),
      selfReport: { level: "INFO" as never },
      suppression: { level: "Info" as never },
    });
    assert.equal(log.level, "debug");
    assert.equal(log.isEnabled("INFO" as never), true);
    assert.equal(log.isEnabled("Trace" as never), false);
    assert.equal(log.isEnabled("warning" as never), true);
    const child = log.with({}, { level: "SILENT" as never });
    assert.equal(child.level, "off");
    child.level = "Warn" as never;
    assert.equal(child.level, "warn");
    log.update({ level: "INFO" as never });
    assert.equal(log.level, "info");
    const [destination] = log.destinations.names.map((name) => log.destinations.get(name)!);
    destination!.level = "WARN" as never;
    log.info("too little");
    log.warn("enough");
    destination!.level = "silent" as never;
    assert.equal(destination!.level, "off");
    log.warn("off");
    log.level = "Silent" as never;
    log.fatal("off");
    log.level = "Trace" as never;
    destination!.level = "Trace" as never;
    await guard(log, Promise.reject(new Error("caught")), { level: "WARN" as never });
    assert.deepEqual((await records()).map(({ level, msg }) => [level, msg]), [["warn", "enough"], ["warn", "caught"]]);
  });

  it("refuse names that do not exist", () => {
    const { log } = memoryLogger();
    assert.throws(
      () => log.level = "verbose" as never,
      /^RangeError: Cannot use option "level": expected one of "trace"/,
    );
    assert.throws(() => log.level = 30 as never, TypeError);
    assert.throws(() => log.isEnabled("toString" as never), RangeError);
    assert.equal(log.level, "trace");
  });
});
