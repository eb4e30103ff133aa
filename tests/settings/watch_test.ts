import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { createConfigure, getLogger } from "../../src/named.ts";
import type { Logger } from "../../src/logger.ts";
import type { LoggerOptions } from "../../src/options.ts";
import { type ConfigChange, createWatchConfig, type WatchConfigOptions } from "../../src/settings/watch_config.ts";
import { createMemoryRuntime, type MemoryRuntime } from "../support/memory_runtime.ts";
import { linesOf, loggerOn, type LogRecord } from "../logger/harness.ts";

const path = "/log.json";
const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** A logger of `configure` that follows `/log.json`. */
function follow(
  settings: unknown,
  options: WatchConfigOptions & { readonly logger?: Partial<LoggerOptions>; readonly plain?: boolean } = {},
) {
  const { logger, plain = false, ...watchOptions } = options;
  const runtime = createMemoryRuntime();
  const reports: string[] = [];
  const changes: ConfigChange[] = [];
  const make = plain ? (all: LoggerOptions) => loggerOn(runtime, all) : createConfigure(() => runtime);
  const log: Logger = make({
    destinations: ["/a.log"],
    onError: (error) => void reports.push(error.message),
    ...logger,
  });
  const write = (next: unknown) => runtime.fs.writeFile(path, typeof next === "string" ? next : JSON.stringify(next));
  if (settings !== undefined) write(settings);
  const watchConfig = createWatchConfig(() => runtime);
  const watch = watchConfig(path, log, { onChange: (change) => void changes.push(change), ...watchOptions });
  cleanUps.push(async () => {
    watch.stop();
    await log.close();
  });
  return { runtime, log, watch, write, reports, changes };
}

async function records(runtime: MemoryRuntime, log: Logger, file: string): Promise<LogRecord[]> {
  await log.flush();
  return linesOf(runtime.fs.readText(file)).map((line) => JSON.parse(line) as LogRecord);
}

const changed = (changes: readonly ConfigChange[]) => changes.map((change) => change.changed.join());

