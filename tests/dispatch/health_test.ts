import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryLogger, stuckBackend } from "../logger/harness.ts";
import { bestOf } from "../support/best_of.ts";
import { breakable } from "./breakable.ts";

describe("log.health()", () => {
  it("is ok for a logger that has done nothing, and after it has written", async () => {
    const { log, runtime } = memoryLogger({ file: { name: "main" } });
    const fresh = { name: "main", status: "ok", circuit: "closed", pending: 0, pendingBytes: 0 };
    assert.deepEqual(log.health(), { status: "ok", destinations: [fresh] });
    log.info("x");
    await log.flush();
    const lastWrittenAt = new Date(runtime.clock.now).toISOString();
    assert.deepEqual(log.with({ a: 1 }).health(), { status: "ok", destinations: [{ ...fresh, lastWrittenAt }] });
  });

  it("tells since when and with what a destination fails, and what waits", async () => {
    const main = breakable(new Error("connect ECONNREFUSED"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main" }, "/logs/app.log"],
      queue: { maxBytes: 1_000 },
    });
    log.info("x");
    await runtime.clock.advance(10);
    const failingSince = new Date(runtime.clock.now).toISOString();
    const look = () => {
      const health = log.health();
      return { all: health.status, main: health.destinations.find(({ name }) => name === "main")! };
    };
    assert.deepEqual([look().all, look().main.status, look().main.failingSince], [
      "degraded",
      "degraded",
      failingSince,
    ]);
    await runtime.clock.advance(1_000);
    const { all, main: failing } = look();
    assert.deepEqual([all, failing.status, failing.circuit], ["degraded", "failing", "open"]);
    assert.deepEqual([failing.failingSince, failing.pending, failing.lastError], [
      failingSince,
      1,
      "connect ECONNREFUSED",
    ]);
    assert.ok(failing.pendingBytes > 50 && (failing.lastErrorAt as string) > failingSince);
    assert.equal(failing.lastWrittenAt, undefined);
    for (let i = 0; i < 100; i++) log.info("more than there is room for");
    await runtime.clock.advance(20);
    const { dropping } = look().main;
    assert.ok(dropping!.count > 50);
    assert.deepEqual([dropping!.reason, dropping!.since], ["connect ECONNREFUSED", dropping!.until]);
    main.failure = undefined;
    await runtime.clock.advance(10_000);
    const healed = look();
    assert.deepEqual([healed.all, healed.main.status, healed.main.dropping], ["ok", "ok", undefined]);
    assert.equal(healed.main.lastError, "connect ECONNREFUSED");
    assert.equal(healed.main.failingSince, undefined);
  });

  it("is degraded while the server refuses records for good, and says why", async () => {
    let reason: string | undefined = "401 Unauthorized";
    const { log, runtime } = memoryLogger({
      destinations: [{
        name: "main",
        backend: {
          supportsAtomic: false,
          write: (batch) =>
            batch.commit(batch.byteLength, reason === undefined ? undefined : { count: batch.count, reason }),
        },
      }],
    });
    const look = () => log.health().destinations[0];
    for (let again = 0; again < 3; again++) {
      log.info("x");
      await assert.rejects(log.flush(), /401 Unauthorized/);
      assert.deepEqual([log.health().status, look().status, look().circuit], ["degraded", "degraded", "closed"]);
      assert.deepEqual([look().lastError, look().lastErrorAt], [
        "401 Unauthorized",
        new Date(runtime.clock.now).toISOString(),
      ]);
      await runtime.clock.advance(100);
    }
    reason = undefined;
    log.info("x");
    await log.flush();
    assert.deepEqual([log.health().status, look().lastError], ["ok", "401 Unauthorized"]);
  });

  it("is failing when nothing gets through any more, degraded while a fallback helps", async () => {
    const [main, spare] = [breakable(new Error("down")), breakable()];
    const { log, runtime } = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        circuitBreaker: { failures: 1 },
        fallback: { backend: spare.backend, name: "spare", circuitBreaker: { failures: 1 } },
      }],
    });
    log.info("x");
    await runtime.clock.advance(20);
    log.info("x");
    await runtime.clock.advance(10);
    assert.equal(log.health().status, "degraded");
    assert.equal(log.health().destinations[0].diverting?.count, 1);
    spare.failure = new Error("down too");
    log.info("x");
    await runtime.clock.advance(12);
    assert.deepEqual(log.health().destinations.map(({ status }) => status), ["failing", "failing"]);
    assert.equal(log.health().status, "failing");
  });

  it("is degraded when a write takes long", async () => {
    const stuck = stuckBackend();
    const { log, runtime } = memoryLogger({ destinations: [stuck.uri] });
    log.info("x");
    await runtime.clock.advance(9_000);
    assert.equal(log.health().status, "ok");
    await runtime.clock.advance(2_000);
    assert.equal(log.health().status, "degraded");
    stuck.release();
    await log.close();
    assert.equal(log.health().status, "ok");
  });

  it("costs little", async () => {
    const { log } = memoryLogger({ file: { name: "main" } });
    const least = await bestOf(3, 1_000, () => {
      const start = performance.now();
      for (let i = 0; i < 10_000; i++) log.health();
      return performance.now() - start;
    });
    assert.ok(least < 1_000, `${Math.round(least)} ms`);
  });
});
