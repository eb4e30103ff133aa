import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { registerBackend } from "../../src/backends/registry.ts";
import type { DestinationOptions } from "../../src/destination_options.ts";
import { memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";

describe("a custom backend", () => {
  for (
    const [name, fail] of Object.entries({
      "throws": () => {
        throw new Error("down");
      },
      "rejects": () => Promise.reject(new Error("down")),
      "throws something odd": () => {
        throw undefined;
      },
      "rejects with something odd": () => Promise.reject(Object.create(null)),
    })
  ) {
    it(`that ${name} gets its records again`, async () => {
      const backend = testBackend((_, number) => number <= 2 ? fail() : undefined);
      const { log, runtime, errors } = memoryLogger({ destinations: [backend.uri] });
      for (let i = 0; i < 3; i++) log.info("x", { i });
      await runtime.clock.advance(1000);
      assert.deepEqual(backend.records().map(({ i }) => i), [0, 1, 2]);
      assert.equal(errors.length, 2);
      const [{ written, dropped, errors: count }] = log.metrics().destinations;
      assert.deepEqual([written, dropped, count], [3, 0, 2]);
    });
  }

  it("that commits a part before it fails gets only the rest", async () => {
    const batches: number[][] = [];
    const backend = testBackend((batch, number) => {
      batches.push(batch.lines.map((line) => JSON.parse(line).i));
      if (number > 1) return;
      batch.commit(batch.nextLineLength);
      batch.commit(batch.nextLineLength);
      return Promise.reject(new Error("down"));
    });
    const { log, runtime } = memoryLogger({ destinations: [backend.uri] });
    for (let i = 0; i < 5; i++) log.info("x", { i });
    await runtime.clock.advance(10);
    assert.equal(log.metrics().destinations[0].written, 2);
    log.info("x", { i: 5 });
    await runtime.clock.advance(1000);
    assert.deepEqual(batches, [[0, 1, 2, 3, 4], [2, 3, 4], [5]]);
    assert.deepEqual([log.metrics().destinations[0].written, log.metrics().destinations[0].pending], [6, 0]);
  });

  it("that commits everything and then fails gets nothing twice", async () => {
    const backend = testBackend((batch, number) => {
      if (number > 1) return;
      batch.commit();
      return Promise.reject(new Error("too late"));
    });
    const { log, runtime } = memoryLogger({ destinations: [backend.uri] });
    log.info("a");
    await runtime.clock.advance(1000);
    log.info("b");
    await runtime.clock.advance(1000);
    assert.deepEqual(backend.records().map(({ msg }) => msg), ["b"]);
    assert.equal(log.metrics().destinations[0].written, 2);
  });

  it("is never asked to write while it writes, nor after close", async () => {
    let writing = 0;
    let most = 0;
    const backend = testBackend(async () => {
      most = Math.max(most, ++writing);
      await Promise.resolve();
      writing--;
    });
    const { log, runtime } = memoryLogger({ destinations: [backend.uri] });
    for (let i = 0; i < 100; i++) {
      log.info("x", { i });
      if (i % 7 === 0) void log.flush();
      if (i % 13 === 0) await runtime.clock.advance(10);
    }
    await log.close();
    assert.equal(most, 1);
    const writes = backend.writes();
    log.info("late");
    await log.flush();
    assert.equal(backend.writes(), writes);
    assert.deepEqual(backend.records().map(({ i }) => i), Array.from({ length: 100 }, (_, i) => i));
  });

  it("sees the records as bytes, as text and as lines, also after a part is committed", async () => {
    const views: unknown[] = [];
    const backend = testBackend((batch) => {
      const look = () => [batch.count, batch.byteLength, batch.text, batch.lines.length, batch.bytes.length];
      views.push(look());
      batch.commit(batch.nextLineLength);
      views.push(look());
      batch.commit();
      views.push(look());
    });
    const { log } = memoryLogger({ destinations: [{ uri: backend.uri, format: ({ msg }) => msg }] });
    log.info("ä");
    log.info("bb");
    await log.flush();
    assert.deepEqual(views, [[2, 6, "ä\nbb\n", 2, 6], [1, 3, "bb\n", 1, 3], [0, 0, "", 0, 0]]);
  });

  it("is made of its URI and all options of the destination", () => {
    const seen: [string, DestinationOptions][] = [];
    const { uri } = testBackend();
    const scheme = `seen-${uri.slice(0, -1)}`;
    registerBackend(scheme, (url, options) => {
      seen.push([String(url), options]);
      return { supportsAtomic: true, write: () => {} };
    });
    const options = { uri: `${scheme}://user@host:1/path?a=b#c`, own: { x: 1 } };
    memoryLogger({ destinations: [options] });
    assert.deepEqual(seen, [[options.uri, options]]);
  });

  it("brings numbers of its own", async () => {
    const backend = testBackend(() => {}, { metrics: () => ({ rotations: 7 }) });
    const { log } = memoryLogger({ destinations: [backend.uri] });
    log.info("a");
    await log.flush();
    assert.equal(log.metrics().destinations[0].rotations, 7);
  });

  it("that writes at once has everything when the process ends", () => {
    const backend = testBackend();
    const { log, runtime, errors } = memoryLogger({ destinations: [backend.uri] });
    log.info("a");
    runtime.exit();
    assert.deepEqual([backend.lines.length, errors], [1, []]);
  });

  it("that hangs when the process ends is reported, with the number of its records", () => {
    const stuck = stuckBackend();
    const { log, runtime, errors } = memoryLogger({ destinations: [stuck.uri] });
    log.info("a");
    log.info("b");
    runtime.exit();
    assert.match(errors[0].message, /^Dropped 2 records .* the process is ending/);
  });

  it("that hangs is reported once for each record, though several events tell of the end", () => {
    const stuck = stuckBackend();
    const { log, runtime, errors } = memoryLogger({ destinations: [stuck.uri] });
    log.info("a");
    log.info("b");
    runtime.end();
    runtime.end();
    log.info("c");
    runtime.exit();
    assert.deepEqual(errors.map(({ message }) => /^Dropped \d+ records?/.exec(message)?.[0]), [
      "Dropped 2 records",
      "Dropped 1 record",
    ]);
  });
});
