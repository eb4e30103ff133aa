/**
 * Helpers for testing programs that log.
 *
 * @example A function that ought to warn
 * ```ts
 * import { captureLogs } from "@omni/log/testing";
 *
 * const logs = await captureLogs((log) => {
 *   log.warn("disk almost full", { free: 3 });
 * });
 * if (logs.find({ level: "warn", fields: { free: 3 } }).length !== 1) throw new Error("no warning");
 * ```
 *
 * @module
 */
import { detectRuntime } from "./adapters/detect.ts";
import { atCaller } from "./src/at_caller.ts";
import type { Logger } from "./src/logger.ts";
import type { LevelThreshold } from "./src/level.ts";
import { createConfigure, type NamedLevels } from "./src/named.ts";
import { withClock } from "./src/testing/clock_runtime.ts";
import { FakeClock } from "./src/testing/fake_clock.ts";
import { type LogRecord, MemoryBackend, type RecordQuery } from "./src/testing/memory_backend.ts";

export { FakeClock, MemoryBackend };
export type { LogRecord, MemoryBackendOptions, RecordQuery } from "./src/testing/memory_backend.ts";

/** Options of {@linkcode captureLogs}. */
export interface CaptureOptions {
  /** Level from which on records are captured. @default "trace" */
  readonly level?: LevelThreshold;
  /** Levels of named loggers that differ from it. */
  readonly levels?: NamedLevels;
  /** The time in which the records are made. @default the present */
  readonly clock?: FakeClock;
}

/** What was logged. */
export interface CapturedLogs {
  /** All records, the oldest first. */
  readonly records: readonly LogRecord[];
  /** The records that match. */
  find(query: RecordQuery): readonly LogRecord[];
}

/**
 * Runs a function and captures what it logs: to the logger that it is given, and to all named loggers (`getLogger`),
 * which are configured for as long as it runs. Captures of one thread must not overlap.
 *
 * @example What a library logs
 * ```ts
 * import { getLogger } from "@omni/log";
 * import { captureLogs } from "@omni/log/testing";
 *
 * const { records } = await captureLogs(() => getLogger("db.pool").debug("opened", { open: 1 }));
 * if (records[0]?.logger !== "db.pool") throw new Error("not captured");
 * ```
 */
export async function captureLogs(
  call: (log: Logger) => unknown,
  options: CaptureOptions = {},
): Promise<CapturedLogs> {
  const { level = "trace", levels = {}, clock } = options;
  const backend = new MemoryBackend({ capacity: Infinity });
  const runtime = () => clock === undefined ? detectRuntime() : withClock(detectRuntime(), clock);
  let log: Logger;
  try {
    log = createConfigure(runtime)({ level, levels, destinations: [{ name: "captured", backend }] });
  } catch (error) {
    throw atCaller(captureLogs, error);
  }
  try {
    await call(log);
  } finally {
    await log.close();
  }
  return { records: backend.records, find: (query) => backend.find(query) };
}
