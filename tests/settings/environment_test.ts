import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSettingsFromEnvironment } from "../../src/settings/sources.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

interface Options {
  readonly files?: Record<string, string>;
  readonly prefix?: string;
}

/** Settings of an environment, which may name files, and what was reported. */
function reading(environment: Record<string, string>, options: Options = {}) {
  const runtime = createMemoryRuntime({ environment });
  for (const [path, text] of Object.entries(options.files ?? {})) runtime.fs.writeFile(path, text);
  const settings = createSettingsFromEnvironment(() => runtime)(options.prefix);
  return { settings, warnings: runtime.written("stderr").split("\n").slice(0, -1) };
}

/** Settings of an environment without faults. */
function settingsOf(environment: Record<string, string>, options?: Options) {
  const { settings, warnings } = reading(environment, options);
  assert.deepEqual(warnings, []);
  return settings;
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

  const bad: [environment: Record<string, string>, words: RegExp][] = [
    [
      { OMNI_LEVEL: "LOUD" },

      /^Cannot use option "OMNI_LEVEL": expected one of "trace", .* got "LOUD"/,
    ],
    [{ OMNI_LEVELS: "db" }, /^Cannot use option "OMNI_LEVELS": expected names and levels .* got "db"/],
    [{ OMNI_LEVELS: "db=loud" }, /^Cannot use option "OMNI_LEVELS\["db"\]": expected one of/],
    [{ OMNI_LEVELS: "a=info,a=off" }, /^Cannot use option "OMNI_LEVELS": "a" stands in it twice/],
    [{ OMNI_LEVELS: "*x=info" }, /^Cannot use option "OMNI_LEVELS": "\*x" is neither a name/],
    [{ OMNI_FORMAT: "xml" }, /^Cannot use option "OMNI_FORMAT": there is no formatter "xml"/],
    [{ OMNI_DESTINATIONS: "a.log,,b" }, /^Cannot use option "OMNI_DESTINATIONS\[1\]\.uri": it is empty/],
    [{ OMNI_DESTINATIONS: "nope:x" }, /^Cannot use option "OMNI_DESTINATIONS\[0\]\.uri": unknown scheme/],
    [
      { OMNI_DESTINATIONS: "[" },

      /^Cannot use option "OMNI_DESTINATIONS": it is no JSON: expected a value/,
    ],
    [{ OMNI_FIELDS: "a=b" }, /^Cannot use option "OMNI_FIELDS": it is no JSON: .* at line 1, column 1/],
    [{ OMNI_FIELDS: "[]" }, /^Cannot use option "OMNI_FIELDS": expected an object, got an array/],
    [
      { OMNI_FLUSH_INTERVAL: "10 sec" },
      /^Cannot use option "OMNI_FLUSH_INTERVAL": expected a number of milliseconds or .*, got "10 sec"/,
    ],
    [{ OMNI_FLUSH_ON_SIGNAL: "yes" }, /^Cannot use option "OMNI_FLUSH_ON_SIGNAL": expected true or false/],
    [{ OMNI_QUEUE_CAPACITY: "0" }, /^Cannot use option "OMNI_QUEUE_CAPACITY": expected a whole number/],
    [{ OMNI_QUEUE_MAX_BYTES: "lots" }, /^Cannot use option "OMNI_QUEUE_MAX_BYTES": expected a number of/],
    [{ OMNI_QUEUE_OVERFLOW: "wait" }, /^Cannot use option "OMNI_QUEUE_OVERFLOW": expected one of "drop"/],
    [
      { OMNI_CONFIG: "bad.json" },
      /^Cannot use option "level" of "\/bad\.json", line 1, column 2: expected.* \(named by OMNI_CONFIG\);/,
    ],
    [{ OMNI_CONFIG: "none.json" }, /^Cannot read settings "\/none\.json": .* \(named by OMNI_CONFIG\);/],
  ];
  for (const [environment, message] of bad) {
    it(`reports ${JSON.stringify(environment)}, and goes by the others`, () => {
      const { settings, warnings } = reading({ OMNI_FLUSH_INTERVAL: "5", ...environment }, {
        files: { "/bad.json": '{"level":"x"}' },
      });
      assert.deepEqual(settings, "OMNI_FLUSH_INTERVAL" in environment ? {} : { flushInterval: 5 });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /^omni\/log: .*; it counts as not set$/);
      assert.match(warnings[0]!.slice("omni/log: ".length), message);
    });
  }

  it("reports each bad variable, however many they are", () => {
    const environment = Object.fromEntries(bad.map(([environment]) => Object.entries(environment)[0]!));
    const { settings, warnings } = reading(environment);
    assert.deepEqual(settings, {});
    assert.equal(warnings.length, Object.keys(environment).length);
  });

  it("reports a variable that does not go together with the file, and goes by the file", () => {
    const file = { destinations: [{ uri: "a.log", name: "a" }], routes: [{ level: "warn", to: "a" }] };
    const { settings, warnings } = reading({ OMNI_CONFIG: "log.json", OMNI_DESTINATIONS: "b.log" }, {
      files: { "/log.json": JSON.stringify(file) },
    });
    assert.deepEqual(settings.destinations, [{ uri: "a.log", name: "a" }]);
    assert.match(warnings.join(), /Cannot use option "routes\[0\]\.to" together with "OMNI_DESTINATIONS": /);
  });

  it("takes levels and other words in any case", () => {
    const environment = {
      OMNI_LEVEL: "INFO",
      OMNI_LEVELS: "db=Silent,http=WARNING",
      OMNI_FLUSH_ON_SIGNAL: "TRUE",
      OMNI_QUEUE_OVERFLOW: "Block",
    };
    assert.deepEqual(reading(environment), {
      settings: {
        level: "info",
        levels: { db: "off", http: "warn" },
        flushOnSignal: true,
        queue: { overflow: "block" },
      },
      warnings: [],
    });
  });
});
