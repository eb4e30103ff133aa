import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { format } from "../../src/format/format.ts";
import { lineFormatOf } from "../../src/format/formatter.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import { LEVELS } from "../../src/level.ts";
import type { Fields, Formatter, Message } from "../../src/message.ts";
import { anyRecord, lineOf } from "./generate.ts";

const message: Message = { time: 1795431735123, level: "error", msg: "payment failed" };
const cause = { type: "Error", message: "inner", stack: "Error: inner\n    at g (b.ts:3:4)" };
const err = { type: "TypeError", message: "boom", code: 7, stack: "TypeError: boom\n    at f (a.ts:1:2)", cause };
const frames = [{ function: "f", file: "a.ts", line: 1, column: 2 }, { file: "b.ts", line: 3 }];

function parsed(formatter: Formatter, fields?: Fields): Record<string, unknown> {
  return JSON.parse(formatter({ ...message, ...fields && { fields } })) as Record<string, unknown>;
}

describe("preset pino", () => {
  const pino = format.json({ preset: "pino", pid: 7, hostname: "web-1" });

  it("has the level as a number and the time in milliseconds", () => {
    assert.deepEqual(parsed(pino, { err, a: 1 }), {
      level: 50,
      time: 1795431735123,
      pid: 7,
      hostname: "web-1",
      msg: "payment failed",
      err,
      a: 1,
    });
    assert.deepEqual(
      LEVELS.map((level) => JSON.parse(pino({ ...message, level })).level),
      [10, 20, 30, 40, 50, 60],
    );
  });

  it("leaves out what it is not told, and then does not reserve the name", () => {
    assert.deepEqual(Object.keys(parsed(format.json({ preset: "pino" }), { pid: 3 })), ["time", "level", "msg", "pid"]);
    assert.equal(parsed(pino, { pid: 3 })["fields.pid"], 3);
  });

  it("can be changed, as pino can", () => {
    const line = format.json({ preset: "pino", time: "iso", level: "name", keys: { msg: "message" } });
    assert.equal(line(message), '{"time":"2026-11-23T11:02:15.123Z","level":"error","message":"payment failed"}');
  });
});

describe("preset ecs", () => {
  const ecs = format.json({ preset: "ecs", pid: 7, hostname: "web-1" });

  it("has the fields that the ECS logging specification requires, in its order", () => {
    assert.equal(
      ecs(message),
      '{"@timestamp":"2026-11-23T11:02:15.123Z","log.level":"error","message":"payment failed",' +
        '"ecs.version":"8.11.0","process.pid":7,"host.hostname":"web-1"}',
    );
  });

  for (const key of ["err", "error"]) {
    it(`makes an error in the field ${key} the schema's error`, () => {
      const record = parsed(ecs, { [key]: err });
      assert.deepEqual(record["error"], {
        type: "TypeError",
        message: "boom",
        code: "7",
        stack_trace: err.stack,
        cause: { type: "Error", message: "inner", stack_trace: cause.stack },
      });
      assert.equal("err" in record, false);
    });
  }

  it("writes a stack that was taken apart as text", () => {
    const { error } = parsed(ecs, { err: { ...err, stack: frames } });
    assert.equal((error as Fields)["stack_trace"], "TypeError: boom\n    at f (a.ts:1:2)\n    at b.ts:3");
  });

  it("leaves objects of the schema and dotted names as they are", () => {
    const record = parsed(ecs, { http: { request: { method: "GET" } }, "url.path": "/", tags: ["a"], order: 5 });
    assert.deepEqual(record["http"], { request: { method: "GET" } });
    assert.equal(record["url.path"], "/");
    assert.deepEqual(record["tags"], ["a"]);
    assert.equal(record["order"], 5);
  });

  it("renames what Elasticsearch would refuse, and what would be there twice", () => {
    const record = parsed(ecs, {
      err,
      service: "api",
      message: "mine",
      log: { level: "mine" },
      error: "text",
      "error.message": "mine",
      process: { pid: 1 },
      "ecs.version": 3,
    });
    assert.deepEqual(Object.keys(record), [
      "@timestamp",
      "log.level",
      "message",
      "error",
      "fields.service",
      "fields.message",
      "fields.log",
      "fields.error",
      "fields.error.message",
      "fields.process",
      "fields.ecs.version",
      "ecs.version",
      "process.pid",
      "host.hostname",
    ]);
  });

  it("knows the schema's names for the trace and the logger", () => {
    const record = parsed(ecs, { logger: "db.pool", trace_id: "t", span_id: "s", trace_flags: 1 });
    assert.equal(record["log.logger"], "db.pool");
    assert.equal(record["trace.id"], "t");
    assert.equal(record["span.id"], "s");
    assert.equal(record["trace_flags"], 1);
    assert.deepEqual(parsed(ecs, { trace_id: "t", "trace.id": "own" })["trace.id"], "own");
  });

  it("puts fields under labels, as keywords, when asked to", () => {
    const line = format.json({ preset: "ecs", fields: "labels" });
    const record = parsed(line, { "a.b": 1, a_b: true, fields_a_b: "x", o: { p: null }, err, logger: "db" });
    assert.deepEqual(record["labels"], { fields_fields_a_b: "1", a_b: "true", fields_a_b: "x", o: '{"p":null}' });
    assert.equal((record["error"] as Fields)["type"], "TypeError");
    assert.equal(record["log.logger"], "db");
    assert.equal("labels" in parsed(line, { err }), false);
  });
});

