import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { configure, type ConfigureOptions, getLogger, type Logger, setLevels } from "../../mod.ts";
import { MemoryBackend } from "../../testing.ts";

let root: Logger | undefined;
afterEach(() => root?.close());

function setUp(options: Partial<ConfigureOptions> = {}): MemoryBackend {
  const backend = new MemoryBackend();
  root = configure({ destinations: [{ backend }], ...options });
  return backend;
}

async function texts(backend: MemoryBackend): Promise<string[]> {
  await root?.flush();
  return backend.records.map(({ msg }) => msg);
}

describe("getLogger()", () => {
  it("is silent until logging is configured, and again when it is closed", async () => {
    const log = getLogger("named.silent");
    assert.equal(log, getLogger("named.silent"));
    assert.equal(log.isEnabled("fatal"), false);
    log.fatal("lost");
    const backend = setUp();
    log.info("heard");
    assert.deepEqual(await texts(backend), ["heard"]);
    assert.equal(backend.records[0]?.logger, "named.silent");
    await root?.close();
    assert.equal(log.isEnabled("fatal"), false);
    log.fatal("lost");
    assert.equal(backend.records.length, 1);
  });

  it("keeps the newest few records for later where that is asked for, with the time of their call", async () => {
    const log = getLogger("named.early", { buffer: 2 });
    const before = Date.now();
    for (const text of ["one", "two", "three"]) log.info(text);
    const after = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const backend = setUp();
    assert.deepEqual(await texts(backend), ["two", "three"]);
    for (const { time } of backend.records) {
      assert.ok(Date.parse(time) >= before && Date.parse(time) <= after, "the time of the call");
    }
  });

  it("has levels by name and by the longest pattern above it", async () => {
    const backend = setUp({
      level: "warn",
      levels: { "db.*": "debug", "db.pool": "error", "db.pool.*": "info", "http": "off" },
    });
    const level = (name: string) => getLogger(name).level;
    assert.equal(level("db"), "debug");
    assert.equal(level("db.query"), "debug");
    assert.equal(level("db.pool"), "error");
    assert.equal(level("db.pool.size"), "info");
    assert.equal(level("http"), "off");
    assert.equal(level("http.client"), "warn");
    assert.equal(level("dbx"), "warn");
    setLevels({ "*": "trace" });
    assert.equal(level("db.pool"), "trace");
    setLevels({});
    root!.level = "error";
    assert.equal(level("db.pool"), "error", "follows the application");
    getLogger("db").warn("too little");
    getLogger("db").error("enough");
    assert.deepEqual(await texts(backend), ["enough"]);
  });

  it("gives children the level of their own that they are made with", async () => {
    const backend = setUp({ level: "warn" });
    const child = getLogger("named.child").with({ c: 1 }, { level: "debug" });
    child.debug("child");
    getLogger("named.child").debug("parent");
    child.level = "off";
    child.fatal("off");
    assert.deepEqual(await texts(backend), ["child"]);
  });

  it("gives children that were made before logging was configured to whoever configures it, time and again", async () => {
    const log = getLogger("named.child.early");
    const child = log.with({ c: 1 }, { level: "debug" });
    const grandchild = child.with({ g: 1 });
    const stern = grandchild.with({ s: 1 }, { level: "error" });
    const plain = log.with({ p: 1 });
    const call = () => {
      for (const logger of [log, child, grandchild, stern, plain]) {
        for (const level of ["debug", "warn", "error"] as const) logger[level](level);
      }
    };
    const expected = ["warn", "error", "debug c", "warn c", "error c", "debug cg", "warn cg", "error cg", "error cgs"]
      .concat("warn p", "error p");
    const seen = (backend: MemoryBackend) =>
      backend.records.map(({ msg, c, g, s, p }) =>
        [msg, " ", c && "c", g && "g", s && "s", p && "p"].filter(Boolean).join("").trim()
      );
    call();
    for (let round = 0; round < 2; round++) {
      const backend = setUp({ level: "warn" });
      call();
      await root?.flush();
      assert.deepEqual(seen(backend), expected, `round ${round}`);
      assert.equal(child.metrics().logged.debug, 2);
      assert.equal(grandchild.health().destinations.length, 1);
      assert.throws(() => child.update({ level: "warn" }), /application's/);
      root!.level = "error";
      call();
      await root?.flush();
      assert.deepEqual(seen(backend).slice(expected.length), expected.filter((text) => !/^warn( p)?$/.test(text)));
      await root?.close();
      call();
      assert.equal(backend.records.length, 2 * expected.length - 2);
    }
    const replaced = setUp({ level: "warn" });
    const first = root;
    const successor = setUp({ level: "warn" });
    call();
    assert.equal((await texts(successor)).length, expected.length);
    await first?.close();
    assert.equal(replaced.records.length, 0);
    call();
    assert.equal((await texts(successor)).length, 2 * expected.length, "the close of the one before changes nothing");
  });

  it("keeps early records of children by the level of each", async () => {
    const log = getLogger("named.child.buffered", { buffer: 10 });
    const child = log.with({ c: 1 }, { level: "debug" });
    child.with({ g: 1 }).debug("of a grandchild");
    child.debug("of a child");
    log.with({ p: 1 }).debug("too little");
    log.debug("too little");
    log.with({}, { level: "error" }).warn("never");
    assert.deepEqual(await texts(setUp({ level: "info" })), ["of a grandchild", "of a child"]);
    await root?.close();
    child.debug("lost");
    assert.deepEqual(await texts(setUp({ level: "info" })), []);
  });

  it("closes nothing of the application's", async () => {
    const backend = setUp();
    const log = getLogger("named.close");
    log.info("before");
    await log.close();
    log.info("after");
    assert.deepEqual(await texts(backend), ["before", "after"]);
    assert.throws(() => log.update({ level: "debug" }), /application's/);
  });

  it("refuses bad names, patterns and levels by name", () => {
    for (const bad of ["", "a..b", ".a", "a.", "a b", "a.*", 5]) {
      assert.throws(() => getLogger(bad as string), /(name|logger)/, String(bad));
    }
    assert.throws(() => getLogger("a", { buffer: -1 }), /"buffer"/);
    assert.throws(() => setLevels({}), /not configured/);
    assert.throws(() => setUp({ levels: { "a.*.b": "info" } }), /"levels"/);
    assert.throws(() => setUp({ levels: { a: "loud" as "info" } }), /levels\["a"\]/);
  });

  it("takes any number of names, and tells once that too many were made up", async () => {
    const errors: Error[] = [];
    const backend = setUp({ level: "info", onError: (error) => void errors.push(error) });
    for (let i = 0; i < 11_000; i++) getLogger(`made.up.${i}`).debug("too little");
    const late = getLogger("made.up.late");
    const child = late.with({ child: true });
    assert.equal(getLogger("made.up.late"), late);
    late.info("heard");
    setLevels({ "made.up.late": "debug" });
    child.debug("heard too");
    assert.deepEqual(await texts(backend), ["heard", "heard too"]);
    assert.equal(backend.records[1]?.logger, "made.up.late");
    assert.deepEqual(errors.map(({ message }) => message.replace(/"made.*?"/, "NAME")), [
      "Cannot keep more than 10000 named loggers: NAME and those after it lose their own levels once nobody holds " +
      "them; put what differs into fields",
    ]);
    await root?.close();
    assert.equal(child.isEnabled("fatal"), false);
    const again = setUp();
    child.info("of the next one");
    assert.deepEqual(await texts(again), ["of the next one"]);
  });
});
