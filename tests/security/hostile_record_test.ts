import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import v8 from "node:v8";
import vm from "node:vm";
import { format as formats } from "../../src/mod.ts";
import { linesOf, memoryLogger } from "../logger/harness.ts";

/** Everything that a terminal, a reader of lines or a reader of JSON could take for more than text. */
const hostile =
  "\x1b]0;title\x07\x1b[2J\r\n[INFO] forged level=fatal\t\0\x7f\x85\x9b31m\u2028\u2029\u202a\u202b\u202c" +
  '\u202d\u202e\u2066\u2067\u2068\u2069\u061c\u200e\u200f\ud800\udc00\ud800 \udc00"\\=\ufeff';

// deno-lint-ignore no-control-regex -- that is what must not be there
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** A hostile string in every place that a record has. */
function hostileRecord(): [message: string, fields: Record<string, unknown>] {
  const error = Object.assign(new TypeError(hostile, { cause: new Error(hostile) }), {
    [hostile]: hostile,
    code: hostile,
  });
  error.name = hostile;
  error.stack = `${hostile}\n    at ${hostile}`;
  return [hostile, {
    [hostile]: hostile,
    nested: { [hostile]: [hostile] },
    map: new Map([[hostile, hostile]]),
    err: error,
    logger: hostile,
    time: hostile,
    level: "fatal",
    msg: hostile,
    url: new URL("https://host/?q=1"),
    [Symbol(hostile)]: hostile,
    symbol: Symbol(hostile),
    call: Object.defineProperty(() => {}, "name", { value: hostile }),
    throws: {
      get [hostile]() {
        throw new Error(hostile);
      },
    },
  }];
}

const layouts = {
  json: "json",
  ecs: "ecs",
  gelf: "gelf",
  pino: "pino",
  text: formats.text(),
  logfmt: formats.logfmt(),
  pretty: formats.pretty(),
} as const;

describe("a hostile record is one line without a control character", () => {
  for (const [name, format] of Object.entries(layouts)) {
    it(`as ${name}, and the next record is its own`, async () => {
      const { log, text, errors } = memoryLogger({ file: { format } });
      log.info(...hostileRecord());
      log.with({ [hostile]: hostile, bound: [hostile] }).info("bound");
      log.info("after");
      const lines = linesOf(await text());
      assert.equal(lines.length, 3);
      for (const line of lines) assert.doesNotMatch(line, CONTROLS);
      assert.match(lines[2]!, /after/);
      assert.deepEqual(errors, []);
      if (["json", "ecs", "gelf", "pino"].includes(name)) { for (const line of lines) JSON.parse(line); }
    });
  }

  it("whose own fields cannot pass for time, level and text", async () => {
    const { log, record } = memoryLogger();
    log.info("mine", { time: "forged", level: "fatal", msg: "forged" });
    const { time, level, msg, ...rest } = await record();
    assert.deepEqual([level, msg], ["info", "mine"]);
    assert.notEqual(time, "forged");
    assert.deepEqual(rest, { "fields.time": "forged", "fields.level": "fatal", "fields.msg": "forged" });
  });
});

describe("names of prototypes", () => {
  it("are fields like others, everywhere, and change no object", async () => {
    const before = Reflect.ownKeys(Object.prototype);
    const poison = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":1}');
    const { log, records } = memoryLogger({
      redact: { paths: ["**.polluted", "__proto__.x"], keys: ["prototype"], patterns: true },
      middleware: [(message) => ({ ...message, fields: { ...message.fields, poison } })],
      context: [() => poison],
    });
    log.info("own", poison);
    log.with(poison).info("bound", { list: [poison], map: new Map([["__proto__", poison]]) });
    const error = Object.assign(new Error("e"), { toJSON: () => poison });
    Object.defineProperty(error, "__proto__", { value: { polluted: 1 }, enumerable: true });
    log.error(error);
    const [own, bound, err] = await records();
    for (const record of [own!, bound!, own!.poison as object, (bound!.list as object[])[0]!, err!.err as object]) {
      assert.ok(Object.hasOwn(record, "__proto__"), JSON.stringify(record));
    }
    assert.deepEqual(Reflect.ownKeys(Object.prototype), before);
    for (const object of [{}, [], () => {}, new Error()]) {
      assert.equal((object as { polluted?: 1 }).polluted, undefined);
    }
  });
});

