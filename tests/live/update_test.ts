import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger, filter, sample } from "../../mod.ts";
import { MemoryBackend } from "../../testing.ts";

function memoryLogger() {
  const backend = new MemoryBackend();
  return { backend, log: createLogger({ destinations: [{ name: "memory", backend }] }) };
}

describe("Logger.update()", () => {
  it("changes level, filters, sampler and middleware from the next call on", async () => {
    const { backend, log } = memoryLogger();
    log.info("plain");
    log.update({ filter: filter.message({ includes: "keep" }), level: "debug" });
    log.debug("keep this");
    log.debug("not this");
    log.update({ filters: [], middleware: [(message) => ({ ...message, msg: message.msg.toUpperCase() })] });
    log.debug("loud");
    log.update({ middleware: [], sampler: sample.every(2) });
    for (const text of ["1", "2", "3"]) log.info(text);
    await log.close();
    assert.deepEqual(backend.records.map(({ msg }) => msg), ["plain", "keep this", "LOUD", "1", "3"]);
  });

  it("leaves everything as it was when one setting is bad", async () => {
    const { backend, log } = memoryLogger();
    log.update({ filter: filter.message({ includes: "keep" }) });
    const bad: [object, RegExp][] = [
      [{ level: "debug", filters: [5] }, /"filters\[0\]"/],
      [{ level: "debug", sampler: "often" }, /"sampler"/],
      [{ level: "debug", destinations: [] }, /"destinations"/],
      [{ level: "debug", destinations: [{ uri: "nosuch:x" }] }, /nosuch/],
      [{ level: "debug", colour: true }, /"colour"/],
      [{ level: "loud", filters: [] }, /"level"/],
      [{ redact: {} }, /"redact"/],
    ];
    for (const [changes, message] of bad) assert.throws(() => log.update(changes), message);
    assert.equal(log.level, "info");
    log.info("keep");
    log.info("drop");
    await log.close();
    assert.deepEqual(backend.records.map(({ msg }) => msg), ["keep"]);
  });

  it("changes and retargets destinations in the middle of a stream without losing or doubling a line", async () => {
    const directory = await mkdtemp(join(tmpdir(), "omni-live-"));
    try {
      const [a, b] = [join(directory, "a.log"), join(directory, "b.log")];
      const log = createLogger({ destinations: [{ name: "main", uri: a }] });
      const main = log.destinations.get("main")!;
      const steps = [
        () => main.update({ rotate: { maxBytes: 20_000 } }),
        () => main.update({ format: "text" }),
        () => main.update({ uri: b }),
        () => main.update({ format: "json", rotate: { maxBytes: 5_000, naming: "numbered" } }),
        () => log.update({ destinations: [{ name: "main", uri: a, rotate: { maxBytes: 20_000, compress: false } }] }),
        () => main.update({ level: "warn" }),
        () => main.update({ level: "info" }),
      ];
      const total = 4_000;
      let silent = 0;
      for (let n = 0; n < total; n++) {
        if (n % 500 === 250) steps[(n - 250) / 500]?.();
        if (main.level === "warn") silent++;
        log.info(`line ${n}`, { n });
        if (n % 97 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await log.close();
      const found = readdirSync(directory).flatMap((name) =>
        [...readFileSync(join(directory, name), "utf8").matchAll(/\bn(?:=|":)(\d+)/g)].map((match) => Number(match[1]))
      );
      assert.equal(silent, 500);
      assert.equal(found.length, total - silent, "none lost, none doubled");
      assert.equal(new Set(found).size, total - silent);
      assert.ok(readdirSync(directory).some((name) => /^b\.log\.\d+$/.test(name)), "numbered after the change");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("keeps destinations whose options are the same, with their numbers", async () => {
    const backend = new MemoryBackend();
    const other = new MemoryBackend();
    const log = createLogger({ destinations: [{ name: "one", backend }] });
    log.info("before");
    await log.flush();
    log.update({ destinations: [{ name: "two", backend: other }, { name: "one", backend }] });
    log.info("after");
    await log.flush();
    assert.deepEqual(log.metrics().destinations.map(({ name, written }) => [name, written]), [["two", 1], ["one", 2]]);
    await log.close();
  });

  it("refuses to use a handle of a destination that is gone", async () => {
    const { log } = memoryLogger();
    const handle = log.destinations.get("memory")!;
    assert.equal(await log.destinations.remove("memory"), true);
    assert.equal(await log.destinations.remove("memory"), false);
    assert.throws(() => handle.enabled = true, /has been removed/);
    assert.equal(log.destinations.get("memory"), undefined);
    await log.close();
  });
});
