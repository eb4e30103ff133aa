import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configure, getLogger, type LoggerOptions, type Route, settingsFromObject } from "../../mod.ts";
import { loggerOn, memoryLogger } from "../logger/harness.ts";
import { MemoryBackend } from "../../testing.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

const names = ["all", "errors", "db"] as const;

/** Three destinations in memory, of which two are routed to. */
function routed(routes: readonly Route[], options: Partial<LoggerOptions> = {}) {
  const backends = { all: new MemoryBackend(), errors: new MemoryBackend(), db: new MemoryBackend() };
  const destinations = names.map((name) => ({ name, backend: backends[name] }));
  const texts = () => names.map((name) => backends[name].records.map(({ msg }) => msg).join(","));
  return { options: { level: "trace", destinations, routes, ...options } as LoggerOptions, texts };
}

describe("routing", () => {
  it("leads records to destinations by level, logger and fields", async () => {
    const { options, texts } = routed([
      { level: "error", to: "errors" },
      { logger: "db.*", to: "db" },
      { fields: { audit: true }, to: ["db", "errors"] },
    ]);
    await using log = configure(options);
    log.info("a");
    log.error("b");
    getLogger("db.pool").info("c");
    getLogger("db").error("d");
    log.info("e", { audit: true });
    log.with({ logger: "db" }).info("f");
    await log.flush();
    assert.deepEqual(texts(), ["a,b,c,d,e,f", "b,d,e", "c,d,e,f"]);
  });

  it("sees a record as filters and middleware have left it, and the levels of destinations hold as well", async () => {
    const { options, texts } = routed([{ fields: { tag: "x" }, to: "db" }, { to: "errors" }], {
      middleware: [(message) => ({ ...message, fields: { tag: message.msg } })],
      filter: ({ msg }) => msg !== "z",
    });
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, options);
    log.destinations.get("errors")!.level = "warn";
    for (const text of ["x", "y", "z"]) log.info(text);
    log.warn("x");
    await log.close();
    assert.deepEqual(texts(), ["x,y,x", "x", "x,x"]);
  });

  it("can be changed while it logs", async () => {
    const { options, texts } = routed([{ level: "error", to: "errors" }, { level: "fatal", to: "db" }]);
    const log = loggerOn(createMemoryRuntime(), options);
    log.error("a");
    log.update({ routes: [{ to: "errors", level: "warn" }] });
    log.warn("b");
    assert.throws(
      () => log.update({ routes: [{ to: "nowhere" }] }),
      /Cannot use option "routes\[0\].to": no destination "nowhere"/,
    );
    log.warn("c");
    log.update({ routes: [] });
    log.trace("d");
    await log.close();
    assert.deepEqual(texts(), ["a,b,c,d", "a,b,c,d", "b,c,d"]);
  });

  it("refuses routes to a destination that is not there, at creation and with other destinations", () => {
    const { options } = routed([{ to: "nowhere" }]);
    const runtime = createMemoryRuntime();
    assert.throws(
      () => loggerOn(runtime, options),
      /routes\[0\].to": no destination "nowhere"; there are "all", "errors", "db"/,
    );
    const log = loggerOn(runtime, { ...options, routes: [{ to: "db" }] });
    assert.throws(() => log.update({ destinations: ["stdout:"] }), /no destination "db"/);
    assert.deepEqual(log.destinations.names, [...names]);
    return log.close();
  });

  it("is open to settings", () => {
    const settings = {
      destinations: [{ uri: "a.log", name: "a" }, "stdout:"],
      routes: [{
        to: "a",
        level: "warn",
        fields: { path: { matches: "^/api" }, ok: true },
        filter: { message: { includes: "x" } },
      }],
    };
    const [route] = settingsFromObject(settings as never).routes as Route[];
    const { path, ok } = route?.fields as { readonly path: { readonly matches: RegExp }; readonly ok: boolean };
    assert.deepEqual([String(path.matches), ok], ["/^\\/api/", true]);
    assert.equal(typeof route?.filter, "function");
    assert.throws(() => settingsFromObject({ ...settings, routes: [{ to: "b" }] } as never), /no destination "b"/);
    assert.throws(
      () => settingsFromObject({ ...settings, routes: [{ to: "a", filter: { nope: 1 } }] } as never),
      /routes\[0\].filter/,
    );
  });

  it("costs nothing where there are no routes: the formats read the queue", async () => {
    const { log, records } = memoryLogger({ routes: [] });
    log.info("plain", { a: 1 });
    assert.equal((await records())[0]?.msg, "plain");
    await log.close();
  });
});