describe("a record without end", () => {
  /** Builds it, logs it, and returns the line. */
  async function lineOf(fields: object, message = "m"): Promise<string> {
    const { log, text, errors } = memoryLogger({ redact: { patterns: true, keys: ["password"] } });
    const start = performance.now();
    log.info(message, { first: 1, ...fields, last: 2 });
    const line = await text();
    assert.ok(performance.now() - start < 10_000, "it takes too long");
    assert.deepEqual(errors, []);
    assert.match(line, /"first":1/);
    assert.match(line, /"last":2/);
    return line;
  }

  it("because it is nested a million levels deep", async () => {
    let deep: unknown = "end";
    for (let i = 0; i < 1e6; i++) deep = i % 2 === 0 ? { deep } : [deep];
    assert.ok((await lineOf({ deep })).length < 1_000);
  });

  it("because it has millions of entries", async () => {
    const huge = new Array(5e6).fill(1);
    const line = await lineOf({ huge, map: new Map(huge.slice(0, 1e6).map((_, i) => [i, i])), text: new Set(huge) });
    assert.ok(line.length < 50_000);
  });

  it("because its causes go round, or go on", async () => {
    const a: Error & { cause?: unknown } = new Error("a");
    a.cause = new AggregateError([a, new Error("b", { cause: a })], "c", { cause: a });
    let chain = new Error("end");
    for (let i = 0; i < 1e5; i++) chain = new Error("link", { cause: chain });
    assert.ok((await lineOf({ a, chain })).length < 200_000);
  });

  it("because a Proxy or getter always has one more", async () => {
    const endless: object = new Proxy({}, {
      get: (_, key) => key === "toJSON" ? undefined : endless,
      ownKeys: () => Array.from({ length: 1_000 }, (_, i) => `k${i}`),
      getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
    });
    const fresh = (): object => ({
      get next() {
        return fresh();
      },
      toJSON: undefined,
    });
    assert.ok((await lineOf({ endless, fresh: fresh() })).length < 2_000_000);
  });

  it("because one string stands in it ten thousand times", async () => {
    const megabyte = "x".repeat(1 << 20);
    const line = await lineOf({ list: new Array(1_000).fill(megabyte), again: new Array(1_000).fill(megabyte) });
    assert.ok(line.length < 200 << 20, `${line.length} characters`);
  });
});

describe("keys that are made up", () => {
  it("are not kept, however long", () => {
    const { log, runtime } = memoryLogger({ queue: { maxBytes: "1MB" } });
    const before = heapInUse();
    for (let i = 0; i < 3_000; i++) log.info("x", { [`${i}-${"k".repeat(100_000)}`]: 1 });
    // 300 MB of names.
    const kept = heapInUse() - before;
    assert.ok(kept < 100 << 20, `${kept >> 20} MiB`);
    runtime.crash();
  });
});

/** Bytes of the heap that are in use once the garbage is collected, without the files in memory. */
function heapInUse(): number {
  const { Bun } = globalThis as { Bun?: { gc(synchronously: boolean): void } };
  if (Bun !== undefined) {
    Bun.gc(true);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed - arrayBuffers;
  }
  v8.setFlagsFromString("--expose-gc");
  const collect = vm.runInNewContext("gc") as () => void;
  // V8 keeps the shapes of objects, with the names in them, for two collections more.
  for (let round = 0; round < 4; round++) collect();
  return process.memoryUsage().heapUsed;
}
