import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logPath, type LogRecord, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";
import { breakable, metricsOf, missingOf } from "./breakable.ts";

const notices = (records: LogRecord[]) => records.filter(({ msg }) => msg === "log records dropped");

describe("the record of drops", () => {
  it("says how many, why, and when the first and the last call was", async () => {
    const main = breakable(Object.assign(new Error("no space left on device, write"), { code: "ENOSPC" }));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main" }],
      queue: { maxBytes: 300 },
    });
    log.info("kept");
    await runtime.clock.advance(20);
    for (let i = 0; i < 3; i++) log.info("kept too");
    const since = new Date(runtime.clock.now).toISOString();
    for (let i = 0; i < 3; i++) log.info("x".repeat(300));
    await runtime.clock.advance(500);
    const until = new Date(runtime.clock.now).toISOString();
    log.info("x".repeat(300));
    await runtime.clock.advance(20);
    main.failure = undefined;
    await runtime.clock.advance(10_000);
    const [notice, ...more] = notices(main.records());
    assert.deepEqual(more, []);
    const { time, ...rest } = notice;
    assert.deepEqual(Object.keys(rest), ["level", "msg", "dropped", "reason", "since", "until"]);
    const reason = "ENOSPC: no space left on device, write";
    assert.deepEqual(rest, { level: "warn", msg: "log records dropped", dropped: 4, reason, since, until });
    assert.ok(time > until);
  });

  it("gives the full queue as the reason where nothing fails", async () => {
    const stuck = stuckBackend();
    const { log } = memoryLogger({ destinations: [stuck.uri], queue: { maxBytes: 200 } });
    log.info("first");
    void log.flush().catch(() => {});
    for (let i = 0; i < 10; i++) log.info("more or less");
    const closing = log.close();
    stuck.release();
    await closing;
    assert.equal(notices(stuck.records())[0].reason, "queue full: the destination is slower than the program");
  });

  it("comes for each time in which what filters log does not fit into the queue, which is reported as it begins", async () => {
    const { log, errors, runtime, records } = memoryLogger({
      queue: { capacity: 2 },
      filters: [({ msg }) => {
        if (msg === "burst") { for (let i = 0; i < 5; i++) log.debug("of the filter"); }
        return true;
      }],
    });
    for (let time = 1; time <= 3; time++) {
      log.info("burst");
      await runtime.clock.advance(1_000);
      assert.equal(errors.length, time);
      assert.match(
        errors[time - 1]!.message,
        /^Dropped a record: the queue is full: what filters, .* log does not fit/,
      );
    }
    const dropped = notices(await records()).map(({ dropped }) => dropped);
    assert.deepEqual(dropped, [3, 3, 3]);
    assert.equal(log.metrics().droppedBy.full, 9);
    log.info("burst");
    await log.close();
    const all = runtime.fs.readText(logPath).trimEnd().split("\n").map((line) => JSON.parse(line) as LogRecord);
    assert.equal(notices(all).length, 4);
    const late = all.filter(({ msg }) => msg === "of the filter").length + log.metrics().dropped;
    assert.equal(late, 20, "all that the filter logged is there or counted");
  });

  it("is there at the end although the last write has failed, if all its lines had landed", async () => {
    let writes = 0;
    const records: LogRecord[] = [];
    const { log, runtime } = memoryLogger({
      destinations: [{
        name: "main",
        queue: { maxBytes: 300 },
        backend: {
          supportsAtomic: false,
          async write(batch) {
            const which = ++writes;
            if (which === 1) await new Promise<void>((resolve) => void runtime.setTimer(resolve, 50));
            records.push(...batch.lines.map((line) => JSON.parse(line)));
            batch.commit();
            if (which === 2) throw new Error("it could not be brought to the disk");
          },
        },
      }],
    });
    log.info("first");
    await runtime.clock.advance(20);
    for (let i = 0; i < 10; i++) log.info("more or less");
    const closing = log.close();
    await runtime.clock.advance(5_000);
    await closing;
    assert.equal(notices(records).length, 1);
    assert.equal(notices(records)[0].dropped, metricsOf(log, "main").dropped);
  });

  it("is one for the whole time in which a destination comes and goes", async () => {
    let writes = 0;
    const main = testBackend(() => {
      if (++writes % 2 === 0 && writes < 60) throw new Error("every second one fails");
    });
    const { log, runtime } = memoryLogger({
      destinations: [{ uri: main.uri, name: "main" }],
      queue: { maxBytes: 500 },
    });
    let logged = 0;
    for (let round = 0; round < 200; round++) {
      for (let i = 0; i < (round < 150 ? 20 : 1); i++, logged++) log.info("more or less", { round, i });
      await runtime.clock.advance(40);
    }
    await runtime.clock.advance(5_000);
    const { dropped } = metricsOf(log, "main");
    assert.ok(dropped > 0);
    const found = notices(main.records());
    assert.deepEqual(found.map(({ dropped }) => dropped), [dropped]);
    assert.equal(main.records().length - 1 + dropped, logged);
  });

  it("comes by itself a second after the last write, and only once", async () => {
    const main = breakable(new Error("down"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main" }],
      queue: { maxBytes: 100 },
    });
    for (let i = 0; i < 5; i++) log.info("more or less");
    await runtime.clock.advance(20);
    main.failure = undefined;
    await runtime.clock.advance(60);
    assert.equal(notices(main.records()).length, 0);
    await runtime.clock.advance(1_000);
    assert.equal(notices(main.records()).length, 1);
    await runtime.clock.advance(60_000);
    await log.close();
    assert.equal(notices(main.records()).length, 1);
  });

  it("is kept and tried again like every other line", async () => {
    const main = breakable(new Error("down"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main" }],
      queue: { maxBytes: 100 },
    });
    for (let i = 0; i < 5; i++) log.info("more or less");
    await runtime.clock.advance(20);
    main.failure = undefined;
    await runtime.clock.advance(60);
    main.failure = new Error("down again");
    await runtime.clock.advance(5_000);
    assert.ok(metricsOf(log, "main").circuit.failures > 0);
    assert.equal(notices(main.records()).length, 0);
    main.failure = undefined;
    await runtime.clock.advance(10_000);
    assert.deepEqual(notices(main.records()).map(({ dropped }) => dropped), [metricsOf(log, "main").dropped]);
  });

  it("is written at the end of the process", async () => {
    const { log, runtime } = memoryLogger({ file: { name: "main" }, queue: { maxBytes: 100 } });
    runtime.fs.capacity = 0;
    for (let i = 0; i < 5; i++) log.info("more or less");
    await runtime.clock.advance(20);
    runtime.fs.capacity = Infinity;
    runtime.exit();
    const records = runtime.fs.readText("/logs/app.log").trim().split("\n").map((line) => JSON.parse(line));
    const { dropped } = metricsOf(log, "main");
    assert.ok(dropped > 0);
    assert.equal(records.at(-1).dropped, dropped);
    assert.match(records.at(-1).reason, /ENOSPC|queue full/);
  });

  it("goes to the fallback where the destination stays broken", async () => {
    const [main, spare] = [breakable(new Error("down")), breakable(new Error("down"))];
    const { log, runtime } = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        queue: { maxBytes: 100 },
        fallback: { backend: spare.backend, name: "spare", queue: { maxBytes: 200 } },
      }],
    });
    for (let i = 0; i < 20; i++) {
      log.info("more or less");
      await runtime.clock.advance(500);
    }
    spare.failure = undefined;
    await runtime.clock.advance(6_000);
    await log.close();
    const { dropped } = metricsOf(log, "main");
    assert.ok(dropped > 0);
    assert.deepEqual(["main", "spare"].map((name) => missingOf(metricsOf(log, name))), [0, 0]);
    assert.deepEqual(metricsOf(log, "main").accepted, 20);
    assert.deepEqual(notices(spare.records()).map((notice) => notice.dropped), [dropped]);
  });

  it("tells no secret", async () => {
    const main = breakable(new Error("cannot POST https://app:hunter2@host/logs?api_key=s3cr3t&x=1"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main" }],
      queue: { maxBytes: 100 },
    });
    for (let i = 0; i < 5; i++) log.info("more or less");
    await runtime.clock.advance(20);
    for (let i = 0; i < 5; i++) log.info("more or less");
    await runtime.clock.advance(20);
    const health = JSON.stringify(log.health());
    main.failure = undefined;
    await log.close();
    const told = health + JSON.stringify(notices(main.records()));
    assert.ok(told.includes("cannot POST"));
    assert.ok(!told.includes("hunter2") && !told.includes("s3cr3t"), told);
  });
});
