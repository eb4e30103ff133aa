import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, patchConsole, type PatchConsoleOptions } from "../../mod.ts";
import { type LogRecord, MemoryBackend } from "../../testing.ts";

/** A console that remembers what came through. */
function fakeConsole() {
  const printed: string[] = [];
  const names = ["log", "info", "debug", "warn", "error", "trace", "dir", "dirxml", "table", "assert", "group"];
  names.push("groupCollapsed", "groupEnd", "count", "countReset", "time", "timeLog", "timeEnd");
  const methods = names.map((
    name,
  ) => [name, (...values: unknown[]) => void printed.push(`${name} ${values.join(" ")}`)]);
  return { console: Object.fromEntries(methods) as Console, printed };
}

/** Calls methods of a patched console and returns what was logged. */
async function logged(call: (console: Console) => void, options: PatchConsoleOptions = {}): Promise<LogRecord[]> {
  const backend = new MemoryBackend();
  const errors: Error[] = [];
  const log = createLogger({ level: "trace", destinations: [{ backend }], onError: (error) => errors.push(error) });
  const { console, printed } = fakeConsole();
  using _patch = patchConsole(log, { console, ...options });
  call(console);
  await log.close();
  assert.deepEqual([printed, errors], [[], []]);
  return [...backend.records];
}

/** The records as text, without the time. */
async function lines(call: (console: Console) => void, options?: PatchConsoleOptions): Promise<string[]> {
  return (await logged(call, options)).map(({ time: _, level, msg, ...fields }) => {
    const rest = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
    return `${level} ${msg}${rest}`;
  });
}

