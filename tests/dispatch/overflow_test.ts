import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { DestinationError } from "../../src/errors.ts";
import { systemError } from "../support/memory_runtime.ts";
import { inDirectory, linesOf, logPath, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";

const settleSoon = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a destination that hangs", () => {
  it("holds a bounded amount, and what finds no room is counted exactly", async () => {
    const stuck = stuckBackend();
    const maxBytes = 100_000;
    const { log, errors } = memoryLogger({
      destinations: [{ uri: stuck.uri, name: "stuck" }],
      queue: { maxBytes, capacity: 100 },
    });
    const count = 50_000;
    for (let i = 0; i < count; i++) {
      log.info("x", { i });
      if (i % 1000 === 0) await settleSoon();
    }
    await settleSoon();
    const metrics = log.metrics();
    const [{ pending, dropped, written }] = metrics.destinations;
    assert.equal(metrics.logged.info, count);
    assert.equal(metrics.queue.length + pending + dropped + written, count);
    assert.equal(written, 0);
    assert.ok(metrics.queue.length <= 100);
    assert.ok(pending * 60 < maxBytes, `${pending} records wait`);
    // Told once, not 50,000 times.
    assert.equal(errors.length, 1);
    assert.ok(errors[0] instanceof DestinationError);
    assert.equal(errors[0].destination, "stuck");
    assert.match(errors[0].message, /^Dropped 1 record for destination "stuck": the queue is full$/);

    stuck.release();
    await assert.rejects(log.flush(), /Dropped \d+ records for destination "stuck": the queue was full/);
    await log.flush();
    const after = log.metrics();
    const [destination] = after.destinations;
    const records = stuck.records();
    const notices = records.filter((record) => "dropped" in record);
    assert.deepEqual(notices.map(({ level, msg, dropped }) => ({ level, msg, dropped })), [
      { level: "warn", msg: "log records dropped", dropped: destination.dropped },
    ]);
    assert.equal(after.logged.info, destination.written + destination.dropped);
    assert.equal(destination.written, records.length - 1);
    assert.deepEqual([after.dropped, destination.pending], [destination.dropped, 0]);
    // What was kept is in order.
    const numbers = records.flatMap(({ i }) => i === undefined ? [] : [i as number]);
    assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
    assert.equal(new Set(numbers).size, numbers.length);
    await log.close();
  });

  it("is reported again in the next episode, with a notice of its own", async () => {
    const gates: (() => void)[] = [];
    let stuck = true;
    const backend = testBackend(() => stuck ? new Promise<void>((resolve) => gates.push(resolve)) : Promise.resolve());
    const { log, errors } = memoryLogger({ destinations: [backend.uri], queue: { maxBytes: 200 } });
    for (let episode = 1; episode <= 2; episode++) {
      stuck = true;
      log.info("kept");
      const flushed = log.flush();
      for (let i = 0; i < 10; i++) log.info("more or less");
      log.metrics();
      const more = log.flush().catch(() => {});
      stuck = false;
      gates.splice(0).forEach((go) => go());
      await flushed.catch(() => {});
      await more;
      await log.flush().catch(() => {});
      assert.equal(errors.length, episode);
    }
    const dropped = backend.records().flatMap((record) => "dropped" in record ? [record.dropped as number] : []);
    assert.equal(dropped.length, 2);
    assert.equal(dropped.reduce((a, b) => a + b), log.metrics().dropped);
    assert.equal(log.metrics().logged.info, backend.lines.length - 2 + log.metrics().dropped);
  });

  it("leaves its notice even when it recovers only while the logger closes", async () => {
    const stuck = stuckBackend();
    const { log, errors } = memoryLogger({ destinations: [stuck.uri], queue: { maxBytes: 200 } });
    log.info("first");
    void log.flush();
    for (let i = 0; i < 10; i++) log.info("more or less");
    const closing = log.close();
    stuck.release();
    await closing;
    const { dropped, destinations: [destination] } = log.metrics();
    assert.equal(stuck.records().at(-1)?.dropped, dropped);
    assert.equal(destination.written + dropped, 11);
    assert.equal(errors.length, 1);
    assert.equal(stuck.closes(), 1);
  });

  it("leaves a notice even with a formatter that throws", async () => {
    const stuck = stuckBackend();
    const { log } = memoryLogger({
      destinations: [{
        uri: stuck.uri,
        format: ({ msg }) => {
          if (msg.includes("dropped")) throw new Error("no format");
          return JSON.stringify({ msg });
        },
      }],
      queue: { maxBytes: 100 },
    });
    log.info("first");
    void log.flush().catch(() => {});
    for (let i = 0; i < 20; i++) log.info("more or less");
    const closing = log.close();
    stuck.release();
    await closing;
    assert.equal(stuck.records().at(-1)?.dropped, log.metrics().dropped);
  });

  it("delays no other destination", async () => {
    const stuck = stuckBackend();
    const { log, runtime } = memoryLogger({ destinations: [stuck.uri, logPath], queue: { maxBytes: 1000 } });
    for (let i = 0; i < 1000; i++) {
      log.info("x", { i });
      if (i % 100 === 0) {
        await runtime.clock.advance(20);
        const [, file] = log.metrics().destinations;
        assert.deepEqual([file.written, file.pending], [i + 1, 0]);
      }
    }
    await runtime.clock.advance(20);
    const lines = linesOf(runtime.fs.readText(logPath));
    assert.deepEqual(lines.map((line) => JSON.parse(line).i), Array.from({ length: 1000 }, (_, i) => i));
    assert.equal(log.metrics().destinations[1].dropped, 0);
    assert.ok(log.metrics().destinations[0].dropped > 0);
  });
});

