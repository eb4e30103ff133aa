/**
 * The conditions that a caller of the library is expected to tell apart. Wrong arguments are plain `TypeError`s and
 * `RangeError`s, thrown by `createLogger` at once.
 *
 * @module
 */

/** Where an error that was reported to `onError` arose. */
export interface ErrorContext {
  /** Name of the destination, where one is concerned. */
  readonly destination?: string;
  /** Lines that were lost with this error; 0 when they are kept and tried again. */
  readonly dropped?: number;
}

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

/** The words of an error, whatever was thrown. Never throws itself. */
export function messageOf(error: unknown): string {
  try {
    const message: unknown = error instanceof Error ? error.message : error;
    return typeof message === "string" ? message : String(message);
  } catch {
    return "unprintable error";
  }
}