describe("a console that logs", () => {
  it("has the level of each method", async () => {
    const methods = ["log", "info", "debug", "warn", "error"] as const;
    const made = await lines((console) => methods.forEach((name) => console[name](name)));
    assert.deepEqual(made, ["info log", "info info", "debug debug", "warn warn", "error error"]);
    const others = await lines((console) => console.log("x"), { levels: { log: "debug" } });
    assert.deepEqual(others, ["debug x"]);
  });

  const cases: Record<string, [values: unknown[], expected: string]> = {
    "text": [["hello"], "info hello"],
    "nothing": [[], "info "],
    "several values": [["a", 1, true, undefined, null, 12n, Symbol("s")], "info a 1 true undefined null 12n Symbol(s)"],
    "%s, %d, %i, %f and %%": [["%s has %d of %i, %f%%", "x", "4", "5.9", "6.5"], "info x has 4 of 5, 6.5%"],
    "%j": [["got %j", { a: [1] }], 'info got {"a":[1]}'],
    "%o and %O, which are text": [["%O and %s", { a: 1 }, "b"], "info { a: 1 } and b"],
    "%c, which styles nothing": [["%cred", "color: red"], "info red"],
    "more values than there are %": [["%s", "a", "b", 3], "info a b 3"],
    "fewer values than there are %": [["%s %d", "a"], "info a %d"],
    "an object after the text: fields": [["signed in", { user: 1, at: [2] }], 'info signed in {"user":1,"at":[2]}'],
    "an object alone: fields": [[{ user: 1 }], 'info  {"user":1}'],
    "an object before the text: fields": [[{ user: 1 }, "signed in"], 'info signed in {"user":1}'],
    "several objects: text": [["two", { a: 1 }, { b: 2 }], "info two { a: 1 } { b: 2 }"],
    "an array: text": [["list", [1, "b"]], "info list [ 1, 'b' ]"],
    "a class: text": [["when", new Map([["a", 1]])], "info when Map(1) { 'a' => 1 }"],
  };
  for (const [name, [values, expected]] of Object.entries(cases)) {
    it(`takes ${name}`, async () => assert.deepEqual(await lines((console) => console.log(...values)), [expected]));
  }

  it("takes an error as the field err, with its stack, wherever it stands", async () => {
    const error = new TypeError("no such user", { cause: new Error("timeout") });
    for (const values of [[error], ["sign-in failed", error], ["sign-in failed", { user: 1 }, error]]) {
      const [record] = await logged((console) => console.error(...values));
      const err = record.err as { type: string; message: string; stack: string; cause: { message: string } };
      assert.deepEqual([err.type, err.message, err.cause.message], ["TypeError", "no such user", "timeout"]);
      assert.match(err.stack, /patch_console_test/);
      assert.equal(record.msg, values.length === 1 ? "no such user" : "sign-in failed");
      assert.equal(record.user, values.length === 3 ? 1 : undefined);
    }
  });

  it("never throws, whatever it is handed", async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const hostile = {
      get a() {
        throw new Error("getter");
      },
    };
    const throwing = {
      toString() {
        throw new Error("toString");
      },
    };
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    const made = await logged((console) => {
      console.log(proxy);
      console.log(hostile);
      console.log("%s %d", throwing, throwing);
      console.log("a", cycle, cycle);
      console.log("\ud800\n\x1b[31m", "x".repeat(1_000_000));
    });
    assert.equal(made.length, 5);
  });

  it("makes one line of a record, whatever is printed", async () => {
    const deep = { list: Array.from({ length: 50 }, (_, i) => ({ i, text: "long ".repeat(10) })) };
    const [{ msg }] = await logged((console) => console.log("a", deep, [deep]));
    assert.ok(!msg.includes("\n"), msg);
  });

  it("does not format what no level wants", () => {
    const log = createLogger({ level: "warn", destinations: [{ backend: new MemoryBackend() }] });
    const { console } = fakeConsole();
    using _patch = patchConsole(log, { console });
    let formatted = 0;
    const counts = { toString: () => `${++formatted}` };
    const { captureStackTrace } = Error;
    let stacks = 0;
    Error.captureStackTrace = (...args) => (stacks++, captureStackTrace(...args));
    try {
      console.log("%s", counts);
      console.trace("%s", counts);
    } finally {
      Error.captureStackTrace = captureStackTrace;
    }
    assert.deepEqual([formatted, stacks], [0, 0]);
    console.warn("%s", counts);
    assert.equal(formatted, 1);
  });

  it("traces with a stack of who has called it", async () => {
    const [{ level, msg, stack }] = await logged(function caller(console) {
      console.trace("here %d", 1);
    });
    assert.deepEqual([level, msg], ["trace", "here 1"]);
    assert.match(String(stack).split("\n")[0], /patch_console_test/);
  });

  it("shows objects with dir, dirxml and table", async () => {
    assert.deepEqual(
      await lines((console) => {
        console.dir({ a: 1 }, { depth: 0 });
        console.dirxml("x", 1);
        console.table([{ a: 1, b: 2 }, { a: 3, b: 4 }]);
        console.table([{ a: 1, b: 2 }, 5], ["b"]);
        console.table("no table");
      }),
      [
        'info  {"a":1}',
        "info x 1",
        'info  {"table":[{"a":1,"b":2},{"a":3,"b":4}]}',
        'info  {"table":[{"b":2},5]}',
        "info no table",
      ],
    );
  });

  it("asserts", async () => {
    assert.deepEqual(
      await lines((console) => {
        console.assert(true, "fine");
        console.assert(false);
        console.assert(0 as unknown as boolean, "%s is missing", "it", { id: 1 });
        console.assert(false, { id: 2 });
      }),
      ["error Assertion failed", 'error Assertion failed: it is missing {"id":1}', 'error Assertion failed {"id":2}'],
    );
  });

  it("groups", async () => {
    assert.deepEqual(
      await lines((console) => {
        console.group("outer");
        console.log("a", { x: 1 });
        console.groupCollapsed("inner %d", 2);
        console.warn("b");
        console.groupEnd();
        console.groupEnd();
        console.groupEnd();
        console.log("c");
      }),
      [
        "info outer",
        'info a {"x":1,"group":"outer"}',
        'info inner 2 {"group":"outer"}',
        'warn b {"group":"outer > inner 2"}',
        "info c",
      ],
    );
  });

  it("counts, and keeps no more labels than it must", async () => {
    const made = await lines((console) => {
      console.count();
      console.count("x");
      console.count("x");
      console.countReset("x");
      console.count("x");
      for (let i = 0; i < 1_000; i++) console.count(`label ${i}`);
      console.count("x");
    });
    assert.deepEqual([...made.slice(0, 4), made.at(-1)], [
      "info default: 1",
      "info x: 1",
      "info x: 2",
      "info x: 1",
      "info x: 1",
    ]);
  });

  it("measures time", async () => {
    const made = await logged((console) => {
      console.time("t");
      console.timeLog("t", "on the way", { n: 1 });
      console.timeEnd("t");
      console.timeEnd("t");
    });
    assert.match(made[0].msg, /^t: [\d.]+ms on the way$/);
    assert.equal(made[0].n, 1);
    assert.equal(typeof made[1].duration_ms, "number");
    assert.deepEqual([made[2].level, made[2].msg], ["warn", "Timer 't' does not exist"]);
  });
});

