/**
 * Loggers that are got by name, by libraries above all: they are silent until the application says where records go.
 *
 * @module
 */
import { Binding, type Sink, type Source } from "./binding.ts";
import { atCaller } from "./at_caller.ts";
import { checkThreshold, LEVEL_NUMBER, type LevelThreshold } from "./level.ts";
import { BoundLogger, createBoundLogger, type Logger, type LoggerDestinations } from "./logger.ts";
import type { Health, Metrics } from "./metrics.ts";
import { checkLoggerPattern } from "./logger_name.ts";
import type { LoggerOptions } from "./options.ts";
import { Context } from "./pipeline/context.ts";
import { defaultSnapshots, snapshot, type Snapshots } from "./pipeline/snapshot.ts";
import type { Runtime } from "./runtime.ts";
import { checkInteger, checkObject, checkText, show } from "./validate.ts";

/** Levels of named loggers: by name, or by `"db.*"` for everything below `db`; the longest match counts. */
export type NamedLevels = { readonly [name: string]: LevelThreshold };

/**
 * Options of `configure`.
 *
 * @typeParam Uri The URIs of the destinations that are text, as far as the compiler knows them.
 * @typeParam Href `string` where one is a `URL`.
 */
export interface ConfigureOptions<Uri extends string = string, Href extends string = string>
  extends LoggerOptions<Uri, Href> {
  /** Levels of named loggers that differ from `level`. */
  readonly levels?: NamedLevels;
}

/** Options of {@linkcode getLogger}. */
export interface GetLoggerOptions {
  /**
   * Records that are kept, at most, until the application configures logging; the oldest go first.
   * @default 0
   */
  readonly buffer?: number;
}

/** Parts of a name: anything but dots, blanks, `*`. */
const NAME = /^[^\s.*]+(\.[^\s.*]+)*$/;

/** Records of one name that are kept before logging is configured, whatever `buffer` says. */
const MOST_BUFFERED = 10_000;

/** Named loggers that are kept for ever, with the levels that they were given; names made of data come to more. */
const MOST_NAMES = 10_000;

/** A name and its logger. It is the source of the records of all its children, which keep it alive that way. */
class NamedLogger implements Source {
  readonly name: string;
  readonly binding: Binding;
  readonly early: EarlySink;
  readonly logger: Logger;
  sink: Sink;

  constructor(name: string) {
    this.name = name;
    this.sink = this.early = new EarlySink(Date.now);
    this.binding = new Binding(this, LEVEL_NUMBER.off);
    this.logger = new BoundLogger(this.binding, new Context({ logger: name }));
  }
}

