/** Each row of docs/log_calls.md, and what it says below. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, describe, it } from "node:test";
import { configure, getLogger, type Logger, patchConsole } from "../../mod.ts";
import { LEVELS } from "../../src/level.ts";
import { MemoryBackend } from "../../testing.ts";
import { memoryLogger } from "./harness.ts";

/** A log method as untyped programs see it. */
type Loose = (...args: unknown[]) => void;

const error = new TypeError("card declined");
const second = new RangeError("limit");
const err = { type: "TypeError", message: "card declined" };
const err2 = { type: "RangeError", message: "limit" };

/** The record without what is the same in all, and its errors without their stacks. */
function short(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { time: _, level: __, logger: ___, ...rest } = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(rest).map(([key, item]) => {
      const { type, message, stack } = (item ?? {}) as Record<string, unknown>;
      return [key, stack === undefined ? item : { type, message }];
    }),
  );
}

const thrower = () => {
  throw error;
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const refusing = new Proxy({ a: 1 }, { ownKeys: thrower });
const throwing = Object.defineProperty({ b: 2 }, "a", { get: thrower, enumerable: true });
const tag = (call: (log: Loose) => void) => call;

/** What is written in the first column, and what it is. */
const rows: [written: string, call: (log: Loose) => void, record: Record<string, unknown>][] = [
  ['("started")', (log) => log("started"), { msg: "started" }],
  ['("started", { port: 80 })', (log) => log("started", { port: 80 }), { msg: "started", port: 80 }],
  ['("payment failed", error)', (log) => log("payment failed", error), { msg: "payment failed", err }],
  ["(error)", (log) => log(error), { msg: "card declined", err }],
  ["(error, { order: 7 })", (log) => log(error, { order: 7 }), { msg: "card declined", err, order: 7 }],
  ['(error, "payment failed")', (log) => log(error, "payment failed"), { msg: "payment failed", err }],
  ['(error, "payment failed", { order: 7 })', (log) => log(error, "payment failed", { order: 7 }), {
    msg: "payment failed",
    err,
    order: 7,
  }],
  ['("payment failed", error, { order: 7 })', (log) => log("payment failed", error, { order: 7 }), {
    msg: "payment failed",
    err,
    order: 7,
  }],
  ['({ order: 7 }, "payment failed")', (log) => log({ order: 7 }, "payment failed"), {
    msg: "payment failed",
    order: 7,
  }],
  ["(error, second)", (log) => log(error, second), { msg: "card declined", err, err2 }],
  ['({ msg: "payment failed", order: 7 })', (log) => log({ msg: "payment failed", order: 7 }), {
    msg: "payment failed",
    order: 7,
  }],
  ["({ order: 7 })", (log) => log({ order: 7 }), { msg: "", order: 7 }],
  ['("text", { msg: "mine" })', (log) => log("text", { msg: "mine" }), { msg: "text", "fields.msg": "mine" }],
  ['(error, { err: "mine" })', (log) => log(error, { err: "mine" }), {
    msg: "card declined",
    err,
    "fields.err": "mine",
  }],
  ["(error, { err: error })", (log) => log(error, { err: error }), { msg: "card declined", err }],
  ['("count", 5)', (log) => log("count", 5), { msg: "count", value: 5 }],
  ['("count", [1, 2])', (log) => log("count", [1, 2]), { msg: "count", value: [1, 2] }],
  ['("text", { a: 1 }, { b: 2 }, 3)', (log) => log("text", { a: 1 }, { b: 2 }, 3), {
    msg: "text",
    a: 1,
    args: [{ b: 2 }, 3],
  }],
  ['("disk %d", 93)', (log) => log("disk %d", 93), { msg: "disk 93" }],
  ['("payment of %s failed", "4711", { order: 7 })', (log) => log("payment of %s failed", "4711", { order: 7 }), {
    msg: "payment of 4711 failed",
    order: 7,
  }],
  ['("disk %d", 93, "%")', (log) => log("disk %d", 93, "%"), { msg: "disk 93", args: ["%"] }],
  ['("failed: %s", error)', (log) => log("failed: %s", error), { msg: "failed: card declined", err }],
  ['("user %o of %s", { id: 7 }, "shop")', (log) => log("user %o of %s", { id: 7 }, "shop"), {
    msg: "user %o of shop",
    id: 7,
  }],
  ["`user ${7} logged in`", tag((log) => log`user ${7} logged in`), { msg: "user 7 logged in", args: [7] }],
  ["`user ${{ id: 7 }} failed: ${error}`", tag((log) => log`user ${{ id: 7 }} failed: ${error}`), {
    msg: "user [Object] failed: card declined",
    err,
    args: [{ id: 7 }],
  }],
  ['(new Map([["a", 1]]))', (log) => log(new Map([["a", 1]])), { msg: "", a: 1 }],
  ["(42)", (log) => log(42), { msg: "42" }],
  ['(null, "text")', (log) => log(null, "text"), { msg: "text", value: null }],
  ["()", (log) => log(), { msg: "undefined" }],
  ['(() => ["text", { a: 1 }], { b: 2 })', (log) => log(() => ["text", { a: 1 }], { b: 2 }), {
    msg: "text",
    a: 1,
    args: [{ b: 2 }],
  }],
  ["(() => error)", (log) => log(() => error), { msg: "card declined", err }],
  ["(() => { throw error; }, { b: 2 })", (log) => log(thrower, { b: 2 }), {
    msg: "log message could not be made",
    err,
    b: 2,
  }],
];

const further: typeof rows = [
  ["message as text", (log) => log({ message: "payment failed", order: 7 }), { msg: "payment failed", order: 7 }],
  ["msg before message", (log) => log({ message: "b", msg: "a" }), { msg: "a", message: "b" }],
  ["msg that is no text", (log) => log({ msg: 5, a: 1 }), { msg: "", "fields.msg": 5, a: 1 }],
  ["msg beside an error", (log) => log(error, { msg: "mine" }), { msg: "card declined", err, "fields.msg": "mine" }],
  ["an object with a text and further values", (log) => log({ msg: "m", a: 1 }, 5), { msg: "m", a: 1, args: [5] }],
  ["fields, text and placeholders", (log) => log({ a: 1 }, "n %s of %s", 5, "six"), { msg: "n 5 of six", a: 1 }],
  ["three errors and a text", (log) => log(error, second, "both", error), { msg: "both", err, err2 }],
  ["an error, fields and a text", (log) => log(error, { a: 1 }, "text"), { msg: "text", err, a: 1 }],
  ["errors in the middle", (log) => log("text", 1, error, second, { a: 1 }), {
    msg: "text",
    err,
    err2,
    a: 1,
    args: [1],
  }],
  ["an error and a value", (log) => log(error, 5), { msg: "card declined", err, value: 5 }],
  ["an error and an array", (log) => log(error, [1]), { msg: "card declined", err, value: [1] }],
  ["an error and a date", (log) => log(error, new Date(0)), {
    msg: "card declined",
    err,
    value: "1970-01-01T00:00:00.000Z",
  }],
  ["an error and a Map", (log) => log(error, new Map([["a", 1]])), { msg: "card declined", err, a: 1 }],
  ["names that are taken", (log) => log("t", error, { err: 1, args: 2, value: 3 }, 4), {
    msg: "t",
    err,
    "fields.err": 1,
    "fields.args": 2,
    value: 3,
    args: [4],
  }],
  ["taken names that are taken too", (log) => log(error, { err: 1, "fields.err": 2 }), {
    msg: "card declined",
    err,
    "fields.fields.err": 1,
    "fields.err": 2,
  }],
  ["strings", (log) => log("a", "b", "c"), { msg: "a", args: ["b", "c"] }],
  ["primitives", (log) => log("a", null, true, 5n, Symbol("s"), undefined, NaN), {
    msg: "a",
    args: [null, true, "5", "Symbol(s)", "NaN"],
  }],
  ["a boolean", (log) => log("a", false), { msg: "a", value: false }],
  ["a BigInt", (log) => log("a", 5n), { msg: "a", value: "5" }],
  ["a symbol", (log) => log("a", Symbol("s")), { msg: "a", value: "Symbol(s)" }],
  ["a function", (log) => log("a", function f() {}), { msg: "a", value: "[Function: f]" }],
  ["an array first", (log) => log([1, 2]), { msg: "", value: [1, 2] }],
  ["an array first and a text", (log) => log([1, 2], "text"), { msg: "text", value: [1, 2] }],
  ["a number and fields", (log) => log(7, { a: 1 }), { msg: "7", a: 1 }],
  ["undefined and an error", (log) => log(undefined, error), { msg: "card declined", err }],
  ["undefined in between", (log) => log("a", undefined, { b: 1 }), { msg: "a", b: 1 }],
  ["an ordinary percent sign", (log) => log("100% sure", { a: 1 }), { msg: "100% sure", a: 1 }],
  ["a percent sign that stands for itself", (log) => log("%d%% of %s", 5, "it"), { msg: "5% of it" }],
  ["%% with an error", (log) => log("100%% sure", error), { msg: "100%% sure", err }],
  ["placeholders without values", (log) => log("%s and %s", "one"), { msg: "one and %s" }],
  ["%c", (log) => log("%cred", "color: red"), { msg: "%cred", value: "color: red" }],
  ["quotes of %j", (log) => log("%j %s", "a", "b"), { msg: '"a" b' }],
  ["values as they are", (log) => log("%d %i %f", "x", 3.7, 1n), { msg: "x 3.7 1" }],
  ["a template with all kinds", tag((log) => log`${error} ${second} ${[1]} ${null} ${"s"} ${() => 1}`), {
    msg: "card declined limit [Array] null s [Function]",
    err,
    err2,
    args: [[1], null, "s", "[Function: anonymous]"],
  }],
  ["a template without values", tag((log) => log`plain`), { msg: "plain" }],
  ["a template that is not valid", tag((log) => log`\unicode ${1}`), { msg: "\\unicode 1", args: [1] }],
  ["a lazy message with three", (log) => log(() => ["n %d", 5, { a: 1 }], 6), { msg: "n 5", a: 1, args: [6] }],
  ["a lazy error and a text", (log) => log(() => [error, "text"], { a: 1 }), { msg: "text", err, a: 1 }],
  ["a lazy object", (log) => log(() => ({ msg: "made", a: 1 })), { msg: "made", a: 1 }],
  ["a lazy string that throws a string", (log) =>
    log(() => {
      throw "thrown";
    }, 5), { msg: "log message could not be made", err: "thrown", args: [5] }],
  ["a revoked Proxy", (log) => log("t", error, revoked.proxy), {
    msg: "t",
    err,
    args: ["[Unreadable: ?]"],
  }],
  ["a Proxy that throws", (log) => log(error, refusing), { msg: "card declined", err, value: "[Unreadable: ?]" }],
  ["a getter that throws", (log) => log("t", error, throwing), {
    msg: "t",
    err,
    b: 2,
    a: "[Throws: card declined]",
  }],
  ["a class instance", (log) =>
    log(
      error,
      new (class Point {
        x = 1;
      })(),
    ), { msg: "card declined", err, x: 1 }],
  ["toJSON", (log) => log(error, { a: 1, toJSON: () => ({ b: 2 }) }), { msg: "card declined", err, b: 2 }],
  [
    "__proto__",
    (log) => log(error, JSON.parse('{"__proto__":{"a":1}}')),
    Object.assign(
      Object.fromEntries([["msg", "card declined"], ["err", err], ["__proto__", { a: 1 }]]),
    ),
  ],
];

/** The words of engines differ. */
function check(found: unknown, expected: unknown): void {
  const text = JSON.stringify(short(found)).replace(/\[Unreadable: [^"]*\]/g, "[Unreadable: ?]");
  const sorted = (value: Record<string, unknown>) => Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  assert.deepEqual(sorted(JSON.parse(text)), sorted(expected as Record<string, unknown>));
}

describe("what is handed to a log call is in the record,", () => {
  for (const [written, call, expected] of [...rows, ...further]) {
    it(`${written}`, async () => {
      const { log, records } = memoryLogger();
      for (const level of LEVELS) call(log[level] as Loose);
      call(log.with({}).info as Loose);
      const all = await records();
      assert.deepEqual(all.map(({ level }) => level), [...LEVELS, "info"]);
      for (const record of all) check(record, expected);
    });
  }

  it("and the table of the documentation has these rows", () => {
    const text = readFileSync(new URL("../../docs/log_calls.md", import.meta.url), "utf8");
    const written = [...text.matchAll(/^\| (?:`` ?|`)log\.\w+(.*?)(?:`` | ``|`) +\|/gm)].map(([, call]) => call.trim());
    assert.deepEqual(written, rows.map(([call]) => call));
  });
});

let root: Logger | undefined;
afterEach(() => root?.close());

describe("the same holds for", () => {
  it("named loggers, also before logging is configured", async () => {
    const log = getLogger("log.calls", { buffer: rows.length * 2 });
    for (const [, call] of rows) call(log.info as Loose);
    const backend = new MemoryBackend();
    root = configure({ destinations: [{ backend }], level: "trace" });
    for (const [, call] of rows) call(log.info as Loose);
    await root.flush();
    assert.equal(backend.records.length, rows.length * 2);
    for (const [index, record] of backend.records.entries()) check(record, rows[index % rows.length]![2]);
  });

  it("a patched console", async () => {
    const { log, record } = memoryLogger();
    const target = { error() {} };
    using _patch = patchConsole(log, { console: target });
    (target.error as Loose)("payment of %s failed: 100%", "4711", error, { order: 7 });
    check(await record(), { msg: "payment of 4711 failed: 100%", err, order: 7 });
  });

  it("redaction and serialisers, which go by the names that fields had", async () => {
    const { log, records } = memoryLogger({
      redact: { keys: ["password"] },
      serialize: { serializers: { err: () => "serialised", token: () => "hidden" } },
    });
    const secret = { password: "p", token: "t" };
    const call = log.error as Loose;
    call(error, "text", secret);
    call("a", 1, secret);
    call("a", secret, { deep: secret });
    call(error, { err: "secret" });
    call`user ${secret}`;
    call("%o %s", secret, "x");
    const text = JSON.stringify(await records());
    assert.doesNotMatch(text, /"p"|"secret"/);
    assert.match(text, /hidden/);
  });
});
