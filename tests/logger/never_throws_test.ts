import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LEVELS } from "../../src/level.ts";
import { linesOf, memoryLogger } from "./harness.ts";

function thrower(): never {
  throw new Error("no");
}

const nothing: ProxyHandler<object> = Object.fromEntries(
  ["get", "has", "ownKeys", "getPrototypeOf", "getOwnPropertyDescriptor", "apply", "construct"].map((trap) => [
    trap,
    thrower,
  ]),
);

/** Values that give trouble. Made afresh for each test, since some can be used only once. */
const troublesome: Record<string, () => unknown> = {
  "a getter that throws": () => ({
    a: 1,
    get b() {
      return thrower();
    },
  }),
  "a nested getter that throws": () => ({
    a: {
      get b() {
        return thrower();
      },
    },
  }),
  "a cycle": () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle.self = cycle;
    cycle.list = [cycle, new Map([["m", cycle]]), new Set([cycle])];
    return cycle;
  },
  "a BigInt": () => 2n ** 70n,
  "a symbol": () => Symbol("s"),
  "a symbol without a name": () => Symbol(),
  "a revoked Proxy": () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  "a revoked function": () => {
    const { proxy, revoke } = Proxy.revocable(() => "x", {});
    revoke();
    return proxy;
  },
  "a revoked array": () => {
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    return proxy;
  },
  "a Proxy that refuses everything": () => new Proxy({ a: 1 }, nothing),
  "a function that refuses everything": () => new Proxy(() => "x", nothing),
  "an error that refuses everything": () => new Proxy(new Error("x"), nothing),
  "a toJSON that throws": () => ({ a: 1, toJSON: thrower }),
  "a nested toJSON that throws": () => ({ a: { b: 1, toJSON: thrower } }),
  "a toJSON without end": () => {
    const endless = { toJSON: () => ({ ...endless }) };
    return { endless };
  },
  "a null prototype": () => Object.assign(Object.create(null), { a: 1 }),
  "a class instance": () =>
    new (class Point {
      x = 1;
      #y = 2;
      get sum() {
        return this.x + this.#y;
      }
    })(),
  "a frozen object": () => Object.freeze({ a: Object.freeze([1]) }),
  "a __proto__ key": () => JSON.parse('{"__proto__":{"a":1},"constructor":2,"toString":3,"hasOwnProperty":4}'),
  "10,000 keys": () => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i])),
  "numeric keys": () => ({ 3: "c", 1: "a", "-1": "m", "1.5": "f", a: 0 }),
  "nesting of 10,000": () => {
    let deep: unknown = 1;
    for (let i = 0; i < 10_000; i++) deep = i % 2 ? [deep] : { deep };
    return deep;
  },
  "an array of 1,000,000": () => new Array(1_000_000).fill(7),
  "a sparse array": () => {
    const sparse: unknown[] = [];
    sparse[4_000_000_000] = 1;
    return sparse;
  },
  "an iterator without end": () =>
    Object.assign([1], {
      *[Symbol.iterator]() {
        for (;;) yield 1;
      },
    }),
  "an invalid date": () => new Date(NaN),
  "a forged date": () => Object.create(Date.prototype),
  "a forged map": () => Object.create(Map.prototype),
  "a forged error": () => Object.create(Error.prototype),
  "an error without a constructor": () => Object.assign(new Error("x"), { constructor: null, name: "" }),
  "an error with a cause that throws": () => Object.defineProperty(new Error("x"), "cause", { get: thrower }),
  "a boxed string that lies": () => Object.assign(Object("x"), { valueOf: () => ({ big: 1n, toString: thrower }) }),
  "a date that lies": () => Object.assign(new Date(0), { toISOString: () => ({ big: 1n }) }),
  "a toString that throws": () => ({ toString: thrower, [Symbol.toPrimitive]: thrower }),
  "a lone surrogate": () => "\ud800 \udc00",
  "a key that is a lone surrogate": () => ({ "\ud800": 1, "a\nb": 2, "": 3, '"': 4 }),
  "line breaks": () => "a\nb\r\nc\u2028d\u2029e\u0085f\0g",
  "a detached buffer": () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    return { view, buffer };
  },
  "the global object": () => globalThis,
};

describe("a log call never throws, and leaves one line of JSON,", () => {
  for (const [name, make] of Object.entries(troublesome)) {
    it(`for ${name}`, async () => {
      const { log, text } = memoryLogger();
      const loose = log as unknown as Record<string, (...args: unknown[]) => void>;
      let calls = 0;
      const call = (...args: unknown[]) => {
        calls++;
        loose[LEVELS[calls % LEVELS.length]](...args);
      };
      call(make());
      call(make(), make());
      call("text", make());
      call("text", { value: make() });
      call("text", { err: make() });
      call("text", { list: [make()], deep: { deeper: make() } });
      call(new Error("x", { cause: make() }));
      call(new AggregateError([make()], "x"));
      call(() => make());
      call(() => [make(), make()]);
      call(() => {
        throw make();
      });
      log.with(make() as Record<string, unknown>).info("bound");
      log.with({ value: make() }).info("bound", { value: make(), other: make() });
      const lines = linesOf(await text());
      assert.equal(lines.length, calls + 2);
      for (const line of lines) {
        const record = JSON.parse(line);
        assert.deepEqual(Object.keys(record).filter((key) => !/^\d+$/.test(key)).slice(0, 3), ["time", "level", "msg"]);
        assert.equal(typeof record.msg, "string");
      }
      const { logged, dropped, errors } = log.metrics();
      assert.deepEqual([Object.values(logged).reduce((a, b) => a + b), dropped, errors], [lines.length, 0, 0]);
      await log.close();
    });
  }

  it("for a string of 64 MB, as text and as field", async () => {
    const { log, records, runtime } = memoryLogger({ queue: { maxBytes: "1GiB" } });
    const long = "x".repeat(64 << 20);
    log.info(long);
    log.info("field", { long });
    const [first, second] = await records();
    assert.equal(first.msg.length, long.length);
    assert.equal((second.long as string).length, long.length);
    runtime.crash();
  });

  it("even where the queue takes less than one record", async () => {
    const { log, records } = memoryLogger({ queue: { maxBytes: 1, capacity: 1 } });
    for (let i = 0; i < 10; i++) log.info("more than a byte", { i });
    const found = (await records()).filter(({ i }) => i !== undefined);
    assert.equal(found.length + log.metrics().dropped, 10);
  });
});
