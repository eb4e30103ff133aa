import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { settle } from "../support/memory_runtime.ts";
import { linesOf, logPath, type LogRecord, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";

const numbers = (records: LogRecord[]) => records.map(({ i }) => i as number);
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe("log.destinations", () => {
  it("adds while logging: exactly what is logged from then on", async () => {
    const { log, records } = memoryLogger();
    const second = testBackend();
    let added = 0;
    for (let i = 0; i < 100; i++) {
      if (i === 37) {
        assert.equal(log.destinations.add({ uri: second.uri, name: "second" }).name, "second");
        added = i;
      }
      log.with({ i }).info("x");
      if (i % 10 === 5) await settle();
    }
    assert.deepEqual(numbers(await records()), range(0, 100));
    assert.deepEqual(numbers(second.records()), range(added, 100));
    assert.deepEqual(log.destinations.names.toSorted(), [logPath, "second"].toSorted());
  });

  it("removes while logging: exactly what was logged until then", async () => {
    const second = testBackend();
    const { log, runtime } = memoryLogger({ destinations: [logPath, { uri: second.uri, name: "second" }] });
    for (let i = 0; i < 50; i++) log.info("x", { i });
    const removed = log.destinations.remove("second");
    for (let i = 50; i < 100; i++) log.info("x", { i });
    assert.equal(await removed, true);
    assert.equal(second.closes(), 1);
    assert.deepEqual(numbers(second.records()), range(0, 50));
    await log.flush();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 100);
    assert.equal(await log.destinations.remove("second"), false);
    assert.equal(log.destinations.get("second"), undefined);
    assert.deepEqual(log.destinations.names, [logPath]);
    assert.deepEqual([log.metrics().dropped, log.metrics().errors], [0, 0]);
  });

  it("waits with the removal until what is left is delivered", async () => {
    const stuck = stuckBackend();
    const { log } = memoryLogger({ destinations: [{ uri: stuck.uri, name: "stuck" }, logPath] });
    log.info("x", { i: 0 });
    let removed = false;
    const removal = log.destinations.remove("stuck").then(() => removed = true);
    await settle();
    assert.equal(removed, false);
    log.info("x", { i: 1 });
    stuck.release();
    await removal;
    assert.deepEqual(numbers(stuck.records()), [0]);
  });

  it("can remove a destination from within a filter of it", async () => {
    const backend = testBackend();
    const { log } = memoryLogger({
      destinations: [{ uri: logPath }, {
        uri: backend.uri,
        name: "leaving",
        filter: ({ fields }) => {
          if (fields?.i === 3) void log.destinations.remove("leaving");
          return true;
        },
      }],
    });
    for (let i = 0; i < 6; i++) log.info("x", { i });
    await log.flush();
    await settle();
    assert.deepEqual(numbers(backend.records()).slice(0, 3), [0, 1, 2]);
    assert.equal(backend.closes(), 1);
  });

  it("switches off and on without losing what was logged before", async () => {
    const { log, records } = memoryLogger();
    const handle = log.destinations.get(logPath);
    assert.ok(handle !== undefined);
    assert.equal(handle.enabled, true);
    for (let i = 0; i < 40; i++) {
      if (i === 10) handle.enabled = false;
      if (i === 20) handle.enabled = true;
      log.info("x", { i });
    }
    assert.deepEqual(numbers(await records()), [...range(0, 10), ...range(20, 40)]);
    assert.throws(() => handle.enabled = 1 as never, TypeError);
  });

  it("changes the level of one destination only", async () => {
    const second = testBackend();
    const { log, records } = memoryLogger({
      destinations: [{ uri: logPath, level: "warn" }, { uri: second.uri, name: "second" }],
    });
    const handle = log.destinations.get(logPath);
    assert.ok(handle !== undefined);
    assert.equal(handle.level, "warn");
    log.info("1");
    handle.level = "debug";
    log.debug("2");
    handle.level = "off";
    log.fatal("3");
    assert.equal(handle.level, "off");
    handle.level = "trace";
    log.trace("4");
    assert.deepEqual((await records()).map(({ msg }) => msg), ["2", "4"]);
    assert.deepEqual(second.records().map(({ msg }) => msg), ["1", "2", "3", "4"]);
    assert.throws(() => handle.level = "loud" as never, RangeError);
  });

  it("tells destinations of one URI apart, and refuses a name that is taken", () => {
    const { log } = memoryLogger({ destinations: [logPath, logPath] });
    assert.deepEqual(log.destinations.names, [logPath, `${logPath}#2`]);
    assert.throws(
      () => log.destinations.add({ uri: "/logs/b.log", name: logPath }),
      /^RangeError: Cannot use option "destination.name": "\/logs\/app.log" is taken$/,
    );
    assert.throws(() => log.destinations.add("nope:x"), /unknown scheme "nope:"/);
    assert.equal(log.destinations.names.length, 2);
  });

  it("are the same for children", () => {
    const { log } = memoryLogger();
    log.with({ a: 1 }).destinations.add({ uri: "/logs/b.log", name: "b" });
    assert.ok(log.destinations.names.includes("b"));
  });
});

describe("the stream of a destination", () => {
  it("is ordered and has no gaps, however the writes end", async () => {
    // Fails, commits a part and fails, or takes everything, by a fixed pattern.
    const taken: string[] = [];
    const backend = testBackend((batch, number) => {
      if (number % 3 === 0) throw new Error("down");
      const bytes = number % 3 === 1 ? batch.next(1000) : batch.bytes;
      taken.push(...new TextDecoder().decode(bytes).split("\n").slice(0, -1));
      const partial = bytes.length < batch.byteLength;
      batch.commit(bytes.length);
      if (partial) return Promise.reject(new Error("partly down"));
    });
    const { log, runtime } = memoryLogger({ destinations: [backend.uri] });
    for (let i = 0; i < 2000; i++) {
      log.info("x", { i });
      if (i % 50 === 0) await runtime.clock.advance(30);
    }
    await runtime.clock.advance(60_000);
    assert.deepEqual(taken.map((line) => JSON.parse(line).i), range(0, 2000));
    const { dropped, destinations: [{ written, pending, bytes }] } = log.metrics();
    assert.deepEqual([written, dropped, pending], [2000, 0, 0]);
    assert.equal(bytes, taken.reduce((sum, line) => sum + line.length + 1, 0));
  });

  it("is formatted once for each format, and the same for all of one format", async () => {
    const a = testBackend();
    const b = testBackend();
    const c = testBackend();
    const { log } = memoryLogger({ destinations: [a.uri, { uri: b.uri, format: "text" }, c.uri] });
    log.info("x", { i: 1 });
    await log.flush();
    assert.deepEqual(a.lines, c.lines);
    assert.deepEqual(b.lines, ["[2026-01-01T00:00:00.000Z] [INFO] x i=1"]);
  });
});
