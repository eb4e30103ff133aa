import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { createSnapshot, snapshot } from "../../src/pipeline/snapshot.ts";
import type { ErrorSnapshotOptions } from "../../src/pipeline/snapshot_options.ts";

type Copy = Record<string, unknown>;

/** The copy of an error, without its stack unless options ask for it. */
function copied(error: unknown, errors: ErrorSnapshotOptions = { stack: false }): Copy {
  return createSnapshot({ errors }).value(error).value as Copy;
}

class PaymentError extends Error {
  readonly status = 402;
  readonly detail = { card: [1, 2] };
}

class NamedError extends Error {
  override readonly name = "NamedError";
}

describe("the copy of an error", () => {
  const causes = (count: number) => {
    let error = new Error("0");
    for (let i = 1; i <= count; i++) error = new Error(String(i), { cause: error });
    return error;
  };
  const cases: readonly (readonly [name: string, error: unknown, expected: unknown])[] = [
    ["has type and message", new TypeError("m"), { type: "TypeError", message: "m" }],
    ["has the class as its type and its own properties", new PaymentError("m"), {
      type: "PaymentError",
      message: "m",
      status: 402,
      detail: { card: [1, 2] },
    }],
    ["has the name as its type, and a name of its own", new NamedError("m"), {
      type: "NamedError",
      message: "m",
      name: "NamedError",
    }],
    ["has a name that is no text", Object.assign(new PaymentError("m"), { name: 5 }), {
      type: "PaymentError",
      message: "m",
      name: 5,
      status: 402,
      detail: { card: [1, 2] },
    }],
    ["has a code, wherever it is defined", Object.assign(Object.create(Object.assign(new Error("m"), { code: "E" }))), {
      type: "Error",
      message: "m",
      code: "E",
    }],
    ["has a code of its own once", Object.assign(new Error("m"), { code: "ENOENT", errno: -2 }), {
      type: "Error",
      message: "m",
      code: "ENOENT",
      errno: -2,
    }],
    ["keeps own properties with names that are taken", Object.assign(new Error("m"), { type: "t", "type (2)": 2 }), {
      type: "Error",
      message: "m",
      "type (2)": "t",
      "type (2) (2)": 2,
    }],
    ["has its causes", new Error("a", { cause: new TypeError("b", { cause: { status: 1 } }) }), {
      type: "Error",
      message: "a",
      cause: { type: "TypeError", message: "b", cause: { status: 1 } },
    }],
    ["has a cause that is a text or undefined", new Error("a", { cause: new Error("b", { cause: undefined }) }), {
      type: "Error",
      message: "a",
      cause: { type: "Error", message: "b", cause: undefined },
    }],
    ["has the errors of an AggregateError", new AggregateError([new TypeError("a"), "b", null], "many"), {
      type: "AggregateError",
      message: "many",
      errors: [{ type: "TypeError", message: "a" }, "b", null],
    }],
    ["has errors that are no array", Object.assign(new Error("m"), { errors: { name: "bad" } }), {
      type: "Error",
      message: "m",
      errors: { name: "bad" },
    }],
    ["of a DOMException has the old code", new DOMException("m", "AbortError"), {
      type: "AbortError",
      message: "m",
      code: 20,
    }],
    ["is one in another realm, too", runInNewContext("Object.assign(new RangeError('m'), { a: 1 })"), {
      type: "RangeError",
      message: "m",
      a: 1,
    }],
    ["ignores toJSON", Object.assign(new Error("m"), { toJSON: () => "hidden" }), {
      type: "Error",
      message: "m",
      toJSON: "[Function: toJSON]",
    }],
    ["has a message that is anything", Object.assign(new Error("m"), { message: { a: 1n } }), {
      type: "Error",
      message: { a: "1" },
    }],
  ];
  for (const [name, error, expected] of cases) it(name, () => assert.deepEqual(copied(error), expected));

  it("marks an error that is its own cause, at any distance", () => {
    const error = new Error("m");
    error.cause = error;
    assert.equal(copied(error).cause, "[Circular]");
    const aggregate = new AggregateError([], "many");
    aggregate.errors.push(new Error("a", { cause: aggregate }));
    assert.deepEqual(copied(aggregate).errors, [{ type: "Error", message: "a", cause: "[Circular]" }]);
  });

  it("follows causes to a depth, beyond the depth of data", () => {
    const depthOf = (copy: unknown): number => (typeof copy === "object" ? 1 + depthOf((copy as Copy).cause) : 0);
    assert.equal(depthOf(copied(causes(15))), 16);
    assert.equal(depthOf(copied(causes(1000))), 21);
    assert.deepEqual(copied(causes(3), { stack: false, depth: 1 }), {
      type: "Error",
      message: "3",
      cause: { type: "Error", message: "2", cause: "[Error: 1]" },
    });
    assert.equal(copied(causes(1), { depth: 0 }).cause, "[Error: 0]");
    assert.equal(copied(new Error("m", { cause: { a: 1 } }), { depth: 0 }).cause, "[Object]");
  });

  it("leaves levels to what an error carries", () => {
    const deep = Object.assign(causes(10), { data: { a: { b: 1 } } });
    assert.deepEqual(copied(new Error("m", { cause: deep })).cause, { ...copied(deep) });
  });

  it("has the errors of a SuppressedError", () => {
    const { SuppressedError } = globalThis as { SuppressedError?: new (...args: unknown[]) => Error };
    if (SuppressedError === undefined) return;
    assert.deepEqual(copied(new SuppressedError(new Error("a"), new TypeError("b"), "m")), {
      type: "SuppressedError",
      message: "m",
      error: { type: "Error", message: "a" },
      suppressed: { type: "TypeError", message: "b" },
    });
  });

  it("is made of what can be read", () => {
    const error = new Error("m");
    for (const key of ["name", "message", "code", "stack", "cause", "errors", "own"]) {
      const get = () => {
        throw new Error(`no ${key}`);
      };
      Object.defineProperty(error, key, { enumerable: true, get });
    }
    const { type, message, stack, cause, own } = snapshot(error).value as Copy;
    assert.deepEqual([type, message, stack, cause, own], [
      "[Throws: no name]",
      "[Throws: no message]",
      "[Throws: no stack]",
      "[Throws: no cause]",
      "[Throws: no own]",
    ]);
  });

  it("has the stack as text, as frames, or not at all", () => {
    let error = new Error();
    function where(): never {
      throw new Error("at first (sight:1:1)\n    at second (sight:2:2)");
    }
    try {
      where();
    } catch (thrown) {
      error = thrown as Error;
    }
    assert.equal(copied(error, {}).stack, error.stack);
    assert.equal("stack" in copied(error, { stack: false }), false);
    const [first] = copied(error, { stack: "frames" }).stack as Copy[];
    assert.equal(first?.function, "where");
    assert.match(String(first?.file), /error_snapshot_test\.ts$/);
    assert.ok(Number(first?.line) > 1 && Number(first?.column) > 1);
  });

  it("does not read the stack when it is not wanted, for engines make it when it is read", () => {
    let reads = 0;
    const error = Object.defineProperty(new Error("m"), "stack", { get: () => String(++reads) });
    copied(error, { stack: false });
    assert.equal(reads, 0);
  });
});
