import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sample } from "../../mod.ts";
import { createLoggerFactory } from "../../src/mod.ts";
import { MemoryBackend } from "../../testing.ts";
import { createMemoryRuntime, type MemoryRuntime, settle } from "../support/memory_runtime.ts";

function logger(options: object, runtime: MemoryRuntime = createMemoryRuntime()) {
  const backend = new MemoryBackend();
  const log = createLoggerFactory(() => runtime)({ destinations: [{ name: "memory", backend }], ...options });
  const pass = async (milliseconds: number) => {
    await runtime.clock.advance(milliseconds);
    await settle();
  };
  return { log, backend, pass };
}

describe("suppression", () => {
  it("sums up each interval what the sampler left out, and the rest at the end", async () => {
    const { log, backend, pass } = logger({ sampler: sample.every(5), suppression: { interval: "1s", level: "info" } });
    for (let n = 0; n < 10; n++) log.info("often");
    await pass(10);
    assert.equal(backend.records.length, 2);
    await pass(1_000);
    const [report] = backend.find({ msg: "records suppressed by sampling" });
    assert.equal(report?.suppressed, 8);
    assert.equal(report?.rule, "every(5)");
    await pass(5_000);
    assert.equal(backend.records.length, 3, "nothing suppressed, nothing to say");
    for (let n = 0; n < 5; n++) log.info("often");
    await log.close();
    assert.deepEqual(backend.find({ msg: "records suppressed by sampling" }).map(({ suppressed }) => suppressed), [
      8,
      4,
    ]);
  });

  it("is told in time, though the timer goes off a moment too early and nothing is logged any more", async () => {
    const runtime = createMemoryRuntime();
    const hasty = {
      ...runtime,
      setTimer: (callback: () => void, milliseconds: number) => runtime.setTimer(callback, milliseconds - 0.5),
    };
    const { log, backend, pass } = logger({ sampler: sample.every(5), suppression: { interval: "1s" } }, hasty);
    for (let n = 0; n < 5; n++) log.info("often");
    await pass(2_000);
    await log.flush();
    assert.equal(backend.find({ msg: "records suppressed by sampling" }).length, 1);
    await log.close();
  });

  it("reports for a sampler before another takes its place", async () => {
    const { log, backend, pass } = logger({ sampler: sample.every(5), suppression: true });
    for (let n = 0; n < 5; n++) log.info("often");
    log.update({ sampler: sample.every(2) });
    await pass(10);
    assert.equal(backend.find({ fields: { rule: "every(5)", suppressed: 4 } }).length, 1);
    await log.close();
  });

  it("refuses bad options by name", () => {
    assert.throws(() => logger({ suppression: { interval: "soon" } }), /"suppression.interval"/);
    assert.throws(() => logger({ suppression: 5 }), /"suppression"/);
    assert.throws(() => logger({ selfReport: { level: "loud" } }), /"selfReport.level"/);
    assert.throws(() => logger({ selfReport: { interval: 0 } }), /"selfReport.interval"/);
  });
});

describe("selfReport", () => {
  it("puts the metrics into the log each interval", async () => {
    const { log, backend, pass } = logger({ selfReport: { interval: 1_000, level: "debug" } });
    log.info("one");
    await pass(1_000);
    await pass(1_000);
    const reports = backend.find({ level: "debug", msg: "log metrics" });
    assert.equal(reports.length, 2);
    assert.deepEqual((reports[0] as { logged?: unknown }).logged, {
      trace: 0,
      debug: 0,
      info: 1,
      warn: 0,
      error: 0,
      fatal: 0,
    });
    await log.close();
    await pass(5_000);
    assert.equal(backend.find({ msg: "log metrics" }).length, 2, "none after close");
  });
});
