import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
