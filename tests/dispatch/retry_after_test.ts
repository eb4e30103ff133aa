import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryLogger } from "../logger/harness.ts";
import { createMemoryRuntime, type MemoryRuntime } from "../support/memory_runtime.ts";
import { type Breakable, breakable, metricsOf } from "./breakable.ts";

/** What a server answers that lives, and names the milliseconds after which it wants to be asked again. */
function busy(retryAfter: number): Error {
  return Object.assign(new Error("503"), { retryAfter });
}

function loggerTo(main: Breakable, further: object = {}) {
  return memoryLogger({ destinations: [{ backend: main.backend, name: "main", ...further }] });
}

describe("a destination that asks not to be tried for a while", () => {
  it("is not tried earlier by flush, which rejects at once and says how long", async () => {
    const main = breakable(busy(5_000));
    const { log, runtime } = loggerTo(main);
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    assert.equal(main.writes(), 1);
    log.info("x", { i: 1 });
    for (let again = 0; again < 5; again++) {
      await assert.rejects(log.flush(), /"main": it asks not to be tried for another \d{4} ms; 2 records kept \(503\)/);
    }
    assert.equal(main.writes(), 1);
    main.failure = undefined;
    await runtime.clock.advance(4_900);
    assert.equal(main.writes(), 1);
    await runtime.clock.advance(200);
    assert.deepEqual(main.numbers(), [0, 1]);
    await log.flush();
  });

  it("is tried by a flush once the time is over, whatever pause of our own is left", async () => {
    const main = breakable(busy(1_000));
    const { log, runtime } = loggerTo(main, { circuitBreaker: { failures: 1, pause: "1h" } });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    main.failure = undefined;
    await assert.rejects(log.flush());
    await runtime.clock.advance(1_100);
    assert.deepEqual(main.numbers(), []);
    await log.flush();
    assert.deepEqual(main.numbers(), [0]);
  });

  it("is waited for by close, as often as it asks for less than closeTimeout in all", async () => {
    const main = breakable(busy(2_000));
    const { log, runtime } = loggerTo(main);
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    const closing = log.close();
    await runtime.clock.advance(3_000);
    assert.equal(main.writes(), 2);
    main.failure = undefined;
    await runtime.clock.advance(2_000);
    await closing;
    assert.deepEqual(main.numbers(), [0]);
    assert.equal(metricsOf(log, "main").dropped, 0);
  });

  for (const [what, retryAfter, tries] of [["longer than", 20_000, 1], ["again and again until", 3_000, 4]] as const) {
    it(`is given up by close when it asks ${what} closeTimeout`, async () => {
      const main = breakable(busy(retryAfter));
      const { log, runtime } = loggerTo(main);
      log.info("x", { i: 0 });
      await runtime.clock.advance(20);
      let hasEnded = false;
      const closing = log.close().then(() => hasEnded = true);
      await runtime.clock.advance(retryAfter > 10_000 ? 10 : 9_900);
      assert.equal(hasEnded, retryAfter > 10_000);
      await runtime.clock.advance(200);
      await closing;
      assert.equal(main.writes(), tries);
      assert.equal(metricsOf(log, "main").dropped, 1);
      await runtime.clock.advance(60_000);
      assert.equal(main.writes(), tries, "nothing comes afterwards");
    });
  }

  it("is waited for by close, however its timers and its clock disagree", async () => {
    for (let early = 0; early < 1; early += 0.01) {
      const main = breakable(busy(1_000));
      const runtime = createMemoryRuntime();
      const { clock } = runtime;
      // Each look takes a while, and timers go off up to a millisecond too early, as they do on Node.
      let looks = 0;
      const hasty: MemoryRuntime = {
        ...runtime,
        monotonic: () => clock.now + looks++ * 0.02,
        setTimer: (callback, milliseconds) => runtime.setTimer(callback, Math.max(0, milliseconds - early)),
      };
      const { log } = memoryLogger({ runtime: hasty, destinations: [{ backend: main.backend, name: "main" }] });
      log.info("x", { i: 0 });
      const closing = log.close();
      await clock.advance(10);
      main.failure = undefined;
      await clock.advance(30_000);
      await closing;
      assert.deepEqual(main.numbers(), [0], `timers go off ${early} ms too early`);
    }
  });

  it("is not waited for by close when it only fails", async () => {
    const main = breakable(new Error("connect ECONNREFUSED"));
    const { log, runtime } = loggerTo(main);
    log.info("x");
    await runtime.clock.advance(20);
    await log.close();
    assert.equal(main.writes(), 2);
    assert.equal(metricsOf(log, "main").dropped, 1);
  });
});
