import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fields } from "../../src/message.ts";
import { memoryLogger } from "./harness.ts";

/** How often a key stands in a line of flat fields. */
const occurrences = (line: string, key: string) => line.split(`${JSON.stringify(key)}:`).length - 1;

describe("bound fields", () => {
  it("stand on every record, those of the ancestors first", async () => {
    const { log, lines } = memoryLogger({ fields: { service: "api" } });
    const request = log.with({ request_id: "r1" });
    request.with({ step: 2 }).info("deep", { a: 1 });
    request.info("middle");
    log.info("top");
    const time = "2026-01-01T00:00:00.000Z";
    assert.deepEqual(await lines(), [
      `{"time":"${time}","level":"info","msg":"deep","service":"api","request_id":"r1","step":2,"a":1}`,
      `{"time":"${time}","level":"info","msg":"middle","service":"api","request_id":"r1"}`,
      `{"time":"${time}","level":"info","msg":"top","service":"api"}`,
    ]);
  });

  it("are overridden by the fields of a call and of a child, never doubled", async () => {
    const { log, lines } = memoryLogger({ fields: { a: 1, b: 1, "0": "zero" } });
    const child = log.with({ b: 2, c: 2 });
    child.info("x", { c: 3, a: 3, 0: "own" });
    child.info("x", { d: 4 });
    child.info("x", { c: undefined });
    const [first, second, third] = await lines();
    for (const line of [first, second, third]) {
      for (const key of ["a", "b", "c", "d", "0"]) assert.ok(occurrences(line, key) <= 1, line);
    }
    const { time: _, level: __, msg: ___, ...fields } = JSON.parse(first);
    assert.deepEqual(fields, { 0: "own", a: 3, b: 2, c: 3 });
    assert.deepEqual([JSON.parse(second).c, JSON.parse(second).d], [2, 4]);
    assert.equal(JSON.parse(third).c, 2, "undefined is no value");
  });

  it("are copied when they are bound", async () => {
    const { log, record } = memoryLogger();
    const user = { name: "ada", roles: ["admin"] };
    const child = log.with({ user });
    user.name = "eve";
    user.roles.push("root");
    child.info("x");
    assert.deepEqual((await record()).user, { name: "ada", roles: ["admin"] });
  });

  it("do no harm when they are none", async () => {
    const { log, records } = memoryLogger();
    for (const fields of [null, undefined, 5, [1], "x", {}]) log.with(fields as unknown as Fields).info("x");
    assert.ok((await records()).every((record) => Object.keys(record).length === 3));
  });
});

describe("reserved names", () => {
  const time = "2026-01-01T00:00:00.000Z";
  const cases: [name: string, bound: Fields, own: Fields, expected: Fields][] = [
    ["in a call", {}, { time: 1, level: 2, msg: 3 }, { "fields.time": 1, "fields.level": 2, "fields.msg": 3 }],
    ["in bound fields", { time: 1 }, { a: 2 }, { "fields.time": 1, a: 2 }],
    ["in both", { time: 1 }, { time: 2 }, { "fields.time": 2 }],
    ["with the new name taken in the call", {}, { time: 1, "fields.time": 2 }, {
      "fields.fields.time": 1,
      "fields.time": 2,
    }],
    ["with the new name bound", { "fields.time": 1 }, { time: 2 }, { "fields.time": 1, "fields.fields.time": 2 }],
    ["bound, with the new name in the call", { time: 1 }, { "fields.time": 2 }, {
      "fields.fields.time": 1,
      "fields.time": 2,
    }],
    ["with two new names taken", {}, { msg: 1, "fields.msg": 2, "fields.fields.msg": 3 }, {
      "fields.fields.fields.msg": 1,
      "fields.msg": 2,
      "fields.fields.msg": 3,
    }],
    ["nested, where they are free", {}, { a: { time: 1, msg: 2 } }, { a: { time: 1, msg: 2 } }],
  ];
  for (const [name, bound, own, expected] of cases) {
    it(`${name} are moved aside`, async () => {
      const { log, lines } = memoryLogger();
      // The second record goes through what the first has left in the caches.
      for (let i = 0; i < 2; i++) log.with(bound).info("text", own);
      const all = await lines();
      assert.equal(all.length, 2);
      for (const line of all) {
        assert.deepEqual(JSON.parse(line), { time, level: "info", msg: "text", ...expected });
        assert.deepEqual(Object.keys(JSON.parse(line)).slice(0, 3), ["time", "level", "msg"]);
        for (const key of ["time", "level", "msg"]) {
          assert.equal(occurrences(line.replaceAll(/"a":\{.*?\}/g, ""), key), 1, line);
        }
      }
    });
  }
});

