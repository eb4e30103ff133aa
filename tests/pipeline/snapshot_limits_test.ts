import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSnapshot, snapshot } from "../../src/pipeline/snapshot.ts";
import type { SnapshotOptions } from "../../src/pipeline/snapshot_options.ts";

/** What becomes of a value under limits. */
const limited = (value: unknown, options: SnapshotOptions): unknown => createSnapshot(options).value(value).value;

/** Objects within one another. */
function nest(levels: number): unknown {
  let value: unknown = "end";
  for (let i = 0; i < levels; i++) value = { a: value };
  return value;
}

/** The number of values in a copy. */
function count(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + count(item), 1);
}

describe("the depth of a copy", () => {
  it("ends with a mark for each kind", () => {
    const deep = { a: {}, b: [], c: new Map(), d: new TypeError("m"), e: 1, f: new (class Point {})() };
    assert.deepEqual(limited(deep, { maxDepth: 1 }), {
      a: "[Object]",
      b: "[Array]",
      c: "[Object]",
      d: "[TypeError: m]",
      e: 1,
      f: "[Object]",
    });
  });

  it("does not concern values in which nothing is nested", () => {
    const leaves = { a: new Date(0), b: /x/, c: new Uint8Array([1]), d: Object(1) };
    assert.deepEqual(limited(leaves, { maxDepth: 1 }), {
      a: "1970-01-01T00:00:00.000Z",
      b: "/x/",
      c: "[1 bytes: 01]",
      d: 1,
    });
  });

  it("is 12 by default, and manages what is nested without end", () => {
    assert.deepEqual(snapshot(nest(12)).value, nest(12));
    assert.match(JSON.stringify(snapshot(nest(13)).value), /"\[Object\]"/);
    assert.match(JSON.stringify(snapshot(nest(100_000)).value), /"\[Object\]"/);
    assert.deepEqual(limited(nest(100), { maxDepth: 100 }), nest(100));
  });

  it("does not count what toJSON and serialisers put in between, and ends them nevertheless", () => {
    const wrapped = { toJSON: () => ({ b: { toJSON: () => 1 } }) };
    assert.deepEqual(limited(wrapped, { maxDepth: 2 }), { b: 1 });
    const endless = (): unknown => ({ toJSON: endless });
    assert.equal(typeof snapshot(endless()).value, "string");
    class Endless {}
    const classes = [[Endless, () => new Endless()]] as const;
    assert.equal(typeof limited(new Endless(), { classes }), "string");
  });
});

describe("the entries of a copy", () => {
  it("end with a mark that counts the others", () => {
    const ten = Array.from({ length: 10 }, (_, i) => i);
    const options = { maxEntries: 3 };
    assert.deepEqual(limited(ten, options), [0, 1, 2, "[7 more]"]);
    assert.deepEqual(limited(new Set(ten), options), [0, 1, 2, "[7 more]"]);
    assert.deepEqual(limited(new Float64Array(ten), options), [0, 1, 2, "[7 more]"]);
    const object = Object.fromEntries(ten.map((i) => [`k${i}`, i]));
    const expected = { k0: 0, k1: 1, k2: 2, "...": "[7 more]" };
    assert.deepEqual(limited(object, options), expected);
    assert.deepEqual(limited(new Map(Object.entries(object)), options), expected);
    assert.deepEqual(limited(new Headers(ten.map((i) => [`k${i}`, String(i)])), options), {
      k0: "0",
      k1: "1",
      k2: "2",
      "...": "[7 more]",
    });
    assert.deepEqual(limited({ "...": 0, a: 1, b: 2, c: 3 }, options), { "...": 0, a: 1, b: 2, "... (2)": "[1 more]" });
  });

  it("are 1000 by default, however many there are", () => {
    const sparse: unknown[] = [1];
    sparse.length = 4_294_967_295;
    const copy = snapshot(sparse).value as unknown[];
    assert.deepEqual([copy.length, copy[0], copy[1], copy.at(-1)], [1001, 1, null, "[4294966295 more]"]);
    const endless = new Proxy([], { get: (_, key) => key === "length" ? Infinity : 1 });
    assert.equal((snapshot(endless).value as unknown[]).length, 1001);
    const growing = new Map<number, unknown>([[0, { toJSON: () => grow(1) }]]);
    const grow = (i: number): number => (growing.set(i, { toJSON: () => grow(i + 1) }), i);
    assert.equal(Object.keys(snapshot(growing).value as object).length, 1001);
  });
});

describe("the values of a copy", () => {
  it("are counted at all levels", () => {
    const value = { a: [1, 2, 3, 4], b: 5, c: { d: 6 } };
    assert.deepEqual(limited(value, { maxValues: 5 }), { a: [1, 2, 3, "[1 more]"], "...": "[2 more]" });
    assert.deepEqual(limited(value, { maxValues: 9 }), value);
    assert.deepEqual(limited(value, { maxValues: 1 }), { "...": "[3 more]" });
  });

  it("are 20,000 by default, also of what refers to itself a billion times", () => {
    let value: unknown = "lol";
    for (let i = 0; i < 10; i++) value = Array.from({ length: 10 }, () => value);
    assert.ok(count(snapshot(value).value) < 25_000);
  });
});

describe("the strings of a copy", () => {
  it("are whole by default", () => {
    const text = "x".repeat(2_000_000);
    assert.deepEqual(snapshot({ text }).value, { text });
  });

  it("end with a mark that counts what is missing, and never within a character", () => {
    const options = { maxString: 4 };
    assert.equal(limited("12345", options), "1234...[+1 chars]");
    assert.equal(limited("1234", options), "1234");
    assert.equal(limited("123😀", options), "123...[+2 chars]");
    assert.equal(limited("12😀5", options), "12😀...[+1 chars]");
    assert.deepEqual(limited([Symbol("sym"), 123456n, /regexp/], options), [
      "Symb...[+7 chars]",
      "1234...[+2 chars]",
      "/reg...[+4 chars]",
    ]);
  });

  it("as keys are cut and stay apart", () => {
    assert.deepEqual(limited({ keyA: 1, keyB: 2 }, { maxString: 3 }), {
      "key...[+1 chars]": 1,
      "key...[+1 chars] (2)": 2,
    });
    assert.deepEqual(limited(new Map([["keyA", 1], ["keyB", 2]]), { maxString: 3 }), {
      "key...[+1 chars]": 1,
      "key...[+1 chars] (2)": 2,
    });
  });

  it("of errors are cut, too", () => {
    const { message, stack } = limited(new Error("m".repeat(50)), { maxString: 10 }) as Record<string, string>;
    assert.equal(message, "mmmmmmmmmm...[+40 chars]");
    assert.match(stack ?? "", /^.{10}\.\.\.\[\+\d+ chars\]$/s);
  });
});

describe("a copy of a copy", () => {
  it("is the same, marks and all", () => {
    const chain = Array.from({ length: 30 }).reduce<Error>((cause, _, i) => new Error(`${i}`, { cause }), new Error());
    const value = {
      deep: nest(50),
      list: Array.from({ length: 2000 }, (_, i) => i),
      text: "x".repeat(5000),
      chain,
      error: Object.assign(new Error("m"), Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, i]))),
      more: Array.from({ length: 90 }, () => Array.from({ length: 90 }, () => ({ a: 1 }))),
    };
    for (const options of [{}, { maxDepth: 3, maxEntries: 7, maxString: 20, maxValues: 500 }]) {
      const snapshots = createSnapshot(options);
      const { value: once } = snapshots.fields(value);
      assert.deepEqual(snapshots.again(once).value, once);
    }
  });
});
