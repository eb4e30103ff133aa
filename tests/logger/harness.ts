/**
 * Loggers in memory, and backends that do as they are told.
 *
 * @module
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, Batch } from "../../src/backend.ts";
import { registerBackend } from "../../src/backends/registry.ts";
import type { DestinationOptions } from "../../src/destination_options.ts";
import { createLoggerFactory, type Logger } from "../../src/logger.ts";
import type { LoggerOptions } from "../../src/options.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createMemoryRuntime, type MemoryRuntime } from "../support/memory_runtime.ts";

/** A record as it is read back. */
export type LogRecord = { time: string; level: string; msg: string; [field: string]: unknown };

/** Path of the log in {@linkcode memoryLogger}. */
export const logPath = "/logs/app.log";

/** A logger in memory with all that a test wants to look at. */
export interface MemoryLogger {
  readonly log: Logger;
  readonly runtime: MemoryRuntime;
  /** What was reported to `onError`. */
  readonly errors: Error[];
  /** Flushes and returns the text of the log. */
  text(): Promise<string>;
  /** Flushes and returns the lines of the log. */
  lines(): Promise<string[]>;
  /** Flushes and returns the records of the log. */
  records(): Promise<LogRecord[]>;
  /** Flushes and returns the only record of the log. */
  record(): Promise<LogRecord>;
}

/** Options of {@linkcode memoryLogger}: those of the logger, and those of its one file. */
export interface MemoryLoggerOptions extends Partial<LoggerOptions> {
  readonly file?: Partial<DestinationOptions>;
  readonly runtime?: MemoryRuntime;
}

/** Makes a logger of a runtime. */
export function loggerOn(runtime: Runtime, options: string | LoggerOptions): Logger {
  return createLoggerFactory(() => runtime)(options);
}

/** Makes a logger that writes to a file in memory. */
export function memoryLogger(options: MemoryLoggerOptions = {}): MemoryLogger {
  const { file, runtime = createMemoryRuntime(), ...rest } = options;
  const errors: Error[] = [];
  const log = loggerOn(runtime, {
    level: "trace",
    destinations: [{ uri: logPath, ...file }],
    onError: (error) => void errors.push(error),
    ...rest,
  });
  const text = async () => {
    await log.flush();
    return runtime.fs.readText(logPath);
  };
  const lines = async () => linesOf(await text());
  const records = async () => (await lines()).map((line) => JSON.parse(line) as LogRecord);
  const record = async () => {
    const all = await records();
    if (all.length !== 1) throw new Error(`Cannot read the only record: there are ${all.length}`);
    return all[0];
  };
  return { log, runtime, errors, text, lines, records, record };
}

/** Splits a text into its lines; each must end with a newline. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.pop() !== "") throw new Error(`Cannot split ${JSON.stringify(text.slice(-80))}: the last line has no end`);
  return lines;
}

/** A backend under control of the test. */
export interface TestBackend extends Backend {
  /** URI of a destination that goes to it. */
  readonly uri: string;
  /** Lines that were delivered. */
  readonly lines: string[];
  /** The same, read as JSON. */
  records(): LogRecord[];
  /** Calls of `write` so far. */
  writes(): number;
  /** Calls of `close` so far. */
  closes(): number;
}

let schemes = 0;

/**
 * Registers a backend under a scheme of its own.
 *
 * @param write What it does with a batch, before it keeps the lines that are not committed yet.
 */
export function testBackend(
  write: (batch: Batch, number: number) => void | Promise<void> = () => {},
  further: Partial<Backend> = {},
): TestBackend {
  const lines: string[] = [];
  const scheme = `test${schemes++}`;
  let writes = 0;
  let closes = 0;
  const backend: TestBackend = {
    supportsAtomic: true,
    uri: `${scheme}:`,
    lines,
    records: () => lines.map((line) => JSON.parse(line) as LogRecord),
    writes: () => writes,
    closes: () => closes,
    write(batch) {
      const result = write(batch, ++writes);
      if (result === undefined) lines.push(...batch.lines);
      else return result.then(() => void lines.push(...batch.lines));
    },
    close: () => void closes++,
    ...further,
  };
  registerBackend(scheme, () => backend);
  return backend;
}

/** A backend whose writes wait until they are let go; from then on they pass. */
export function stuckBackend(): TestBackend & { release(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return Object.assign(testBackend(() => promise), { release: resolve });
}

/** Runs a test in a new directory of its own, which goes when the test has passed. */
export async function inDirectory<T>(run: (directory: string) => Promise<T>): Promise<T> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "omni-log-")));
  const result = await run(directory);
  rmSync(directory, { recursive: true });
  return result;
}
