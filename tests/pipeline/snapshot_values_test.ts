import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { snapshot } from "../../src/pipeline/snapshot.ts";

/** What becomes of a value. */
const copied = (value: unknown): unknown => snapshot(value).value;

function thrower(): never {
  throw new Error("no");
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

class Point {
  x = 1;
  #secret = 2;
  get sum() {
    return this.x + this.#secret;
  }
}

class Lru extends Map<string, number> {
  override get [Symbol.toStringTag]() {
    return "Lru";
  }
  override get size(): number {
    throw new Error("no");
  }
  override *[Symbol.iterator](): MapIterator<[string, number]> {
    yield thrower();
  }
}

describe("snapshot()", () => {
  const long = new Uint8Array(100).fill(255);
  const cases: readonly (readonly [name: string, value: unknown, expected: unknown])[] = [
    ["a string", "text", "text"],
    ["a finite number", 1.5, 1.5],
    ["minus zero, which JSON writes as 0", -0, -0],
    ["NaN", NaN, "NaN"],
    ["infinity", -Infinity, "-Infinity"],
    ["undefined", undefined, undefined],
    ["null", null, null],
    ["a bigint", 2n ** 70n, "1180591620717411303424"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["a function", function named() {}, "[Function: named]"],
    ["a function without a name", (() => () => {})(), "[Function: anonymous]"],
    [
      "a class with a method called name",
      class {
        static name() {}
      },
      "[Function: anonymous]",
    ],
    ["a date", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["an invalid date", new Date(NaN), "Invalid Date"],
    ["a date whose methods throw", Object.assign(new Date(0), { toISOString: thrower }), "1970-01-01T00:00:00.000Z"],
    ["a date of another realm", runInNewContext("new Date(0)"), "1970-01-01T00:00:00.000Z"],
    ["a URL", new URL("https://example.com/a?b"), "https://example.com/a?b"],
    ["URL parameters", new URLSearchParams("a=1&b=x y"), "a=1&b=x+y"],
    ["a regular expression", /a+\n/g, "/a+\\n/g"],
    ["a Map", new Map<unknown, unknown>([["a", new Map([["b", 1]])]]), { a: { b: 1 } }],
    [
      "a Map with other keys",
      new Map<unknown, unknown>([[{ k: 1 }, 1], [2, 2], ["2", 3], [Symbol("s"), 4], [null, 5], [[1], 6], [Map, 7]]),
      { '{"k":1}': 1, "2": 2, "2 (2)": 3, "Symbol(s)": 4, null: 5, "[1]": 6, "[Function: Map]": 7 },
    ],
    ["a Map of another realm", runInNewContext("new Map([['a', 1]])"), { a: 1 }],
    ["a Map that defines itself anew", new Lru([["a", 1]]), { a: 1 }],
    ["a Set", new Set<unknown>([1, new Set([2]), undefined]), [1, [2], null]],
    ["a Set of another realm", runInNewContext("new Set([1])"), [1]],
    ["bytes", new Uint8Array([72, 0, 255]), "[3 bytes: 4800ff]"],
    ["a part of bytes", new Uint8Array([1, 2, 3]).subarray(1), "[2 bytes: 0203]"],
    ["a buffer", Buffer.from("Hi"), "[2 bytes: 4869]"],
    ["an ArrayBuffer", new Uint8Array([1]).buffer, "[1 bytes: 01]"],
    ["no bytes", new ArrayBuffer(0), "[0 bytes]"],
    ["a DataView", new DataView(new Uint8Array([1, 2]).buffer, 1), "[1 bytes: 02]"],
    ["many bytes", long, `[100 bytes: ${"ff".repeat(64)}...]`],
    ["numbers in a typed array", new Float64Array([1, NaN, -0.5]), [1, "NaN", -0.5]],
    ["bigints in a typed array", new BigInt64Array([5n]), ["5"]],
    ["boxed primitives", ["s", 1, true, NaN, 7n, Symbol("t")].map(Object), ["s", 1, true, "NaN", "7", "Symbol(t)"]],
    ["an instance", new Point(), { x: 1 }],
    ["an instance of an empty class", new (class Empty {})(), {}],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["symbols as keys", { [Symbol("k")]: 1, a: 2 }, { a: 2 }],
    ["properties that are not enumerable or inherited", Object.create({ a: 1 }, { b: { value: 2 } }), {}],
    ["undefined in an object and an array", { a: undefined, b: [undefined] }, { b: [null] }],
    ["toJSON", { toJSON: () => ({ a: new Date(0) }) }, { a: "1970-01-01T00:00:00.000Z" }],
    ["toJSON that throws", { a: 1, toJSON: thrower }, {
      "[toJSON failed]": "no",
      a: 1,
      toJSON: "[Function: thrower]",
    }],
    [
      "toJSON that throws, of a class",
      new (class A {
        b = 1;
        toJSON = 1;
      })(),
      { b: 1, toJSON: 1 },
    ],
    ["toJSON that is undefined", [{ toJSON: () => undefined }], [null]],
    ["headers", new Headers({ b: "2", A: "1" }), { a: "1", b: "2" }],
    ["a request", new Request("https://example.com/", { method: "POST", headers: { a: "1" } }), {
      method: "POST",
      url: "https://example.com/",
      headers: { a: "1" },
    }],
    ["a response", new Response(null, { status: 404, statusText: "No", headers: { a: "1" } }), {
      status: 404,
      statusText: "No",
      url: "",
      headers: { a: "1" },
    }],
    ["a WeakMap", new WeakMap(), "[WeakMap]"],
    ["a WeakRef", new WeakRef({}), "[WeakRef]"],
    ["a promise", Promise.resolve(1), "[Promise]"],
    ["a generator", (function* () {})(), "[Generator]"],
    ["an iterator", [1][Symbol.iterator](), "[Array Iterator]"],
    ["a Proxy", new Proxy({ a: 1 }, {}), { a: 1 }],
    ["a Proxy of a Map, which cannot be read", new Proxy(new Map([["a", 1]]), {}), "[Map]"],
    ["what only looks like a Map", Object.create(Map.prototype, { a: { value: 1, enumerable: true } }), { a: 1 }],
    ["what only calls itself a Date", { [Symbol.toStringTag]: "Date", a: 1 }, { a: 1 }],
    ["a getter", {
      get a() {
        return 1;
      },
    }, { a: 1 }],
    ["a getter that throws", {
      get a(): number {
        return thrower();
      },
      b: 1,
    }, { a: "[Throws: no]", b: 1 }],
    ["a getter that throws something odd", {
      get a(): number {
        throw Object.assign(new Error(), { message: Symbol("m") });
      },
    }, {
      a: "[Throws: Symbol(m)]",
    }],
    ["a cycle", Object.assign([0], { 0: [{ a: 1 }] }), [[{ a: 1 }]]],
    ["a sparse array", [1, , 3], [1, null, 3]],
    ["lone surrogates", "\ud800x\udc00", "\ud800x\udc00"],
  ];
  for (const [name, value, expected] of cases) {
    it(`copies ${name}`, () => {
      const copy = copied(value);
      assert.deepEqual(copy, expected);
      // As an item and as a property, too; what JSON.stringify makes of a copy never throws.
      JSON.stringify([copied([value]), copied({ value })]);
    });
  }

  it("copies whatever Temporal there is", () => {
    const { Temporal } = globalThis as { Temporal?: { Instant: { from(text: string): object } } };
    if (Temporal === undefined) return;
    assert.equal(copied(Temporal.Instant.from("2026-01-01T00:00:00Z")), "2026-01-01T00:00:00Z");
  });

  it("marks a cycle, and copies what only appears again", () => {
    const shared = { a: 1 };
    const object: Record<string, unknown> = { first: shared, second: shared, list: [shared, shared] };
    object.self = object;
    object.map = new Map([["up", object]]);
    object.json = { toJSON: () => object };
    assert.deepEqual(copied(object), {
      first: { a: 1 },
      second: { a: 1 },
      list: [{ a: 1 }, { a: 1 }],
      self: "[Circular]",
      map: { up: "[Circular]" },
      json: "[Circular]",
    });
    const itself = { a: 1, toJSON: (): unknown => itself };
    assert.deepEqual(copied(itself), { a: 1, toJSON: "[Function: toJSON]" });
  });

  it("marks what cannot be read at all", () => {
    assert.match(String(copied(revoked())), /^\[Unreadable: /);
    assert.match(String((copied({ a: revoked(), b: 1 }) as { a: string }).a), /^\[Unreadable: /);
    assert.equal(copied(new Proxy({}, { ownKeys: thrower })), "[Unreadable: no]");
    assert.equal(copied(new Proxy({}, { getPrototypeOf: thrower })), "[Unreadable: no]");
    assert.deepEqual(
      copied(new Proxy([1, 2], { get: (target, key) => key === "1" ? thrower() : Reflect.get(target, key) })),
      [
        1,
        "[Throws: no]",
      ],
    );
  });

  it("takes __proto__ as data", () => {
    const copy = copied(JSON.parse('{"__proto__":{"polluted":1},"a":{"__proto__":2}}')) as { a: object };
    assert.equal(JSON.stringify(copy), '{"__proto__":{"polluted":1},"a":{"__proto__":2}}');
    assert.equal(JSON.stringify(copied(new Map([["__proto__", 1]]))), '{"__proto__":1}');
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it("reads each property once, in order, whatever stands among them", () => {
    const among = {
      "nothing": {},
      "a function": { run: () => {} },
      "a name of its own": JSON.parse('{"__proto__":1}'),
      "a long name": { ["n".repeat(2_000)]: 1 },
      "what is undefined": { a: undefined },
      "what throws": Object.defineProperty({}, "bad", { enumerable: true, get: thrower }),
      "more than there may be": Object.fromEntries(
        Array.from({ length: 2_000 }, (_, index) => [`more${index}`, index]),
      ),
    };
    for (const [name, own] of Object.entries(among)) {
      const read: string[] = [];
      const getter = (key: string) => ({
        enumerable: true,
        get: () => {
          read.push(key);
          return key;
        },
      });
      const object = Object.defineProperties({}, {
        first: getter("first"),
        ...Object.getOwnPropertyDescriptors(own),
        last: getter("last"),
      });
      const keys = Object.keys(copied(object) as object);
      assert.equal(keys[0], "first", name);
      const isCut = name.startsWith("more");
      assert.equal(keys.at(-1), isCut ? "..." : "last", name);
      assert.deepEqual(read, isCut ? ["first"] : ["first", "last"], name);
    }
  });

  it("has no properties of the prototype of all objects", () => {
    const prototype = Object.prototype as { polluted?: number };
    prototype.polluted = 1;
    try {
      assert.deepEqual(Object.keys(copied({ a: 1 }) as object), ["a"]);
    } finally {
      delete prototype.polluted;
    }
  });

  it("leaves the original as it was, frozen or not", () => {
    const object = { list: [1, { a: new Map([["b", new Set([1])]]) }], date: new Date(0) };
    Object.freeze(object.list);
    Object.freeze(object);
    const copy = copied(object) as { list: unknown[] };
    copy.list.push(2);
    assert.equal(object.list.length, 2);
  });

  it("tells about how much a copy holds", () => {
    const { size } = snapshot({ text: "x".repeat(1000), list: [1, 2, 3] });
    assert.ok(size >= 1000 && size < 1300, String(size));
  });
});
