import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DestinationError } from "../../src/errors.ts";
import type { Metrics } from "../../src/metrics.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, settle } from "../support/memory_runtime.ts";
import { linesOf, loggerOn, logPath, memoryLogger, testBackend } from "./harness.ts";

/** What is reported of a record that comes after `close`, the `count`th one. */
function late(level: string, count = 1): string {
  const which = count === 1 ? "" : `, ${count} so far`;
  return `Dropped a record of level "${level}"${which}: the logger was closed before; ` +
    "call close after the last log call";
}

describe("close", () => {
  it("delivers everything, releases the file and may be called again", async () => {
    const { log, runtime } = memoryLogger();
    log.with({ child: 1 }).info("a");
    log.info("b");
    const first = log.close();
    assert.equal(log.close(), first);
    await first;
    await log.close();
    await log.flush();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 2);
    assert.equal(runtime.fs.openFiles(), 0);
  });

  it("stops listening to the end of the process", async () => {
    const runtime = createMemoryRuntime();
    let listeners = 0;
    const counting = {
      ...runtime,
      onExit: (callback: () => void) => {
        listeners++;
        const stop = runtime.onExit(callback);
        return () => (listeners--, stop());
      },
      onSignal: (signals: readonly ("SIGTERM" | "SIGINT" | "SIGHUP")[], callback: () => void) => {
        listeners++;
        const stop = runtime.onSignal(signals, callback);
        return () => (listeners--, stop());
      },
    };
    const log = loggerOn(counting, { destinations: [logPath], flushOnSignal: true });
    assert.equal(listeners, 2);
    await log.close();
    assert.equal(listeners, 0);
  });

  it("counts what is logged afterwards, reports it once, and never throws", async () => {
    const { log, runtime, errors } = memoryLogger();
    const child = log.with({ child: 1 });
    log.info("taken");
    await log.close();
    for (let i = 0; i < 5; i++) child.error("late", new Error("late"));
    log.info(() => "late");
    const { logged, dropped } = log.metrics();
    assert.deepEqual([logged.info, logged.error, dropped], [1, 0, 6]);
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
    assert.deepEqual(errors.map(({ message }) => message), [late("error")]);
    for (let i = 0; i < 2; i++) child.fatal("very late");
    await log.flush();
    log.debug("late");
    assert.deepEqual(errors.map(({ message }) => message).slice(1), [late("fatal", 7), late("fatal", 8)]);
    assert.ok(errors[0] instanceof DestinationError && errors[0].dropped === 1);
  });

  it("tells standard error of what is logged afterwards, and of each fatal", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, logPath);
    await log.close();
    log.warn("late");
    for (let i = 0; i < 5; i++) log.fatal("late");
    const lines = [late("warn"), ...[2, 3, 4, 5, 6].map((count) => late("fatal", count))];
    assert.equal(runtime.written("stderr"), lines.map((line) => `omni/log: ${line}\n`).join(""));
  });

  it("counts and reports what is logged while it flushes", async () => {
    const { log, runtime, errors } = memoryLogger();
    log.info("taken");
    const closing = log.close();
    log.info("late");
    await closing;
    assert.deepEqual(errors.map(({ message }) => message), [late("info")]);
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
    assert.equal(log.metrics().dropped, 1);
  });

  it("counts and reports what filters log while it flushes", async () => {
    const { log, runtime, errors } = memoryLogger({
      filters: [({ msg }) => {
        if (msg === "taken") log.info("from the filter");
        return true;
      }],
    });
    log.info("taken");
    await log.close();
    const { logged, dropped, destinations: [{ written, pending }] } = log.metrics();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, written);
    assert.deepEqual([logged.info, written + dropped, pending], [2, 2, 0]);
    assert.deepEqual(errors.map(({ message }) => message), [late("info")]);
  });

  it("never rejects, and counts what could not be delivered", async () => {
    const broken = testBackend(() => Promise.reject(new Error("down")), {
      close: () => Promise.reject(new Error("not even that")),
    });
    const { log, errors } = memoryLogger({ destinations: [broken.uri, logPath] });
    log.info("a");
    log.info("b");
    await log.close();
    const [dead, file] = log.metrics().destinations;
    assert.deepEqual([dead.written, dead.dropped, dead.pending, file.written], [0, 2, 0, 2]);
    assert.equal(log.metrics().dropped, 2);
    assert.deepEqual(errors.map(({ message }) => message.replace(/ "test.*?"/, "")), [
      "Cannot write to destination: down; 2 records kept to be tried again",
      // The one that was under way is not the last try.
      "Cannot write to destination: down; 2 records kept to be tried again",
      "Dropped 2 records for destination: the logger was closed",
      "Cannot close destination: not even that",
    ]);
  });

  it("is what await using does", async () => {
    const { log, runtime } = memoryLogger();
    {
      await using scoped = log;
      scoped.info("a");
    }
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
    assert.equal(runtime.fs.openFiles(), 0);
  });

  it("of a child closes all", async () => {
    const { log, runtime } = memoryLogger();
    const child = log.with({ a: 1 });
    log.info("a");
    await child.close();
    log.info("late");
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
    assert.equal(log.metrics().dropped, 1);
  });
});

