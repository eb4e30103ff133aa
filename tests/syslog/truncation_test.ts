import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createSocket } from "node:dgram";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger } from "../../mod.ts";
import { cut } from "../../src/backends/syslog/cut.ts";
import { SyslogDatagramBackend } from "../../src/backends/syslog/datagram_backend.ts";
import { frame } from "../../src/backends/syslog/framing.ts";
import { SyslogEnvelope, VISIBLE_TEXT } from "../../src/backends/syslog/syslog_envelope.ts";
import type { SyslogHeader } from "../../src/backends/syslog/syslog_settings.ts";
import { Batch } from "../../src/dispatch/batch.ts";
import { JSON_FORMAT } from "../../src/format/json_options.ts";
import type { Message } from "../../src/message.ts";
import type { DatagramSocket } from "../../src/network.ts";
import { parseRfc5424, type Rfc5424Message } from "./rfc5424.ts";
import { missing, pause, startServer } from "./servers.ts";
import { octetReader } from "./stream_server.ts";

const runtime = detectRuntime();
const unixProblem = runtime.network?.unixDatagramProblem();
const time = Date.UTC(2026, 10, 3, 11, 2, 15, 7);
const header: SyslogHeader = {
  format: "rfc5424",
  facility: 1,
  hostname: "host.example",
  app: "web",
  procid: "12",
  msgid: "ID47",
  structuredData: "f@1",
  isTextOnly: true,
  bom: true,
  maxBytes: 1 << 20,
};
const encode = (text: string) => new TextEncoder().encode(text);
const size = (text: string) => Buffer.byteLength(text);

/** What the protocol and UTF-8 make difficult, from nothing to longer than most limits. */
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'"\\]=[ -x1€é😀\n\ufeff'), maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.tuple(fc.constantFrom("x", "\\", '"]', "é", "€", "😀"), fc.nat(400)).map(([unit, n]) => unit.repeat(n)),
);
const fields = fc.dictionary(fc.string({ unit: fc.constantFrom(...'ab]"= \\é'), maxLength: 35 }), text, { maxKeys: 6 });
const message = fc.record({ msg: text, fields, bom: fc.boolean(), hasData: fc.boolean(), isJson: fc.boolean() });
type Generated = typeof message extends fc.Arbitrary<infer T> ? T : never;

function lineOf({ msg, fields, bom, hasData, isJson }: Generated): Uint8Array {
  const own = { ...header, bom, structuredData: hasData ? "f@1" : undefined, isTextOnly: hasData && !isJson };
  const message: Message = { time, level: "info", msg, fields };
  const line = (own.isTextOnly ? VISIBLE_TEXT : JSON_FORMAT).format(message);
  return encode(new SyslogEnvelope(own).wrap(line, message));
}

/** Text that is cut to so many bytes: the rule, written down once more. */
function shortened(text: string, room: number): string {
  if (size(text) <= room) return text;
  let kept = "";
  let left = room - 3;
  for (const character of text) {
    left -= size(character);
    if (left < 0) break;
    kept += character;
  }
  return kept + "...";
}

/** What must be left of a message: the same for structured data. */
function expected({ header, data, msg, hasBom }: Rfc5424Message, limit: number): string {
  const behind = msg === undefined ? "" : ` ${hasBom ? "\ufeff" : ""}${msg}`;
  if (size(header + data + behind) <= limit) return header + data + behind;
  const room = limit - size(header) - Math.min(size(behind), 68);
  const pairs = data.match(/ [^=]+="(?:[^"\\\]]|\\.)*"/gs) ?? [];
  let kept = data === "-" ? "-" : data;
  while (kept !== "-" && size(kept) > room) {
    pairs.pop();
    kept = pairs.length === 0 ? "-" : `[f@1${pairs.join("")}]`;
  }
  if (msg === undefined || size(header + kept) + 4 > limit) return header + (msg === undefined ? kept : "-");
  return header + kept + shortened(behind, limit - size(header + kept));
}

