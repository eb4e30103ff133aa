import type { Level } from "../level.ts";
import { readFields } from "../pipeline/snapshot_read.ts";
import { BoundLogger, type Logger } from "../logger.ts";
import { type ConsoleReading, type ConsoleText, readConsoleArguments } from "./console_arguments.ts";

/** Methods of the console with a level of their own; the others log at the level of `log`. */
export type ConsoleLevels = { readonly [K in "log" | "info" | "debug" | "warn" | "error" | "trace"]: Level };

/** What they are unless told otherwise. */
export const CONSOLE_LEVELS: ConsoleLevels = {
  log: "info",
  info: "info",
  debug: "debug",
  warn: "warn",
  error: "error",
  trace: "trace",
};

/** Labels of counters and timers that are kept, and groups within groups. The console itself keeps any number. */
const MOST_LABELS = 1_000;
const MOST_GROUPS = 100;

/** A method of the console; `method` is what the program has called, for stacks. */
export type ConsoleMethod = (values: readonly unknown[], method: object) => void;

/** The methods of a console that logs. */
export function consoleMethods(log: Logger, levels: ConsoleLevels, toText: ConsoleText): Map<string, ConsoleMethod> {
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const groups: string[] = [];
  const reading: ConsoleReading = { toText, redact: (values) => BoundLogger.redact(log, values) };

  function write(level: Level, values: readonly unknown[], further?: Readonly<Record<string, unknown>>): void {
    if (!log.isEnabled(level)) return;
    const { text, fields } = readConsoleArguments(values, reading);
    const all = groups.length === 0 && further === undefined
      ? fields
      : { ...readFields(fields ?? {}), ...(groups.length === 0 ? {} : { group: groups.join(" > ") }), ...further };
    log[level](text, all);
  }

  function group(values: readonly unknown[]): void {
    if (values.length > 0) write(levels.log, values);
    const { text } = readConsoleArguments(values, reading);
    if (groups.length < MOST_GROUPS) groups.push(text);
  }

  function time(label: string, values: readonly unknown[]): void {
    const start = timers.get(label);
    if (start === undefined) return write(levels.warn, [`Timer '${label}' does not exist`]);
    const passed = Math.round((performance.now() - start) * 1_000) / 1_000;
    write(levels.log, [`${label}: ${passed}ms`, ...values], { duration_ms: passed });
  }

  const methods: Record<string, ConsoleMethod> = {
    log: (values) => write(levels.log, values),
    info: (values) => write(levels.info, values),
    debug: (values) => write(levels.debug, values),
    warn: (values) => write(levels.warn, values),
    error: (values) => write(levels.error, values),
    trace(values, method) {
      if (log.isEnabled(levels.trace)) write(levels.trace, values, { stack: stackAbove(method) });
    },
    dir: ([value]) => write(levels.log, [value]),
    dirxml: (values) => write(levels.log, values),
    table([data, columns]) {
      if (typeof data !== "object" || data === null) return write(levels.log, [data]);
      write(levels.log, [], { table: Array.isArray(columns) ? pick(data, columns) : data });
    },
    assert([condition, ...values]) {
      if (condition) return;
      const [first, ...rest] = values;
      if (typeof first === "string") write(levels.error, [`Assertion failed: ${first}`, ...rest]);
      else write(levels.error, ["Assertion failed", ...values]);
    },
    group,
    groupCollapsed: group,
    groupEnd: () => void groups.pop(),
    count([label = "default"]) {
      const name = String(label);
      const count = (counts.get(name) ?? 0) + 1;
      remember(counts, name, count);
      write(levels.log, [`${name}: ${count}`]);
    },
    countReset: ([label = "default"]) => void counts.delete(String(label)),
    time: ([label = "default"]) => remember(timers, String(label), performance.now()),
    timeLog: ([label = "default", ...values]) => time(String(label), values),
    timeEnd([label = "default"]) {
      time(String(label), []);
      timers.delete(String(label));
    },
  };
  return new Map(Object.entries(methods));
}

function remember(map: Map<string, number>, name: string, value: number): void {
  map.delete(name);
  map.set(name, value);
  if (map.size > MOST_LABELS) map.delete(map.keys().next().value as string);
}

function pick(data: object, columns: readonly unknown[]): unknown {
  const row = (value: unknown) =>
    typeof value !== "object" || value === null ? value : Object.fromEntries(
      columns.map((column) => [String(column), (value as Record<string, unknown>)[String(column)]]),
    );
  return Array.isArray(data)
    ? data.map(row)
    : Object.fromEntries(Object.entries(data).map(([key, value]) => [key, row(value)]));
}

/** The stack of whoever has called a function, without the line that stands above it. */
function stackAbove(method: object): string {
  const holder: { stack?: string } = {};
  (Error as { captureStackTrace?: (holder: object, above: object) => void }).captureStackTrace?.(holder, method);
  const stack = holder.stack ?? new Error().stack ?? "";
  const lines = stack.slice(stack.search(/^\s*at /m)).split("\n");
  // Bun does not find the function in the stack when it is called at the end of another one.
  while (lines.length > 1 && OWN_LINE.test(lines[0] as string)) lines.shift();
  return lines.join("\n").trim();
}

const OWN_LINE = /[\\/](?:patch_console|console_methods)\.[jt]s/;