describe('overflow: "block"', () => {
  it("does not wait for ever for a write in the background of which nothing is heard", async () => {
    const { log, runtime, errors } = memoryLogger({
      destinations: [logPath],
      queue: { maxBytes: 1_000, capacity: 1, overflow: "block" },
    });
    // It may have failed: that is known only when the event loop turns.
    const write = Promise.withResolvers<number>();
    Object.assign(runtime.background, { write: () => write.promise });
    log.info("x", { i: 0 });
    await runtime.clock.advance(10);
    const start = runtime.clock.now;
    for (let i = 1; i < 100; i++) log.info("x", { i });
    const took = runtime.clock.now - start;
    assert.ok(took >= 10_000 && took < 10_500, `${took} ms, once for all calls of a turn`);
    assert.ok(log.metrics().dropped > 50);
    assert.match(errors[0].message, /^Dropped 1 record/);
    // The next turn tells; and then a log call waits no more.
    write.reject(systemError("ENOSPC", "write"));
    await runtime.clock.advance(0);
    log.info("x", { i: 100 });
    assert.equal(runtime.clock.now - start, took);
  });

  it("waits instead of dropping, on a real disk", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const log = createLogger({ destinations: [path], queue: { maxBytes: "64KiB", capacity: 64, overflow: "block" } });
      const text = "x".repeat(1000);
      for (let i = 0; i < 5000; i++) log.info(text, { i });
      await log.close();
      const found = linesOf(readFileSync(path, "utf8")).map((line) => JSON.parse(line).i);
      assert.deepEqual(found, Array.from({ length: 5000 }, (_, i) => i));
      assert.equal(log.metrics().dropped, 0);
    }));

  it("does not wait for a destination that fails", async () => {
    const broken = testBackend(() => Promise.reject(new Error("down")));
    const { log } = memoryLogger({ destinations: [broken.uri], queue: { maxBytes: 1000, overflow: "block" } });
    for (let i = 0; i < 100; i++) log.info("x", { i });
    await assert.rejects(log.flush());
    assert.ok(log.metrics().dropped > 0);
  });
});