describe("a snapshot", () => {
  it("holds what the arguments were at the call", async () => {
    const { log, record } = memoryLogger();
    const date = new Date(0);
    const map = new Map<string, unknown>([["a", 1]]);
    const set = new Set([1]);
    const bytes = new Uint8Array([1, 2]);
    const list = [1, { deep: [2] }] as [number, { deep: number[] }];
    const object = { a: { b: { c: 1 } } };
    const error = Object.assign(new Error("before"), { code: 1 });
    const fields: Record<string, unknown> = { date, map, set, bytes, list, object, error, text: "before" };
    log.info("x", fields);
    date.setTime(1e12);
    map.set("a", 2).set("b", 3);
    set.add(2);
    bytes[0] = 9;
    list[0] = 9;
    list[1].deep.push(9);
    object.a.b.c = 9;
    error.message = "after";
    error.code = 9;
    fields.text = "after";
    delete fields.list;
    fields.more = true;
    const { time: _, level: __, msg: ___, error: shown, ...rest } = await record();
    assert.deepEqual(rest, {
      date: "1970-01-01T00:00:00.000Z",
      map: { a: 1 },
      set: [1],
      bytes: "[2 bytes: 0102]",
      list: [1, { deep: [2] }],
      object: { a: { b: { c: 1 } } },
      text: "before",
    });
    const { message, code } = shown as { message: string; code: number };
    assert.deepEqual([message, code], ["before", 1]);
  });

  it("never changes the original, frozen or not", () => {
    const { log } = memoryLogger();
    const fields = Object.freeze({ list: Object.freeze([1, Object.freeze({ a: 1 })]) });
    log.info("x", fields);
    assert.deepEqual(fields, { list: [1, { a: 1 }] });
  });

  it("takes values as JSON does, and what JSON has no form for as text", async () => {
    class Point {
      x = 1;
      #secret = 2;
      get sum() {
        return this.x + this.#secret;
      }
    }
    const { log, record } = memoryLogger();
    log.info("x", {
      undefined: undefined,
      null: null,
      nan: NaN,
      infinity: -Infinity,
      nested: { nan: NaN, undefined: undefined, big: 5n },
      big: 12345678901234567890n,
      symbol: Symbol("s"),
      fn: function named() {},
      list: [undefined, () => {}, Symbol("t")],
      regexp: /a+/g,
      json: { toJSON: () => ({ a: 1 }) },
      invalid: new Date(NaN),
      instance: new Point(),
      bare: Object.assign(Object.create(null), { a: 1 }),
      boxed: [Object("s"), Object(1), Object(true), Object(NaN), Object(7n)],
      url: new URL("https://example.com/a?b"),
      promise: Promise.resolve(1),
      weak: new WeakMap(),
      buffer: new Uint8Array([1, 2]).buffer,
    });
    const { time: _, level: __, msg: ___, ...rest } = await record();
    assert.deepEqual(rest, {
      null: null,
      nan: "NaN",
      infinity: "-Infinity",
      nested: { nan: "NaN", big: "5" },
      big: "12345678901234567890",
      symbol: "Symbol(s)",
      fn: "[Function: named]",
      list: [null, "[Function: anonymous]", "Symbol(t)"],
      regexp: "/a+/g",
      json: { a: 1 },
      invalid: "Invalid Date",
      instance: { x: 1 },
      bare: { a: 1 },
      boxed: ["s", 1, true, "NaN", "7"],
      url: "https://example.com/a?b",
      promise: "[Promise]",
      weak: "[WeakMap]",
      buffer: "[2 bytes: 0102]",
    });
  });

  it("of a __proto__ key is data", async () => {
    const { log, lines } = memoryLogger();
    const fields = JSON.parse('{"__proto__":{"polluted":1},"nested":{"__proto__":2}}');
    log.info("x", fields);
    log.with(fields).info("x", { a: 1 });
    const all = await lines();
    assert.equal(all.length, 2);
    for (const line of all) {
      const record = JSON.parse(line);
      assert.deepEqual(Object.getOwnPropertyDescriptor(record, "__proto__")?.value, { polluted: 1 });
      assert.equal(Object.getOwnPropertyDescriptor(record.nested, "__proto__")?.value, 2);
    }
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it("of fields that log while they are read loses neither record", async () => {
    const { log, records } = memoryLogger();
    log.info("outer", {
      a: 1,
      get b() {
        log.debug("inner", { a: 2, list: [3] });
        return 4;
      },
      c: { toJSON: () => (log.debug("json"), 5) },
    });
    const all = (await records()).map(({ msg, a, b, c, list }) => ({ msg, a, b, c, list }));
    assert.deepEqual(all.sort((x, y) => x.msg < y.msg ? -1 : 1), [
      { msg: "inner", a: 2, b: undefined, c: undefined, list: [3] },
      { msg: "json", a: undefined, b: undefined, c: undefined, list: undefined },
      { msg: "outer", a: 1, b: 4, c: 5, list: undefined },
    ]);
  });
});
