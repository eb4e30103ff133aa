import { atCaller } from "./at_caller.ts";
import { Binding } from "./binding.ts";
import { readCall } from "./call_arguments.ts";
import { Core } from "./core.ts";
import type { DestinationHandle } from "./dispatch/destinations.ts";
import type { DestinationInput } from "./destination_input.ts";
import { messageOf } from "./errors.ts";
import { checkThreshold, type Level, LEVEL_NUMBER, levelName, type LevelThreshold } from "./level.ts";
import { type Fields, isFields } from "./message.ts";
import type { Health, Metrics } from "./metrics.ts";
import { checkLoggerOptions, type LoggerChanges, type LoggerOptions } from "./options.ts";
import { Context } from "./pipeline/context.ts";
import { isError } from "./pipeline/snapshot_kind.ts";
import type { Runtime } from "./runtime.ts";

/** Makes the message of a lazy call: its text, or its text and fields. */
export type LazyMessage = () => string | readonly [message: string, fields?: object];

/** A text with the placeholders of `console.log`: `%s`, `%d`, `%i`, `%f`, `%j`, `%o`, `%O`. */
export type PlaceholderText = `${string}%${string}`;

/** An object that says its text itself. */
export type TextObject = { readonly msg: string } | { readonly message: string };

/**
 * Logs a record. Whatever is handed over is in it, copied at once; docs/log_calls.md says under which name.
 */
export interface LogMethod {
  /**
   * Logs a text with fields, or with an error.
   *
   * @param message The text; or an error, whose message becomes the text and which becomes the field `err`; or a
   * function that makes the message and is called only when the level is enabled.
   * @param fields Fields of the record, copied at once; or an error, which becomes the field `err`.
   */
  (message: string | Error | LazyMessage, fields?: object): void;
  /** Logs a text whose placeholders are filled as `console.log` does it. Objects fill none: the first has the fields. */
  (message: PlaceholderText, ...values: readonly unknown[]): void;
  /** Logs a tagged template: ``log.info`user ${id} logged in` ``. The values are the field `args` too. */
  (strings: TemplateStringsArray, ...values: readonly unknown[]): void;
  /** Logs fields of which `msg`, or else `message`, is the text. */
  <T extends TextObject>(fields: T): void;
  /** Logs fields and a text, in the order of pino and bunyan. */
  (fields: object, message: string): void;
  /** Logs a text with an error, which becomes the field `err`, and fields. */
  (message: string, error: Error, fields: object): void;
  /**
   * Logs an error, which becomes the field `err`.
   *
   * @param message The text; without it, the message of the error.
   */
  (error: Error, message: string, fields?: object): void;
}

/**
 * Logs what has gone wrong: the same as {@linkcode LogMethod}, and takes what a `catch` has caught as it is.
 */
export interface ErrorLogMethod extends LogMethod {
  /**
   * Logs what was caught: an error becomes the field `err`.
   *
   * @param message The text; without it, the message of what was caught.
   */
  (caught: unknown, message?: string, fields?: object): void;
  /** Logs a text with what was caught, and fields. */
  (message: string, caught: unknown, fields?: object): void;
  /** Logs what was caught with fields, or with what was caught elsewhere. */
  (caught: unknown, further: unknown): void;
}

/** The destinations of a logger, shared by its children. Changes lose no record. */
export interface LoggerDestinations {
  /** Names of all destinations. */
  readonly names: readonly string[];
  /** Adds a destination; throws like `createLogger` for bad options. */
  add(options: DestinationInput): DestinationHandle;
  /** Removes a destination after it has delivered what was logged so far; resolves to whether there was one. */
  remove(name: string): Promise<boolean>;
  /** Returns a destination by its name. */
  get(name: string): DestinationHandle | undefined;
}

/**
 * Logs records to destinations. Made by `createLogger`; its children by {@linkcode Logger.with}. The methods of the
 * levels can be taken off it: `const { info, error } = log`.
 */
