import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { format } from "../../src/format/format.ts";
import { fallbackLine } from "../../src/format/line_format.ts";
import type { JsonFormatOptions } from "../../src/format/json_options.ts";
import type { Message } from "../../src/message.ts";
import { linesOf, logPath, memoryLogger, stuckBackend, testBackend } from "../logger/harness.ts";
import { check, KEY } from "./support.ts";

const sequenced = () => format.json({ sequence: true });
const chained = (key: string | Uint8Array = KEY) => format.json({ sequence: true, chain: { key } });
const message: Message = { time: 0, level: "info", msg: "hi", fields: { a: 1 } };

/** A record without what is different each time. */
function withoutWriter(line: string): Record<string, unknown> {
  const { time: _, writer, ...rest } = JSON.parse(line);
  assert.match(writer, /^[\w-]{8}$/);
  return rest;
}

describe("format.json({ sequence: true })", () => {
  it("ends each record with pid, writer and seq, which counts from 1", async () => {
    const { log, runtime: { fs } } = memoryLogger({ destinations: [{ uri: logPath, format: sequenced() }] });
    log.info("a");
    log.info("b", { n: 1, s: "text" });
    log.with({ bound: true }).warn("c", { o: { x: 1 } });
    await log.close();
    const lines = linesOf(fs.readText(logPath));
    assert.deepEqual(lines.map(withoutWriter), [
      { level: "info", msg: "a", pid: 1, seq: 1 },
      { level: "info", msg: "b", n: 1, s: "text", pid: 1, seq: 2 },
      { level: "warn", msg: "c", bound: true, o: { x: 1 }, pid: 1, seq: 3 },
    ]);
    for (const line of lines) assert.match(line, /,"pid":1,"writer":"[\w-]{8}","seq":\d\}$/);
    assert.equal(new Set(lines.map((line) => JSON.parse(line).writer)).size, 1);
  });

  it("renames fields of these names, and mac only where there is one", async () => {
    const fields = { pid: "p", writer: "w", seq: "s", mac: "m" };
    const { log, runtime: { fs } } = memoryLogger({
      destinations: [{ uri: logPath, format: sequenced() }, { uri: "/logs/chained.log", format: chained() }],
    });
    log.info("a", fields);
    log.with(fields).info("b");
    log.info("c", { pid: 1, "fields.pid": 2 });
    await log.close();
    const lines = linesOf(fs.readText(logPath));
    const renamed = { "fields.pid": "p", "fields.writer": "w", "fields.seq": "s", mac: "m" };
    assert.deepEqual(withoutWriter(lines[0]), { level: "info", msg: "a", ...renamed, pid: 1, seq: 1 });
    assert.deepEqual(withoutWriter(lines[1]), { level: "info", msg: "b", ...renamed, pid: 1, seq: 2 });
    assert.match(lines[2], /"fields\.fields\.pid":1,"fields\.pid":2,"pid":1,/);
    const [first] = linesOf(fs.readText("/logs/chained.log"));
    assert.match(first, /"fields\.mac":"m",.*,"mac":"[\w-]{43}"\}$/);
    for (const line of lines) {
      for (const name of ["pid", "writer", "seq"]) {
        assert.equal(line.split(`"${name}":`).length, 2, line);
      }
    }
  });

  it("gives each destination a stream of its own, though they share the format", async () => {
    const shared = sequenced();
    const { log, runtime: { fs } } = memoryLogger({
      destinations: [{ uri: logPath, format: shared }, { uri: "/logs/warn.log", format: shared, level: "warn" }],
    });
    for (const level of ["info", "warn", "info", "warn"] as const) log[level](level);
    await log.close();
    const [all, warnings] = [logPath, "/logs/warn.log"].map((path) =>
      linesOf(fs.readText(path)).map((l) => JSON.parse(l))
    );
    assert.deepEqual(all.map(({ seq }) => seq), [1, 2, 3, 4]);
    assert.deepEqual(warnings.map(({ seq }) => seq), [1, 2]);
    assert.notEqual(all[0].writer, warnings[0].writer);
  });

  it("leaves a gap for what is dropped, and numbers the record that tells of it", async () => {
    const stuck = stuckBackend();
    const { log } = memoryLogger({
      destinations: [{ uri: stuck.uri, format: chained() }],
      queue: { maxBytes: 2_000, capacity: 5 },
    });
    for (let i = 0; i < 100; i++) log.info("x", { i });
    stuck.release();
    await log.flush().catch(() => {});
    await log.flush().catch(() => {});
    log.info("after");
    await log.close();
    const report = check([stuck.lines.join("\n") + "\n"], { key: KEY });
    const dropped = log.metrics().dropped;
    assert.ok(dropped > 10, `${dropped} dropped`);
    const [{ gaps, missing, last }] = report.streams;
    assert.equal(missing, dropped);
    assert.equal(last, 100 + 2, "records, the notice among them");
    assert.deepEqual(gaps.map(({ cause }) => cause), gaps.map(() => "dropped"));
    const { gaps: _, missing: __, ...others } = report.totals;
    assert.deepEqual(Object.values(others).filter((count) => count > 0), []);
  });

  it("keeps the number of a line that is tried again", async () => {
    let failures = 2;
    const backend = testBackend(() => failures-- > 0 ? Promise.reject(new Error("no")) : Promise.resolve());
    const { log } = memoryLogger({ destinations: [{ uri: backend.uri, format: chained() }] });
    log.info("a");
    await log.flush().catch(() => {});
    log.info("b");
    await log.flush().catch(() => {});
    await log.flush();
    await log.close();
    const report = check([backend.lines.slice(-2).join("\n") + "\n"], { key: KEY });
    assert.ok(report.ok, JSON.stringify(report.totals));
    assert.deepEqual([report.streams[0].first, report.streams[0].last], [1, 2]);
  });

  it("is left out where the formatter is called as a function", () => {
    assert.equal(sequenced()(message), '{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"hi","a":1}');
    assert.equal(
      chained()({ ...message, fields: undefined }),
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"hi"}',
    );
  });

  it("goes with the names and forms of one's own, and with those of pino", async () => {
    const { log, runtime: { fs } } = memoryLogger({
      destinations: [
        { uri: "/logs/own.log", format: format.json({ sequence: true, keys: { msg: "text" }, level: "upper" }) },
        { uri: "/logs/pino.log", format: format.json({ preset: "pino", sequence: true, hostname: "web", pid: 7 }) },
      ],
    });
    log.info("a", { n: 1 });
    await log.close();
    assert.match(
      fs.readText("/logs/own.log"),
      /^\{"time":"[^"]*","level":"INFO","text":"a","n":1,"pid":1,"writer":"[\w-]{8}","seq":1\}\n$/,
    );
    assert.match(
      fs.readText("/logs/pino.log"),
      /^\{"time":\d+,"level":30,"msg":"a","n":1,"hostname":"web","pid":7,"writer":"[\w-]{8}","seq":1\}\n$/,
    );
  });

  it("leaves room for the seal in the line of a record whose formatter has failed", () => {
    const fields = { seq: 1, mac: 2 };
    assert.equal(
      fallbackLine({ ...message, fields }, new Error("no"), { isOpen: true }),
      '{"time":"1970-01-01T00:00:00.000Z","level":"info","msg":"hi","fields.seq":1,"fields.mac":2,"format_error":"no"',
    );
    assert.match(fallbackLine({ ...message, fields }, new Error("no")), /"seq":1,.*\}$/);
  });

  it("is the format as it comes when it is false", () => {
    assert.equal(format.json({ sequence: false })(message), format.json()(message));
  });

  for (
    const [options, complaint] of [
      [{ sequence: 1 }, /Cannot use option "format\.json\.sequence": expected true or false, got 1$/],
      [{ sequence: true, keys: { msg: "seq" } }, /"format\.json\.keys": two members would be called "seq"$/],
      [{ preset: "ecs", sequence: true }, /"format\.json\.sequence": there is no such option/],
      [{ chain: { key: KEY } }, /"format\.json\.chain": it needs sequence: true$/],
      [{ sequence: true, chain: KEY }, /"format\.json\.chain": expected an object with a key, got string$/],
      [{ sequence: true, chain: [KEY] }, /"format\.json\.chain": expected an object, got an array; known are key/],
      [{ sequence: true, chain: {} }, /"format\.json\.chain\.key": expected a string or bytes, got undefined$/],
      [{ sequence: true, chain: { key: "secret" } }, /"format\.json\.chain\.key": expected at least 16 bytes, got 6$/],
      [
        { sequence: true, chain: { key: 1234567890123456 } },
        /"format\.json\.chain\.key": expected a string or bytes, got number$/,
      ],
      [
        { sequence: true, chain: { key: KEY, more: 1 } },
        /"format\.json\.chain\.more": there is no such option; known are key$/,
      ],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(options).replace(KEY, "...")}, and shows no key`, () => {
      assert.throws(() => format.json(options as unknown as JsonFormatOptions), (error: Error) => {
        assert.match(error.message, complaint);
        return !/secret|sixteen|123456/.test(error.message);
      });
    });
  }
});

describe("format.json({ chain })", () => {
  it("is HMAC-SHA-256 of the line without mac and of the code before, as documented", async () => {
    for (const key of [KEY, new Uint8Array(100).fill(7)]) {
      const { log, runtime: { fs } } = memoryLogger({ destinations: [{ uri: logPath, format: chained(key) }] });
      for (let i = 0; i < 5; i++) log.info("grüße 🙂 \ud800", { i });
      await log.close();
      const hmac = (text: string) => createHmac("sha256", key).update(text).digest("base64url");
      const lines = linesOf(fs.readText(logPath));
      let previous = hmac(`omni log chain 1 1 ${JSON.parse(lines[0]).writer}`);
      for (const line of lines) {
        const [body, mac] = line.split(/,"mac":"([^"]*)"\}$/);
        assert.equal(mac, hmac(`${body}}${previous}`));
        previous = mac;
      }
      assert.ok(check([lines.join("\n") + "\n"], { key, complete: true }).ok);
      assert.ok(!check([lines.join("\n") + "\n"], { key: "another key of sixteen" }).ok);
    }
  });

  it("keeps no hold of the bytes of its key", async () => {
    const key = new Uint8Array(16).fill(1);
    const { log, runtime: { fs } } = memoryLogger({ destinations: [{ uri: logPath, format: chained(key) }] });
    key.fill(2);
    log.info("a");
    await log.close();
    assert.ok(check([fs.readText(logPath)], { key: new Uint8Array(16).fill(1) }).ok);
  });
});
