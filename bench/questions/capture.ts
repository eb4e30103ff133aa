/**
 * How the time of one log call grows with what it is given, and that of formatting the record: by kind of value, for 10,
 * 1,000 and 100,000 entries, with the default limits and without them. Run on each runtime:
 * `deno run -A bench/questions/capture.ts`, and so on; words after it select kinds of values.
 *
 * Growth is the time per entry with 100,000 entries over that with 1,000: about 1 is linear, about 100 quadratic, and
 * with the default limits, which bound the work, it is far below 1.
 *
 * @module
 */
import process from "node:process";
import { FORMAT_NAMES, namedFormat } from "../../src/format/named_format.ts";
import type { Fields, Message } from "../../src/message.ts";
import { createSnapshot } from "../../src/pipeline/snapshot.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";
import { filter } from "../../src/mod.ts";

const SIZES = [10, 1_000, 100_000] as const;

const range = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

/** Values of so many entries. */
const values: Readonly<Record<string, (count: number) => unknown>> = {
  "flat fields": (n) => Object.fromEntries(range(n, (i) => [`key${i}`, i])),
  "fields with one long beginning": (n) => Object.fromEntries(range(n, (i) => [`${"k".repeat(60)}${i}`, i])),
  "fields that are reserved names": (n) =>
    Object.fromEntries(range(Math.min(n, 1_000), (i) => ["fields.".repeat(i % 50) + "time" + i, i])),
  "fields outside of ASCII": (n) =>
    Object.fromEntries(range(n, (i) => [String.fromCodePoint(0x4e00 + i % 20_000) + "!".repeat(i / 20_000), i])),
  "nested objects": (n) => range(n, (i) => ({ id: i, of: { a: "b" } })),
  "an array of numbers": (n) => range(n, (i) => i),
  "an array of texts": (n) => range(n, (i) => `text ${i}`),
  "a Map of texts": (n) => new Map(range(n, (i) => [`key${i}`, i])),
  "a Map of keys that look alike": (n) => new Map(range(n, (i) => [{ a: 1 }, i])),
  "a Map of numbers and their texts": (n) => new Map(range(n, (i) => [i % 2 ? i : String(i + 1), i])),
  "a Set": (n) => new Set(range(n, (i) => i)),
  "Headers of one name": (n) => new Headers(range(Math.min(n, 10_000), (i) => ["set-cookie", `c${i}=1`])),
  "Headers": (n) => new Headers(range(Math.min(n, 10_000), (i) => [`x-${i}`, "1"])),
  "a FormData": (n) => range(n, (i) => i).reduce((form, i) => (form.append(`f${i % 100}`, "1"), form), new FormData()),
  "URLSearchParams": (n) => new URLSearchParams(range(n, (i) => [`k${i}`, "1"])),
  "a chain of causes": (n) =>
    range(Math.min(n, 10_000), (i) => i).reduce<Error>((cause, i) => new Error(`${i}`, { cause }), new Error("0")),
  "an AggregateError": (n) =>
    new AggregateError(range(Math.min(n, 10_000), (i) => Object.assign(new Error(`${i}`), { stack: "" }))),
  "deep nesting": (n) => range(n, (i) => i).reduce<unknown>((inner) => ({ inner }), "end"),
  "a long text": (n) => "text ".repeat(n),
  "a long text of emoji and controls": (n) => "😀\n\u202e".repeat(n),
};

/** The shortest of some runs, in milliseconds of the processor. */
function timeOf(work: () => unknown): number {
  let best = Infinity;
  let sum = 0;
  for (let run = 0; run < 50 && (run < 3 || sum < 60); run++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
    sum += best;
  }
  return best;
}

const bounded = createSnapshot();
const unbounded = createSnapshot({ maxEntries: 1e7, maxValues: 1e7 });
const redaction = compileRedaction(
  { keys: ["password", "token"], paths: ["*.secret", "**.cookie"], patterns: ["email", "url-password"] },
  "redact",
);
const filters = [filter.field("key1", { matches: /x/ }), filter.message({ matches: /y/ })];

const messageOf = (value: unknown): Message => {
  const isFields = typeof value === "object" && value !== null && !Array.isArray(value);
  return { time: 0, level: "info", msg: "text", fields: isFields ? value as Fields : { value } };
};

/** What is measured: the copy at the call, with limits and without, and what is done to a copy afterwards. */
const steps: Readonly<Record<string, (value: unknown) => () => unknown>> = {
  "copy": (value) => () => bounded.fields(value),
  "copy, no limits": (value) => () => unbounded.fields(value),
  "redact": (value) => {
    const message = messageOf(unbounded.fields(value).value);
    return () => redaction.apply(message);
  },
  "filter": (value) => {
    const message = messageOf(unbounded.fields(value).value);
    return () => filters.every((one) => one(message));
  },
  ...Object.fromEntries(FORMAT_NAMES.map((name) => [name, (value: unknown) => {
    const format = namedFormat(name, { pid: 1, hostname: () => "host" } as never);
    const message = messageOf(unbounded.fields(value).value);
    return () => format.format(message);
  }])),
};

const only = process.argv.slice(2);
for (const [kind, make] of Object.entries(values)) {
  if (only.length > 0 && !only.some((word) => kind.includes(word))) continue;
  console.log(`${kind}: ms for ${SIZES.join(" / ")} entries, growth`);
  for (const [step, prepare] of Object.entries(steps)) {
    const times = SIZES.map((size) => timeOf(prepare(make(size))));
    const growth = (times[2] as number) / (100 * Math.max(times[1] as number, 0.01));
    console.log(`  ${step.padEnd(16)} ${times.map((ms) => ms.toFixed(3)).join(" / ").padEnd(32)} ${growth.toFixed(2)}`);
  }
}
