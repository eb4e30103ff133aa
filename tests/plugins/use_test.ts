import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { Message } from "../../src/message.ts";
import type { LoggerOptions } from "../../src/options.ts";
import { tickSampler } from "../../src/pipeline/sample_tick.ts";
import type { Plugin } from "../../src/plugins/plugin.ts";
import { createUse, type PluginHandle } from "../../src/plugins/use.ts";
import { createSettingsFromObject } from "../../src/settings/sources.ts";
import type { Settings } from "../../src/settings/settings.ts";
import { registerBackend } from "../../src/backends/registry.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { linesOf, loggerOn } from "../logger/harness.ts";

const handles: PluginHandle[] = [];

async function use(plugin: unknown, runtime = createMemoryRuntime()): Promise<PluginHandle> {
  const handle = await createUse(() => runtime)(plugin as Plugin);
  handles.push(handle);
  return handle;
}

afterEach(async () => {
  for (const handle of handles.splice(0)) await handle.remove().catch(() => {});
});

/** Logs with options, and returns what stands in `/a.log`. */
async function logged(options: Partial<LoggerOptions>, log: (log: ReturnType<typeof loggerOn>) => void) {
  const runtime = createMemoryRuntime();
  const logger = loggerOn(runtime, { destinations: ["/a.log"], level: "trace", ...options });
  log(logger);
  await logger.close();
  return runtime.calls.stat("/a.log") === undefined ? [] : linesOf(runtime.fs.readText("/a.log"));
}

const three = (log: ReturnType<typeof loggerOn>) => ["a", "b", "c"].forEach((text) => log.info(text));
const brief = ({ msg }: Message) => msg;

