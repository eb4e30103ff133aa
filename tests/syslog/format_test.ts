import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bsdTimestamp } from "../../src/backends/syslog/bsd_timestamp.ts";
import { cut } from "../../src/backends/syslog/cut.ts";
import { frame } from "../../src/backends/syslog/framing.ts";
import { structuredData } from "../../src/backends/syslog/structured_data.ts";
import { SyslogEnvelope, VISIBLE_TEXT } from "../../src/backends/syslog/syslog_envelope.ts";
import type { SyslogHeader } from "../../src/backends/syslog/syslog_settings.ts";
import { JsonFormat } from "../../src/format/json_format.ts";
import type { Message } from "../../src/message.ts";

const time = Date.UTC(2026, 10, 3, 11, 2, 15, 7);
const message: Message = { time, level: "warn", msg: "hello", fields: { a: 1 } };
const header: SyslogHeader = {
  format: "rfc5424",
  facility: 20,
  hostname: "mymachine.example.com",
  app: "evntslog",
  procid: "-",
  msgid: "ID47",
  structuredData: undefined,
  isTextOnly: false,
  bom: true,
  maxBytes: 8_192,
};
const json = new JsonFormat();

/** Formats a message. */
function format(change: Partial<SyslogHeader>, of: Message = message): string {
  const own = { ...header, ...change };
  return new SyslogEnvelope(own).wrap((own.isTextOnly ? VISIBLE_TEXT : json).format(of), of);
}

describe("a message of RFC 5424", () => {
  it("has the header of section 6, and a BOM before what is UTF-8", () => {
    assert.equal(
      format({}),
      "<164>1 2026-11-03T11:02:15.007Z mymachine.example.com evntslog - ID47 - \ufeff" + json.format(message),
    );
    assert.ok(!format({ bom: false }).includes("\ufeff"));
  });

  it("has a priority of facility and severity", () => {
    const levels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;
    const priority = (facility: number, level: typeof levels[number]) =>
      Number(/^<(\d+)>1 /.exec(format({ facility }, { ...message, level }))?.[1]);
    assert.deepEqual(levels.map((level) => priority(0, level)), [7, 7, 6, 4, 3, 2]);
    assert.deepEqual(levels.map((level) => priority(23, level)), [191, 191, 190, 188, 187, 186]);
  });

  it("carries the fields as structured data where it is told to, the text being all of the MSG", () => {
    const sd = { structuredData: "fields@32473", isTextOnly: true };
    assert.ok(format(sd).endsWith(' ID47 [fields@32473 a="1"] \ufeffhello'));
    assert.ok(format(sd, { ...message, fields: undefined }).endsWith(" ID47 - \ufeffhello"));
    assert.ok(format(sd, { ...message, msg: "", fields: undefined }).endsWith(" ID47 -"));
    assert.ok(format(sd, { ...message, msg: "a\nb\u0000" }).endsWith(" \ufeffa\\nb\\u0000"));
    assert.ok(
      format({ structuredData: "fields@32473" }).endsWith('[fields@32473 a="1"] \ufeff' + json.format(message)),
    );
  });
});

