/**
 * What a writer of the process tests does, in a process or in a worker thread, on any runtime. It logs numbered lines
 * as its configuration says and tells on standard output, line by line, how far it has come:
 *
 * - `ready`: the logger is made, the writing begins when the gate opens;
 * - `logged 7`: the log calls of lines 0 to 6 have returned;
 * - `ack 7`: `flush` has resolved for lines 0 to 6;
 * - `rejected EACCES`: `flush` has rejected;
 * - `error EACCES: Cannot ...`: `onError` was called;
 * - `listeners 0 0 0`: see `tellListeners`;
 * - `metrics {...}`: the numbers after `close`.
 *
 * @module
 */
import { existsSync, writeSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type DestinationOptions, type Logger, type LoggerOptions } from "../../mod.ts";

/** How a writer comes to its end. */
export type Ending =
  | "close"
  | "end of script"
  | "process.exit"
  | "Deno.exit"
  | "uncaught throw"
  | "unhandled rejection"
  | "stay";

/** What a writer does. Must survive JSON. */
export interface WriterConfig {
  /** Path of the log. */
  readonly path: string;
  /** Name of the writer, on each of its lines as `w`. */
  readonly id: string;
  /** Lines it logs; they carry their number as `n`. */
  readonly count: number;
  /** File whose appearance ends the writing before that. */
  readonly until?: string;
  /** Bytes of padding on the lines, in turn. @default [60] */
  readonly padding?: readonly number[];
  /** Options of the logger. */
  readonly options?: Omit<LoggerOptions, "destinations" | "onError">;
  /** Options of the destination. */
  readonly destination?: Omit<DestinationOptions, "uri">;
  /** Lets the event loop turn after so many lines. @default never: a tight loop */
  readonly yieldEvery?: number;
  /** How long it waits then, in milliseconds. @default 0 */
  readonly pause?: number;
  /** Calls `flush` after so many lines, and tells. @default never */
  readonly flushEvery?: number;
  /** Tells how far it has come after so many lines. @default never */
  readonly tellEvery?: number;
  /** Tells how many listeners the process has for SIGTERM, SIGINT and SIGHUP, once all lines are logged. */
  readonly tellListeners?: boolean;
  /** File whose appearance begins the writing. @default at once */
  readonly gate?: string;
  /** How it ends. @default "close" */
  readonly end?: Ending;
  /** Lines that are logged in the last turn, right before the end. @default 0 */
  readonly tail?: number;
  /** Status that the process sets for its end. */
  readonly status?: number;
  /** Makes no logger at all, to see how the process ends without. @default false */
  readonly silent?: boolean;
  /** User id to become before the logger is made. */
  readonly user?: number;
  /** Starts so many worker threads of a kind, which do all this instead, each with its number added to `id`. */
  readonly threads?: { readonly kind: "node" | "web"; readonly count: number };
}

/** Does what the configuration says. */
export async function run(config: WriterConfig): Promise<void> {
  const { count, yieldEvery = Infinity, pause = 0, flushEvery = Infinity, tellEvery = Infinity, tail = 0 } = config;
  if (config.user !== undefined) process.setuid?.(config.user);
  if (config.status !== undefined) process.exitCode = config.status;
  const logger = config.silent === true ? undefined : make(config);
  const line = lineLogger(logger, config);
  say("ready");
  while (config.gate !== undefined && !existsSync(config.gate)) await wait(2);
  let n = 0;
  while (n < count && !(config.until !== undefined && existsSync(config.until))) {
    line(n++);
    if (n % tellEvery === 0) say(`logged ${n}`);
    if (n % flushEvery === 0) await tellFlush(logger, n);
    if (n % yieldEvery === 0) await wait(pause);
  }
  for (let i = 0; i < tail; i++) line(n++);
  if (config.tellListeners === true) {
    say(`listeners ${["SIGTERM", "SIGINT", "SIGHUP"].map((signal) => process.listenerCount(signal)).join(" ")}`);
  }
  await end(config, logger);
}

function make({ path, options, destination }: WriterConfig): Logger {
  return createLogger({
    ...options,
    destinations: [{ ...destination, uri: path }],
    onError: (error) => say(`error ${codeOf(error)}: ${error.message}`),
  });
}

function lineLogger(logger: Logger | undefined, { id, padding = [60] }: WriterConfig): (n: number) => void {
  const pads = padding.map((size) => id.slice(0, 1).repeat(size));
  return (n) => {
    const pad = pads[n % pads.length];
    logger?.info("line", { w: id, n, size: pad.length, pad });
  };
}

async function tellFlush(logger: Logger | undefined, n: number): Promise<void> {
  try {
    await logger?.flush();
    say(`ack ${n}`);
  } catch (error) {
    say(`rejected ${codeOf(error)}`);
  }
}

async function end({ end = "close" }: WriterConfig, logger: Logger | undefined): Promise<void> {
  switch (end) {
    case "close":
      await logger?.close();
      return say(`metrics ${JSON.stringify(logger?.metrics())}`);
    case "end of script":
      return;
    case "process.exit":
      return process.exit(3);
    case "Deno.exit":
      return (globalThis as unknown as { Deno: { exit(code: number): void } }).Deno.exit(3);
    case "uncaught throw":
      // From here it would only be a rejection.
      return queueMicrotask(() => {
        throw new Error("thrown on purpose");
      });
    case "unhandled rejection":
      return void Promise.reject(new Error("rejected on purpose"));
    case "stay":
      setInterval(() => {}, 60_000);
  }
}

/** Prints a line at once, whatever happens to the process next. */
export function say(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let written = 0; written < bytes.length;) {
    try {
      written += writeSync(1, bytes, written);
    } catch (error) {
      // A full pipe: whoever reads it is busy.
      if (codeOf(error) !== "EAGAIN") throw error;
    }
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
