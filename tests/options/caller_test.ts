import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as main from "../../mod.ts";
import * as otlp from "../../otlp.ts";
import * as core from "../../src/mod.ts";
import * as conformance from "../../src/conformance/mod.ts";
import * as testing from "../../testing.ts";
import * as verify from "../../verify.ts";
import { nodeRuntime } from "../../adapters/node.ts";
import "../../journald.ts";

const { configure, createLogger, filter, format, getLogger, guard, loadPlugin, patchConsole, prometheusText } = main;
const { recover, registerBackend, sample, setLevels, settingsFromEnvironment, settingsFromFile } = main;
const { settingsFromObject, SuppressionReport, use, watchConfig } = main;

const bad = { noSuchOption: 1 } as never;
const never = undefined as never;

/** The stack frames of an error. */
function framesOf(error: unknown): string[] {
  assert.ok(error instanceof Error, String(error));
  const { message, stack = "" } = error;
  assert.match(message, /^Cannot \w+/);
  // JavaScriptCore's stack of an error with a cause need not begin with the message.
  const frames = stack.slice(Math.max(stack.indexOf(message), 0) + (stack.includes(message) ? message.length : 0));
  return frames.split("\n").filter((line) => /^\s+at /.test(line));
}

/** What each function of the library says to something that it cannot use. */
const calls: { readonly [name: string]: () => unknown } = {
  createLogger: () => createLogger({ destinations: [{ uri: "stdout:", ...bad as object }] as never }),
  "createLogger: destinations": () => createLogger({ destinations: [] }),
  "createLogger: no such scheme": () => createLogger("no-such-scheme://host" as string),
  "createLogger: file": () => createLogger({ destinations: [{ uri: "app.log", rotate: { maxBytes: -1 } }] }),
  "createLogger: syslog": () => createLogger("syslog+udp://host:99999" as string),
  "createLogger: journald": () => createLogger("journald:?no=1" as string),
  "createLogger: otlp": () => createLogger("otlp+http://user:secret@host" as string),
  "createLogger: console": () => createLogger("console:?no=1" as string),
  "createLogger: redact": () => createLogger({ destinations: ["stdout:"], redact: { paths: ["a..b"] } }),
  "createLogger: routes": () => createLogger({ destinations: ["stdout:"], routes: [{ to: ["nowhere"] } as never] }),
  "createLogger: serialize": () => createLogger({ destinations: ["stdout:"], serialize: bad }),
  configure: () => configure({ destinations: ["stdout:"], level: "loud" as never }),
  getLogger: () => getLogger("a b"),
  setLevels: () => setLevels({ "db": "loud" as never }),
  "setLevels before configure": () => setLevels({}),
  patchConsole: () => patchConsole(never),
  "patchConsole: levels": () => patchConsole(logger(), { levels: { log: "loud" as never } }),
  recover: () => recover(logger(), () => {}, bad),
  guard: () => guard(logger(), Promise.resolve(), { level: "loud" as never }),
  registerBackend: () => registerBackend("file", () => never),
  prometheusText: () => prometheusText(never),
  settingsFromObject: () => settingsFromObject({ level: "loud" as never }),
  settingsFromFile: () => settingsFromFile("/no/such/file.json"),
  settingsFromEnvironment: () => settingsFromEnvironment(""),
  watchConfig: () => watchConfig("log.json", logger(), { interval: -1 }),
  use: () => use(bad),
  loadPlugin: () => loadPlugin(""),
  "loadPlugin: no such file": () => loadPlugin("./no_such_plugin.ts"),
  SuppressionReport: () => new SuppressionReport({ interval: -1 }),
  verifyLog: () => verify.verifyLog("app.log", bad),
  "verifyLog: path": () => verify.verifyLog(never),
  otlpBackend: () => otlp.otlpBackend({ url: "no url" }),
  captureLogs: () => testing.captureLogs(() => {}, { level: "loud" as never }),
  testRuntime: () => conformance.testRuntime(nodeRuntime(), { it, directory: "", deviations: { "no such rule": "" } }),
  testBackend: () => conformance.testBackend(never, { it, name: "", deviations: { "no such rule": "" } }),
  "filter.level": () => filter.level({ min: "fatal", max: "trace" }),
  "filter.field": () => filter.field("a", {}),
  "filter.message": () => filter.message({}),
  "filter.time": () => filter.time({}),
  "filter.and": () => filter.and(),
  "filter.or": () => filter.or(),
  "filter.not": () => filter.not(never),
  "sample.adaptive": () => sample.adaptive(0),
  "sample.burst": () => sample.burst({ burst: 0, period: "1s" }),
  "sample.byLevel": () => sample.byLevel(bad),
  "sample.byPattern": () => sample.byPattern([bad]),
  "sample.consistent": () => sample.consistent(2, "request_id"),
  "sample.every": () => sample.every(0),
  "sample.except": () => sample.except("loud" as never, () => true),
  "sample.random": () => sample.random(2),
  "sample.rateLimit": () => sample.rateLimit(0),
  "sample.tick": () => sample.tick({ interval: 0, first: 1 }),
  "format.json": () => format.json(bad),
  "format.text": () => format.text(bad),
  "format.logfmt": () => format.logfmt(bad),
  "format.pretty": () => format.pretty({ width: -1 }),
  "update of a logger": () => logger().update(bad),
  "update of a named logger": () => getLogger("db").update({}),
  "level of a logger": () => void (logger().level = "loud" as never),
  "level of a child": () => logger().with({}, { level: "loud" as never }),
  "isEnabled of a logger": () => logger().isEnabled("loud" as never),
  "destinations.add": () => logger().destinations.add({ uri: "" }),
  "destinations.add of a named logger": () => getLogger("db").destinations.add("stdout:"),
  "update of a destination": () => logger().destinations.get("stdout:")?.update(bad),
  "level of a destination": () => {
    const handle = logger().destinations.get("stdout:");
    assert.ok(handle !== undefined);
    handle.level = "loud" as never;
  },
  "enabled of a destination": () => {
    const handle = logger().destinations.get("stdout:");
    assert.ok(handle !== undefined);
    handle.enabled = 1 as never;
  },
};

