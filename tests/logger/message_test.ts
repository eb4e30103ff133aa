import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Logger } from "../../src/logger.ts";
import { memoryLogger } from "./harness.ts";

// What untyped programs hand over.
type Loose = (message: unknown, fields?: unknown) => void;
const info = (log: Logger): Loose => (message, fields) => log.info(message as string, fields as undefined);

describe("lazy messages", () => {
  it("are made only when the level is enabled, once, and at the call", async () => {
    const { log, records } = memoryLogger({ level: "info" });
    let calls = 0;
    const make = () => `call ${++calls}`;
    log.debug(make);
    assert.equal(calls, 0);
    log.info(make);
    assert.equal(calls, 1);
    assert.deepEqual((await records()).map(({ msg }) => msg), ["call 1"]);
    assert.equal(calls, 1);
  });

  it("bring fields, or an error", async () => {
    const { log, records } = memoryLogger();
    log.info(() => ["expensive", { dump: { rows: 3 } }]);
    log.info(() => ["failed", new TypeError("lazy")]);
    log.info(() => ["fields of the call"], { a: 1 });
    log.info(() => ["own fields first", { a: 2 }], { a: 1 });
    const [first, second, third, fourth] = await records();
    assert.deepEqual([first.msg, first.dump], ["expensive", { rows: 3 }]);
    assert.deepEqual([second.msg, (second.err as { type: string }).type], ["failed", "TypeError"]);
    assert.deepEqual([third.msg, third.a], ["fields of the call", 1]);
    assert.deepEqual([fourth.msg, fourth.a], ["own fields first", 2]);
  });

  it("that throw leave a record of it", async () => {
    const { log, record } = memoryLogger();
    log.info(() => {
      throw new RangeError("no dump");
    });
    const { msg, err } = await record();
    assert.equal(msg, "log message could not be made");
    assert.equal((err as { message: string }).message, "no dump");
  });

  const brokenArray = new Proxy([], {
    get: () => {
      throw new Error("no items");
    },
  });
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const odd: Record<string, [made: unknown, msg: string | RegExp]> = {
    "undefined": [undefined, "undefined"],
    "null": [null, "null"],
    "a number": [42, "42"],
    "a BigInt": [5n, "5"],
    "a symbol": [Symbol("s"), "Symbol(s)"],
    "a function": [() => "second", /second/],
    "an object": [{ a: 1 }, ""],
    "an error": [new Error("made"), "made"],
    "an empty array": [[], "undefined"],
    "an array of a function": [[() => "second"], /second/],
    "a promise": [Promise.resolve("later"), ""],
    "an array that throws": [brokenArray, /could not be made|^$/],
    "a revoked array": [revoked.proxy, /could not be made|^$/],
  };
  for (const [name, [made, msg]] of Object.entries(odd)) {
    it(`that return ${name} leave a record too`, async () => {
      const { log, record } = memoryLogger();
      log.info((() => made) as () => string);
      const found = (await record()).msg;
      if (typeof msg === "string") assert.equal(found, msg);
      else assert.match(found, msg);
    });
  }

  it("may log themselves", async () => {
    const { log, records } = memoryLogger();
    log.info(() => {
      log.debug("inner", { a: 1 });
      return ["outer", { b: 2 }];
    });
    assert.deepEqual((await records()).map(({ msg, a, b }) => [msg, a, b]), [["inner", 1, undefined], [
      "outer",
      undefined,
      2,
    ]]);
  });
});