export interface Logger {
  /** Logs at level trace. */
  readonly trace: LogMethod;
  /** Logs at level debug. */
  readonly debug: LogMethod;
  /** Logs at level info. */
  readonly info: LogMethod;
  /** Logs at level warn. */
  readonly warn: ErrorLogMethod;
  /** Logs at level error. */
  readonly error: ErrorLogMethod;
  /** Logs at level fatal. */
  readonly fatal: ErrorLogMethod;
  /** Level from which on records are taken, by this logger and all its relatives. Can be set at any time. */
  level: LevelThreshold;
  /** The destinations. */
  readonly destinations: LoggerDestinations;
  /** Whether a record of a level would be taken. */
  isEnabled(level: Level): boolean;
  /** Makes a child that puts further fields on every record; they are copied and encoded once. */
  with(fields: object, options?: ChildOptions): Logger;
  /**
   * Changes settings while logging: level, filters, sampler, middleware, redaction, context, destinations. No record is
   * lost; those logged before go the way they were meant to. If a setting is bad it throws and all stays as it was.
   */
  update(changes: LoggerChanges): void;
  /** Resolves once all accepted so far is with the operating system; rejects if some of it could not be. */
  flush(): Promise<void>;
  /**
   * Flushes, then releases everything. Never rejects; errors go to `onError`. What is logged later is lost and counted;
   * the first such record is reported, and each that is fatal.
   */
  close(): Promise<void>;
  /** The numbers so far. */
  metrics(): Metrics;
  /**
   * How the destinations are now: cheap and synchronous, for a page that a load balancer asks.
   *
   * @example A health page
   * ```ts
   * import { createLogger } from "@omni/log";
   *
   * await using log = createLogger("stdout:");
   *
   * // Deno.serve(healthz);
   * function healthz(request: Request): Response {
   *   if (new URL(request.url).pathname !== "/healthz") return new Response(null, { status: 404 });
   *   const health = log.health();
   *   return Response.json(health, { status: health.status === "failing" ? 503 : 200 });
   * }
   *
   * if (healthz(new Request("http://localhost/healthz")).status !== 200) throw new Error("not well");
   * ```
   */
  health(): Health;
  /** The same as {@linkcode Logger.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a logger: of a path or URI, or of options. Bad options throw at once, naming the option. */
export type CreateLogger = <const Uri extends string = "", Href extends string = "">(
  options: string | (URL & { readonly destinations?: undefined }) | LoggerOptions<Uri, Href>,
) => Logger;

/** Options of {@linkcode Logger.with}. */
export interface ChildOptions {
  /** A level of the child's own; without it the child follows its parent. */
  readonly level?: LevelThreshold;
}

/**
 * Makes the `createLogger` of a runtime.
 *
 * @param runtime Asked for the runtime when the first logger is made.
 *
 * @example A logger on a runtime of your own
 * ```ts
 * import { createLoggerFactory } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const createLogger = createLoggerFactory(denoRuntime);
 * await using log = createLogger("stdout:");
 * log.info("ready");
 * ```
 */
export function createLoggerFactory(runtime: () => Runtime): CreateLogger {
  const createLogger: CreateLogger = (options, ...further: readonly unknown[]) => {
    try {
      // Only an object is meant: `paths.map(createLogger)` passes numbers and arrays on.
      if (typeof further[0] === "object" && !Array.isArray(further[0])) {
        throw new TypeError('Cannot use option "destinations": all options are one object, with destinations in it');
      }
      return createBoundLogger(runtime(), options as string | URL | LoggerOptions).logger;
    } catch (error) {
      throw atCaller(createLogger, error);
    }
  };
  return createLogger;
}

/** Makes a logger and tells its binding too. */
export function createBoundLogger(
  runtime: Runtime,
  options: string | URL | LoggerOptions,
): { readonly logger: Logger; readonly binding: Binding; readonly core: Core } {
  const checked = checkLoggerOptions(options);
  const core = new Core(runtime, checked);
  const binding = new Binding({ sink: core }, checked.threshold);
  const logger = new BoundLogger(binding, new Context(undefined)).with((checked.fields ?? {}) as Fields);
  return { logger, binding, core };
}

/** A logger that sends its records where its binding says. */
export class BoundLogger implements Logger {
  // Functions of the logger's own, so that `const { info } = log` and `promise.catch(log.error)` work like console's.
  readonly trace: LogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.trace) this.#log(LEVEL_NUMBER.trace, message, fields, further);
  };
  readonly debug: LogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.debug) this.#log(LEVEL_NUMBER.debug, message, fields, further);
  };
  readonly info: LogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.info) this.#log(LEVEL_NUMBER.info, message, fields, further);
  };
  readonly warn: ErrorLogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.warn) this.#log(LEVEL_NUMBER.warn, message, fields, further);
  };
  readonly error: ErrorLogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.error) this.#log(LEVEL_NUMBER.error, message, fields, further);
  };
  readonly fatal: ErrorLogMethod = (message: unknown, fields?: unknown, ...further: readonly unknown[]) => {
    if (this.#binding.threshold <= LEVEL_NUMBER.fatal) this.#log(LEVEL_NUMBER.fatal, message, fields, further);
  };
  readonly #binding: Binding;
  readonly #context: Context;

  constructor(binding: Binding, context: Context) {
    this.#binding = binding;
    this.#context = context;
  }

  get level(): LevelThreshold {
    const { threshold } = this.#binding;
    return threshold === LEVEL_NUMBER.off ? "off" : levelName(threshold);
  }

  set level(level: LevelThreshold) {
    try {
      this.#binding.setThreshold(checkThreshold("level", level));
    } catch (error) {
      throw atCaller(Object.getOwnPropertyDescriptor(BoundLogger.prototype, "level")?.set, error);
    }
  }

  get destinations(): LoggerDestinations {
    return this.#binding.sink.destinations;
  }

  isEnabled(level: Level): boolean {
    try {
      return checkThreshold("level", level) >= this.#binding.threshold;
    } catch (error) {
      throw atCaller(this.isEnabled, error);
    }
  }

  with(fields: object, options: ChildOptions = {}): Logger {
    const { level } = options;
    const { source } = this.#binding;
    let binding = this.#binding;
    try {
      if (level !== undefined) binding = new Binding(source, checkThreshold("level", level));
    } catch (error) {
      throw atCaller(this.with, error);
    }
    const bound: unknown = source.sink.snapshots.fields(fields).value;
    const own = isFields(bound) ? bound : {};
    const context = new Context(mergeFields(this.#context.fields, own));
    source.sink.addChild?.(context, binding);
    return new BoundLogger(binding, context);
  }

  update(changes: LoggerChanges): void {
    try {
      this.#binding.sink.update(changes);
      if (changes.level !== undefined) this.level = changes.level;
    } catch (error) {
      throw atCaller(this.update, error);
    }
  }

  flush(): Promise<void> {
    return this.#binding.sink.flush();
  }

  close(): Promise<void> {
    return this.#binding.sink.close();
  }

  metrics(): Metrics {
    return this.#binding.sink.metrics();
  }

  health(): Health {
    return this.#binding.sink.health();
  }

  /** Reports an error the way the logger reports its own: to `onError`. A logger from elsewhere gets a record of it. */
  static report(log: Logger, error: unknown): void {
    if (#binding in log) log.#binding.sink.report(error);
    else log.error(messageOf(error));
  }

  /** Values without secrets that a logger would redact; `undefined` when it is not known what that is. */
  static redact(log: Logger, values: readonly unknown[]): readonly unknown[] | undefined {
    return #binding in log ? log.#binding.sink.redact(values) : undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #log(level: number, message: unknown, fields: unknown, further: readonly unknown[]): void {
    const isUsual = typeof message === "string" && further.length === 0 &&
      (fields === undefined || (typeof fields === "object" && fields !== null && !isError(fields)));
    if (isUsual) this.#binding.source.sink.record(level, this.#context, message, fields);
    else this.#logUnusual(level, [message, fields, ...further]);
  }

  /** Errors, lazy messages, and whatever else a program hands over. */
  #logUnusual(level: number, args: readonly unknown[]): void {
    const { sink } = this.#binding.source;
    try {
      const { text, fields } = readCall(args, sink.snapshots);
      sink.record(level, this.#context, text, fields);
    } catch (error) {
      sink.record(level, this.#context, "log message could not be made", { err: error });
    }
  }
}

function mergeFields(bound: Fields | undefined, own: Fields): Fields | undefined {
  const merged = bound === undefined ? own : { ...bound, ...own };
  return Object.keys(merged).length === 0 ? undefined : merged;
}
