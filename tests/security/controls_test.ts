import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JournalEnvelope } from "../../src/backends/journald/journal_envelope.ts";
import { LogRecordFormat } from "../../src/backends/otlp/log_record_format.ts";
import { SyslogEnvelope, VISIBLE_TEXT } from "../../src/backends/syslog/syslog_envelope.ts";
import { show } from "../../src/validate.ts";
import type { Envelope } from "../../src/format/envelope.ts";
import { JsonFormat } from "../../src/format/json_format.ts";
import type { LineFormat } from "../../src/format/line_format.ts";
import { FORMAT_NAMES, namedFormat } from "../../src/format/named_format.ts";
import { PrettyFormat } from "../../src/format/pretty_format.ts";
import type { Message } from "../../src/message.ts";
import { snapshot } from "../../src/pipeline/snapshot.ts";
import { header } from "../syslog/header.ts";

/** C0, DEL and C1, the separators of lines and paragraphs, and what Unicode says controls bidirectional text. */
const CONTROL = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;
const controls = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit)).filter((c) => CONTROL.test(c));

const json = new JsonFormat();
const text: Pick<LineFormat, "format"> = { format: ({ msg }) => msg };

/** A format in the envelope of its scheme. */
function enclosed(format: Pick<LineFormat, "format">, envelope: Envelope): Pick<LineFormat, "format"> {
  return { format: (message) => envelope.wrap(format.format(message), message) };
}

const limits = { maxAttributes: 1_000, maxAttributeLength: Infinity };

/** Every format, and which of the characters is its own. */
const formats: { readonly [name: string]: readonly [format: Pick<LineFormat, "format">, own?: RegExp] } = {
  ...Object.fromEntries(FORMAT_NAMES.map((name) => [name, [namedFormat(name, { pid: 1, colors: false })]])),
  "pretty": [new PrettyFormat(), /\n/g],
  "pretty on one line": [new PrettyFormat({ multiline: false })],
  // deno-lint-ignore no-control-regex
  "pretty with colours": [new PrettyFormat({ colors: true }), /\n|\x1b\[\d+m/g],
  "syslog": [enclosed(json, new SyslogEnvelope(header))],
  "syslog with structured data": [
    enclosed(VISIBLE_TEXT, new SyslogEnvelope({ ...header, structuredData: "id@1", isTextOnly: true })),
  ],
  // Between its fields stand NULs, and line feeds of texts as U+0001 and "n".
  // deno-lint-ignore no-control-regex
  "journald": [enclosed(text, new JournalEnvelope("id")), /\0|\x01n|\t/g],
  "otlp": [new LogRecordFormat(limits)],
};

/** A record with a text in every place. */
function messageWith(text: string): Message {
  const error = Object.assign(new Error(text, { cause: new Error(text) }), { [text]: text });
  const fields = { [text]: text, nested: { [text]: [text, { [`a${text}`]: text }] }, err: error, logger: text };
  return { time: 0, level: "info", msg: text, fields: snapshot(fields).value as Record<string, unknown> };
}

describe("no control character is shown raw", () => {
  it("there are those that we know of", () => {
    assert.equal(controls.length, 32 + 33 + 2 + 12);
    for (const c of "\u061c\u200e\u200f\u202e\u2069") assert.ok(controls.includes(c));
  });

  for (const [name, [format, own]] of Object.entries(formats)) {
    it(`by ${name}`, () => {
      for (const control of controls) {
        // Short and long texts are looked through in different ways.
        for (const text of [control, `a${control}b`, `${"long ".repeat(20)}${control} end`]) {
          const line = format.format(messageWith(text));
          const shown = own === undefined ? line : line.replace(own, "");
          assert.doesNotMatch(shown, CONTROL, JSON.stringify([control, line]));
        }
      }
    });
  }

  it("by our own messages", () => {
    for (const control of controls) assert.doesNotMatch(show(`a${control}b`), CONTROL);
  });
});