/** The loggers by name: the first ones for ever, the others for as long as the program holds them. */
class NamedLoggers {
  readonly #kept = new Map<string, NamedLogger>();
  readonly #held = new Map<string, WeakRef<NamedLogger>>();
  readonly #forgotten = new FinalizationRegistry<string>((name) => {
    if (this.#held.get(name)?.deref() === undefined) this.#held.delete(name);
  });
  /** The first that was not kept, until somebody was told. */
  #untold: string | undefined;
  #isOver = false;

  get(name: string): NamedLogger | undefined {
    return this.#kept.get(name) ?? this.#held.get(name)?.deref();
  }

  add(entry: NamedLogger): void {
    const { name } = entry;
    if (this.#kept.size < MOST_NAMES) {
      this.#kept.set(name, entry);
      return;
    }
    this.#held.set(name, new WeakRef(entry));
    this.#forgotten.register(entry, name);
    if (!this.#isOver) this.#untold = name;
    this.#isOver = true;
  }

  *[Symbol.iterator](): Iterator<NamedLogger> {
    yield* this.#kept.values();
    for (const reference of this.#held.values()) {
      const entry = reference.deref();
      if (entry !== undefined) yield entry;
    }
  }

  /** Tells, once, that there are more names than are kept. */
  tell(sink: Sink): void {
    if (this.#untold === undefined) return;
    const name = show(this.#untold);
    this.#untold = undefined;
    sink.report(
      new Error(
        `Cannot keep more than ${MOST_NAMES} named loggers: ${name} and those after it lose their own levels once ` +
          "nobody holds them; put what differs into fields",
      ),
    );
  }
}

const named = new NamedLoggers();
let root: { readonly binding: Binding; readonly sink: Sink; levels: NamedLevels } | undefined;

/**
 * Returns the logger of a name, the same one for all who ask. Its records carry the name as the field `logger`.
 *
 * Names are hierarchical, `db.pool` lies below `db`. Until the application calls `configure` the logger is silent, so
 * a library can log without deciding anything. Its `close` only flushes: the destinations are the application's.
 *
 * @example A library that logs, an application that listens
 * ```ts
 * import { configure, getLogger } from "@omni/log";
 *
 * const log = getLogger("db.pool"); // in the library
 * log.debug("not configured yet: goes nowhere");
 *
 * await using root = configure({ destinations: ["stdout:"], level: "warn", levels: { "db.*": "debug" } });
 * log.debug("connection opened", { open: 1 });
 * ```
 */
export function getLogger(name: string, options: GetLoggerOptions = {}): Logger {
  try {
    checkText("name", name);
    if (!NAME.test(name)) {
      throw new RangeError(
        `Cannot use option "name": expected words with dots between them, such as "db.pool", got ${show(name)}`,
      );
    }
    const { buffer = 0 } = options;
    checkInteger("buffer", buffer, 0, MOST_BUFFERED);
    let entry = named.get(name);
    if (entry === undefined) {
      named.add(entry = new NamedLogger(name));
      if (root !== undefined) bind(entry);
    }
    if (buffer > 0 && root === undefined) {
      entry.early.capacity = Math.max(entry.early.capacity, buffer);
      entry.binding.threshold = LEVEL_NUMBER.trace;
    }
    return entry.logger;
  } catch (error) {
    throw atCaller(getLogger, error);
  }
}

/** Configures the application's logging, see `configure`. */
export type Configure = <const Uri extends string = "", Href extends string = "">(
  options: string | (URL & { readonly destinations?: undefined }) | ConfigureOptions<Uri, Href>,
) => Logger;

/**
 * Makes the `configure` of a runtime.
 *
 * @example Named loggers on a runtime of your own
 * ```ts
 * import { createConfigure, getLogger } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const configure = createConfigure(denoRuntime);
 * await using log = configure("stdout:");
 * getLogger("app").info("ready");
 * ```
 */
export function createConfigure(runtime: () => Runtime): Configure {
  const configure: Configure = (options) => {
    try {
      const { levels = {}, ...rest } = typeof options === "string" || options instanceof URL
        ? { destinations: [options] }
        : options;
      checkLevels(levels);
      const made = createBoundLogger(runtime(), rest as LoggerOptions);
      root = { binding: made.binding, sink: made.core, levels };
      for (const entry of named) bind(entry);
      made.core.onClosing = () => {
        if (root?.sink === made.core) unconfigure();
      };
      made.binding.onChange = () => {
        if (root?.sink === made.core) { for (const entry of named) bind(entry); }
      };
      return made.logger;
    } catch (error) {
      throw atCaller(configure, error);
    }
  };
  return configure;
}

/**
 * Changes the levels of named loggers; those that are not mentioned follow the level of the application.
 *
 * @example Listen closely to one part for a while
 * ```ts
 * import { configure, getLogger, setLevels } from "@omni/log";
 *
 * await using log = configure({ destinations: ["stdout:"], level: "warn" });
 * setLevels({ "db.*": "debug" });
 * getLogger("db.pool").debug("seen");
 * setLevels({});
 * getLogger("db.pool").debug("not seen");
 * ```
 */
export function setLevels(levels: NamedLevels): void {
  try {
    checkLevels(levels);
    if (root === undefined) throw new TypeError("Cannot set levels: logging is not configured; call configure first");
    root.levels = levels;
    for (const entry of named) bind(entry);
  } catch (error) {
    throw atCaller(setLevels, error);
  }
}

function unconfigure(): void {
  root = undefined;
  for (const entry of named) {
    entry.sink = entry.early;
    entry.binding.threshold = LEVEL_NUMBER.off;
    entry.early.capacity = 0;
  }
}

/** Checks levels of named loggers. */
export function checkLevels(levels: NamedLevels): void {
  checkObject("levels", levels, undefined);
  for (const [pattern, level] of Object.entries(levels)) {
    checkLoggerPattern("levels", pattern);
    checkThreshold(`levels[${show(pattern)}]`, level);
  }
}

function bind(entry: NamedLogger): void {
  if (root === undefined) return;
  const level = levelOf(entry.name, root.levels);
  entry.binding.threshold = level === undefined ? root.binding.threshold : checkThreshold("levels", level);
  entry.sink = new NamedSink(root.sink);
  entry.early.release(entry.binding);
  named.tell(root.sink);
}

/** The level of the name itself, else of the longest pattern above it. */
function levelOf(name: string, levels: NamedLevels): LevelThreshold | undefined {
  if (Object.hasOwn(levels, name)) return levels[name];
  for (let above = name; above !== "";) {
    const end = above.lastIndexOf(".");
    // "db.*" means everything below "db", and "db" itself.
    if (Object.hasOwn(levels, `${above}.*`)) return levels[`${above}.*`];
    above = above.slice(0, Math.max(end, 0));
  }
  return levels["*"];
}

/** The application's destinations, as a library may use them: it can wait for them but not close them. */
class NamedSink implements Sink {
  readonly #sink: Sink;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get snapshots(): Snapshots {
    return this.#sink.snapshots;
  }

  record(level: number, context: Context, text: string, fields: unknown, time?: number): void {
    this.#sink.record(level, context, text, fields, time);
  }

  redact(values: readonly unknown[]): readonly unknown[] | undefined {
    return this.#sink.redact(values);
  }

  get destinations(): LoggerDestinations {
    return this.#sink.destinations;
  }

  update(): void {
    throw new TypeError(
      "Cannot update a named logger: its settings are the application's; use what configure returned",
    );
  }

  flush(): Promise<void> {
    return this.#sink.flush();
  }

  close(): Promise<void> {
    return this.#sink.flush();
  }

  metrics(): Metrics {
    return this.#sink.metrics();
  }

  health(): Health {
    return this.#sink.health();
  }

  report(error: unknown): void {
    this.#sink.report(error);
  }
}

/** Takes records while logging is not configured: keeps the newest few, or none. */
class EarlySink implements Sink {
  readonly snapshots = defaultSnapshots;
  capacity = 0;
  readonly #now: () => number;
  readonly #records: [level: number, context: Context, text: string, fields: unknown, time: number][] = [];
  /** Bindings of the children; those with a level of their own have one of their own. */
  readonly #children = new WeakMap<Context, Binding>();
  #dropped = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  record(level: number, context: Context, text: string, fields: unknown): void {
    if (this.capacity === 0) return;
    if (this.#records.length >= this.capacity) {
      this.#records.shift();
      this.#dropped++;
    }
    this.#records.push([level, context, text, fields === undefined ? undefined : snapshot(fields).value, this.#now()]);
  }

  addChild(context: Context, binding: Binding): void {
    this.#children.set(context, binding);
  }

  redact(values: readonly unknown[]): readonly unknown[] | undefined {
    return this.capacity === 0 ? values : undefined;
  }

  /** Hands the records that are kept to whom they were meant for, each as far as its logger takes the level. */
  release(binding: Binding): void {
    for (const record of this.#records.splice(0)) {
      const [level, context] = record;
      if (level >= (this.#children.get(context) ?? binding).threshold) binding.sink.record(...record);
    }
  }

  get destinations(): LoggerDestinations {
    const refuse = (): never => {
      const error = new TypeError("Cannot change destinations: logging is not configured; call configure first");
      throw atCaller(refuse, error);
    };
    return { names: [], add: refuse, remove: () => Promise.resolve(false), get: () => undefined };
  }

  update(): void {
    throw new TypeError("Cannot update a named logger: logging is not configured; call configure first");
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  health(): Health {
    return { status: "ok", destinations: [] };
  }

  /** Silent, as everything is before the application configures logging. */
  report(): void {}

  metrics(): Metrics {
    return {
      logged: { trace: 0, debug: 0, info: 0, warn: 0, error: 0, fatal: 0 },
      dropped: this.#dropped,
      droppedBy: { full: this.#dropped, undelivered: 0, afterClose: 0, refused: 0 },
      errors: 0,
      queue: { length: this.#records.length, capacity: this.capacity, bytes: 0, highWater: this.#records.length },
      pipeline: { middleware: [], filters: [], sampler: [] },
      destinations: [],
    };
  }
}
