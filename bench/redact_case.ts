/**
 * What redaction costs, in nanoseconds per record: `apply` alone, on records that are ready. Runs by itself on each
 * runtime, such as `deno run -A bench/redact_case.ts`.
 *
 * @module
 */
import type { Message } from "../src/message.ts";
import type { RedactOptions } from "../src/redact/options.ts";
import { patternNames } from "../src/redact/pattern.ts";
import { compileRedaction } from "../src/redact/redaction.ts";
import { fiveFields, TEXT } from "./records.ts";
import { nanoseconds } from "./support/clock.ts";
import { median } from "./support/statistics.ts";
import { table } from "./support/table.ts";

const CARD = "4111 1111 1111 1111";
const key = "0123456789abcdef";

/** Records as the dispatcher hands them over. */
const records: { readonly [name: string]: (number: number) => Message } = {
  "five fields": (number) => message(TEXT, fiveFields(number)),
  "nested": (number) =>
    message(TEXT, {
      ...fiveFields(number),
      user: { name: "Ann", roles: ["a", "b"], session: { id: "x" } },
      service: "checkout",
      version: 7,
    }),
  "1 KiB stack": (number) =>
    message(TEXT, { number, stack: "Error: x\n" + "    at fn (file:///app/src/file.ts:10:20)\n".repeat(24) }),
  "with secrets": (number) =>
    message(`paid with ${CARD}`, { ...fiveFields(number), user: { password: "hunter2", mail: "ann@example.com" } }),
};

const redactions: { readonly [name: string]: RedactOptions } = {
  "3 paths": { paths: ["user.password", "headers.authorization", "items[*].card"] },
  "1 deep path": { paths: ["**.password"] },
  "3 keys": { keys: ["password", "token", "authorization"] },
  "paths, keys": { paths: ["**.secret"], keys: ["password", "token", "authorization"] },
  "all patterns": { patterns: true },
  "everything, hashed": { paths: ["**.secret"], keys: ["password"], patterns: true, censor: { hash: { key } } },
  ...Object.fromEntries(patternNames.map((name) => [`only ${name}`, { patterns: [name] }])),
};

function message(msg: string, fields: Record<string, unknown>): Message {
  return { time: 1_764_000_000_000, level: "info", msg, fields };
}

const ROUNDS = 15;
const COUNT = 2_000;

/** Keeps the results alive, so that no engine leaves the work out. */
let seen = 0;

function measure(options: RedactOptions, record: (number: number) => Message): number {
  const redaction = compileRedaction(options, "redact");
  const messages = Array.from({ length: COUNT }, (_, number) => record(number));
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = nanoseconds();
    for (const message of messages) seen += redaction.apply(message).msg.length;
    times.push((nanoseconds() - start) / COUNT);
  }
  return median(times.slice(5));
}

const rows = Object.entries(redactions).map(([name, options]) => [
  name,
  ...Object.values(records).map((record) => measure(options, record).toFixed(0)),
]);
console.log(table(["ns per record", ...Object.keys(records)], rows));
if (seen === 0) throw new Error("Cannot use this measurement: nothing was redacted");