describe("errors", () => {
  class PaymentError extends Error {
    override name = "PaymentError";
    code = "E_CARD";
    details = { card: "1234" };
  }

  it("alone give the text and the field err", async () => {
    const { log, record } = memoryLogger();
    log.error(new PaymentError("declined"));
    const { msg, err } = await record();
    assert.equal(msg, "declined");
    const { stack, ...rest } = err as Record<string, unknown>;
    assert.deepEqual(rest, {
      type: "PaymentError",
      message: "declined",
      name: "PaymentError",
      code: "E_CARD",
      details: { card: "1234" },
    });
    assert.match(stack as string, /message_test/);
  });

  it("as second argument and as { err } are the same", async () => {
    const { log, records } = memoryLogger();
    const error = new PaymentError("declined");
    log.error("payment failed", error);
    log.error("payment failed", { err: error });
    log.error(error, { order: 7 });
    const [second, field, alone] = await records();
    assert.deepEqual(second, field);
    assert.deepEqual({ ...alone, msg: "payment failed", order: undefined }, { ...second, order: undefined });
    assert.equal(alone.order, 7);
  });

  it("carry their chain of causes", async () => {
    const { log, record } = memoryLogger();
    const root = new RangeError("root");
    log.error("failed", new Error("top", { cause: new TypeError("middle", { cause: root }) }));
    // deno-lint-ignore no-explicit-any
    const { err } = (await record()) as any;
    assert.deepEqual([err.type, err.cause.type, err.cause.cause.type], ["Error", "TypeError", "RangeError"]);
    assert.equal(err.cause.cause.message, "root");
    assert.equal(err.cause.cause.cause, undefined);
  });

  it("carry a cause that is no error", async () => {
    const { log, record } = memoryLogger();
    log.error("failed", new Error("top", { cause: { status: 503 } }));
    assert.deepEqual(((await record()).err as { cause: unknown }).cause, { status: 503 });
  });

  it("carry the errors of an AggregateError", async () => {
    const { log, record } = memoryLogger();
    log.error(new AggregateError([new Error("a"), "b", new TypeError("c")], "many"));
    const { err } = await record();
    const { type, errors } = err as { type: string; errors: ({ message: string } | string)[] };
    assert.equal(type, "AggregateError");
    assert.deepEqual(errors.map((error) => typeof error === "string" ? error : error.message), ["a", "b", "c"]);
  });

  it("end where they come back to themselves", async () => {
    const { log, record } = memoryLogger();
    const inner = new Error("inner");
    const outer = new Error("outer", { cause: inner });
    inner.cause = outer;
    log.error(outer);
    assert.equal(((await record()).err as { cause: { cause: string } }).cause.cause, "[Circular]");
  });

  it("end somewhere, however long the chain", async () => {
    const { log, record } = memoryLogger();
    let error = new Error("0");
    for (let i = 1; i < 1000; i++) error = new Error(String(i), { cause: error });
    log.error(error);
    assert.ok(JSON.stringify(await record()).length < 100_000);
  });

  for (
    const [name, message] of Object.entries({
      "an object": Object.create(null) as unknown,
      "a symbol": Symbol("s"),
      "undefined": undefined,
      "an error": Object.assign(new Error("x"), { message: Object.create(null) }),
    })
  ) {
    it(`whose message is ${name} are logged`, async () => {
      const { log, record } = memoryLogger();
      log.error(Object.assign(new Error("x"), { message }));
      assert.equal(typeof (await record()).msg, "string");
    });
  }

  it("whose properties throw are logged", async () => {
    const { log, record } = memoryLogger();
    const error = new Error("x");
    for (const key of ["message", "stack", "name", "cause", "errors", "own"]) {
      Object.defineProperty(error, key, {
        enumerable: true,
        get: () => {
          throw new Error(`no ${key}`);
        },
      });
    }
    log.error(error);
    log.error("second", error);
    const { log: _, ...rest } = { log, record };
    void rest;
    await log.flush();
    assert.equal(log.metrics().logged.error, 2);
  });
});

describe("arguments of other kinds", () => {
  const cases: [name: string, args: unknown[], expected: Record<string, unknown>][] = [
    ["undefined", [undefined], { msg: "undefined" }],
    ["null", [null], { msg: "null" }],
    ["a number and fields", [7, { a: 1 }], { msg: "7", a: 1 }],
    ["an object first, as in pino", [{ a: 1 }, "text"], { msg: "text", a: 1 }],
    ["an object alone", [{ a: 1 }], { msg: "", a: 1 }],
    ["fields that are a string", ["text", "more"], { msg: "text", value: "more" }],
    ["fields that are null", ["text", null], { msg: "text", value: null }],
    ["fields that are an array", ["text", [1, 2]], { msg: "text", value: [1, 2] }],
    ["fields that are a Map", ["text", new Map([["a", 1]])], { msg: "text", a: 1 }],
    ["an empty text", [""], { msg: "" }],
  ];
  for (const [name, args, expected] of cases) {
    it(`${name}`, async () => {
      const { log, record } = memoryLogger();
      info(log)(...args as [unknown]);
      const { time: _, level: __, ...rest } = await record();
      assert.deepEqual(rest, expected);
    });
  }
});
