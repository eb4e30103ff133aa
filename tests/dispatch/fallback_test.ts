import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { linesOf, logPath, type MemoryLogger, memoryLogger, stuckBackend } from "../logger/harness.ts";
import { systemError } from "../support/memory_runtime.ts";
import { type Breakable, breakable, metricsOf, missingOf, range } from "./breakable.ts";

const down = () => Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

/** Logs until the circuit is open, and returns the number of the next record. */
async function open({ log, runtime }: MemoryLogger, name = "main"): Promise<number> {
  let i = 0;
  for (; metricsOf(log, name).circuit.state !== "open"; i++) {
    log.info("x", { i });
    await runtime.clock.advance(500);
    assert.ok(i < 100, "the circuit does not open");
  }
  return i;
}

/** The account of every destination adds up. */
function assertAccounts({ log }: MemoryLogger): void {
  for (const destination of log.metrics().destinations) assert.equal(missingOf(destination), 0, destination.name);
}

function pair(main: Breakable, spare: Breakable, further: object = {}): MemoryLogger {
  return memoryLogger({
    destinations: [
      { backend: main.backend, name: "main", fallback: { backend: spare.backend, name: "spare" }, ...further },
    ],
  });
}

describe("a destination with a fallback", () => {
  it("keeps what waits, sends what comes while its circuit is open there, and takes over again by itself", async () => {
    const [main, spare] = [breakable(down()), breakable()];
    const logger = pair(main, spare);
    const { log, runtime, errors } = logger;
    const kept = await open(logger);
    for (let i = kept; i < kept + 50; i++) log.info("x", { i });
    await runtime.clock.advance(20_000);
    assert.deepEqual(spare.numbers(), range(kept, kept + 50));
    assert.deepEqual(main.numbers(), []);
    const failing = metricsOf(log, "main");
    assert.deepEqual([failing.accepted, failing.pending, failing.diverted], [kept + 50, kept, 50]);
    assert.deepEqual(failing.divertedTo, { spare: 50 });
    assert.equal(metricsOf(log, "spare").received, 50);
    assertAccounts(logger);

    main.failure = undefined;
    await runtime.clock.advance(6_000);
    for (let i = kept + 50; i < kept + 60; i++) log.info("x", { i });
    await runtime.clock.advance(2_000);
    assert.deepEqual(main.numbers(), [...range(0, kept), ...range(kept + 50, kept + 60)]);
    assert.equal(spare.numbers().length, 50);
    assertAccounts(logger);
    // Told once when it begins, and by one record when it is over.
    const begins = errors.filter(({ message }) => /go to "spare"/.test(message));
    assert.equal(begins.length, 1);
    assert.match(begins[0].message, /^Records for destination "main" go to "spare" until it recovers: connect ECONN/);
    const notices = main.records().filter(({ msg }) => msg === "log records diverted");
    assert.equal(notices.length, 1);
    const [{ level, diverted, to, reason, since, until }] = notices;
    assert.deepEqual([level, diverted, to, reason], ["warn", 50, "spare", "ECONNREFUSED: connect ECONNREFUSED"]);
    assert.ok(String(since) <= String(until) && String(since).endsWith("Z"));
    await log.close();
    assertAccounts(logger);
  });

  it("is not given up for a single failure", async () => {
    const [main, spare] = [breakable(down()), breakable()];
    const { log, runtime } = pair(main, spare);
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    main.failure = undefined;
    await runtime.clock.advance(2_000);
    assert.deepEqual([main.numbers(), spare.numbers()], [[0, 1], []]);
  });

  it("is given up at the first one where that is wanted", async () => {
    const [main, spare] = [breakable(down()), breakable()];
    const { log, runtime } = pair(main, spare, { circuitBreaker: { failures: 1 } });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    await runtime.clock.advance(20);
    assert.deepEqual(spare.numbers(), [1]);
    main.failure = undefined;
    await log.close();
    assert.deepEqual(main.numbers(), [0]);
  });

  it("sends what finds no room there, and what is written late stays its own", async () => {
    const stuck = stuckBackend();
    const spare = breakable();
    const logger = memoryLogger({
      destinations: [{ uri: stuck.uri, name: "main", fallback: { backend: spare.backend, name: "spare" } }],
      queue: { maxBytes: 1_000 },
    });
    const { log, runtime, errors } = logger;
    for (let i = 0; i < 200; i++) {
      log.info("x", { i });
      if (i % 10 === 0) await runtime.clock.advance(20);
    }
    await runtime.clock.advance(20);
    assert.equal(metricsOf(log, "main").dropped, 0);
    assertAccounts(logger);
    stuck.release();
    await log.flush();
    await runtime.clock.advance(2_000);
    const kept = stuck.records().flatMap(({ i }) => i === undefined ? [] : [i as number]);
    assert.deepEqual([...kept, ...spare.numbers()], range(0, 200));
    assert.ok(spare.numbers().length > 100);
    assert.equal(errors.length, 1);
    assert.match(errors[0].message, /go to "spare" until it recovers: its queue is full$/);
    const [notice] = stuck.records().filter(({ msg }) => msg === "log records diverted");
    assert.deepEqual([notice.diverted, notice.to], [spare.numbers().length, "spare"]);
    assert.match(String(notice.reason), /^queue full: the destination is slower/);
  });

  it("tries several in order, each with its own after it, and waits itself where none is well", async () => {
    const [main, first, second, third] = [breakable(down()), breakable(down()), breakable(down()), breakable()];
    const circuitBreaker = { failures: 1 };
    const logger = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        circuitBreaker,
        fallback: [
          {
            backend: first.backend,
            name: "first",
            circuitBreaker,
            fallback: { backend: second.backend, name: "second", circuitBreaker },
          },
          { backend: third.backend, name: "third", circuitBreaker },
        ],
      }],
    });
    const { log, runtime } = logger;
    for (let i = 0; i < 5; i++) {
      log.info("x", { i });
      await runtime.clock.advance(20);
    }
    assert.deepEqual(metricsOf(log, "main").divertedTo, { first: 1, second: 1, third: 2 });
    third.failure = down();
    for (let i = 5; i < 8; i++) {
      log.info("x", { i });
      await runtime.clock.advance(10);
    }
    assertAccounts(logger);
    for (const backend of [main, first, second, third]) backend.failure = undefined;
    await runtime.clock.advance(30_000);
    assert.deepEqual(main.numbers(), [0, 6, 7]);
    assert.deepEqual([first.numbers(), second.numbers(), third.numbers()], [[1], [2], [3, 4, 5]]);
    assertAccounts(logger);
  });

  it("gives the fallback what itself would have taken, in the format of the fallback", async () => {
    const [main, spare] = [breakable(down()), breakable()];
    const lines: string[] = [];
    const { log, runtime } = memoryLogger({
      destinations: [
        {
          backend: main.backend,
          name: "main",
          level: "warn",
          filter: ({ fields }) => fields?.skip !== true,
          circuitBreaker: { failures: 1 },
          fallback: "spare",
        },
        {
          name: "spare",
          level: "fatal",
          backend: {
            supportsAtomic: true,
            write: (batch) => void lines.push(...batch.lines),
          },
          filter: () => false,
          middleware: [(message) => ({ ...message, msg: message.msg.toUpperCase() })],
          format: ({ level, msg }) => `${level}: ${msg}`,
        },
      ],
    });
    void spare;
    log.warn("first");
    await runtime.clock.advance(20);
    log.info("below the level of the failing one");
    log.warn("filtered out by the failing one", { skip: true });
    log.warn("second");
    await runtime.clock.advance(20);
    assert.deepEqual(lines, ["warn: SECOND"]);
  });

  it("doubles nothing where the fallback takes the record anyway", async () => {
    const [main, other, spare] = [breakable(down()), breakable(down()), breakable()];
    const logger = memoryLogger({
      destinations: [
        { backend: main.backend, name: "main", circuitBreaker: { failures: 1 }, fallback: "spare" },
        { backend: other.backend, name: "other", circuitBreaker: { failures: 1 }, fallback: "spare", format: "logfmt" },
        { backend: spare.backend, name: "spare", level: "warn" },
      ],
    });
    const { log, runtime } = logger;
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    log.warn("x", { i: 2 });
    await runtime.clock.advance(20);
    assert.deepEqual(spare.numbers(), [1, 2]);
    assert.equal(metricsOf(log, "spare").received, 1);
    assert.deepEqual([metricsOf(log, "main").diverted, metricsOf(log, "other").diverted], [2, 2]);
    assertAccounts(logger);
  });

  it("tries the next record itself when nothing else waits", async () => {
    const spare = breakable();
    let failures = 0;
    const lines: string[] = [];
    const { log, runtime } = memoryLogger({
      destinations: [{
        name: "main",
        circuitBreaker: { failures: 1 },
        fallback: { backend: spare.backend, name: "spare" },
        backend: {
          supportsAtomic: true,
          write(batch) {
            lines.push(...batch.lines);
            batch.commit();
            if (failures++ < 1) throw new Error("too late");
          },
        },
      }],
    });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    await runtime.clock.advance(1_000);
    log.info("x", { i: 2 });
    await runtime.clock.advance(20);
    assert.deepEqual(spare.numbers(), [1]);
    assert.deepEqual(lines.map((line) => JSON.parse(line).i), [0, 2]);
    assert.equal(metricsOf(log, "main").circuit.state, "closed");
  });
});

