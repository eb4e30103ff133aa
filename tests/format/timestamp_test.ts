import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { timestamp } from "../../src/format/timestamp.ts";
import { createMemoryRuntime, ManualClock } from "../support/memory_runtime.ts";
import { memoryLogger } from "../logger/harness.ts";

const limit = 8.64e15;

describe("timestamps", () => {
  for (
    const [time, text] of [
      [0, "1970-01-01T00:00:00.000Z"],
      [1, "1970-01-01T00:00:00.001Z"],
      [999, "1970-01-01T00:00:00.999Z"],
      [1000, "1970-01-01T00:00:01.000Z"],
      [-1, "1969-12-31T23:59:59.999Z"],
      [-1000, "1969-12-31T23:59:59.000Z"],
      [-1001, "1969-12-31T23:59:58.999Z"],
      [Date.UTC(9999, 11, 31, 23, 59, 59, 999), "9999-12-31T23:59:59.999Z"],
      [Date.UTC(10_000, 0), "+010000-01-01T00:00:00.000Z"],
      [-62198755200000, "-000001-01-01T00:00:00.000Z"],
      [limit, "+275760-09-13T00:00:00.000Z"],
      [-limit, "-271821-04-20T00:00:00.000Z"],
    ] as const
  ) {
    it(`${time} is ${text}`, () => assert.equal(timestamp(time), text));
  }

  it("are cut to milliseconds", () => {
    assert.equal(timestamp(1.999), "1970-01-01T00:00:00.001Z");
    assert.equal(timestamp(-0.5), "1969-12-31T23:59:59.999Z");
  });

  it("of what is no time are the epoch", () => {
    for (const time of [NaN, Infinity, -Infinity, limit + 1e6, -limit - 1e6, 1e300]) {
      assert.equal(timestamp(time), "1970-01-01T00:00:00.000Z", String(time));
      assert.equal(timestamp(5), "1970-01-01T00:00:00.005Z");
    }
  });

  it("are those of Date, in any order", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -limit, max: limit }), fc.integer({ min: 0, max: 3000 }))),
        (times) => {
          for (const time of times) assert.equal(timestamp(time), new Date(time).toISOString());
        },
      ),
      { verbose: 1 },
    );
  });

  it("follow a clock that goes back", async () => {
    const clock = new ManualClock(5000);
    const { log, records } = memoryLogger({ runtime: createMemoryRuntime({ clock }) });
    for (const step of [0, 1, -1, -1000, 999, -5000]) {
      clock.skip(step);
      log.info("x");
    }
    const expected = [5000, 5001, 5000, 4000, 4999, -1].map((time) => new Date(time).toISOString());
    assert.deepEqual((await records()).map(({ time }) => time), expected);
  });
});
