import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DestinationError } from "../../src/errors.ts";
import type { Message, Middleware } from "../../src/message.ts";
import { logPath, memoryLogger, testBackend } from "../logger/harness.ts";

const boom = (): never => {
  throw new Error("boom");
};

describe("filters", () => {
  it("must all agree", async () => {
    const { log, records } = memoryLogger({
      filters: [({ fields }) => fields?.a === 1, ({ level }) => level !== "debug"],
    });
    log.info("1", { a: 1 });
    log.info("2", { a: 2 });
    log.debug("3", { a: 1 });
    log.with({ a: 1 }).warn("4");
    assert.deepEqual((await records()).map(({ msg }) => msg), ["1", "4"]);
    assert.equal(log.metrics().logged.info, 2);
    assert.equal(log.metrics().dropped, 0);
  });

  it("of a destination concern that one only", async () => {
    const other = testBackend();
    const { log, records } = memoryLogger({
      destinations: [{
        uri: logPath,
        filter: ({ msg }) => msg !== "2",
        filters: [({ msg }) => msg !== "3"],
      }, other.uri],
    });
    for (const msg of ["1", "2", "3", "4"]) log.info(msg);
    assert.deepEqual((await records()).map(({ msg }) => msg), ["1", "4"]);
    assert.equal(other.lines.length, 4);
  });

  it("see the message as it was at the call", async () => {
    const seen: Message[] = [];
    const { log, record } = memoryLogger({
      filters: [(message) => seen.push(message) > 0],
      fields: { service: "api" },
    });
    const user = { name: "ada" };
    log.info("x", { user, nothing: undefined });
    user.name = "eve";
    await record();
    assert.deepEqual(seen, [{
      time: Date.UTC(2026, 0, 1),
      level: "info",
      msg: "x",
      fields: { service: "api", user: { name: "ada" } },
    }]);
  });

  it("that throw let the record pass, and are reported", async () => {
    const { log, records, errors } = memoryLogger({
      filters: [boom],
      sampler: boom,
      destinations: [{ uri: logPath, name: "file", filter: boom }],
    });
    log.info("a");
    log.info("b");
    assert.equal((await records()).length, 2);
    assert.deepEqual(errors.map(({ message }) => message), [
      'Cannot use filter "boom": boom',
      'Cannot use sampler "boom": boom',
      'Cannot use filter "boom": boom (destination "file")',
      'Cannot use filter "boom": boom',
      'Cannot use sampler "boom": boom',
      'Cannot use filter "boom": boom (destination "file")',
    ]);
    assert.ok(errors[2] instanceof DestinationError && errors[2].dropped === 0);
    assert.equal(log.metrics().destinations[0].errors, 2);
  });

  it("that throw something else than an error are reported as errors", async () => {
    const { log, record, errors } = memoryLogger({
      filters: [() => {
        throw "a string";
      }, () => {
        throw Object.create(null);
      }],
    });
    log.info("a");
    await record();
    assert.deepEqual(errors.map((error) => [error instanceof Error, error.message]), [
      [true, 'Cannot use filter "filters[0]": a string'],
      [true, 'Cannot use filter "filters[1]": unprintable error'],
    ]);
  });
});

describe("a sampler", () => {
  it("comes after the filters and decides", async () => {
    let asked = 0;
    const { log, records } = memoryLogger({
      filters: [({ msg }) => msg !== "skipped"],
      sampler: () => ++asked % 2 === 1,
    });
    for (const msg of ["1", "skipped", "2", "3", "skipped", "4"]) log.info(msg);
    assert.deepEqual((await records()).map(({ msg }) => msg), ["1", "3"]);
    assert.equal(asked, 4);
  });
});

