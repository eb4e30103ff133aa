import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DestinationError } from "../../src/errors.ts";
import { systemError } from "../support/memory_runtime.ts";
import { linesOf, logPath, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";

describe("flush", () => {
  it("resolves only when all that was accepted is delivered", async () => {
    const stuck = stuckBackend();
    const { log, runtime } = memoryLogger({ destinations: [stuck.uri, logPath] });
    log.info("a");
    let flushed = false;
    const flush = log.flush().then(() => flushed = true);
    await runtime.clock.advance(60_000);
    assert.equal(flushed, false);
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
    log.info("b");
    stuck.release();
    await flush;
    assert.deepEqual(stuck.records()[0].msg, "a");
  });

  it("does not wait for what is logged afterwards", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const backend = testBackend((_, number) => number === 1 ? promise : new Promise(() => {}));
    const { log } = memoryLogger({ destinations: [backend.uri] });
    log.info("a");
    const flush = log.flush();
    log.info("b");
    resolve();
    await flush;
    assert.deepEqual(backend.records().map(({ msg }) => msg), ["a"]);
  });

  it("waits for a write that is under way already", async () => {
    const stuck = stuckBackend();
    const { log, runtime } = memoryLogger({ destinations: [stuck.uri] });
    log.info("a");
    await runtime.clock.advance(20);
    assert.equal(stuck.writes(), 1);
    const flush = log.flush();
    stuck.release();
    await flush;
    assert.equal(stuck.lines.length, 1);
  });

  /** A backend that has taken all bytes, and is still bringing them to where they are safe. */
  function settling() {
    const gate = Promise.withResolvers<void>();
    const { log, runtime } = memoryLogger({
      destinations: [{
        name: "main",
        backend: {
          supportsAtomic: false,
          write(batch) {
            batch.commit();
            return gate.promise;
          },
        },
      }],
      closeTimeout: 1_000,
    });
    log.info("a");
    return { log, runtime, gate };
  }

  for (const call of ["flush", "close"] as const) {
    it(`waits for a write all of whose bytes are out, called by ${call}`, async () => {
      const { log, runtime, gate } = settling();
      let flushed = false;
      const first = log.flush().then(() => flushed = true);
      await runtime.clock.advance(20);
      let ended = false;
      const second = log[call]().then(() => ended = true);
      await runtime.clock.advance(500);
      assert.deepEqual([flushed, ended], [false, false]);
      gate.resolve();
      await Promise.all([first, second]);
    });

    it(`is told of one that fails at last, called by ${call}`, async () => {
      const { log, runtime, gate } = settling();
      await runtime.clock.advance(20);
      const flushed = assert.rejects(log.flush(), /EIO/);
      const ended = call === "flush" ? assert.rejects(log.flush(), /EIO/) : log.close();
      gate.reject(systemError("EIO", "fsync"));
      await Promise.all([flushed, ended]);
    });
  }

  it("rejects when close has given up the write that it waits for", async () => {
    const { log, runtime, gate } = settling();
    await runtime.clock.advance(20);
    const flushed = assert.rejects(log.flush(), /"main": it has delivered nothing for 1000 ms/);
    const closed = log.close();
    await runtime.clock.advance(1_100);
    await Promise.all([flushed, closed]);
    gate.resolve();
  });

  it("rejects when a write fails, keeps the records, and heals", async () => {
    let down = true;
    const backend = testBackend(() => {
      if (down) throw systemError("ECONNREFUSED", "connect");
    });
    const { log, errors } = memoryLogger({ destinations: [{ uri: backend.uri, name: "net" }] });
    log.info("a");
    const failure = await log.flush().then(() => undefined, (error) => error);
    assert.ok(failure instanceof DestinationError);
    assert.deepEqual([failure.destination, failure.code, failure.dropped], ["net", "ECONNREFUSED", 0]);
    assert.deepEqual(errors, [failure]);
    log.info("b");
    down = false;
    await log.flush();
    assert.deepEqual(backend.records().map(({ msg }) => msg), ["a", "b"]);
    const [{ written, dropped, errors: count }] = log.metrics().destinations;
    assert.deepEqual([written, dropped, count], [2, 0, 1]);
  });

  it("rejects with all failures when several destinations fail", async () => {
    const uris = [1, 2].map(() => testBackend(() => Promise.reject(new Error("down"))).uri);
    const { log } = memoryLogger({ destinations: [...uris, logPath] });
    log.info("a");
    await assert.rejects(log.flush(), (error) => error instanceof AggregateError && error.errors.length === 2);
  });

  it("asks the backend whether what was written has arrived", async () => {
    const order: string[] = [];
    const backend = testBackend(() => void order.push("write"), { flush: () => void order.push("flush") });
    const { log } = memoryLogger({ destinations: [backend.uri] });
    log.info("a");
    await log.flush();
    assert.deepEqual(order, ["write", "flush"]);
    const failing = testBackend(() => {}, { flush: () => Promise.reject(new Error("not arrived")) });
    const second = memoryLogger({ destinations: [failing.uri] });
    second.log.info("a");
    await assert.rejects(second.log.flush(), /not arrived/);
  });
});

describe("after a failure", () => {
  it("the pauses grow to five seconds, less up to a quarter at random, and one success ends them", async () => {
    let down = true;
    const times: number[] = [];
    const backend = testBackend(() => {
      times.push(runtime.clock.now);
      if (down) throw new Error("down");
    });
    const { log, runtime } = memoryLogger({ destinations: [backend.uri], flushInterval: 0 });
    log.info("a");
    void log.flush().catch(() => {});
    await runtime.clock.advance(30_000);
    const pauses = times.slice(1).map((time, i) => time - times[i]);
    const longest = [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
    for (const [i, most] of longest.entries()) {
      assert.ok(pauses[i] >= most * 0.75 && pauses[i] <= most, `pause ${i} is ${pauses[i]}`);
    }
    assert.ok(longest.some((most, i) => pauses[i] < most));
    down = false;
    await runtime.clock.advance(5_000);
    assert.equal(backend.lines.length, 1);
    down = true;
    log.info("b");
    times.length = 0;
    await log.flush().catch(() => {});
    await runtime.clock.advance(60);
    assert.ok(times[1] - times[0] <= 50);
  });
});
