import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createLogger, format, type Logger, type Message, patchConsole, withContext } from "../../mod.ts";
import { JournalEnvelope } from "../../src/backends/journald/journal_envelope.ts";
import { LogRecordFormat } from "../../src/backends/otlp/log_record_format.ts";
import { SyslogEnvelope } from "../../src/backends/syslog/syslog_envelope.ts";
import { FORMAT_NAMES, namedFormat } from "../../src/format/named_format.ts";
import type { RedactOptions } from "../../src/redact/options.ts";
import { KEYS, Planter } from "./planted.ts";
import { header } from "../syslog/header.ts";

/** The first number, and how many: others by `PLANTED_SEED` and `PLANTED_RUNS`. */
const SEED = Number(process.env.PLANTED_SEED ?? 1);
const RUNS = Number(process.env.PLANTED_RUNS ?? 10_000);

const redact: RedactOptions = { keys: KEYS, patterns: true };

const surroundings = { pid: 1, hostname: () => "host", colors: true };

const otlp = new LogRecordFormat({ maxAttributes: 1_000, maxAttributeLength: Infinity });

type Format = (message: Message) => string;

const formats: readonly Format[] = [
  ...FORMAT_NAMES.map((name): Format => (message) => namedFormat(name, surroundings).format(message)),
  format.json({ keys: { msg: "message" }, time: "epoch-ms" }),
  format.json({ preset: "ecs", fields: "labels" }),
  format.pretty({ width: 40, multiline: false }),
  ...[
    new SyslogEnvelope({ ...header, structuredData: "id@1", isTextOnly: true }),
    new SyslogEnvelope({ ...header, format: "rfc3164" }),
    new JournalEnvelope("id"),
  ].map((envelope): Format => (message) => envelope.wrap(message.msg, message)),
  (message) => otlp.format(message),
  ({ msg, fields }) => `${msg} ${inspect(fields, { depth: Infinity })} ${JSON.stringify(fields)}`,
];

/** All formats of one message: each is made of what redaction has left. */
function everyFormat(message: Message): string {
  return formats.map((format) => format(message)).join("\n");
}

/** Logs what is planted, in one of many ways. */
function logPlanted(log: Logger, console: Console, planter: Planter): void {
  const level = planter.pick(["trace", "info", "warn", "error"] as const);
  switch (planter.below(10)) {
    case 0:
      return log.with(planter.fields()).info(planter.message(), planter.fields());
    case 1:
      return withContext(planter.fields(), () => log.info(planter.message(), planter.fields()));
    case 2:
      return log.info(() => [planter.message(), planter.fields()]);
    case 3:
      return log.error(planter.error(0), planter.fields());
    case 4:
      return log.error(planter.message(), planter.error(0));
    case 5:
      return log.warn(planter.value(0));
    case 6:
    case 7: {
      const method = planter.pick(["log", "error", "trace", "dir", "dirxml", "table", "group", "count"] as const);
      const args = planter.printed();
      if (method === "count") return console.count(planter.planted());
      (console[method] as (...values: unknown[]) => void)(...args);
      if (method === "group") {
        console.info("within");
        console.groupEnd();
      }
      return;
    }
    case 8:
      return console.assert(false, ...planter.printed());
    default:
      return log[level](planter.message(), planter.fields());
  }
}

describe("no planted secret is in any format", () => {
  it(`${RUNS} objects from number ${SEED} on, logged`, async () => {
    let written = "";
    const reported: Error[] = [];
    let middle = new Planter(0);
    const log = createLogger({
      level: "trace",
      redact,
      destinations: [{
        backend: {
          supportsAtomic: true,
          write: (batch) => void (written += batch.text),
        },
        format: everyFormat,
      }],
      middleware: [(message) => ({ ...message, fields: { ...message.fields, added: middle.value(2) } })],
      onError: (error) => void reported.push(error),
    });
    const names = ["log", "info", "error", "trace", "dir", "dirxml", "table", "group", "groupEnd", "count", "assert"];
    const console = Object.fromEntries(names.map((name) => [name, () => {}])) as unknown as Console;
    // Otherwise most of the text would be stacks.
    const { stackTraceLimit: before } = Error;
    Error.stackTraceLimit = 2;
    using _patch = patchConsole(log, { console });
    let total = 0;
    for (let seed = SEED; seed < SEED + RUNS; seed++) {
      const planter = new Planter(seed);
      middle = planter;
      logPlanted(log, console, planter);
      await log.flush();
      for (const secret of planter.secrets) {
        if (written.includes(secret)) assert.fail(`number ${seed}: ${secret} is left in ${around(written, secret)}`);
      }
      assert.ok(written.length > 0, `number ${seed}: nothing was written`);
      total += planter.secrets.length;
      written = "";
    }
    await log.close();
    Error.stackTraceLimit = before;
    assert.deepEqual(reported, []);
    assert.ok(total > 5 * RUNS, `${total} secrets`);
  });
});

/** Where in the written text a secret is left. */
function around(written: string, secret: string): string {
  const at = written.indexOf(secret);
  return JSON.stringify(written.slice(Math.max(0, at - 300), at + secret.length + 100));
}
