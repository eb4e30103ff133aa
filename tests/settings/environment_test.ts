import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSettingsFromEnvironment } from "../../src/settings/sources.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

/** Settings of an environment, which may name files. */
function settingsOf(
  environment: Record<string, string>,
  options: { readonly files?: Record<string, string>; readonly prefix?: string } = {},
) {
  const runtime = createMemoryRuntime({ environment });
  for (const [path, text] of Object.entries(options.files ?? {})) runtime.fs.writeFile(path, text);
  return createSettingsFromEnvironment(() => runtime)(options.prefix);
}

describe("settingsFromEnvironment()", () => {
  it("says nothing of what is not set, or empty", () => {
    assert.deepEqual(settingsOf({}), {});
    assert.deepEqual(settingsOf({ OMNI_LEVEL: "", OMNI_CONFIG: "", OMNI_DESTINATIONS: "" }), {});
  });

  it("reads all variables", () => {
    assert.deepEqual(
      settingsOf({
        OMNI_LEVEL: "debug",
        OMNI_LEVELS: "db.*=debug, http = off",
        OMNI_FORMAT: "text",
        OMNI_DESTINATIONS: "app.log, stderr:",
        OMNI_FIELDS: '{"service":"api","__proto__":1}',
        OMNI_FLUSH_INTERVAL: "0",
        OMNI_FLUSH_ON_SIGNAL: "1",
        OMNI_QUEUE_CAPACITY: "100",
        OMNI_QUEUE_MAX_BYTES: "1MB",
        OMNI_QUEUE_OVERFLOW: "block",
      }),
      {
        level: "debug",
        levels: { "db.*": "debug", http: "off" },
        destinations: [{ uri: "app.log", format: "text" }, { uri: "stderr:", format: "text" }],
        fields: Object.fromEntries([["service", "api"], ["__proto__", 1]]),
        flushInterval: 0,
        flushOnSignal: true,
        queue: { capacity: 100, maxBytes: "1MB", overflow: "block" },
      },
    );
  });

  it("reads destinations as JSON", () => {
    const OMNI_DESTINATIONS = '[{"uri":"a,b.log","level":"warn"}]';
    assert.deepEqual(settingsOf({ OMNI_DESTINATIONS }), { destinations: [{ uri: "a,b.log", level: "warn" }] });
  });

  it("has another prefix where the program says so", () => {
    assert.deepEqual(settingsOf({ APP_LOG_LEVEL: "warn", OMNI_LEVEL: "debug" }, { prefix: "APP_LOG_" }), {
      level: "warn",
    });
    assert.throws(() => settingsOf({}, { prefix: "" }), /^RangeError: Cannot use option "prefix": it is empty/);
  });

  it("puts variables over the file that OMNI_CONFIG names", () => {
    const file = {
      level: "warn",
      levels: { http: "warn", db: "info" },
      fields: { service: "api", zone: 1 },
      destinations: ["a.log", { uri: "b.log", format: "json" }],
      queue: { capacity: 10, overflow: "block" },
      flushInterval: 5,
    };
    const files = { "/log.json": JSON.stringify(file) };
    assert.deepEqual(
      settingsOf({
        OMNI_CONFIG: "log.json",
        OMNI_LEVEL: "debug",
        OMNI_LEVELS: "http=off",
        OMNI_FIELDS: '{"zone":2}',
        OMNI_QUEUE_CAPACITY: "20",
        OMNI_FORMAT: "text",
      }, { files }),
      {
        level: "debug",
        levels: { http: "off", db: "info" },
        fields: { service: "api", zone: 2 },
        destinations: [{ uri: "a.log", format: "text" }, { uri: "b.log", format: "json" }],
        queue: { capacity: 20, overflow: "block" },
        flushInterval: 5,
      },
    );
  });

  const bad: [environment: Record<string, string>, name: string, words: RegExp][] = [
    [
      { OMNI_LEVEL: "DEBUG" },
      "RangeError",
      /^Cannot use option "OMNI_LEVEL": expected one of "trace", .* got "DEBUG"$/,
    ],
    [{ OMNI_LEVELS: "db" }, "RangeError", /^Cannot use option "OMNI_LEVELS": expected names and levels .* got "db"$/],
    [{ OMNI_LEVELS: "db=loud" }, "RangeError", /^Cannot use option "OMNI_LEVELS\["db"\]": expected one of/],
    [{ OMNI_LEVELS: "a=info,a=off" }, "RangeError", /^Cannot use option "OMNI_LEVELS": "a" stands in it twice$/],
    [{ OMNI_LEVELS: "*x=info" }, "RangeError", /^Cannot use option "OMNI_LEVELS": "\*x" is neither a name/],
    [{ OMNI_FORMAT: "xml" }, "RangeError", /^Cannot use option "OMNI_FORMAT": there is no formatter "xml"/],
    [{ OMNI_DESTINATIONS: "a.log,,b" }, "RangeError", /^Cannot use option "OMNI_DESTINATIONS\[1\]\.uri": it is empty$/],
    [{ OMNI_DESTINATIONS: "nope:x" }, "TypeError", /^Cannot use option "OMNI_DESTINATIONS\[0\]\.uri": unknown scheme/],
    [
      { OMNI_DESTINATIONS: "[" },
      "SyntaxError",
      /^Cannot use option "OMNI_DESTINATIONS": it is no JSON: expected a value/,
    ],
    [{ OMNI_FIELDS: "a=b" }, "SyntaxError", /^Cannot use option "OMNI_FIELDS": it is no JSON: .* at line 1, column 1$/],
    [{ OMNI_FIELDS: "[]" }, "TypeError", /^Cannot use option "OMNI_FIELDS": expected an object, got an array$/],
    [
      { OMNI_FLUSH_INTERVAL: "10 sec" },
      "RangeError",
      /^Cannot use option "OMNI_FLUSH_INTERVAL": expected a number of milliseconds or .*, got "10 sec"/,
    ],
    [{ OMNI_FLUSH_ON_SIGNAL: "yes" }, "TypeError", /^Cannot use option "OMNI_FLUSH_ON_SIGNAL": expected true or false/],
    [{ OMNI_QUEUE_CAPACITY: "0" }, "RangeError", /^Cannot use option "OMNI_QUEUE_CAPACITY": expected a whole number/],
    [{ OMNI_QUEUE_MAX_BYTES: "lots" }, "RangeError", /^Cannot use option "OMNI_QUEUE_MAX_BYTES": expected a number of/],
    [{ OMNI_QUEUE_OVERFLOW: "wait" }, "RangeError", /^Cannot use option "OMNI_QUEUE_OVERFLOW": expected one of "drop"/],
    [
      { OMNI_CONFIG: "bad.json" },
      "RangeError",
      /^Cannot use option "level" of "\/bad\.json", line 1, column 2: expected/,
    ],
    [{ OMNI_CONFIG: "none.json" }, "Error", /^Cannot read settings "\/none\.json": /],
  ];
  for (const [environment, name, message] of bad) {
    it(`refuses ${JSON.stringify(environment)}`, () => {
      assert.throws(() => settingsOf(environment, { files: { "/bad.json": '{"level":1e3}'.replace("1e3", '"x"') } }), {
        name,
        message,
      });
    });
  }
});
