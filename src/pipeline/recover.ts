import { atCaller } from "../at_caller.ts";
import { messageOf } from "../errors.ts";
import { checkLevel, type Level } from "../level.ts";
import type { Logger } from "../logger.ts";
import type { Fields } from "../message.ts";
import { checkBoolean, checkObject, show } from "../validate.ts";
import { isError } from "./snapshot_kind.ts";
import { readFields } from "./snapshot_read.ts";

/** How {@linkcode recover} and {@linkcode guard} log what was thrown. */
export interface RecoverOptions {
  /** Level of the record. @default "error" */
  readonly level?: Level;
  /** Text of the record. @default the error's message */
  readonly message?: string;
  /** Fields beside `err`. */
  readonly fields?: Fields;
  /** Throws it again after it has been logged. @default false */
  readonly rethrow?: boolean;
}

/** {@linkcode RecoverOptions} under which what was thrown is thrown again. */
export interface RethrowOptions extends RecoverOptions {
  /** Throws it again after it has been logged. */
  readonly rethrow: true;
}

/** What is needed of a logger: the methods that log. */
export type RecoverLog = Pick<Logger, Level>;

/** What comes of a function that may fail: its result or `undefined`; of an asynchronous one a promise of that. */
export type Recovered<T> = [T] extends [never] ? undefined
  : T extends PromiseLike<infer V> ? Promise<V | undefined>
  : T | undefined;

/** What comes of a function whose errors are thrown again: its result; of an asynchronous one a promise of that. */
export type Rethrown<T> = T extends PromiseLike<infer V> ? Promise<V> : T;

const KEYS: ReadonlySet<string> = new Set(["level", "message", "fields", "rethrow"]);

/**
 * Runs a function and logs what it throws; of an asynchronous function, what its promise rejects with.
 *
 * The record has what was thrown as its field `err`; something that is no error becomes
 * `{ type: "NonError", message, value }`.
 *
 * @param log Logger of the record.
 * @param fn Called once, at once, without arguments.
 * @returns What the function returns, or `undefined` when it has thrown; a promise when it returns one.
 * @throws TypeError or RangeError for a bad option, before the function is called; with `rethrow` what it throws.
 *
 * @example A job that must not take the program down, and one that may
 * ```ts
 * import { createLogger, recover } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger(`${directory}/app.log`);
 *
 * const settings = recover(log, () => JSON.parse("{"), { level: "warn", message: "settings ignored" }) ?? {};
 * const page = await recover(log, async () => await Promise.resolve("page"));
 * const port: number = recover(log, () => 8080, { rethrow: true });
 * console.assert(page === "page" && port === 8080 && Object.keys(settings).length === 0);
 * ```
 */
export function recover<T>(log: RecoverLog, fn: () => T, options: RethrowOptions): Rethrown<T>;
/** Runs a function and logs what it throws, which ends there. */
export function recover<T>(log: RecoverLog, fn: () => T, options?: RecoverOptions): Recovered<T>;
export function recover(log: RecoverLog, fn: () => unknown, options: RecoverOptions = {}): unknown {
  const caught = handler(log, options, recover);
  let result: unknown;
  try {
    result = fn();
    if (!isThenable(result)) return result;
  } catch (error) {
    return caught(error);
  }
  // A promise of its own: that of another library need not keep the rules.
  return Promise.resolve(result).then(undefined, caught);
}

/**
 * Logs what a promise rejects with, which from then on counts as handled.
 *
 * The record is that of {@linkcode recover}.
 *
 * @param log Logger of the record.
 * @param promise A promise, or anything with a `then`.
 * @returns A promise of its result, or of `undefined` when it has been rejected; with `rethrow` it rejects alike.
 * @throws TypeError or RangeError for a bad option.
 *
 * @example A promise that nobody waits for
 * ```ts
 * import { createLogger, guard } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger(`${directory}/app.log`);
 * void guard(log, Promise.reject(new Error("cache is down")), { level: "warn", fields: { cache: "sessions" } });
 * ```
 */
export function guard<T>(log: RecoverLog, promise: PromiseLike<T>, options: RethrowOptions): Promise<T>;
/** Logs what a promise rejects with, which ends there. */
export function guard<T>(log: RecoverLog, promise: PromiseLike<T>, options?: RecoverOptions): Promise<T | undefined>;
export function guard(log: RecoverLog, promise: PromiseLike<unknown>, options: RecoverOptions = {}): Promise<unknown> {
  const caught = handler(log, options, guard);
  return Promise.resolve(promise).then(undefined, caught);
}

/**
 * Checks the options and makes what logs an error.
 *
 * @param entry What the program has called.
 */
function handler(log: RecoverLog, options: RecoverOptions, entry: unknown): (error: unknown) => undefined {
  let checked: { readonly level: Level; readonly rethrow: boolean };
  try {
    checked = checkOptions(options);
  } catch (error) {
    throw atCaller(entry, error);
  }
  const { message, fields } = options;
  const { level, rethrow } = checked;
  return (error) => {
    const err = isError(error) ? error : { type: "NonError", message: messageOf(error), value: error };
    log[level](message ?? messageOf(error), { ...readFields(fields ?? {}), err });
    if (rethrow) throw error;
  };
}

function checkOptions(options: RecoverOptions): { readonly level: Level; readonly rethrow: boolean } {
  checkObject("options", options, KEYS);
  const { level = "error", message, fields, rethrow = false } = options;
  if (fields !== undefined) checkObject("fields", fields, undefined);
  if (message !== undefined && typeof message !== "string") {
    throw new TypeError(`Cannot use option "message": expected a string, got ${show(message)}`);
  }
  return { level: checkLevel("level", level), rethrow: checkBoolean("rethrow", rethrow) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (typeof value === "object" || typeof value === "function") && value !== null &&
    typeof (value as { readonly then?: unknown }).then === "function";
}
