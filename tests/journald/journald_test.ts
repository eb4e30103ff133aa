import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import "../../journald.ts";
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger, type DestinationError } from "../../mod.ts";
import { JournalEnvelope } from "../../src/backends/journald/journal_envelope.ts";
import { ownScheme } from "../../src/backends/scheme.ts";
import { visibleBlock } from "../../src/format/escape.ts";
import { type BackendSubject, testBackend } from "../../src/conformance/mod.ts";
import { type Entry, Journald, journaldProblem } from "./journald.ts";

const runtime = detectRuntime();
const problem = journaldProblem() ?? runtime.network?.unixDatagramProblem();
if (problem !== undefined) console.log(`Skipped for want of ${problem}`);
const needs = { skip: problem !== undefined };

let journald: Journald;
let last = 0;
const identifier = () => `omni${last++}`;
const uriOf = (id: string) => `journald:${journald.socket}?identifier=${id}`;

describe("journald", { timeout: 120_000 }, () => {
  before(async () => {
    if (problem === undefined) journald = await Journald.start();
  });
  after(() => journald?.stop());

  it("gets the text, the level, the time and each field of a record", needs, async () => {
    const id = identifier();
    const errors: Error[] = [];
    const log = createLogger({ level: "trace", destinations: [uriOf(id)], onError: (error) => errors.push(error) });
    log.info("two\nlines", {
      user_id: 42,
      ok: true,
      nothing: null,
      list: [1, "a"],
      user: { name: "Ana\0\x01\n", deep: { er: 1 } },
    });
    log.fatal("the end", { message: "mine", _PID: "forged" });
    for (const level of ["error", "warn", "debug", "trace"] as const) log[level](level);
    await log.close();
    assert.deepEqual(errors, []);
    const entries = await journald.read(id, 6);
    const [first, second, ...others] = entries as [Entry, Entry, ...Entry[]];
    const expected = {
      MESSAGE: "two\nlines",
      PRIORITY: "6",
      USER_ID: "42",
      OK: "true",
      NOTHING: "null",
      LIST: '[1,"a"]',
      USER_NAME: "Ana\\u0000\\u0001\n",
      USER_DEEP_ER: "1",
    };
    for (const [name, value] of Object.entries(expected)) assert.equal(first[name], value, name);
    assert.match(String(first.TIMESTAMP), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(first._PID, String(runtime.pid));
    assert.deepEqual([second.PRIORITY, second.FIELD_MESSAGE, second.FIELD_PID, second._PID], [
      "2",
      "mine",
      "forged",
      String(runtime.pid),
    ]);
    assert.deepEqual(others.map(({ PRIORITY }) => PRIORITY), ["3", "4", "7", "7"]);
  });

  it("gets any Unicode but controls, which it gets escaped, in order", needs, async () => {
    const id = identifier();
    const texts = fc.sample(fc.string({ unit: "binary", maxLength: 300 }), { numRuns: 3_000, seed: 7 }).filter((text) =>
      text !== ""
    );
    const log = createLogger(uriOf(id));
    for (const text of texts) log.info(text, { value: text });
    await log.close();
    assert.equal(log.metrics().destinations[0]?.written, texts.length);
    const entries = await journald.read(id, texts.length);
    assert.equal(entries.length, texts.length);
    entries.forEach(({ MESSAGE, VALUE }, index) => {
      const text = visibleBlock(texts[index] as string);
      assert.equal(MESSAGE, text);
      assert.equal(VALUE, text);
    });
  });

  it("gets the line of a format as text where the destination names one", needs, async () => {
    const id = identifier();
    const log = createLogger({ destinations: [{ uri: uriOf(id), format: "logfmt" }] });
    log.info("sold", { total: 7 });
    await log.close();
    const [entry] = await journald.read(id, 1);
    assert.match(String(entry?.MESSAGE), /level=info msg=sold total=7$/);
    assert.equal(entry?.TOTAL, "7");
  });

  it("gets the beginning of what is longer than its socket takes", needs, async () => {
    const id = identifier();
    const log = createLogger(uriOf(id));
    log.info("long", { value: "ä".repeat(1 << 20), short: "whole" });
    await log.close();
    const [entry] = await journald.read(id, 1);
    assert.deepEqual([entry?.MESSAGE, entry?.SHORT, entry?.LOG_TRUNCATED], ["long", "whole", "1"]);
    assert.match(String(entry?.VALUE), /^ä{10000,}$/);
  });

  it("gets the first fields of a record that has more of them than it takes", needs, async () => {
    const id = identifier();
    const log = createLogger(uriOf(id));
    const fields = (of: number) =>
      Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`${"n".repeat(50)}_${of}_${i}`, 1]));
    log.info("many", { first: 1, ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`o${i}`, fields(i)])) });
    log.info("next");
    await log.close();
    const [many, next] = await journald.read(id, 2);
    assert.deepEqual([many?.MESSAGE, many?.FIRST, many?.LOG_TRUNCATED], ["many", "1", "1"]);
    assert.equal(next?.MESSAGE, "next");
    assert.equal(log.metrics().destinations[0]?.truncated, 1);
  });

  it("that is not there is reported, and what could not be delivered counted", needs, async () => {
    const own = await Journald.start();
    const [id, socket] = [identifier(), own.socket];
    await own.stop();
    const errors: Error[] = [];
    const log = createLogger({
      destinations: [`journald:${socket}?identifier=${id}`],
      onError: (error) => errors.push(error),
    });
    log.info("early");
    await assert.rejects(log.flush(), { name: "DestinationError", code: "ENOENT" });
    assert.equal((errors[0] as DestinationError).code, "ENOENT");
    await log.close();
    assert.equal(log.metrics().dropped, 1);
  });

  it("has URIs whose mistakes are named", needs, () => {
    const refused = (uri: string, message: RegExp) => assert.throws(() => createLogger(uri), message);
    refused(
      "journald:?tag=x",
      /Cannot use option "destinations\[0\].uri": there is no parameter "tag"; known is identifier/,
    );
    refused("journald://host/run/socket", /a socket has no host/);
    refused("journald:relative", /"relative" is no path of a socket/);
    refused("journald:/run/%zz", /is not a valid path/);
    refused("journald:?identifier=a&identifier=b", /identifier stands there twice/);
    refused("journald:#x", /it has a fragment/);
    refused("journald:?identifier=", /identifier is empty/);
    refused(
      `journald:/${"p".repeat(107)}`,
      /"destinations\[0\].uri": expected a path of 10[37] bytes at the most, got 108/,
    );
  });

  if (problem === undefined) {
    testBackend(openSubject, { it, name: "journald", lacks: { fail: "journald refuses nothing" } });
  }

  async function openSubject(): Promise<BackendSubject> {
    const own = journald;
    await Promise.resolve();
    const id = identifier();
    const plan = ownScheme("journald")?.plan(`journald:${own.socket}?identifier=${id}`, {}, {
      runtime,
      where: "test",
      onError() {},
    });
    const envelope = new JournalEnvelope(id);
    return {
      create: () => plan?.backend() as never,
      read: async (expected) => (await own.read(id, expected)).map(({ MESSAGE }) => String(MESSAGE)),
      format: (message) => envelope.wrap(message.msg, message),
      stall() {
        own.signal("SIGSTOP");
        return () => own.signal("SIGCONT");
      },
    };
  }
});