describe("use()", () => {
  it("lets options name formatters, filters and samplers", async () => {
    await use({
      name: "letters",
      formatters: { brief },
      filters: { vowels: ({ msg }: Message) => "aeiou".includes(msg) },
      samplers: { none: () => false },
    });
    assert.deepEqual(await logged({ format: "brief" }, three), ["a", "b", "c"]);
    assert.deepEqual(await logged({ format: "brief", filters: ["vowels"] }, three), ["a"]);
    assert.deepEqual(await logged({ format: "brief", filter: "vowels" }, three), ["a"]);
    assert.deepEqual(await logged({ sampler: "none" }, three), []);
    const destinations = [{ uri: "/a.log", format: "brief", filters: ["vowels"] }];
    assert.deepEqual(await logged({ destinations }, three), ["a"]);
  });

  it("lets a running logger name them", async () => {
    await use({ name: "vowels", filters: { vowels: ({ msg }: Message) => "aeiou".includes(msg) } });
    const lines = await logged({}, (log) => {
      three(log);
      log.update({ filters: ["vowels"] });
      three(log);
      assert.throws(
        () => log.update({ filters: ["consonants"] }),
        /there is no filter "consonants"; known are "vowels"/,
      );
    });
    assert.equal(lines.length, 4);
  });

  it("lets settings name them, with an argument for those that are made of one", async () => {
    const made: unknown[] = [];
    await use({
      name: "made",
      formatters: {
        prefix: {
          create(argument: unknown) {
            if (typeof argument !== "string") throw new TypeError("expected a prefix");
            return ({ msg }: Message) => argument + msg;
          },
        },
      },
      samplers: {
        first: { create: (n: unknown) => (made.push(n), tickSampler({ interval: "1h", first: n as number })) },
      },
    });
    const settings = (value: Settings) => createSettingsFromObject(() => createMemoryRuntime())(value);
    const options = settings({
      destinations: [{ uri: "/a.log", format: { prefix: "> " }, sampler: { first: 1 } }],
      sampler: { first: 2 },
    });
    const lines = await logged(options, (log) => ["x", "x", "y"].forEach((text) => log.info(text)));
    assert.deepEqual(lines, ["> x", "> y"]);
    assert.deepEqual(made.sort(), [1, 2]);
    assert.throws(() => settings({ format: { prefix: 5 } }), {
      name: "TypeError",
      message: 'Cannot use option "format": formatter "prefix": expected a prefix',
    });
    assert.throws(() => settings({ format: { sufix: 5 } }), /there is no formatter "sufix"; known are .*"prefix"/);
    assert.throws(() => settings({ sampler: { first: { x: 1 } } }), /Cannot use option "sampler": sampler "first": /);
  });

  it("makes a piece anew for each place that names it", async () => {
    let made = 0;
    await use({
      name: "count",
      samplers: { one: { create: () => (made++, tickSampler({ interval: "1h", first: 1 })) } },
    });
    const twice = (log: ReturnType<typeof loggerOn>) => (log.info("x"), log.info("x"));
    assert.equal((await logged({ sampler: "one" }, twice)).length, 1);
    assert.equal((await logged({ sampler: "one" }, twice)).length, 1);
    assert.equal(made, 2);
  });

  it("registers backends", async () => {
    const lines: string[] = [];
    const handle = await use({
      name: "array",
      backends: { "plugin-array": () => ({ write: (batch: { lines: string[] }) => void lines.push(...batch.lines) }) },
    });
    await logged({ destinations: ["plugin-array:"] }, three);
    assert.equal(lines.length, 3);
    await handle.remove();
    await assert.rejects(logged({ destinations: ["plugin-array:"] }, three), /unknown scheme "plugin-array:"/);
  });

  it("puts its middleware before that of new loggers", async () => {
    const tag = (tag: string) => (message: Message) => ({ ...message, msg: `${message.msg}${tag}` });
    const options: Partial<LoggerOptions> = { format: brief, middleware: [tag("own")] };
    const first = await use({ name: "first", middleware: [tag("1")] });
    await use({ name: "second", middleware: [tag("2"), tag("3")] });
    assert.deepEqual(await logged(options, (log) => log.info("a")), ["a123own"]);
    assert.deepEqual(
      await logged(options, (log) => {
        log.info("a");
        log.update({ middleware: [tag("new")] });
        log.info("b");
      }),
      ["a123own", "b123new"],
    );
    await first.remove();
    assert.deepEqual(await logged(options, (log) => log.info("a")), ["a23own"]);
  });

  it("sets up before anything is known, with what there is to know", async () => {
    const told: unknown[] = [];
    const runtime = createMemoryRuntime({ environment: { HOME: "/root" } });
    const plugin = {
      name: "setup",
      formatters: { brief },
      async setup(this: unknown, context: Parameters<NonNullable<Plugin["setup"]>>[0]) {
        assert.equal(this, plugin);
        told.push(context.runtime, context.environment("HOME"), context.absolutePath("a"));
        await assert.rejects(logged({ format: "brief" }, three), /expected one of/);
      },
    };
    await use(plugin, runtime);
    assert.deepEqual(told, ["memory", "/root", "/a"]);
    assert.deepEqual(await logged({ format: "brief" }, three), ["a", "b", "c"]);
  });

  it("registers nothing when the setup fails", async () => {
    const broken = { name: "broken", formatters: { brief }, middleware: [() => undefined] };
    const setup = () => Promise.reject(new Error("no connection"));
    await assert.rejects(use({ ...broken, setup }), {
      message: 'Cannot set up plugin "broken": no connection',
    });
    await assert.rejects(logged({ format: "brief" }, three), /there is no|expected one of/);
    assert.equal((await logged({}, three)).length, 3);
    await use(broken);
  });

  it("registers nothing when a part is bad or taken", async () => {
    await use({
      name: "one",
      formatters: { brief },
      filters: { mine: () => true },
      backends: { "plugin-one": () => {} },
    });
    const bad: [plugin: unknown, words: RegExp][] = [
      [undefined, /^TypeError: Cannot use option "plugin": expected an object, got undefined/],
      [() => {}, /^TypeError: Cannot use option "plugin": expected an object, got a function/],
      [{}, /^TypeError: Cannot use option "plugin\.name": expected a string/],
      [{ name: "" }, /^RangeError: Cannot use option "plugin\.name": it is empty/],
      [{ name: "x", formatter: {} }, /^TypeError: Cannot use option "plugin\.formatter": there is no such option/],
      [{ name: "x", version: 1 }, /^TypeError: Cannot use option "plugin\.version"/],
      [{ name: "x", formatters: [] }, /^TypeError: Cannot use option "plugin\.formatters": expected an object/],
      [
        { name: "x", formatters: { a: 5 } },
        /^TypeError: Cannot use option "plugin\.formatters\.a": expected a function/,
      ],
      [
        { name: "x", samplers: { "a b": () => {} } },
        /^RangeError: Cannot use option "plugin\.samplers": a name is letters/,
      ],
      [{ name: "x", formatters: { json: brief } }, /"plugin\.formatters": the name "json" is the library's own/],
      [{ name: "x", samplers: { random: () => {} } }, /"plugin\.samplers": the name "random" is the library's own/],
      [{ name: "x", filters: { not: () => {} } }, /"plugin\.filters": the name "not" is the library's own/],
      [{ name: "x", backends: { X: () => {} } }, /^TypeError: Cannot register backend "X": a scheme is/],
      [
        { name: "x", backends: { file: () => {} } },
        /^TypeError: Cannot register backend "file": the scheme is the library's/,
      ],
      [{ name: "x", backends: { ab: 5 } }, /^TypeError: Cannot use option "plugin\.backends\.ab": expected a function/],
      [{ name: "x", middleware: [5] }, /^TypeError: Cannot use option "plugin\.middleware\[0\]": expected a function/],
      [{ name: "x", setup: 5 }, /^TypeError: Cannot use option "plugin\.setup": expected a function/],
      [{ name: "x", teardown: 5 }, /^TypeError: Cannot use option "plugin\.teardown": expected a function/],
      [{ name: "one" }, /^RangeError: Cannot use plugin "one": one of this name is in use already/],
      [
        { name: "x", formatters: { brief } },
        /^RangeError: Cannot use plugin "x": the formatter "brief" is taken by plugin "one"/,
      ],
      [
        { name: "x", backends: { "plugin-one": () => {} } },
        /^RangeError: .*scheme "plugin-one:" is taken by plugin "one"/,
      ],
    ];
    registerBackend("plugin-own", () => ({ write: () => {} }) as never);
    bad.push([{ name: "x", backends: { "plugin-own": () => {} } }, /the scheme "plugin-own:" is registered already/]);
    for (const [plugin, words] of bad) {
      const further = { filters: { other: () => true }, middleware: [() => undefined] };
      const whole = typeof plugin === "object" ? { ...further, ...plugin } : plugin;
      await assert.rejects(use(whole), (error) => words.test(String(error)) || assert.fail(String(error)));
      assert.equal((await logged({}, three)).length, 3);
    }
    await assert.rejects(logged({ filters: ["other"] }, three), /there is no filter "other"; known are "mine"$/);
  });

  it("lets two plugins that are set up at the same time not have the same names", async () => {
    const gate = Promise.withResolvers<void>();
    const slow = use({ name: "slow", formatters: { brief }, setup: () => gate.promise });
    await assert.rejects(use({ name: "fast", formatters: { brief } }), /"brief" is taken by plugin "slow"/);
    gate.resolve();
    await slow;
  });

  it("refuses a scheme that was registered while the plugin was set up", async () => {
    const own = () => ({ write: () => {} }) as never;
    const plugin = { name: "late", backends: { "plugin-late": own }, setup: () => registerBackend("plugin-late", own) };
    await assert.rejects(
      use(plugin),
      /Cannot set up plugin "late": the scheme "plugin-late:" was registered meanwhile/,
    );
  });
});

describe("PluginHandle.remove()", () => {
  it("takes the names back, tears down once, and leaves existing loggers what they have", async () => {
    let teardowns = 0;
    const plugin = {
      name: "brief",
      version: "1.0.0",
      formatters: { brief },
      filters: { all: () => true },
      teardown(this: unknown) {
        assert.equal(this, plugin);
        teardowns++;
      },
    };
    const handle = await use(plugin);
    assert.deepEqual([handle.name, handle.version], ["brief", "1.0.0"]);
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, { destinations: ["/a.log"], format: "brief", filters: ["all"] });
    await Promise.all([handle.remove(), handle.remove()]);
    await handle[Symbol.asyncDispose]();
    assert.equal(teardowns, 1);
    log.info("still");
    log.update({ level: "debug" });
    await log.close();
    assert.equal(runtime.fs.readText("/a.log"), "still\n");
    await assert.rejects(
      logged({ filters: ["all"] }, three),
      /there is no filter "all"; none is known; plugins bring them/,
    );
    await use(plugin);
  });

  it("takes the names back even if the teardown fails", async () => {
    const handle = await use({
      name: "stuck",
      formatters: { brief },
      teardown() {
        throw new Error("still busy");
      },
    });
    await assert.rejects(handle.remove(), { message: 'Cannot tear down plugin "stuck": still busy' });
    await use({ name: "stuck", formatters: { brief } });
  });

  it("leaves a scheme that somebody has registered since", async () => {
    const handle = await use({ name: "first", backends: { "plugin-again": () => ({ write: () => {} }) } });
    const lines: string[] = [];
    registerBackend(
      "plugin-again",
      () => ({ supportsAtomic: true, write: (batch) => void lines.push(...batch.lines) }),
    );
    await handle.remove();
    await logged({ destinations: ["plugin-again:"] }, three);
    assert.equal(lines.length, 3);
  });
});