describe("metrics", () => {
  it("have the documented form", async () => {
    const { log, records } = memoryLogger({
      destinations: [{ uri: logPath, name: "file" }, { uri: "/logs/other.log", level: "warn" }],
      queue: { capacity: 100 },
    });
    log.info("a");
    log.with({}).warn("b");
    const waiting = log.metrics();
    assert.equal(waiting.queue.length, 2);
    assert.ok(waiting.queue.bytes > 0);
    await records();
    const bytes = (msg: string, level: string) =>
      `{"time":"2026-01-01T00:00:00.000Z","level":"${level}","msg":"${msg}"}\n`.length;
    const pipeline = { middleware: [], filters: [], sampler: [] };
    const droppedBy = { full: 0, afterClose: 0, undelivered: 0, refused: 0 };
    const lockWaits = { count: 0, milliseconds: 0 };
    const housekeepingFailures = { rotation: 0, compression: 0, retention: 0, registration: 0 };
    const { latency } = log.metrics().destinations[0]!;
    assert.equal(latency.count, 2);
    const [one, two] = log.metrics().destinations.map((destination) => destination.latency) as [
      typeof latency,
      typeof latency,
    ];
    const expected: Metrics = {
      logged: { trace: 0, debug: 0, info: 1, warn: 1, error: 0, fatal: 0 },
      dropped: 0,
      droppedBy,
      errors: 0,
      queue: { length: 0, capacity: 100, bytes: 0, highWater: 2 },
      pipeline,
      destinations: [
        {
          name: "file",
          accepted: 2,
          written: 2,
          bytes: bytes("a", "info") + bytes("b", "warn"),
          dropped: 0,
          droppedBy,
          diverted: 0,
          divertedTo: {},
          received: 0,
          pending: 0,
          circuit: { state: "closed", failures: 0 },
          errors: 0,
          rotations: 0,
          lockWaits,
          housekeepingFailures,
          latency: one,
          pipeline,
        },
        {
          name: "/logs/other.log",
          accepted: 1,
          written: 1,
          bytes: bytes("b", "warn"),
          dropped: 0,
          droppedBy,
          diverted: 0,
          divertedTo: {},
          received: 0,
          pending: 0,
          circuit: { state: "closed", failures: 0 },
          errors: 0,
          rotations: 0,
          lockWaits,
          housekeepingFailures,
          latency: two,
          pipeline,
        },
      ],
    };
    assert.deepEqual(log.metrics(), expected);
    assert.deepEqual(log.with({ a: 1 }).metrics(), expected);
  });

  it("are a copy", async () => {
    const { log, record } = memoryLogger();
    const before = log.metrics();
    log.info("a");
    await record();
    assert.equal(before.logged.info, 0);
  });
});

describe("onError", () => {
  const broken = () => failing(createMemoryRuntime(), { write: () => new Error("disk") });

  it("that throws does no harm", async () => {
    const log = loggerOn(broken(), {
      destinations: [logPath],
      onError: () => {
        throw new Error("from onError");
      },
    });
    log.info("a");
    await assert.rejects(log.flush(), /disk/);
    assert.equal(log.metrics().errors, 1);
  });

  it("that rejects does no harm", async () => {
    const log = loggerOn(broken(), {
      destinations: [logPath],
      onError: (() => Promise.reject(new Error("from onError"))) as () => void,
    });
    log.info("a");
    await assert.rejects(log.flush(), /disk/);
    await settle();
  });

  it("may log", async () => {
    const runtime = createMemoryRuntime();
    let full = true;
    const log = loggerOn(failing(runtime, { write: () => full ? new Error("disk") : undefined }), {
      destinations: [logPath],
      onError: (error) => log.error("log failed", error),
    });
    log.info("a");
    await assert.rejects(log.flush());
    full = false;
    await log.flush();
    assert.deepEqual(linesOf(runtime.fs.readText(logPath)).map((line) => JSON.parse(line).msg), ["a", "log failed"]);
  });

  it("where there is none, standard error gets a line, not one for each error", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(failing(runtime, { write: () => new Error("disk") }), { destinations: [logPath] });
    log.info("a");
    for (let i = 0; i < 5; i++) await assert.rejects(log.flush());
    assert.equal(
      runtime.written("stderr"),
      `omni/log: Cannot write to destination "${logPath}": disk; 1 record kept to be tried again\n`,
    );
    assert.equal(log.metrics().errors, 5);
  });
});

describe("flush", () => {
  it("delivers without waiting for flushInterval", async () => {
    const { log, runtime } = memoryLogger({ flushInterval: 60_000 });
    log.info("a");
    await log.flush();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
  });

  it("is what time does as well", async () => {
    const { log, runtime } = memoryLogger({ flushInterval: 10 });
    log.info("a");
    await runtime.clock.advance(9);
    assert.equal(log.metrics().queue.length, 1);
    await runtime.clock.advance(1);
    await settle();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
  });

  it("with an interval of 0 comes with the next turn of the event loop", async () => {
    const { log, runtime } = memoryLogger({ flushInterval: 0 });
    log.info("a");
    for (let i = 0; i < 5; i++) await settle();
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
  });

  it("of nothing opens nothing", async () => {
    const { log, runtime } = memoryLogger();
    await log.flush();
    assert.equal(runtime.fs.calls().stat(logPath), undefined);
  });
});