describe("structured data", () => {
  const data = (fields: Record<string, unknown>) => structuredData("x@1", fields);

  it("escapes the quote, the backslash and the closing bracket, and nothing else (RFC 5424, 6.3.3)", () => {
    assert.equal(data({ a: '"\\][=é😀' }), '[x@1 a="\\"\\\\\\][=é😀"]');
  });

  it("shows controls, so that a record stays a line", () => {
    assert.equal(data({ a: "1\n2\r3\u0000" }), '[x@1 a="1\\\\n2\\\\r3\\\\u0000"]');
  });

  it("takes any value", () => {
    assert.equal(
      data({ n: 1.5, b: true, nothing: null, none: undefined, big: 12n, nan: NaN, o: { a: ["]"] } }),
      '[x@1 n="1.5" b="true" nothing="null" big="12" nan="NaN" o="{\\"a\\":[\\"\\]\\"\\]}"]',
    );
    assert.equal(data({ none: undefined }), "-");
    assert.equal(data({ a: "\ud800" }), '[x@1 a="\ufffd"]');
  });

  it("makes names of 1 to 32 characters that may stand there", () => {
    assert.equal(data({ 'a=b] "é': 1 }), '[x@1 a_b____="1"]');
    assert.equal(data({ "": 1 }), '[x@1 _="1"]');
    assert.equal(data({ ["n".repeat(40)]: 1 }), `[x@1 ${"n".repeat(32)}="1"]`);
  });

  it("loses what finds no room, the last first, measured in bytes", () => {
    const head = "<14>1 - h a 1 m ";
    const value = "€".repeat(10); // 30 bytes
    const whole = `[x@1 a="${value}"]`;
    const size = (text: string) => new TextEncoder().encode(text).length;
    assert.equal(size(whole), 40);
    const shortened = (data: string, room: number) =>
      new TextDecoder().decode(cut(new TextEncoder().encode(head + data), head.length + room));
    assert.equal(shortened(`[x@1 a="${value}" b="1" c="2"]`, 40), head + whole);
    assert.equal(shortened(whole, 39), head + "-");
    assert.equal(shortened(`[x@1 a="\\"\\]" b="${value}"]`, 39), head + '[x@1 a="\\"\\]"]');
  });

  it("never takes the room of the message", () => {
    const small = { structuredData: "fields@32473", isTextOnly: true };
    const line = format(small, { ...message, msg: "the text", fields: { a: "x".repeat(100), b: "y".repeat(1_000) } });
    const short = new TextDecoder().decode(cut(new TextEncoder().encode(line), 480));
    assert.ok(short.endsWith(`[fields@32473 a="${"x".repeat(100)}"] \ufeffthe text`), short);
  });
});

describe("a message of RFC 3164", () => {
  it("has local time with the day padded by a space, the host, and a tag", () => {
    const at = new Date(2026, 10, 3, 1, 2, 3).getTime();
    const line = format({ format: "rfc3164", procid: "12" }, { ...message, time: at });
    assert.equal(
      line,
      "<164>Nov  3 01:02:03 mymachine.example.com evntslog[12]: " + json.format({ ...message, time: at }),
    );
    assert.ok(format({ format: "rfc3164", hostname: undefined }).includes(" evntslog[-]: {"));
  });

  it("shows every second anew", () => {
    const at = new Date(2026, 11, 31, 23, 59, 59).getTime();
    assert.deepEqual([at, at + 999, at + 1_000].map(bsdTimestamp), [
      "Dec 31 23:59:59",
      "Dec 31 23:59:59",
      "Jan  1 00:00:00",
    ]);
    assert.equal(bsdTimestamp(NaN), bsdTimestamp(0));
  });
});

describe("framing", () => {
  const encode = (text: string) => new TextEncoder().encode(text);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

  it("puts the length in bytes in front (RFC 6587, 3.4.1), or a newline behind", () => {
    const lines = encode("é\n0123456789\n");
    assert.equal(decode(frame(lines, "octet-counting", 100).bytes), "2 é10 0123456789");
    assert.equal(decode(frame(lines, "lf", 100).bytes), "é\n0123456789\n");
  });

  it("cuts what is too long before a whole character, and marks it", () => {
    for (const framing of ["octet-counting", "lf"] as const) {
      const { bytes, cuts } = frame(encode("short\n" + "a" + "€".repeat(10) + "\nend\n"), framing, 12);
      assert.equal(
        decode(bytes),
        framing === "lf" ? "short\na€€...\nend\n" : "5 short10 a€€...3 end",
      );
      assert.equal(cuts, 1);
    }
    assert.equal(decode(cut(encode("0123456789"), 10)), "0123456789");
    assert.equal(decode(cut(encode("0123456789x"), 10)), "0123456...");
    assert.equal(decode(cut(encode("012😀456789x"), 10)), "012😀...");
    assert.equal(decode(cut(encode("0123😀56789x"), 10)), "0123...");
  });
});