describe("what waits for a destination with a fallback", () => {
  it("goes there when the logger closes and it still cannot be delivered, but only what is not committed", async () => {
    const spare = breakable();
    const taken: number[] = [];
    const logger = memoryLogger({
      destinations: [{
        name: "main",
        fallback: { backend: spare.backend, name: "spare" },
        backend: {
          supportsAtomic: true,
          write(batch) {
            if (taken.length < 2) {
              taken.push(JSON.parse(batch.lines[0]).i);
              batch.commit(batch.nextLineLength);
            }
            throw new Error("down");
          },
        },
      }],
    });
    const { log } = logger;
    for (let i = 0; i < 10; i++) log.info("x", { i });
    await log.close();
    assert.deepEqual([...taken, ...spare.numbers()], range(0, 10));
    const main = metricsOf(log, "main");
    assert.deepEqual([main.written, main.dropped, main.diverted], [taken.length, 0, 10 - taken.length]);
    assert.equal(metricsOf(log, "spare").received, 10 - taken.length);
    assertAccounts(logger);
  });

  it("goes there when the process ends", async () => {
    const [main, spare] = [breakable(down()), breakable()];
    const logger = pair(main, spare);
    const { log, runtime } = logger;
    for (let i = 0; i < 10; i++) log.info("x", { i });
    await runtime.clock.advance(100);
    runtime.exit();
    assert.deepEqual([main.numbers(), spare.numbers()], [[], range(0, 10)]);
    assert.equal(metricsOf(log, "spare").written, 10);
    assertAccounts(logger);
  });

  it("stays where its fate is not known: a write under way", async () => {
    const stuck = stuckBackend();
    const spare = breakable();
    const logger = memoryLogger({
      destinations: [{ uri: stuck.uri, name: "main", fallback: { backend: spare.backend, name: "spare" } }],
      closeTimeout: "2s",
    });
    const { log, runtime, errors } = logger;
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    log.info("x", { i: 1 });
    const closing = log.close();
    await runtime.clock.advance(2_100);
    await closing;
    assert.deepEqual(spare.numbers(), [1]);
    const { dropped, droppedBy, diverted } = metricsOf(log, "main");
    assert.deepEqual([dropped, droppedBy.undelivered, diverted], [1, 1, 1]);
    assert.match(errors[0].message, /^Dropped 1 record .* has delivered nothing for 2000 ms/);
    // What comes back late changes no number, and the backend is closed then.
    stuck.release();
    await runtime.clock.advance(10);
    assertAccounts(logger);
    assert.equal(stuck.closes(), 1);
  });

  it("becomes the text of a record where the fallback has another format", async () => {
    const main = breakable(down());
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main", format: "text", fallback: { uri: logPath } }],
    });
    log.info("hello");
    log.info("again");
    await log.close();
    const records = linesOf(runtime.fs.readText(logPath)).map((line) => JSON.parse(line));
    assert.deepEqual(records.map(({ level, undelivered }) => [level, undelivered]), [["warn", "main"], [
      "warn",
      "main",
    ]]);
    assert.match(records[0].msg, /hello/);
  });

  it("goes to none that redacts, which it could not any more", async () => {
    const [main, careful, spare] = [breakable(down()), breakable(), breakable()];
    const logger = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        fallback: [
          { backend: careful.backend, name: "careful", redact: { paths: ["password"] } },
          { backend: spare.backend, name: "spare" },
        ],
      }],
    });
    const { log } = logger;
    log.info("x", { i: 0, password: "hunter2" });
    await open(logger);
    log.info("x", { i: 100, password: "hunter2" });
    await log.close();
    assert.deepEqual(careful.records().map(({ i, password }) => [i, password]), [[100, "[REDACTED]"]]);
    assert.ok(spare.numbers().length > 0 && !spare.numbers().includes(100));
  });

  it("is dropped and counted where no fallback has room", async () => {
    const main = breakable(down());
    const stuck = stuckBackend();
    const logger = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        closeTimeout: 10,
        fallback: { uri: stuck.uri, name: "spare", queue: { maxBytes: 300 }, closeTimeout: 10 },
      }],
    });
    const { log, runtime } = logger;
    for (let i = 0; i < 20; i++) log.info("x", { i });
    const closing = log.close();
    await runtime.clock.advance(100);
    await closing;
    const [one, two] = [metricsOf(log, "main"), metricsOf(log, "spare")];
    assert.equal(one.dropped + one.diverted, 20);
    assert.equal(two.accepted, one.diverted);
    assert.equal(two.dropped, one.diverted);
    assertAccounts(logger);
  });
});

it("a file whose directory cannot be written to goes to its fallback, and comes back", async () => {
  const spare = breakable();
  const logger = memoryLogger({
    file: { name: "main", fallback: { backend: spare.backend, name: "spare" } },
  });
  const { log, runtime } = logger;
  let broken = true;
  const { open: really } = runtime.background;
  Object.assign(runtime.background, {
    open: (...args: Parameters<typeof really>) =>
      broken ? Promise.reject(systemError("EACCES", "open", args[0])) : really(...args),
  });
  const kept = await open(logger);
  for (let i = kept; i < kept + 10; i++) log.info("x", { i });
  await runtime.clock.advance(100);
  broken = false;
  await runtime.clock.advance(6_000);
  for (let i = kept + 10; i < kept + 20; i++) log.info("x", { i });
  await log.close();
  const numbers = linesOf(runtime.fs.readText(logPath)).map((line) => JSON.parse(line).i).filter((i) =>
    i !== undefined
  );
  assert.deepEqual(numbers, [...range(0, kept), ...range(kept + 10, kept + 20)]);
  assert.deepEqual(spare.numbers(), range(kept, kept + 10));
  assertAccounts(logger);
});