describe("patchConsole", () => {
  function pair() {
    const backends = [new MemoryBackend(), new MemoryBackend()];
    const logs = backends.map((backend) => createLogger({ destinations: [{ backend }] }));
    const texts = async () => {
      await Promise.all(logs.map((log) => log.flush()));
      return backends.map(({ records }) => records.map(({ msg }) => msg));
    };
    return { logs, texts, ...fakeConsole() };
  }

  it("is undone, twice too, down to the very methods", () => {
    const { logs: [log], console, printed } = pair();
    const before = Object.getOwnPropertyDescriptors(console);
    const patch = patchConsole(log, { console });
    assert.notEqual(console.log, before.log.value);
    assert.equal(console.log.name, "log");
    patch.restore();
    patch.restore();
    assert.deepEqual(Object.getOwnPropertyDescriptors(console), before);
    console.log("a");
    assert.deepEqual(printed, ["log a"]);
  });

  for (const order of [[0, 1], [1, 0]]) {
    it(`nests, and is undone in the order ${order}`, async () => {
      const { logs, texts, console, printed } = pair();
      const original = console.log;
      const patches = logs.map((log) => patchConsole(log, { console }));
      console.log("both");
      patches[order[0]].restore();
      console.log("one");
      patches[order[1]].restore();
      console.log("none");
      const left = order[0] === 0 ? ["both", "one"] : ["both"];
      assert.deepEqual(await texts(), order[0] === 0 ? [[], left] : [["one"], left]);
      assert.deepEqual(printed, ["log none"]);
      assert.equal(console.log, original);
    });
  }

  it("can be done again after it was undone, and by one logger twice", async () => {
    const { logs: [log], texts, console } = pair();
    for (const text of ["a", "b"]) {
      using outer = patchConsole(log, { console });
      using _inner = patchConsole(log, { console });
      outer.restore();
      console.log(text);
    }
    assert.deepEqual((await texts())[0], ["a", "b"]);
  });

  it("leaves alone what others have put there since, and lets them through", async () => {
    const { logs: [log], texts, console, printed } = pair();
    const patch = patchConsole(log, { console });
    const ours = console.log;
    const theirs = (...values: unknown[]) => ours("theirs:", ...values);
    console.log = theirs;
    console.log("a");
    patch.restore();
    assert.equal(console.log, theirs);
    console.log("b");
    assert.deepEqual([(await texts())[0], printed], [["theirs: a"], ["log theirs: b"]]);
  });

  it("cannot reach a method that was taken before", () => {
    const { logs: [log], console, printed } = pair();
    const { log: taken } = console;
    using _patch = patchConsole(log, { console });
    taken("a");
    assert.deepEqual(printed, ["log a"]);
  });

  it("does not loop when a backend prints, nor after an await in it", async () => {
    const { console, printed } = fakeConsole();
    let writes = 0;
    const log = createLogger({
      flushInterval: 0,
      destinations: [{
        backend: {
          supportsAtomic: true,
          async write(batch) {
            writes++;
            console.log("writing", batch.count);
            await new Promise((resolve) => setTimeout(resolve, 5));
            console.log("written");
          },
        },
      }],
    });
    using _patch = patchConsole(log, { console });
    console.log("a");
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await log.flush();
    assert.deepEqual([writes, printed], [1, ["log writing 1", "log written"]]);
  });

  it("does not loop when onError, a filter or a formatter prints", async () => {
    const { console, printed } = fakeConsole();
    const backend = new MemoryBackend();
    const log = createLogger({
      flushInterval: 0,
      destinations: [{
        backend,
        format: () => {
          throw new Error("no format");
        },
      }],
      filters: [() => {
        console.info("filtering");
        return true;
      }],
      onError: async (error) => {
        console.error(error.message);
        await Promise.resolve();
        console.error("told");
      },
    });
    using _patch = patchConsole(log, { console });
    console.log("a");
    await log.flush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await log.flush();
    assert.equal(backend.records.length, 1);
    assert.deepEqual(printed.length, 3, printed.join("\n"));
  });

  it("refuses bad options, and leaves the console as it is", () => {
    const { logs: [log], console } = pair();
    const before = console.log;
    const bad: [unknown, RegExp][] = [
      [{ levels: { log: "loud" } }, /Cannot use option "levels.log"/],
      [{ levels: { log: "off" } }, /Cannot use option "levels.log"/],
      [{ levels: { dir: "info" } }, /dir/],
      [{ nope: 1 }, /nope/],
    ];
    for (const [options, message] of bad) {
      assert.throws(() => patchConsole(log, { console, ...options as object }), message);
    }
    assert.throws(
      () => patchConsole(undefined as never, { console }),
      /Cannot use option "log": expected a logger, got undefined/,
    );
    assert.equal(console.log, before);
  });

  it("works on the console of the runtime", async () => {
    const backend = new MemoryBackend();
    const log = createLogger({ destinations: [{ backend }] });
    const before = globalThis.console.log;
    {
      using _patch = patchConsole(log);
      globalThis.console.log("here %s", "now", { a: 1 });
      globalThis.console.error(new Error("failed"));
    }
    assert.equal(globalThis.console.log, before);
    await log.close();
    assert.deepEqual(backend.records.map(({ level, msg }) => `${level} ${msg}`), ["info here now", "error failed"]);
  });
});