/** Exports that refuse no argument, with the reason. */
const HARMLESS: { readonly [name: string]: string } = {
  withContext: "takes any fields",
  runWithContext: "takes any fields",
  openTelemetryContext: "takes nothing",
  redactText: "never throws",
  colorsWanted: "decides about any",
  classSerializer: "makes a pair, which is checked where it is used",
  MemoryBackend: "takes any",
  FakeClock: "takes any",
  createConfigure: "makes configure",
  createLoadPlugin: "makes loadPlugin",
  createLoggerFactory: "makes createLogger",
  createSettingsFromEnvironment: "makes settingsFromEnvironment",
  createSettingsFromFile: "makes settingsFromFile",
  createSettingsFromObject: "makes settingsFromObject",
  createUse: "makes use",
  createVerifyLog: "makes verifyLog",
  createWatchConfig: "makes watchConfig",
};

function logger(): main.Logger {
  return createLogger("stdout:");
}

/** Names of the functions that a module exports, those in its objects as `filter.level`. */
function functionsOf(exports: object): string[] {
  return Object.entries(exports).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value === "function") return /Error$/.test(name) ? [] : name;
    return Array.isArray(value) ? [] : functionsOf(value as object).map((inner) => `${name}.${inner}`);
  });
}

describe("an error about an option", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`shows the line of the program: ${name}`, async () => {
      let error: unknown;
      try {
        await call();
      } catch (caught) {
        error = caught;
      }
      const [first = "", ...rest] = framesOf(error);
      assert.match(first, /caller_test\.ts/, [String(error), first, ...rest].join("\n"));
    });
  }

  it("is looked at for every function that the package exports", () => {
    const known = new Set([...Object.keys(calls), ...Object.keys(HARMLESS)]);
    const exported = [main, core, conformance, otlp, testing, verify].flatMap(functionsOf);
    assert.ok(exported.length > 50);
    assert.deepEqual(exported.filter((name) => !known.has(name)), []);
  });

  it("is the only kind whose stack is changed", () => {
    function throwing(): never {
      throw new TypeError("of the program's own");
    }
    let stack = "";
    try {
      createLogger({
        destinations: ["stdout:"],
        get fields(): never {
          return throwing();
        },
      });
    } catch (error) {
      stack = (error as Error).stack ?? "";
    }
    assert.match(stack, /throwing/);
  });
});
