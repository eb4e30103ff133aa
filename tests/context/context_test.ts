import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, type LoggerOptions, openTelemetryContext, withContext } from "../../mod.ts";
import { MemoryBackend } from "../../testing.ts";

function logger(options: Partial<LoggerOptions> = {}) {
  const backend = new MemoryBackend();
  return { backend, log: createLogger({ destinations: [{ backend }], ...options }) };
}

describe("withContext()", () => {
  it("puts its fields on every record inside, through awaits, timers and parallel flows", async () => {
    const { backend, log } = logger();
    const flow = (id: number) =>
      withContext({ request_id: id }, async () => {
        log.info("begin", { id });
        await new Promise((resolve) => setTimeout(resolve, 5));
        await withContext({ step: "inner" }, async () => {
          await Promise.resolve();
          log.info("inner", { id });
        });
        log.info("end", { id });
        return id;
      });
    assert.deepEqual(await Promise.all([1, 2, 3].map(flow)), [1, 2, 3]);
    log.info("outside");
    await log.close();
    assert.equal(backend.records.length, 10);
    for (const record of backend.records) {
      assert.equal(record.request_id, record.id);
      assert.equal(record.step, record.msg === "inner" ? "inner" : undefined);
    }
  });

  it("lets fields of the logger and of the call count before its own, and each name appear once", async () => {
    const { log } = logger();
    const backend = new MemoryBackend();
    const lines: string[] = [];
    log.destinations.add({
      name: "lines",
      backend: {
        supportsAtomic: true,
        write: (batch) => {
          lines.push(...batch.lines);
          backend.write(batch);
        },
      },
    });
    withContext({ a: "context", b: "context", c: "context", time: "context" }, () => {
      log.with({ b: "child", c: "child" }).info("x", { c: "call" });
    });
    await log.close();
    const [record] = backend.records;
    assert.deepEqual([record?.a, record?.b, record?.c], ["context", "child", "call"]);
    assert.equal(record?.["fields.time"], "context");
    assert.equal(lines[0]?.split('"c":').length, 2);
  });

  it("takes its fields as they are at the call, and passes on what the function throws", async () => {
    const { backend, log } = logger();
    const fields = { list: [1] };
    assert.throws(() =>
      withContext(fields, () => {
        fields.list.push(2);
        log.info("x");
        throw new Error("mine");
      }), /mine/);
    await log.close();
    assert.deepEqual(backend.records[0]?.list, [1]);
  });
});

describe("context providers", () => {
  it("give fields for each record; one that throws is reported and the record goes on", async () => {
    const errors: Error[] = [];
    let n = 0;
    const { backend, log } = logger({
      context: [() => ({ n: n++ }), () => {
        if (n === 2) throw new Error("no context");
        return undefined;
      }],
      onError: (error) => errors.push(error),
    });
    log.info("a");
    log.info("b");
    log.info("c");
    await log.close();
    assert.deepEqual(backend.records.map((record) => record.n), [0, 1, 2]);
    assert.deepEqual(errors.map(({ message }) => message), ["Cannot get context fields: no context"]);
  });

  it("read OpenTelemetry's active span where its API has registered itself", async () => {
    // The real API, from the development dependencies, in the way that a program uses it.
    const { context, ROOT_CONTEXT, trace } = await import("@opentelemetry/api");
    const { AsyncLocalStorageContextManager } = await import("@opentelemetry/context-async-hooks");
    const { backend, log } = logger({ context: [openTelemetryContext()] });
    log.info("no api");
    const manager = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(manager);
    try {
      const span = trace.wrapSpanContext({
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceFlags: 1,
      });
      context.with(trace.setSpan(ROOT_CONTEXT, span), () => log.info("in span"));
      log.info("no span");
    } finally {
      context.disable();
    }
    await log.close();
    const [none, inside, after] = backend.records;
    assert.equal(none?.trace_id, undefined);
    assert.equal(inside?.trace_id, "0af7651916cd43dd8448eb211c80319c");
    assert.equal(inside?.span_id, "b7ad6b7169203331");
    assert.equal(inside?.trace_flags, "01");
    assert.equal(after?.trace_id, undefined);
  });
});

describe("records that are made while another one is", () => {
  it("by a context provider, come before it and do without providers", async () => {
    const { backend, log } = logger({
      context: [() => {
        log.debug("provider asked");
        return { provided: true };
      }],
      level: "debug",
    });
    log.info("a", { n: 1 });
    log.info("b", { n: 2 });
    await log.close();
    assert.deepEqual(
      backend.records.map(({ msg, n, provided }) => [msg, n, provided]),
      [
        ["provider asked", undefined, undefined],
        ["a", 1, true],
        ["provider asked", undefined, undefined],
        ["b", 2, true],
      ],
    );
  });

  it("by a getter, come after it, also when the queue is full", async () => {
    const { backend, log } = logger({ queue: { capacity: 2 } });
    for (let n = 0; n < 5; n++) {
      log.info("outer", {
        n,
        get inner() {
          log.info("getter", { of: n, deep: { n } });
          return n;
        },
        last: n,
      });
    }
    await log.close();
    assert.deepEqual(
      backend.records.map((record) => [record.msg, record.n ?? record.of, record.last]),
      [0, 1, 2, 3, 4].flatMap((n) => [["outer", n, n], ["getter", n, undefined]]),
    );
  });
});