describe("middleware", () => {
  it("changes, replaces and drops, in its order, before the filters", async () => {
    const { log, lines } = memoryLogger({
      middleware: [
        (message) => ({ ...message, msg: message.msg + "1", fields: { ...message.fields, added: true } }),
        (message) => message.msg.startsWith("drop") ? undefined : { ...message, msg: message.msg + "2" },
        (message) => ({ ...message, level: "warn" }),
      ],
      filters: [({ msg, level }) => level === "warn" && msg.endsWith("12")],
    });
    log.info("keep", { a: 1 });
    log.info("drop");
    assert.deepEqual(await lines(), [
      '{"time":"2026-01-01T00:00:00.000Z","level":"warn","msg":"keep12","a":1,"added":true}',
    ]);
  });

  it("decides what destinations see: a level that it lowers counts", async () => {
    const { log, records } = memoryLogger({
      destinations: [{ uri: logPath, level: "warn" }],
      middleware: [(message) => message.msg === "noise" ? { ...message, level: "debug" } : message],
    });
    log.error("noise");
    log.error("real");
    assert.deepEqual((await records()).map(({ msg }) => msg), ["real"]);
  });

  it("that throws leaves the record as it was, and is reported", async () => {
    const { log, records, errors } = memoryLogger({
      middleware: [boom, (message) => {
        (message as { msg: string }).msg = "half-way";
        return boom();
      }, (message) => ({ ...message, msg: message.msg + "!" })],
    });
    log.info("a");
    log.info("b");
    assert.deepEqual((await records()).map(({ msg }) => msg), ["a!", "b!"]);
    assert.equal(errors.length, 4);
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const odd: Record<string, Middleware> = {
    "null": () => null as never,
    "a string": () => "x" as never,
    "a promise": (message) => Promise.resolve(message) as never,
    "no level": ({ time, msg }) => ({ time, msg }) as never,
    "a level that does not exist": (message) => ({ ...message, level: "loud" as never }),
    "a level of Object.prototype": (message) => ({ ...message, level: "constructor" as never }),
    "a text that is none": (message) => ({ ...message, msg: ['a"b'] as never }),
    "no time": ({ level, msg }) => ({ level, msg }) as never,
    "what throws when it is looked at": () => new Proxy({}, { get: boom }) as never,
  };
  for (const [name, middleware] of Object.entries(odd)) {
    it(`that returns ${name} leaves the record as it was, and is reported`, async () => {
      const { log, records, errors } = memoryLogger({ middleware: [middleware] });
      log.info("a", { i: 1 });
      log.info("b", { i: 2 });
      assert.deepEqual((await records()).map(({ msg, level, i }) => [msg, level, i]), [["a", "info", 1], [
        "b",
        "info",
        2,
      ]]);
      assert.equal(errors.length, 2);
    });
  }

  const awkward: Record<string, [fields: Record<string, unknown>, expected: Record<string, unknown>]> = {
    "a cycle": [{ cycle }, { cycle: { self: "[Circular]" } }],
    "a nested BigInt": [{ a: { b: 1n } }, { a: { b: "1" } }],
    "an error": [{ a: Object.assign(new Error("x"), { stack: undefined }) }, { a: { type: "Error", message: "x" } }],
    "a reserved name": [{ time: 1 }, { "fields.time": 1 }],
    "a date": [{ at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    "nothing": [{}, {}],
  };
  for (const [name, [fields, expected]] of Object.entries(awkward)) {
    it(`may add ${name}`, async () => {
      const { log, record, errors } = memoryLogger({ middleware: [(message) => ({ ...message, fields })] });
      log.info("a");
      const { time: _, level: __, msg: ___, ...rest } = await record();
      assert.deepEqual(rest, expected);
      assert.deepEqual(errors, []);
    });
  }

  it("may give a time that no clock shows", async () => {
    for (const time of [NaN, Infinity, -1, 1e300]) {
      const { log, record } = memoryLogger({ middleware: [(message) => ({ ...message, time })] });
      log.info("a");
      assert.equal((await record()).msg, "a");
    }
  });

  it("does not reach the bound fields of the logger", async () => {
    const { log, records } = memoryLogger({
      fields: { count: 1 },
      middleware: [(message) => {
        (message.fields as { count: number }).count++;
        return message;
      }],
    });
    log.info("a");
    log.info("b");
    assert.deepEqual((await records()).map(({ count }) => count), [2, 2]);
  });

  it("may log", async () => {
    const { log, records } = memoryLogger({
      middleware: [(message) => {
        if (message.msg === "outer") log.info("inner");
        return message;
      }],
    });
    log.info("outer");
    await records();
    assert.deepEqual((await records()).map(({ msg }) => msg).sort(), ["inner", "outer"]);
  });
});

describe("a custom formatter", () => {
  it("makes the line; the newline is added", async () => {
    const { log, text } = memoryLogger({
      file: { format: ({ level, msg, fields }) => `${level}|${msg}|${fields?.a}` },
    });
    log.with({ a: 1 }).info("x");
    log.info("y");
    assert.equal(await text(), "info|x|1\ninfo|y|undefined\n");
  });

  it("may end its line, but a record stays one line", async () => {
    const { log, text } = memoryLogger({ file: { format: ({ msg }) => msg } });
    for (const msg of ["a\n", "b\nc", "d\r\n", "\n\n", ""]) log.info(msg);
    assert.equal(await text(), "a\nb\\nc\nd\\r\n\\n\n\n");
  });

  for (
    const [name, format] of Object.entries({
      "that throws": boom,
      "that returns no string": (() => ({})) as unknown as () => string,
      "that returns undefined": (() => {}) as unknown as () => string,
    })
  ) {
    it(`${name} costs no record, and is reported`, async () => {
      const other = testBackend();
      const { log, records, errors } = memoryLogger({
        destinations: [{ uri: logPath, name: "file", format }, other.uri],
      });
      log.info("a", { i: 1, time: 5 });
      log.with({ b: 1 }).info("b");
      const [first, second] = await records();
      assert.deepEqual([first.msg, first.level, first.i, first["fields.time"]], ["a", "info", 1, 5]);
      assert.equal(typeof first.format_error, "string");
      assert.deepEqual([second.msg, second.b], ["b", 1]);
      assert.equal(other.lines.length, 2);
      assert.equal(errors.length, 2);
      assert.match(errors[0].message, /^Cannot format a record for destination "file": /);
      assert.equal(log.metrics().destinations.find(({ name }) => name === "file")?.errors, 2);
    });
  }
});
