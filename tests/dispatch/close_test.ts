import assert from "node:assert/strict";
import type { Backend } from "../../src/backend.ts";
import { describe, it } from "node:test";
import { closeInTime } from "../file/pieces.ts";
import { loggerOn, logPath, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";
import { eio, failing } from "../support/faults.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { breakable, metricsOf, missingOf } from "./breakable.ts";

/** What a promise has come to after some time. */
async function stateAfter(promise: Promise<unknown>, pass: () => Promise<void>): Promise<string> {
  let state = "pending";
  promise.then(() => state = "resolved", () => state = "rejected");
  await pass();
  return state;
}

describe("close", () => {
  it("gives up a write that never returns after ten seconds, and counts and reports what was lost", async () => {
    const stuck = stuckBackend();
    const main = breakable();
    const { log, runtime, errors } = memoryLogger({
      destinations: [{ uri: stuck.uri, name: "stuck" }, { backend: main.backend, name: "main" }],
    });
    for (let i = 0; i < 3; i++) log.info("x", { i });
    const closing = log.close();
    assert.equal(await stateAfter(closing, () => runtime.clock.advance(9_000)), "pending");
    assert.equal(main.records().length, 3);
    assert.equal(await stateAfter(closing, () => runtime.clock.advance(1_100)), "resolved");
    const { dropped, droppedBy, pending } = metricsOf(log, "stuck");
    assert.deepEqual([dropped, droppedBy.undelivered, pending], [3, 3, 0]);
    assert.deepEqual(errors.map(({ message }) => message), [
      'Dropped 3 records for destination "stuck": it has delivered nothing for 10000 ms',
    ]);
    log.info("late");
    assert.equal(metricsOf(log, "stuck").pending, 0);
    // The backend is not closed under a write of its own.
    assert.equal(stuck.closes(), 0);
    stuck.release();
    await runtime.clock.advance(0);
    assert.equal(stuck.closes(), 1);
    assert.equal(missingOf(metricsOf(log, "stuck")), 0);
  });

  it("waits as long as it is told, each destination by itself", async () => {
    const [one, two, three] = [stuckBackend(), stuckBackend(), stuckBackend()];
    const { log, runtime } = memoryLogger({
      destinations: [
        { uri: one.uri, name: "one" },
        { uri: two.uri, name: "two", closeTimeout: 500 },
        { uri: three.uri, name: "three", closeTimeout: Infinity },
      ],
      closeTimeout: "2s",
    });
    log.info("x");
    const closing = log.close();
    await runtime.clock.advance(600);
    assert.deepEqual(["one", "two"].map((name) => metricsOf(log, name).dropped), [0, 1]);
    await runtime.clock.advance(2_000);
    assert.deepEqual(["one", "two", "three"].map((name) => metricsOf(log, name).dropped), [1, 1, 0]);
    assert.equal(await stateAfter(closing, () => runtime.clock.advance(1e9)), "pending");
    three.release();
    await closing;
    assert.equal(metricsOf(log, "three").written, 1);
  });

  it("does not wait for ever for a backend that never closes or never says that it has flushed", async () => {
    const forever = () => new Promise<void>(() => {});
    const [one, two] = [testBackend(() => {}, { close: forever }), testBackend(() => {}, { flush: forever })];
    const { log, runtime, errors } = memoryLogger({
      destinations: [{ uri: one.uri, name: "one" }, { uri: two.uri, name: "two" }],
      closeTimeout: "1s",
    });
    log.info("x");
    const closing = log.close();
    assert.equal(await stateAfter(closing, () => runtime.clock.advance(2_100)), "resolved");
    assert.deepEqual(errors.map(({ message }) => message), [
      'Cannot close destination "one": nothing has moved for 1000 ms',
    ]);
    assert.deepEqual([one.lines.length, two.lines.length, log.metrics().dropped], [1, 1, 0]);
  });

  it("waits for what moves, however long that takes", async () => {
    let moved = 0;
    const slow = testBackend(() => {}, {});
    let release = () => {};
    const backend: Backend = {
      supportsAtomic: true,
      write() {},
      close: () => new Promise<void>((resolve) => release = resolve),
      progress: () => moved,
    };
    const { log, runtime, errors } = memoryLogger({ destinations: [slow.uri, { backend }], closeTimeout: "1s" });
    const closing = log.close();
    for (; moved < 10; moved++) {
      assert.equal(await stateAfter(closing, () => runtime.clock.advance(900)), "pending");
    }
    release();
    await closing;
    assert.deepEqual(errors, []);
  });

  it("has the removal of a destination that hangs come to an end too", async () => {
    const stuck = stuckBackend();
    const { log, runtime } = memoryLogger({
      destinations: [{ uri: stuck.uri, name: "stuck", closeTimeout: "1s" }, "/logs/app.log"],
    });
    log.info("x");
    const removal = log.destinations.remove("stuck");
    assert.equal(await stateAfter(removal, () => runtime.clock.advance(1_100)), "resolved");
  });

  it("gives a fallback the time to take what comes to it last", async () => {
    const [main, spare] = [stuckBackend(), breakable()];
    const { log, runtime } = memoryLogger({
      destinations: [{ uri: main.uri, name: "main", fallback: "spare" }, { backend: spare.backend, name: "spare" }],
      closeTimeout: "1s",
    });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.destinations.get("spare")!.level = "off";
    log.info("x", { i: 1 });
    const closing = log.close();
    await runtime.clock.advance(1_100);
    await closing;
    assert.deepEqual(spare.numbers(), [0, 1]);
    assert.deepEqual([log.metrics().dropped, log.metrics().droppedBy.undelivered], [1, 1]);
  });

  it("tries again what the write that was under way has failed with", async () => {
    let writes = 0;
    const main = testBackend(() => {
      if (++writes === 1) return Promise.reject(new Error("down for a moment"));
    });
    const { log } = memoryLogger({ destinations: [{ uri: main.uri, name: "main" }] });
    log.info("x", { i: 0 });
    await log.close();
    assert.deepEqual([main.records().length, metricsOf(log, "main").dropped], [1, 0]);
  });
});

describe("writes that fail after their lines have landed", () => {
  for (const ending of ["close", "exit"] as const) {
    it(`keep none of the others from being tried at the ${ending}`, async () => {
      const runtime = createMemoryRuntime();
      const errors: Error[] = [];
      const log = loggerOn(failing(runtime, { write: [eio("write")], sync: () => eio("fsync") }), {
        destinations: [{ uri: logPath, durability: "disk" }],
        onError: (error) => void errors.push(error),
      });
      log.info("first");
      await log.flush().catch(() => {});
      // That is kept as one batch, and this is for the next.
      log.info("second");
      if (ending === "close") await closeInTime(log, runtime);
      else runtime.exit();
      const written = runtime.fs.readText(logPath).trimEnd().split("\n").map((line) => JSON.parse(line).msg);
      assert.deepEqual(written, ["first", "second"]);
      assert.equal(log.metrics().dropped, 0);
    });
  }
});
