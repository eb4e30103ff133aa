/**
 * The conditions that a caller of the library is expected to tell apart. Wrong arguments are plain `TypeError`s and
 * `RangeError`s, thrown by `createLogger` at once.
 *
 * @module
 */
import { errorCode } from "./runtime.ts";

/**
 * A destination could not take its lines. They are kept and tried again unless `dropped` says otherwise.
 *
 * @example Which destination could not write, and why
 * ```ts
 * import { createLogger, DestinationError } from "@omni/log";
 *
 * await using log = createLogger({
 *   destinations: ["stdout:"],
 *   onError(error) {
 *     if (error instanceof DestinationError) console.error(error.destination, error.code, error.dropped);
 *   },
 * });
 * ```
 */
export class DestinationError extends Error {
  /** Name of the class. */
  override readonly name = "DestinationError";
  /** Name of the destination. */
  readonly destination: string;
  /** How many lines were lost with this error; 0 when all are kept and tried again. */
  readonly dropped: number;
  /** The system's code of the cause, such as `"ENOSPC"`, where there is one. */
  readonly code: string | undefined;

  /** Makes the error. */
  constructor(
    message: string,
    options: {
      readonly destination: string;
      readonly dropped?: number;
      readonly code?: string;
      readonly cause?: unknown;
    },
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.destination = options.destination;
    this.dropped = options.dropped ?? 0;
    this.code = options.code;
  }
}

/** The lock of a log file could not be had in time; the lines are kept and tried again. */
export class LockTimeoutError extends Error {
  /** Name of the class. */
  override readonly name = "LockTimeoutError";
  /** For telling it apart like a system error. */
  readonly code = "ETIMEDOUT";
}

/** Files cannot be locked here; the message says why and what to do. */
export class LockUnavailableError extends Error {
  /** Name of the class. */
  override readonly name = "LockUnavailableError";
  /** For telling it apart like a system error. */
  readonly code = "ENOLCK";
}

/**
 * The disk is full, and rotated files were deleted to make room, earlier than their limits say. Nothing that was being
 * written is lost with this error.
 *
 * @example Raise the alarm before the log is all that is left to delete
 * ```ts
 * import { createLogger, DiskFullError } from "@omni/log";
 *
 * await using log = createLogger({
 *   destinations: ["stdout:"],
 *   onError(error) {
 *     if (error instanceof DiskFullError) console.error(error.path, error.files, error.bytes);
 *   },
 * });
 * ```
 */
export class DiskFullError extends Error {
  /** Name of the class. */
  override readonly name = "DiskFullError";
  /** For telling it apart like a system error. */
  readonly code = "ENOSPC";
  /** Path of the log. */
  readonly path: string;
  /** How many of its rotated files were deleted since the last such error. */
  readonly files: number;
  /** Bytes that they had. */
  readonly bytes: number;

  /** Makes the error. */
  constructor(path: string, options: { readonly files: number; readonly bytes: number }) {
    const { files, bytes } = options;
    super(`Deleted ${files} rotated file${files === 1 ? "" : "s"} of "${path}", ${bytes} bytes: the disk is full`);
    this.path = path;
    this.files = files;
    this.bytes = bytes;
  }
}

/**
 * Another process, thread or logger writes the same log by other settings of `rotate`. Told once for each such set of
 * settings. Nothing is lost: each rotates by its own, and a rotated file is deleted only when all of them would.
 *
 * @example Find the one that was not updated
 * ```ts
 * import { createLogger, SettingsMismatchError } from "@omni/log";
 *
 * await using log = createLogger({
 *   destinations: ["stdout:"],
 *   onError(error) {
 *     if (error instanceof SettingsMismatchError) console.error(error.path, error.pid, error.differences);
 *   },
 * });
 * ```
 */
export class SettingsMismatchError extends Error {
  /** Name of the class. */
  override readonly name = "SettingsMismatchError";
  /** Path of the log. */
  readonly path: string;
  /** Process that the other settings are in force in; it may be this one. */
  readonly pid: number;
  /** The options that differ: the value here and the one there. */
  readonly differences: SettingsDifferences;

  /** Makes the error. */
  constructor(path: string, options: { readonly pid: number; readonly differences: SettingsDifferences }) {
    const { pid, differences } = options;
    const values = Object.entries(differences).map(([name, [here, there]]) =>
      `${name} is ${here} here, ${there} there`
    );
    super(`Cannot agree with process ${pid} on the rotation of "${path}": ${values.join("; ")}`);
    this.path = path;
    this.pid = pid;
    this.differences = differences;
  }
}

/** What is done to a log beside writing it. */
export type HousekeepingTask = "rotation" | "compression" | "retention" | "registration";

const TASKS: { readonly [K in HousekeepingTask]: { readonly verb: string; readonly outcome: string } } = {
  rotation: { verb: "rotate", outcome: "its lines go on into the file, and it is tried again" },
  compression: { verb: "compress rotated files of", outcome: "they stay as they are, and it is tried again" },
  retention: { verb: "delete rotated files of", outcome: "they stay, and it is tried again" },
  registration: { verb: "tell others of the settings for", outcome: "it goes on without, and it is tried again" },
};

/**
 * A log was not rotated, its rotated files were not compressed or deleted, or other writers were not told of its
 * settings. No line is lost: all go into the file there is. Told once, until the task has gone well again; meanwhile
 * it is tried again, with growing pauses, and counted in the metrics of the destination.
 *
 * @example Raise the alarm when a log grows without bound
 * ```ts
 * import { createLogger, HousekeepingError } from "@omni/log";
 *
 * await using log = createLogger({
 *   destinations: ["stdout:"],
 *   onError(error) {
 *     if (error instanceof HousekeepingError) console.error(error.path, error.task, error.code);
 *   },
 * });
 * ```
 */
export class HousekeepingError extends Error {
  /** Name of the class. */
  override readonly name = "HousekeepingError";
  /** Path of the log. */
  readonly path: string;
  /** What has failed. */
  readonly task: HousekeepingTask;
  /** The system's code of the cause, such as `"EACCES"`, where there is one. */
  readonly code: string | undefined;

  /** Makes the error. */
  constructor(path: string, options: { readonly task: HousekeepingTask; readonly cause: unknown }) {
    const { task, cause } = options;
    const { verb, outcome } = TASKS[task];
    const reason = messageOf(cause);
    // Ours says what could not be done already.
    const state = reason.startsWith("Cannot ") ? reason : `Cannot ${verb} "${path}": ${reason}`;
    super(`${state}; ${outcome}`, { cause });
    this.path = path;
    this.task = task;
    this.code = errorCode(cause);
  }
}

/** Options of `rotate` that differ, each with the value here and the one there. */
export interface SettingsDifferences {
  /** The values of an option. */
  readonly [option: string]: readonly [here: number | string, there: number | string];
}

/**
 * Says that something could not be done with a destination, and why. A reason that says itself what could not be done,
 * and to what, stands alone; the destination is named unless it has the name of its file.
 */
export function destinationProblem(verb: string, destination: string, reason: string): string {
  const quoted = `"${destination}"`;
  if (!/^Cannot [^"']*"/.test(reason)) return `Cannot ${verb} destination ${quoted}: ${reason}`;
  return reason.includes(quoted) ? reason : `${reason} (destination ${quoted})`;
}

/** The words of an error, whatever was thrown. Never throws itself. */
export function messageOf(error: unknown): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    return typeof message === "string" ? message : String(message);
  } catch {
    return "unprintable error";
  }
}