describe("a message of RFC 5424 that is too long", () => {
  // The timers of a backend keep no process alive.
  const alive = setInterval(() => {}, 1_000);
  after(() => clearInterval(alive));

  it("is one after it was cut, whatever is in it and wherever the limit falls", () => {
    fc.assert(
      fc.property(message, fc.double({ min: 0, max: 1.1, noNaN: true }), (generated, part) => {
        const line = lineOf(generated);
        const whole = parseRfc5424(line);
        const limit = Math.floor(part * line.length);
        const short = cut(line, limit);
        const parsed = parseRfc5424(short);
        assert.equal(Buffer.from(short).toString(), expected(whole, limit));
        assert.deepEqual(parsed.parameters, whole.parameters.slice(0, parsed.parameters.length));
        assert.ok(short.length <= Math.max(limit, size(whole.header) + 1));
      }),
      { numRuns: 5_000 },
    );
  });

  it("is one in a stream, between the others", () => {
    const limit = 480;
    fc.assert(fc.property(fc.array(message, { minLength: 1, maxLength: 8 }), (generated) => {
      const lines = generated.map(lineOf);
      const bytes = Buffer.concat(lines.flatMap((line) => [line, encode("\n")]));
      const whole = lines.map((line) => expected(parseRfc5424(line), limit));
      const counted = frame(bytes, "octet-counting", limit);
      const messages: string[] = [];
      octetReader(messages)(counted.bytes);
      assert.deepEqual(messages, whole);
      assert.equal(Buffer.from(frame(bytes, "lf", limit).bytes).toString(), whole.map((one) => one + "\n").join(""));
      assert.equal(counted.cuts, lines.filter((line) => line.length > limit).length);
    }));
  });

  it("is one where the socket takes less than it was told, and counts once", async () => {
    const property = fc.asyncProperty(
      fc.array(message, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 480, max: 1_500 }),
      async (generated, most) => {
        const lines = generated.map(lineOf);
        const sent: Uint8Array[] = [];
        const backend = new SyslogDatagramBackend(runtime, {
          open: () => socketThat((bytes) => void sent.push(bytes.slice()), most),
          maxBytes: header.maxBytes,
          isReliable: true,
        });
        await backend.write(batchOf(lines));
        await backend.close();
        assert.equal(sent.length, lines.length);
        sent.forEach((bytes, i) => {
          assert.ok(bytes.length <= most);
          assert.equal(parseRfc5424(bytes).header, parseRfc5424(lines[i] as Uint8Array).header);
        });
        assert.equal(backend.metrics().truncated, lines.filter((line) => line.length > most).length);
      },
    );
    await fc.assert(property);
  });

  it("is shortened too where the socket says so afterwards, and counts once although it is sent twice", async () => {
    const lines = [600, 3_000, 700].map((length) =>
      lineOf({ msg: "m".repeat(length), fields: { a: "a".repeat(100) }, bom: true, hasData: true, isJson: false })
    );
    const sent: Uint8Array[] = [];
    const backend = new SyslogDatagramBackend(runtime, {
      open(onError) {
        const socket = {
          pending: 0,
          send(bytes: Uint8Array) {
            socket.pending++;
            Promise.resolve().then(() => {
              socket.pending--;
              if (bytes.length > 1_100) onError(tooLong());
              else sent.push(bytes);
            });
            return true;
          },
          close() {},
        };
        return socket;
      },
      maxBytes: 2_048,
      isReliable: false,
    });
    const batch = batchOf(lines);
    await assert.rejects(async () => await backend.write(batch), { code: "EMSGSIZE" });
    await backend.write(batch);
    await backend.close();
    const texts = sent.map((bytes) => parseRfc5424(bytes).msg as string);
    const [first, last] = ["m".repeat(600), "m".repeat(700)];
    assert.deepEqual(texts.map((text) => text.replace(/m{800,}\.\.\./, "cut")), [first, last, first, "cut", last]);
    assert.equal(backend.metrics().truncated, 1);
  });

  it("loses fields first and the end of its MSG then, and counts once", async () => {
    const server = createSocket("udp4");
    const received: Uint8Array[] = [];
    server.on("message", (bytes) => void received.push(bytes.slice()));
    await new Promise<void>((resolve) => server.bind(0, "127.0.0.1", resolve));
    const { port } = server.address();
    const log = createLogger({
      destinations: [`syslog+udp://127.0.0.1:${port}?sd=f@1&maxBytes=1KB&hostname=h&app=a&procid=1`],
    });
    log.info("x".repeat(200), { small: "1", big: "€".repeat(1_000), last: "2" });
    log.info("short", { small: "1", big: "]".repeat(1_000), last: "2" });
    log.info("é".repeat(1_000), { small: "1" });
    log.info("whole", { small: "1" });
    await log.flush();
    while (received.length < 4) await pause(5);
    assert.equal(log.metrics().destinations[0]?.truncated, 3);
    await log.close();
    server.close();
    const [both, fieldsOnly, textOnly, none] = received.map((bytes) => parseRfc5424(bytes)) as [
      ...Rfc5424Message[],
    ];
    assert.ok(received.every(({ length }) => length <= 1_000));
    assert.deepEqual([both?.data, both?.msg], ['[f@1 small="1"]', "x".repeat(200)]);
    assert.deepEqual([fieldsOnly?.data, fieldsOnly?.msg], ['[f@1 small="1"]', "short"]);
    assert.equal(textOnly?.data, '[f@1 small="1"]');
    assert.match(textOnly?.msg as string, /^é{400,}\.\.\.$/);
    assert.deepEqual([none?.data, none?.msg], ['[f@1 small="1"]', "whole"]);
  });

  it("is read by a server behind a unix socket, though the kernel takes less", {
    skip: unixProblem ?? missing("rsyslog") ?? false,
  }, async () => {
    const server = await startServer("rsyslog");
    try {
      const uri = `syslog+unix:${server.unix}?format=rfc5424&sd=f@1&maxBytes=1MB&hostname=h&app=a&procid=1`;
      const errors: unknown[] = [];
      const log = createLogger({ destinations: [uri], onError: (error) => void errors.push(error) });
      log.info("the text", { small: "1", big: "x".repeat(300_000) });
      log.info("alone", { big: "x".repeat(300_000) });
      log.info("é".repeat(20_000) + "x".repeat(300_000), { small: "1" });
      await log.close();
      assert.deepEqual(errors, []);
      assert.equal(log.metrics().destinations[0]?.truncated, 3);
      const messages = await server.wait(3);
      assert.deepEqual(messages.map(({ app, sd }) => [app, sd]), [
        ["a", '[f@1 small="1"]'],
        ["a", "-"],
        ["a", '[f@1 small="1"]'],
      ]);
      assert.deepEqual(messages.slice(0, 2).map(({ msg }) => msg), ["the text", "alone"]);
      assert.ok(messages[2]?.msg.startsWith("é".repeat(20_000)));
    } finally {
      await server.end();
    }
  });
});

function batchOf(lines: readonly Uint8Array[]): Batch {
  return new Batch([{ bytes: Buffer.concat(lines.flatMap((line) => [line, encode("\n")])), lines: lines.length }]);
}

function tooLong(): Error {
  return Object.assign(new Error("too long"), { code: "EMSGSIZE" });
}

/** A socket that takes messages of `most` bytes. */
function socketThat(take: (bytes: Uint8Array) => void, most = Infinity): DatagramSocket {
  return {
    send(bytes) {
      if (bytes.length > most) throw tooLong();
      take(bytes);
      return true;
    },
    pending: 0,
    close() {},
  };
}