describe("preset gelf", () => {
  const gelf = format.json({ preset: "gelf", pid: 7, hostname: "web-1" });

  it("has the members of the payload specification", () => {
    assert.equal(
      gelf({ ...message, fields: { user_id: 42, path: "/" } }),
      '{"version":"1.1","host":"web-1","timestamp":1795431735.123,"level":3,"short_message":"payment failed",' +
        '"_user_id":42,"_path":"/","_pid":7}',
    );
    assert.match(format.json({ preset: "gelf" })(message), /"host":"unknown"/);
  });

  it("has the severities of syslog", () => {
    assert.deepEqual(LEVELS.map((level) => JSON.parse(gelf({ ...message, level })).level), [7, 7, 6, 4, 3, 2]);
  });

  for (const [time, text] of [[0, "0.000"], [1, "0.001"], [-500, "-0.500"], [NaN, "0.000"]] as const) {
    it(`writes ${time} ms as ${text} s`, () => {
      assert.match(gelf({ ...message, time }), new RegExp(`"timestamp":${text.replace(".", "\\.")},`));
    });
  }

  it("puts the first line into the short message and everything into the full one", () => {
    const record = JSON.parse(gelf({ ...message, msg: "one\ntwo" }));
    assert.equal(record.short_message, "one");
    assert.equal(record.full_message, "one\ntwo");
    assert.equal(JSON.parse(gelf({ ...message, msg: " \n" })).short_message, "-");
    assert.equal(JSON.parse(gelf({ ...message, msg: "" })).short_message, "-");
  });

  it("puts stacks and causes into the full message, the rest of the error into its field", () => {
    const record = parsed(gelf, { err });
    assert.equal(
      record["full_message"],
      "payment failed\nTypeError: boom\n    at f (a.ts:1:2)\ncaused by: Error: inner\n    at g (b.ts:3:4)",
    );
    assert.deepEqual(JSON.parse(record["_err"] as string), {
      type: "TypeError",
      message: "boom",
      code: 7,
      cause: { type: "Error", message: "inner" },
    });
  });

  it("renames what the specification forbids and what Graylog would drop", () => {
    const record = parsed(gelf, { id: 1, source: 2, "a b": 3, a_b: 4, "größe": 5, _id: 6, pid: 8, "": 9 });
    assert.deepEqual(Object.keys(record).slice(5), [
      "_fields.id",
      "_fields.source",
      "_fields.a_b",
      "_a_b",
      "_gr__e",
      "_fields._id",
      "_fields.pid",
      "__",
      "_pid",
    ]);
  });

  it("has strings and numbers only", () => {
    const record = parsed(gelf, { yes: true, nothing: null, list: [1], big: 10n });
    assert.deepEqual(Object.entries(record).slice(5, -1), [["_yes", "true"], ["_list", "[1]"], ["_big", "10"]]);
  });

  it("any record is one that Graylog takes whole", () => {
    fc.assert(
      fc.property(anyRecord, (queued) => {
        const { line } = lineOf(lineFormatOf(gelf) as LineFormat, queued);
        const record = JSON.parse(line) as Record<string, unknown>;
        assert.notEqual((record["short_message"] as string).trim(), "");
        assert.equal(typeof record["timestamp"], "number");
        for (const [name, value] of Object.entries(record)) {
          if (/^(?:version|host|timestamp|level|short_message|full_message)$/.test(name)) continue;
          assert.match(name, /^_[\w.-]+$/);
          assert.doesNotMatch(name, /^_(?:id|version|host|short_message|full_message|timestamp|level|message|source)$/);
          assert.ok(typeof value === "string" || typeof value === "number");
        }
      }),
      { numRuns: 500 },
    );
  });
});
