import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { prometheusText } from "../../src/prometheus.ts";
import { memoryLogger, stuckBackend } from "../logger/harness.ts";
import { breakable, metricsOf, missingOf, range } from "./breakable.ts";

describe("the circuit breaker of a destination", () => {
  it("opens after so many failures in a row, tries once after each pause, and closes with the first success", async () => {
    const main = breakable(new Error("down"));
    const { log, runtime } = memoryLogger({
      destinations: [{
        backend: main.backend,
        name: "main",
        retry: { firstPause: 100, lastPause: "1s" },
        circuitBreaker: { failures: 3, pause: "10s" },
      }],
    });
    const circuit = () => metricsOf(log, "main").circuit;
    assert.deepEqual(circuit(), { state: "closed", failures: 0 });
    log.info("x", { i: 0 });
    await runtime.clock.advance(20);
    assert.deepEqual([circuit().state, circuit().failures], ["closed", 1]);
    assert.ok((circuit().nextTryAt as number) > runtime.clock.now);
    await runtime.clock.advance(330);
    assert.deepEqual([circuit().state, circuit().failures, main.writes()], ["open", 3, 3]);
    const { openedAt, nextTryAt } = circuit();
    assert.ok((openedAt as number) <= runtime.clock.now);
    const pause = nextTryAt as number - (openedAt as number);
    assert.ok(pause >= 7_500 && pause <= 10_000, `${pause}`);
    const text = prometheusText(log);
    for (
      const line of [
        'omni_log_destination_circuit_state{destination="main",state="open"} 1',
        'omni_log_destination_circuit_state{destination="main",state="closed"} 0',
        'omni_log_destination_failures_in_a_row{destination="main"} 3',
        `omni_log_destination_circuit_opened_timestamp_seconds{destination="main"} ${openedAt as number / 1000}`,
        `omni_log_destination_next_try_timestamp_seconds{destination="main"} ${nextTryAt as number / 1000}`,
      ]
    ) assert.ok(text.includes(line), line);
    // Nothing but appending happens meanwhile.
    for (let i = 1; i < 100; i++) {
      log.info("x", { i });
      await runtime.clock.advance(20);
    }
    assert.equal(main.writes(), 3);
    await runtime.clock.advance(10_000);
    assert.equal(main.writes(), 4);
    assert.equal(circuit().openedAt, openedAt);
    main.failure = undefined;
    await runtime.clock.advance(10_000);
    assert.deepEqual(circuit(), { state: "closed", failures: 0 });
    assert.deepEqual(main.numbers(), range(0, 100));
  });

  it("is half open while a try is under way", async () => {
    const gate = Promise.withResolvers<void>();
    let writes = 0;
    const { log, runtime } = memoryLogger({
      destinations: [{
        name: "main",
        circuitBreaker: { failures: 1 },
        backend: {
          supportsAtomic: true,
          write: () => ++writes === 1 ? Promise.reject(new Error("down")) : gate.promise,
        },
      }],
    });
    log.info("x");
    await runtime.clock.advance(15);
    assert.equal(metricsOf(log, "main").circuit.state, "open");
    await runtime.clock.advance(60);
    assert.deepEqual(metricsOf(log, "main").circuit.state, "half-open");
    gate.resolve();
    await runtime.clock.advance(0);
    assert.equal(metricsOf(log, "main").circuit.state, "closed");
  });

  it("never opens where that is not wanted", async () => {
    const main = breakable(new Error("down"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main", circuitBreaker: { failures: Infinity } }],
    });
    log.info("x");
    await runtime.clock.advance(60_000);
    assert.equal(metricsOf(log, "main").circuit.state, "closed");
    assert.ok(metricsOf(log, "main").circuit.failures > 10);
  });

  it("has a flush try at once", async () => {
    const main = breakable(new Error("down"));
    const { log, runtime } = memoryLogger({
      destinations: [{ backend: main.backend, name: "main", circuitBreaker: { failures: 1, pause: "1h" } }],
    });
    log.info("x");
    await runtime.clock.advance(20);
    main.failure = undefined;
    await log.flush();
    assert.equal(main.records().length, 1);
  });

  for (
    const [option, value] of [
      ["retry.firstPause", { retry: { firstPause: 0 } }],
      ["retry.lastPause", { retry: { firstPause: 100, lastPause: 50 } }],
      ["retry.often", { retry: { often: true } }],
      ["circuitBreaker.failures", { circuitBreaker: { failures: 0 } }],
      ["circuitBreaker.pause", { circuitBreaker: { pause: "soon" } }],
      ["queue.maxBytes", { queue: { maxBytes: 0 } }],
      ["queue.overflow", { queue: { overflow: "explode" } }],
      ["closeTimeout", { closeTimeout: "never" }],
    ] as [string, object][]
  ) {
    it(`refuses a bad ${option}, naming it`, () => {
      assert.throws(
        () => memoryLogger({ file: value }),
        (error: Error) => error.message.includes(`"destinations[0].${option}"`),
      );
    });
  }
});

describe("the queue of a destination", () => {
  it("is its own: a dead one is bounded by it and costs the others nothing", async () => {
    const stuck = stuckBackend();
    const main = breakable();
    const { log, runtime } = memoryLogger({
      destinations: [
        { uri: stuck.uri, name: "dead", queue: { maxBytes: "10kB" } },
        { backend: main.backend, name: "main", queue: { maxBytes: "1MiB" } },
      ],
      queue: { maxBytes: 100 },
    });
    for (let i = 0; i < 20_000; i++) {
      log.info("x", { i });
      if (i % 1_000 === 999) await runtime.clock.advance(20);
    }
    await runtime.clock.advance(20);
    assert.deepEqual(main.numbers(), range(0, 20_000));
    const dead = metricsOf(log, "dead");
    assert.ok(log.health().destinations.find(({ name }) => name === "dead")!.pendingBytes <= 10_000);
    assert.ok(dead.pending > 100 && dead.dropped > 19_000);
    assert.deepEqual([missingOf(dead), missingOf(metricsOf(log, "main")), metricsOf(log, "main").dropped], [0, 0, 0]);
  });

  it("may block where that of the others drops", async () => {
    const { log, records } = memoryLogger({
      file: { name: "main", queue: { maxBytes: 300, overflow: "block" } },
      queue: { maxBytes: 300, overflow: "drop" },
    });
    for (let i = 0; i < 100; i++) log.info("x", { i });
    const { dropped } = metricsOf(log, "main");
    assert.equal(dropped, 0);
    assert.equal((await records()).length, 100);
  });
});
