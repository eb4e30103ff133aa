import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Filter, Message, Sampler } from "../../src/message.ts";
import type { RuleSampler } from "../../src/pipeline/sample_rule.ts";
import type { DestinationOptions } from "../../src/destination_options.ts";
import type { ConfigureOptions } from "../../src/named.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { createSettingsFromFile, createSettingsFromObject } from "../../src/settings/sources.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { loggerOn } from "../logger/harness.ts";

const fromObject = (settings: unknown) => createSettingsFromObject(() => createMemoryRuntime())(settings as Settings);

/** Reads settings from a file `/log.json` in memory. */
function fromText(text: string): ConfigureOptions {
  const runtime = createMemoryRuntime();
  runtime.fs.writeFile("/log.json", text);
  return createSettingsFromFile(() => runtime)("log.json") as ConfigureOptions;
}

const message = (fields: Record<string, unknown> = {}, level: Message["level"] = "info", msg = "text"): Message => ({
  time: Date.UTC(2026, 0, 1, 12),
  level,
  msg,
  fields,
});

const only = (options: unknown): Filter => {
  const { filters } = fromObject({ filters: [options] });
  return (filters as readonly Filter[])[0] as Filter;
};

describe("settings", () => {
  it("become options that a logger takes", async () => {
    const runtime = createMemoryRuntime();
    const settings = createSettingsFromObject(() => runtime)({
      level: "debug",
      fields: { service: "api" },
      destinations: ["/a.log", { uri: "/b.log", level: "warn", format: "json" }],
      format: "text",
      queue: { capacity: 100, maxBytes: "1MB", overflow: "block" },
      closeTimeout: "5s",
      flushInterval: 0,
      flushOnSignal: true,
    });
    const log = loggerOn(runtime, settings as ConfigureOptions);
    log.debug("one");
    log.warn("two");
    await log.close();
    assert.match(runtime.fs.readText("/a.log"), /\[DEBUG\] one service=api\n.*\[WARN\] two service=api\n$/);
    assert.match(runtime.fs.readText("/b.log"), /^\{"time":"[^"]*","level":"warn","msg":"two","service":"api"\}\n$/);
  });

  it("say nothing of what they do not mention", () => {
    assert.deepEqual(fromObject({}), {});
    assert.deepEqual(fromObject({ level: undefined }), {});
  });

  it("have a format without destinations", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, {
      destinations: ["/a.log", { uri: "/b.log", format: () => "own" }],
      ...fromObject({ format: "text" }),
    });
    log.info("x");
    await log.close();
    assert.match(runtime.fs.readText("/a.log"), /\[INFO\] x\n$/);
    assert.equal(runtime.fs.readText("/b.log"), "own\n");
  });

  it("have formats with options", () => {
    const { destinations } = fromObject({ destinations: ["a"], format: { json: { time: "epoch-ms" } } });
    const { format } = (destinations as DestinationOptions[])[0] as DestinationOptions;
    assert.equal(typeof format, "function");
    assert.match((format as (m: Message) => string)(message()), /^\{"time":1767268800000,/);
  });

  it("are not changed by what becomes of the object", () => {
    const fields = { a: 1 };
    const options = fromObject({ fields });
    fields.a = 2;
    assert.deepEqual(options.fields, { a: 1 });
  });

  it("read filters", () => {
    assert.equal(only({ level: { min: "warn" } })(message()), false);
    assert.equal(only({ field: { path: "a.b", equals: { c: [1] } } })(message({ a: { b: { c: [1] } } })), true);
    assert.equal(only({ field: { path: "a", matches: { source: "^X", flags: "i" } } })(message({ a: "xy" })), true);
    assert.equal(only({ message: { matches: "^t.xt$" } })(message()), true);
    assert.equal(only({ message: { includes: "ex" } })(message()), true);
    assert.equal(only({ time: { from: "11:00", to: "13:00", timeZone: "utc" } })(message()), true);
    assert.equal(only({ not: { field: { path: "a", exists: true } } })(message()), true);
    const both = only({ and: [{ level: { max: "info" } }, { or: [{ field: { path: "a", in: [1, 2] } }] }] });
    assert.equal(both(message({ a: 2 })), true);
    assert.equal(both(message({ a: 3 })), false);
  });

  it("read samplers", () => {
    const rules: [settings: unknown, rule: RegExp][] = [
      [{ random: 0.1 }, /^random\(0\.1\)$/],
      [{ every: 3 }, /^every\(3\)$/],
      [{ consistent: { rate: 0.5, key: "id", seed: 3, otherwise: { every: 2 } } }, /^consistent\(0\.5, id\)$/],
      [{ tick: { interval: "1s", first: 3, thereafter: 10 } }, /^tick\(3 per 1s, then 1 in 10\)$/],
      [{ burst: { burst: 5, period: "1s", next: { random: 0 } } }, /^burst\(5 per 1s\)$/],
      [{ rateLimit: { perSecond: 5 } }, /^rateLimit\(5\/s, 5\)$/],
      [{ adaptive: { targetPerSecond: 100, interval: "2s" } }, /^adaptive\(100\/s\)$/],
      [{ byLevel: { debug: { random: 0 } } }, /^byLevel$/],
      [{ byPattern: [{ match: "a", sampler: { random: 0 } }] }, /^byPattern$/],
      [{ except: { exempt: "error", sampler: { random: 0 } } }, /^except\(/],
      [
        { except: { exempt: { level: { min: "warn" } }, sampler: { random: 0 } } },
        /^except\(level\(warn\.\.fatal\)\)$/,
      ],
    ];
    for (const [settings, rule] of rules) {
      assert.match((fromObject({ sampler: settings }).sampler as RuleSampler).rule, rule);
    }
    const sampler = fromObject({ sampler: { except: { exempt: "error", sampler: { random: 0 } } } }).sampler as Sampler;
    assert.deepEqual([sampler(message({}, "error")), sampler(message({}, "info"))], [true, false]);
  });

  it("read redaction, with regular expressions", () => {
    const { redact } = fromObject({
      redact: { keys: ["password"], patterns: ["email", { name: "id", pattern: "ID-\\d+" }], censor: { remove: true } },
    });
    assert.deepEqual(redact, {
      keys: ["password"],
      patterns: ["email", { name: "id", pattern: /ID-\d+/ }],
      censor: { remove: true },
    });
  });
});

type Kind = typeof TypeError | typeof RangeError | typeof SyntaxError;

const bad: [settings: unknown, kind: Kind, words: RegExp][] = [
  [null, TypeError, /^Cannot use option "options": expected an object, got null; known are level, /],
  [[], TypeError, /^Cannot use option "options": expected an object, got an array; known are level, /],
  [{ lvel: "info" }, TypeError, /^Cannot use option "lvel": there is no such option; known are level, levels, /],
  [{ level: "loud" }, RangeError, /^Cannot use option "level": expected one of "trace", /],
  [{ levels: { "a..b": "info" } }, RangeError, /^Cannot use option "levels": "a\.\.b" is neither a name/],
  [{ levels: { a: "loud" } }, RangeError, /^Cannot use option "levels\["a"\]": expected one of/],
  [{ fields: 5 }, TypeError, /^Cannot use option "fields": expected an object/],
  [{ fields: { a: () => 1 } }, TypeError, /^Cannot use option "fields\.a": expected plain data, got a function$/],
  [{ fields: { a: [new Date()] } }, TypeError, /^Cannot use option "fields\.a\[0\]": expected plain data/],
  [{ fields: { a: NaN } }, TypeError, /^Cannot use option "fields\.a": expected plain data, got NaN$/],
  [{ fields: { a: 1n } }, TypeError, /^Cannot use option "fields\.a": expected plain data, got 1n$/],
  [{ onError: () => {} }, TypeError, /^Cannot use option "onError": /],
  [{ middleware: [] }, TypeError, /^Cannot use option "middleware": there is no such option/],
  [{ context: [] }, TypeError, /^Cannot use option "context": there is no such option/],
  [{ destinations: [] }, RangeError, /^Cannot use option "destinations": expected at least one/],
  [{ destinations: "app.log" }, TypeError, /^Cannot use option "destinations": expected an array/],
  [{ destinations: [{}] }, TypeError, /^Cannot use option "destinations\[0\]\.uri": expected a string/],
  [{ destinations: ["a", { uri: "b", rotate: { maxBytes: 0 } }] }, RangeError, /"destinations\[1\]\.rotate\.maxBytes"/],
  [
    { destinations: [{ uri: "b", rotate: { maxFiles: 3 } }] },
    RangeError,
    /"destinations\[0\]\.rotate": .*maxBytes or every/,
  ],
  [{ destinations: [{ uri: "b", rotat: {} }] }, TypeError, /"destinations\[0\]\.rotat": there is no such option/],
  [{ destinations: ["nope:x"] }, TypeError, /"destinations\[0\]\.uri": unknown scheme "nope:"/],
  [
    { destinations: [{ uri: "a", name: "x" }, { uri: "b", name: "x" }] },
    RangeError,
    /"destinations\[1\]\.name": "x" is/,
  ],
  [
    { destinations: [{ uri: "a", filter: {} }] },
    TypeError,
    /\[0\]\.filter": settings cannot have it; there is "filters"/,
  ],
  [{ destinations: [{ uri: "a", middleware: [] }] }, TypeError, /\[0\]\.middleware": settings cannot have it$/],
  [{ destinations: [{ backend: {} }] }, TypeError, /destinations\[0\]/],
  [{ format: "xml" }, RangeError, /^Cannot use option "format": there is no formatter "xml"; known are "json", "text"/],
  [{ format: { json: { tme: 1 } } }, TypeError, /^Cannot use option "format\.json\.tme": there is no such option/],
  [{ filters: {} }, TypeError, /^Cannot use option "filters": expected an array/],
  [
    { filters: [{}] },
    TypeError,
    /"filters\[0\]": expected one property, the kind of filter \(level, field, .* got none$/,
  ],
  [{ filters: [{ level: {}, not: {} }] }, TypeError, /^Cannot use option "filters\[0\]": expected one property/],
  [
    { filters: [{ level: { min: "x" } }] },
    RangeError,
    /^Cannot use option "filters\[0\]\.level\.min": expected one of/,
  ],
  [{ filters: [{ field: {} }] }, TypeError, /^Cannot use option "filters\[0\]\.field\.path": expected a path/],
  [{ filters: [{ field: { path: "a", x: 1 } }] }, TypeError, /"filters\[0\]\.field\.x": there is no such option/],
  [
    { filters: [{ not: { and: [] } }] },
    RangeError,
    /^Cannot use option "filters\[0\]\.not\.and": expected at least one/,
  ],
  [
    { filters: [{ not: { and: [{ or: 1 }] } }] },
    TypeError,
    /^Cannot use option "filters\[0\]\.not\.and\[0\]\.or": expect/,
  ],
  [{ filters: [{ message: { matches: "(" } }] }, SyntaxError, /^Cannot use option "filters\[0\]\.message\.matches": /],
  [{ filters: [{ message: { matches: 5 } }] }, TypeError, /\.matches": expected the source of a regular expression/],
  [{ filters: ["level"] }, TypeError, /"filters\[0\]": expected "level" with its argument, as an object/],
  [{ filters: ["mine"] }, RangeError, /"filters\[0\]": there is no filter "mine"; known are "level", "field"/],
  [{ filters: [{ mine: 1 }] }, RangeError, /"filters\[0\]": there is no filter "mine"; known are "level"/],
  [{ filters: [{ __proto__: null, constructor: 1 }] }, RangeError, /there is no filter "constructor"/],
  [{ filters: [{ time: { from: "25:00" } }] }, RangeError, /^Cannot use option "filters\[0\]\.time\.from": /],
  [
    { sampler: { random: 2 } },
    RangeError,
    /^Cannot use option "sampler\.random": expected a number from 0 to 1, got 2/,
  ],
  [{ sampler: { random: "x" } }, TypeError, /^Cannot use option "sampler\.random": expected a number/],
  [{ sampler: "random(0.1)" }, RangeError, /^Cannot use option "sampler": there is no sampler "random\(0\.1\)"/],
  [
    { sampler: { consistent: { rate: 1 } } },
    TypeError,
    /^Cannot use option "sampler\.consistent\.key": expected a path/,
  ],
  [{ sampler: { burst: { burst: 1, period: "1x" } } }, RangeError, /^Cannot use option "sampler\.burst\.period": /],
  [{ sampler: { burst: { burst: 1, period: 1, next: { every: 0 } } } }, RangeError, /"sampler\.burst\.next\.every"/],
  [{ sampler: { byLevel: { loud: { every: 1 } } } }, TypeError, /"sampler\.byLevel\.loud": there is no such option/],
  [{ sampler: { byPattern: [{ match: "a" }] } }, TypeError, /"sampler\.byPattern\[0\]\.sampler": expected an object/],
  [
    { sampler: { except: { exempt: "eror", sampler: { every: 1 } } } },
    RangeError,
    /"sampler\.except\.exempt": expected/,
  ],
  [{ redact: {} }, TypeError, /^Cannot use option "redact": expected at least one of paths/],
  [{ redact: { patterns: [{ name: "x", pattern: "(" }] } }, SyntaxError, /"redact\.patterns\[0\]\.pattern": /],
  [{ queue: { capacity: 0 } }, RangeError, /^Cannot use option "queue\.capacity": /],
  [{ closeTimeout: 0 }, RangeError, /^Cannot use option "closeTimeout": /],
  [
    { destinations: [{ uri: "a.log", circuitBreaker: { failures: 0 } }] },
    RangeError,
    /^Cannot use option "destinations\[0\]\.circuitBreaker\.failures": /,
  ],
  [
    { destinations: [{ uri: "a.log", fallback: [{ uri: "b.log", retry: { firstPause: "x" } }] }] },
    RangeError,
    /^Cannot use option "destinations\[0\]\.fallback\[0\]\.retry\.firstPause": /,
  ],
  [{ flushInterval: -1 }, RangeError, /^Cannot use option "flushInterval": /],
  [{ flushOnSignal: 1 }, TypeError, /^Cannot use option "flushOnSignal": /],
];

describe("settings that are wrong", () => {
  for (const [settings, kind, words] of bad) {
    it(`are refused: ${String(words)}`, () => {
      assert.throws(
        () => fromObject(settings),
        (error) => error instanceof kind && (words.test(error.message) || assert.fail(error.message)),
      );
    });
  }

  it("are refused when they have no end", () => {
    const fields: Record<string, unknown> = {};
    fields.self = fields;
    assert.throws(() => fromObject({ fields }), /fields\.self.*": more than 100 objects and arrays within each other/);
  });

  it("make no backend and open no file", () => {
    const runtime = createMemoryRuntime();
    createSettingsFromObject(() => runtime)({ destinations: ["/a.log"] });
    assert.equal(runtime.calls.stat("/a.log"), undefined);
  });

  it("throw nothing but errors that name the option, whatever the JSON", () => {
    const keys = [
      ...["level", "levels", "fields", "destinations", "format", "filters", "sampler", "redact", "queue", "uri"],
      ...[
        "flushInterval",
        "flushOnSignal",
        "rotate",
        "maxBytes",
        "every",
        "random",
        "consistent",
        "tick",
        "burst",
        "key",
      ],
      ...[
        "rateLimit",
        "byLevel",
        "byPattern",
        "except",
        "exempt",
        "match",
        "not",
        "and",
        "or",
        "field",
        "path",
        "matches",
      ],
      ...[
        "message",
        "time",
        "from",
        "to",
        "in",
        "equals",
        "patterns",
        "paths",
        "keys",
        "censor",
        "json",
        "preset",
        "name",
      ],
      ...[
        "__proto__",
        "constructor",
        "suppression",
        "selfReport",
        "interval",
        "period",
        "rate",
        "min",
        "max",
        "pattern",
      ],
    ];
    const words = [
      "info",
      "off",
      "app.log",
      "stdout:",
      "syslog://x",
      "text",
      "a.b",
      "**.x",
      "(",
      "1s",
      "10MB",
      "email",
      "",
    ];
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "medium", withCrossShrink: true },
        fc.constantFrom<unknown>(...words, 0, 1, -1, 0.5, 1e300, true, false, null),
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 3 }),
      ),
    }));
    const settings = fc.dictionary(fc.constantFrom(...keys.slice(0, 12), "suppression", "selfReport"), value, {
      maxKeys: 3,
    });
    let passed = 0;
    fc.assert(
      fc.property(fc.oneof({ weight: 9, arbitrary: settings }, { weight: 1, arbitrary: value }), (input) => {
        try {
          fromText(JSON.stringify(input));
          passed++;
        } catch (error) {
          assert.ok(
            error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError,
            `${error}`,
          );
          assert.match(error.message, /^Cannot use option "[^]*" of "\/log\.json", line \d+, column \d+: /);
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(passed > 0);
  });
});

describe("settingsFromFile()", () => {
  it("tells the place of what is wrong", () => {
    const text =
      '{\n  "level": "info",\n  "destinations": [\n    { "uri": "app.log",\n      "level": "loud" }\n  ]\n}\n';
    assert.throws(() => fromText(text), {
      name: "RangeError",
      message: /^Cannot use option "destinations\[0\]\.level" of "\/log\.json", line 5, column 7: expected one of/,
    });
  });

  it("tells the place where the JSON ends", () => {
    assert.throws(() => fromText('{ "level": "info", }'), {
      name: "SyntaxError",
      message: 'Cannot read settings "/log.json": expected a name in double quotes at line 1, column 20',
    });
  });

  it("tells the file that is not there", () => {
    const read = createSettingsFromFile(() => createMemoryRuntime());
    assert.throws(() => read("none.json"), /^Error: Cannot read settings "\/none\.json": /);
    assert.throws(() => read(""), /^RangeError: Cannot use option "path": it is empty/);
  });
});
