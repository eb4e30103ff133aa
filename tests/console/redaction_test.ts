import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger, getLogger, type Logger, type LoggerOptions, patchConsole } from "../../mod.ts";
import { MemoryBackend } from "../../testing.ts";

type Call = (console: Console) => void;

/** A console whose methods print nothing. */
function silentConsole(): Console {
  const names =
    "log info debug warn error trace dir dirxml table assert group groupCollapsed groupEnd count time timeLog";
  return Object.fromEntries(names.split(" ").map((name) => [name, () => {}])) as unknown as Console;
}

/** What a logger writes of calls of a console, as one text. */
async function logged(call: Call, options: Partial<LoggerOptions>, more: object[] = []): Promise<string> {
  const backend = new MemoryBackend();
  const errors: Error[] = [];
  const onError = (error: Error) => void errors.push(error);
  const log = createLogger({
    level: "trace",
    destinations: [{ backend }, ...more as [{ backend: MemoryBackend }]],
    onError,
    ...options,
  });
  const console = silentConsole();
  using _patch = patchConsole(log, { console });
  call(console);
  await log.close();
  assert.deepEqual(errors, []);
  return backend.records.map(({ time: _, ...record }) => JSON.stringify(record)).join("\n");
}

const secret = { password: "SECRET" };
const nested = { deep: [new Map([["password", "SECRET"]])] };
class Account {
  password = "SECRET";
  toString() {
    return "an account with SECRET";
  }
  toJSON() {
    return { password: "SECRET" };
  }
  [Symbol.for("nodejs.util.inspect.custom")]() {
    return "SECRET";
  }
}
const failed = Object.assign(new Error("second", { cause: secret }), secret);
const called = Object.assign(() => {}, secret);

const calls: { readonly [name: string]: Call } = {
  "an array": (console) => console.log("a", [secret]),
  "several objects": (console) => console.log("a", { id: 1 }, secret),
  "%o, %O, %j and %s": (console) => console.log("a %o %O %j %s", secret, nested, secret, new Account()),
  "a Map, a Set, an instance": (console) =>
    console.log(new Map([["password", "SECRET"]]), new Set([secret]), new Account()),
  "a second error": (console) => console.error(new Error("first"), failed),
  "a function": (console) => console.log("a", called),
  "rawHeaders": (console) => console.log(["Host", "a", "Password", "SECRET"]),
  "a name and a value": (console) => console.log("password", "SECRET", "end"),
  "a name at the end of a text": (console) => console.log("the new password", "SECRET"),
  "an assertion about a name": (console) => console.assert(false, "password", "SECRET"),
  "a getter that throws": (console) =>
    console.trace("password=SECRET", {
      get a(): never {
        throw new Error("no");
      },
    }),
  "a name in a format": (console) => console.log("password=%s&x=%d", "SECRET", 1),
  "a name before a value": (console) => console.log("Password:", "SECRET"),
  "JSON": (console) => console.info("got %s", JSON.stringify(secret)),
  "dir": (console) => console.dir([secret]),
  "dirxml": (console) => console.dirxml(secret, [secret]),
  "table": (console) => console.table([secret, { password: "SECRET", x: 1 }], ["password"]),
  "assert": (console) => console.assert(false, [secret], nested),
  "trace": (console) => console.trace([secret], nested),
  "count": (console) => console.count("password=SECRET"),
  "timeLog": (console) => {
    console.time("t");
    console.timeLog("t", [secret], nested);
  },
  "group": (console) => {
    console.group([secret], "in", nested);
    console.log("inside");
  },
};

describe("what a patched console prints has no secret in it", () => {
  for (const [name, call] of Object.entries(calls)) {
    it(`by keys: ${name}`, async () => {
      const text = await logged(call, { redact: { keys: ["password"] } });
      assert.doesNotMatch(text, /SECRET/);
      assert.notEqual(text, "");
    });
    it(`by keys that are taken out: ${name}`, async () => {
      assert.doesNotMatch(await logged(call, { redact: { keys: ["password"], censor: { remove: true } } }), /SECRET/);
    });
    it(`by keys of another destination: ${name}`, async () => {
      const other = { backend: new MemoryBackend(), redact: { keys: ["password"] } };
      const strict = new MemoryBackend();
      await logged(call, { destinations: [other, { backend: strict, redact: { keys: ["password"] } }] });
      assert.doesNotMatch(JSON.stringify([strict.records, other.backend.records]), /SECRET/);
    });
  }

  it("by paths and patterns", async () => {
    const redact = { paths: ["*.code", "code"], patterns: true } as const;
    const call: Call = (console) => console.log([{ code: "SECRET" }], { code: "SECRET" }, ["card 4111 1111 1111 1111"]);
    assert.doesNotMatch(await logged(call, { redact }), /SECRET|4111/);
  });

  it("by redaction that is set later", async () => {
    const backend = new MemoryBackend();
    const log = createLogger({ destinations: [{ backend }] });
    const console = silentConsole();
    using _patch = patchConsole(log, { console });
    log.update({ redact: { keys: ["password"] } });
    console.log([secret], 1, "a");
    await log.close();
    assert.equal(backend.records[0]?.msg, "[ { password: '[REDACTED]' } ] 1 a");
  });

  it("where it is not known yet what is a secret, nor by whom it is logged", async () => {
    const backend = new MemoryBackend();
    const log = createLogger({ destinations: [{ backend }], redact: { keys: ["password"] } });
    const { level, isEnabled, info } = log;
    const foreign = { level, isEnabled: isEnabled.bind(log), info } as unknown as Logger;
    const console = silentConsole();
    using _patch = patchConsole(foreign, { console });
    console.log("a", [secret], 1, new Account());
    await log.close();
    const { time: _, ...record } = backend.records[0] as { time: string };
    assert.deepEqual(record, {
      level: "info",
      msg: "a [Object] 1 [Object]",
      args: [[{ password: "[REDACTED]" }], { password: "[REDACTED]" }],
    });
  });

  it("through a named logger", () => {
    const console = silentConsole();
    using _patch = patchConsole(getLogger("redaction_test"), { console });
    console.log("a", [secret]);
  });

  it("and is printed as ever where nothing is redacted", async () => {
    const text = await logged((console) => console.log("a", new Map([["a", 1]]), new Account()), {});
    assert.match(text, /a Map\(1\) \{ 'a' => 1 \} SECRET/);
  });
});
