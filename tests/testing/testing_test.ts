import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, getLogger } from "../../mod.ts";
import { captureLogs, FakeClock, MemoryBackend } from "../../testing.ts";

describe("captureLogs()", () => {
  it("captures the logger it gives and named ones, whatever their levels", async () => {
    const { records, find } = await captureLogs(async (log) => {
      log.trace("given");
      await Promise.resolve();
      getLogger("testing.named").debug("named", { a: [1] });
    });
    assert.deepEqual(records.map(({ msg }) => msg), ["given", "named"]);
    assert.equal(find({ level: "debug", fields: { logger: "testing.named", a: [1] } }).length, 1);
    assert.equal(find({ msg: /^giv/ }).length, 1);
    assert.equal(find((record) => record.msg.length > 5).length, 0);
  });

  it("silences named loggers again, also when the function throws", async () => {
    await assert.rejects(captureLogs(() => Promise.reject(new Error("mine"))), /mine/);
    assert.equal(getLogger("testing.named").isEnabled("fatal"), false);
  });

  it("keeps to the levels that it is given", async () => {
    const { records } = await captureLogs((log) => {
      log.info("no");
      log.warn("yes");
      getLogger("testing.loud").debug("yes");
    }, { level: "warn", levels: { "testing.*": "debug" } });
    assert.deepEqual(records.map(({ msg }) => msg), ["yes", "yes"]);
  });
});

describe("FakeClock", () => {
  it("gives records its time and calls timers in order", async () => {
    const clock = new FakeClock(0);
    const order: string[] = [];
    clock.setTimer(() => order.push("second"), 20);
    const cancelled = clock.setTimer(() => order.push("never"), 15);
    clock.setTimer(() => order.push(`first at ${clock.now}`), 10);
    clock.clearTimer(cancelled);
    const { records } = await captureLogs((log) => {
      clock.advance(30);
      log.info("a");
      clock.set(5);
      log.info("b");
    }, { clock });
    assert.deepEqual(order, ["first at 10", "second"]);
    assert.deepEqual(records.map(({ time }) => time), ["1970-01-01T00:00:00.030Z", "1970-01-01T00:00:00.005Z"]);
  });
});

describe("MemoryBackend", () => {
  it("waits for a record that is to come, or says that it did not", async () => {
    const backend = new MemoryBackend();
    await using log = createLogger({ destinations: [{ backend }], flushInterval: 0 });
    const coming = backend.waitFor({ fields: { n: 2 } }, { timeout: 30_000 });
    log.info("one", { n: 1 });
    log.info("two", { n: 2 });
    assert.equal((await coming).msg, "two");
    assert.equal((await backend.waitFor({ msg: "one" })).n, 1);
    await assert.rejects(backend.waitFor({ msg: "three" }, { timeout: 10 }), /none of 2 matched within 10 ms/);
    backend.clear();
    assert.deepEqual(backend.records, []);
  });

  it("keeps the newest when it is full", async () => {
    const backend = new MemoryBackend({ capacity: 2 });
    await using log = createLogger({ destinations: [{ backend }] });
    for (let n = 0; n < 5; n++) log.info(String(n));
    await log.flush();
    assert.deepEqual(backend.records.map(({ msg }) => msg), ["3", "4"]);
  });
});