describe("watchConfig()", () => {
  it("applies the file at once, and what changes in it", async () => {
    const { runtime, log, write, changes, reports } = follow({ level: "warn" });
    assert.equal(log.level, "warn");
    write({ level: "debug", levels: { "watch.db": "off" } });
    assert.equal(log.level, "warn");
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "debug");
    assert.equal(getLogger("watch.db").level, "off");
    assert.equal(getLogger("watch.http").level, "debug");
    assert.deepEqual(changed(changes), ["level", "level,levels"]);
    assert.deepEqual(changes[1]?.settings, { level: "debug", levels: { "watch.db": "off" } });
    assert.deepEqual(reports, []);
  });

  it("looks as often as it is told", async () => {
    const { runtime, log, write } = follow({ level: "warn" }, { interval: "5s" });
    write({ level: "debug" });
    await runtime.clock.advance(4_999);
    assert.equal(log.level, "warn");
    await runtime.clock.advance(1);
    assert.equal(log.level, "debug");
  });

  it("changes filters, sampler, redaction and destinations without losing a record", async () => {
    const { runtime, log, watch, write } = follow({});
    log.info("before", { secret: "s" });
    write({
      destinations: ["/a.log", "/b.log"],
      filters: [{ not: { message: { includes: "noise" } } }],
      sampler: { byLevel: { debug: { every: 2 } } },
      redact: { keys: ["secret"] },
      level: "debug",
    });
    assert.equal(watch.check(), true);
    log.info("after", { secret: "s" });
    log.info("noise");
    log.debug("first");
    log.debug("second");
    log.debug("third");
    write({ destinations: ["/a.log"] });
    assert.equal(watch.check(), true);
    log.info("end", { secret: "s" });
    log.debug("never");
    const told = (all: LogRecord[]) => all.map(({ msg, secret }) => secret === undefined ? msg : `${msg} ${secret}`);
    const after = ["after [REDACTED]", "first", "third"];
    assert.deepEqual(told(await records(runtime, log, "/a.log")), ["before s", ...after, "end s"]);
    assert.deepEqual(told(await records(runtime, log, "/b.log")), after);
  });

  it("leaves alone what the program has set and the file does not mention, or has not changed", async () => {
    const { log, watch, write, runtime } = follow({ level: "warn" }, {
      logger: { filters: [({ msg }) => msg !== "no"] },
    });
    log.level = "trace";
    write({ level: "warn", sampler: { byLevel: {} } });
    assert.equal(watch.check(), true);
    assert.equal(log.level, "trace");
    log.trace("yes");
    log.info("no");
    assert.deepEqual((await records(runtime, log, "/a.log")).map(({ msg }) => msg), ["yes"]);
  });

  it("goes back to the default where the file ends to mention something", () => {
    const { log, watch, write } = follow({ level: "error", levels: { "watch.gone": "off" } });
    assert.equal(getLogger("watch.gone").level, "off");
    write({});
    watch.check();
    assert.equal(log.level, "info");
    assert.equal(getLogger("watch.gone").level, "info");
  });

  it("keeps destinations and samplers that stay as they are", () => {
    const settings = {
      destinations: [{ uri: "/a.log", sampler: { every: 2 } }, "/b.log"],
      sampler: { every: 3 },
      filters: [{ level: { min: "info" } }],
    };
    const { log, watch, write, runtime } = follow(settings);
    for (let i = 0; i < 6; i++) log.info("x");
    runtime.fs.writeFile("/unrelated", "");
    const before = log.metrics();
    write({ ...settings, level: "debug", destinations: [...settings.destinations, "/c.log"] });
    assert.equal(watch.check(), true);
    for (let i = 0; i < 6; i++) log.info("x");
    return log.flush().then(() => {
      const { destinations, pipeline } = log.metrics();
      assert.equal(before.destinations[0]?.written, 0);
      assert.deepEqual(destinations.map(({ written }) => written), [2, 4, 2]);
      assert.equal(pipeline.sampler[0]?.passed, 4);
    });
  });

  it("tells which settings count only after a new start", () => {
    const { watch, write, changes } = follow({ queue: { capacity: 10 }, fields: { a: 1 }, format: "text" });
    assert.deepEqual(changes, []);
    write({ queue: { capacity: 20 }, fields: { a: 1 }, format: "json" });
    assert.equal(watch.check(), false);
    assert.deepEqual(changes.map(({ changed, ignored }) => [changed, ignored]), [[[], ["queue", "format"]]]);
  });

  it("reports a bad file once per change, and the old settings go on", async () => {
    const { runtime, log, watch, write, reports } = follow({ level: "warn", filters: [] });
    write({ level: "loud", filters: [{ message: { includes: "x" } }] });
    await runtime.clock.advance(10_000);
    assert.equal(watch.check(), false);
    assert.equal(log.level, "warn");
    assert.equal(reports.length, 1);
    assert.match(reports[0] ?? "", /^Cannot use option "level" of "\/log\.json", line 1, column 2: expected one of/);
    write({ level: "louder" });
    await runtime.clock.advance(3_000);
    assert.equal(reports.length, 2);
    write({ level: "debug" });
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "debug");
    write({ level: "louder" });
    await runtime.clock.advance(5_000);
    assert.equal(reports.length, 3);
    write({ level: "debug" });
    await runtime.clock.advance(5_000);
    assert.equal(reports.length, 3);
  });

  it("changes nothing when a part of the settings cannot be carried out", () => {
    const { log, watch, write, reports } = follow({ level: "warn" });
    write({ level: "debug", destinations: ["/a.log", "nope:x"] });
    assert.equal(watch.check(), false);
    assert.equal(log.level, "warn");
    assert.deepEqual(log.destinations.names, ["/a.log"]);
    assert.match(reports.join(), /unknown scheme "nope:"/);
  });

  it("waits for the end of a file that is being written", async () => {
    const { runtime, log, write, reports } = follow({ level: "warn" });
    for (const text of ["", '{"lev', '{"level": "de', '{"level": "debug"']) {
      write(text);
      await runtime.clock.advance(1_000);
    }
    assert.deepEqual([log.level, reports], ["warn", []]);
    write('{"level": "debug"}');
    await runtime.clock.advance(1_000);
    assert.deepEqual([log.level, reports], ["debug", []]);
    write('{"level": "er');
    await runtime.clock.advance(1_999);
    assert.deepEqual(reports, []);
    await runtime.clock.advance(10_001);
    assert.deepEqual([log.level, reports.length], ["debug", 1]);
    assert.match(
      reports[0] ?? "",
      /^Cannot read settings "\/log\.json": expected the end of a string.*line 1, column 14/,
    );
  });

  it("reports unfinished JSON at once when it is asked to look", () => {
    const { watch, write, reports } = follow({});
    write("{");
    watch.check();
    watch.check();
    assert.equal(reports.length, 1);
  });

  it("leaves everything as it is when the file goes, reports that once, and goes on when it comes back", async () => {
    const { runtime, log, write, reports } = follow({ level: "warn" });
    runtime.calls.remove(path);
    await runtime.clock.advance(1_000);
    assert.deepEqual(reports, []);
    await runtime.clock.advance(10_000);
    assert.deepEqual([log.level, reports], ["warn", [
      'Cannot read settings "/log.json": there is no such file; those before it go on',
    ]]);
    write({ level: "debug" });
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "debug");
    runtime.calls.remove(path);
    write({ level: "error" });
    await runtime.clock.advance(5_000);
    assert.deepEqual([log.level, reports.length], ["error", 1]);
    runtime.calls.remove(path);
    await runtime.clock.advance(5_000);
    assert.equal(reports.length, 2);
  });

  it("may begin before there is a file", async () => {
    const { runtime, log, write, reports } = follow(undefined);
    assert.equal(reports.length, 1);
    write({ level: "trace" });
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "trace");
  });

  it("sees a file that takes the place of another", async () => {
    const { runtime, log } = follow({ level: "warn" });
    await runtime.clock.advance(60_000);
    runtime.fs.writeFile("/log.json.new", '{"level":"info"}');
    runtime.calls.rename("/log.json.new", path);
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "info");
  });

  it("sees a change that leaves size and time as they were", async () => {
    const { runtime, log, write } = follow({ level: "warn" });
    write({ level: "info" });
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "info");
    // Frozen while it is looked at: as if the file system counted in seconds.
    const stat = runtime.calls.stat(path);
    runtime.calls.stat = () => stat;
    write({ level: "warn" });
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "warn");
  });

  it("reads a file again only while it is young, or has changed", async () => {
    const { runtime, write } = follow({ level: "warn" });
    let reads = 0;
    const { readText } = runtime;
    runtime.readText = (name) => {
      reads++;
      return readText(name);
    };
    await runtime.clock.advance(100_000);
    assert.equal(reads, 4);
    write({ level: "info" });
    await runtime.clock.advance(100_000);
    assert.equal(reads, 8);
  });

  it("follows what a link leads to", async () => {
    const { runtime, log, watch } = follow({ level: "warn" });
    runtime.calls.remove(path);
    runtime.fs.writeFile("/one.json", '{"level":"debug"}');
    runtime.fs.writeFile("/two.json", '{"level":"error"}');
    let target = "/one.json";
    const { readText } = runtime;
    runtime.fs.link("/data", path);
    runtime.readText = (name) => readText(name === path ? target : name);
    await runtime.clock.advance(10_000);
    assert.equal(log.level, "debug");
    target = "/two.json";
    await runtime.clock.advance(1_000);
    assert.equal(log.level, "error");
    watch.stop();
  });

  it("stops", async () => {
    const { runtime, log, watch, write } = follow({ level: "warn" });
    watch.stop();
    write({ level: "debug" });
    await runtime.clock.advance(10_000);
    assert.equal(watch.check(), false);
    assert.equal(log.level, "warn");
    watch[Symbol.dispose]();
  });

  it("can be stopped by its own news", async () => {
    const stop = { now: () => {} };
    const { runtime, log, watch, write } = follow({ level: "warn" }, { onChange: () => stop.now() });
    stop.now = () => watch.stop();
    write({ level: "debug" });
    await runtime.clock.advance(1_000);
    write({ level: "error" });
    await runtime.clock.advance(10_000);
    assert.equal(log.level, "debug");
  });

  it("survives an onChange that throws", async () => {
    const { log, reports } = follow({ level: "warn" }, {
      onChange() {
        throw new Error("boom");
      },
    });
    assert.equal(log.level, "warn");
    assert.deepEqual(reports, ["Cannot tell of a change of settings: boom"]);
    await Promise.resolve();
  });

  it("reports levels for a logger that no names belong to, and applies the rest", async () => {
    const { log, reports } = follow({ level: "warn", levels: { a: "debug" } }, { plain: true });
    assert.equal(log.level, "warn");
    assert.deepEqual(reports, ["Cannot set levels: logging is not configured; call configure first"]);
    await Promise.resolve();
  });

  it("refuses bad options", () => {
    assert.throws(() => follow({}, { interval: 5 }), /^RangeError: Cannot use option "interval": expected 10 or more/);
    assert.throws(() => follow({}, { interval: "x" }), /^RangeError: Cannot use option "interval"/);
    assert.throws(() => follow({}, { onChange: 5 as never }), /^TypeError: Cannot use option "onChange"/);
    assert.throws(() => follow({}, { every: 5 } as never), /^TypeError: Cannot use option "every": there is no such/);
  });
});
