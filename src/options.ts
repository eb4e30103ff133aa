import type { Backend } from "./backend.ts";
import { ConsoleBackend } from "./backends/console_backend.ts";
import { knownSchemes, registeredBackend } from "./backends/registry.ts";
import type { DestinationOptions, RotateOptions } from "./destination_options.ts";
import type { DestinationParts } from "./dispatch/destination.ts";
import { FileBackend } from "./file/file_backend.ts";
import type { RetentionPolicy } from "./file/maintenance.ts";
import { CustomFormat, type LineFormat } from "./format/line_format.ts";
import { JsonFormat } from "./format/json_format.ts";
import { PrettyFormat } from "./format/pretty_format.ts";
import { TextFormat } from "./format/text_format.ts";
import { isLevelThreshold, LEVEL_NUMBER, type LevelThreshold } from "./level.ts";
import type { Fields, Filter, Formatter, Middleware, Sampler } from "./message.ts";
import type { ContextProvider } from "./pipeline/ambient.ts";
import type { CompressionFormat, Runtime } from "./runtime.ts";
import {
  checkArray,
  checkBoolean,
  checkByteSize,
  checkDuration,
  checkFunction,
  checkInteger,
  checkObject,
  checkOneOf,
  checkText,
  show,
} from "./validate.ts";

export type { DestinationOptions };

/** How much may wait in memory, and what happens beyond. */
export interface QueueOptions {
  /** Records between the log call and the dispatcher. @default 8192 */
  readonly capacity?: number;
  /** Bytes that each destination may keep waiting. @default 64 MiB */
  readonly maxBytes?: number | string;
  /** What happens to a record that finds no room: it is dropped and counted, or the log call waits. @default "drop" */
  readonly overflow?: "drop" | "block";
}

/** Options of `createLogger`. */
export interface LoggerOptions {
  /** Level from which on records are taken. @default "info" */
  readonly level?: LevelThreshold;
  /** Fields on every record. */
  readonly fields?: Fields;
  /** Where records go; at least one. */
  readonly destinations: readonly (string | DestinationOptions)[];
  /** Decide which records go on; all must agree. */
  readonly filters?: readonly Filter[];
  /** Decides which records go on, after the filters. */
  readonly sampler?: Sampler;
  /** Change, replace or drop records, in this order, before the filters. */
  readonly middleware?: readonly Middleware[];
  /** Give fields for each record, such as the active span; see `openTelemetryContext`. */
  readonly context?: readonly ContextProvider[];
  /** How much may wait in memory. */
  readonly queue?: QueueOptions;
  /** Milliseconds that a record may wait for company; 0: until the next turn of the event loop. @default 10 */
  readonly flushInterval?: number;
  /** Flushes on SIGTERM, SIGINT and SIGHUP before the signal takes its default action. @default false */
  readonly flushOnSignal?: boolean;
  /** Told of everything that goes wrong outside of a log call. @default a line on standard error */
  readonly onError?: (error: Error) => void;
}

/** The options of a logger, checked and complete. */
export interface CoreOptions {
  readonly threshold: number;
  readonly fields: unknown;
  readonly destinations: readonly (string | DestinationOptions)[];
  readonly filters: readonly Filter[];
  readonly sampler: Sampler | undefined;
  readonly middleware: readonly Middleware[];
  readonly context: readonly ContextProvider[];
  readonly queue: { readonly capacity: number; readonly maxBytes: number; readonly overflow: "drop" | "block" };
  readonly flushInterval: number;
  readonly flushOnSignal: boolean;
  readonly onError: ((error: Error) => void) | undefined;
}

const LOGGER_KEYS: ReadonlySet<string> = new Set([
  "level",
  "fields",
  "destinations",
  "filters",
  "sampler",
  "middleware",
  "context",
  "queue",
  "flushInterval",
  "flushOnSignal",
  "onError",
]);
const QUEUE_KEYS: ReadonlySet<string> = new Set(["capacity", "maxBytes", "overflow"]);
const COMMON_KEYS = ["uri", "name", "level", "enabled", "filter", "filters", "format"];
const CONSOLE_KEYS: ReadonlySet<string> = new Set(COMMON_KEYS);
const FILE_KEYS: ReadonlySet<string> = new Set([...COMMON_KEYS, "rotate", "mode", "lock", "lockTimeout"]);
const ROTATE_KEYS: ReadonlySet<string> = new Set([
  "maxBytes",
  "every",
  "timeZone",
  "naming",
  "maxFiles",
  "maxAge",
  "maxTotalBytes",
  "compress",
]);

/** Longest interval that a timer of any runtime keeps to: 2^31 - 1 milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

/** Checks the argument of `createLogger`. */
export function checkLoggerOptions(input: unknown): CoreOptions {
  if (typeof input === "string") return checkLoggerOptions({ destinations: [input] });
  checkObject("options", input, LOGGER_KEYS);
  const options = input as LoggerOptions;
  const { level = "info", fields, destinations, filters = [], sampler, middleware = [], context = [], queue = {} } =
    options;
  const { flushInterval = 10, flushOnSignal = false, onError } = options;
  const list = checkArray("destinations", destinations, (_, item) => item as string | DestinationOptions);
  if (list.length === 0) throw new RangeError('Cannot use option "destinations": expected at least one destination');
  if (fields !== undefined) checkObject("fields", fields, undefined);
  checkObject("queue", queue, QUEUE_KEYS);
  const { capacity = 8192, maxBytes = 64 << 20, overflow = "drop" } = queue;
  return {
    threshold: checkThreshold("level", level),
    fields,
    destinations: list,
    filters: checkArray("filters", filters, (where, item) => checkFunction<Filter>(where, item)),
    sampler: sampler === undefined ? undefined : checkFunction<Sampler>("sampler", sampler),
    middleware: checkArray("middleware", middleware, (where, item) => checkFunction<Middleware>(where, item)),
    context: checkArray("context", context, (where, item) => checkFunction<ContextProvider>(where, item)),
    queue: {
      capacity: checkInteger("queue.capacity", capacity, 1, 1 << 24),
      maxBytes: checkByteSize("queue.maxBytes", maxBytes, 1),
      overflow: checkOneOf("queue.overflow", overflow, ["drop", "block"]),
    },
    flushInterval: checkInteger("flushInterval", flushInterval, 0, LONGEST_TIMER),
    flushOnSignal: checkBoolean("flushOnSignal", flushOnSignal),
    onError: onError === undefined ? undefined : checkFunction("onError", onError),
  };
}

/** Checks a level and returns its number. */
export function checkThreshold(where: string, value: unknown): number {
  if (isLevelThreshold(value)) return LEVEL_NUMBER[value];
  return LEVEL_NUMBER[checkOneOf(where, value, Object.keys(LEVEL_NUMBER) as LevelThreshold[])];
}

/** What {@linkcode buildDestination} needs to know beside the options. */
export interface BuildContext {
  /** Where the options stand, for error messages. @default "destination" */
  readonly where?: string;
  /** Told of errors that concern no batch. */
  readonly onError: (error: never) => void;
  /** Whether another destination has a name already. */
  readonly isTaken: (name: string) => boolean;
}

/** What a scheme makes of a destination. */
interface Scheme {
  readonly backend: () => Backend;
  /** The format where the destination names none. */
  readonly format: "json" | "pretty";
  /** Whether a person reads it, on a terminal. */
  readonly terminal: boolean;
  /** Whether a record may take several lines. */
  readonly multiline: boolean;
}

/** Checks the options of a destination and makes what it is made of. */
export function buildDestination(
  runtime: Runtime,
  input: string | DestinationOptions,
  context: BuildContext,
): Omit<DestinationParts, "maxBytes" | "overflow" | "report"> {
  const where = context.where ?? "destination";
  if (typeof input !== "string") checkObject(where, input, undefined);
  const options: DestinationOptions = typeof input === "string" ? { uri: input } : input;
  const uri = checkText(`${where}.uri`, options.uri);
  if (uri.includes("\0")) throw new RangeError(`Cannot use option "${where}.uri": it contains a NUL character`);
  const { level = "trace", enabled = true, filter, filters = [] } = options;
  const all = checkArray(`${where}.filters`, filters, (place, item) => checkFunction<Filter>(place, item));
  if (filter !== undefined) all.push(checkFunction<Filter>(`${where}.filter`, filter));
  const threshold = checkThreshold(`${where}.level`, level);
  checkBoolean(`${where}.enabled`, enabled);
  const scheme = resolveScheme(runtime, uri, options, where, context);
  const format = buildFormat(`${where}.format`, options.format ?? scheme.format, scheme);
  return {
    name: freeName(
      options.name === undefined ? uri : checkText(`${where}.name`, options.name),
      options,
      where,
      context,
    ),
    level: threshold === LEVEL_NUMBER.off ? "off" : level,
    enabled,
    filters: all,
    format,
    backend: scheme.backend(),
  };
}

function freeName(name: string, options: DestinationOptions, where: string, { isTaken }: BuildContext): string {
  if (!isTaken(name)) return name;
  if (options.name !== undefined) throw new RangeError(`Cannot use option "${where}.name": ${show(name)} is taken`);
  let number = 2;
  while (isTaken(`${name}#${number}`)) number++;
  return `${name}#${number}`;
}

function resolveScheme(
  runtime: Runtime,
  uri: string,
  options: DestinationOptions,
  where: string,
  { onError }: BuildContext,
): Scheme {
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]+):/.exec(uri)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === "file") {
    checkObject(where, options, FILE_KEYS);
    const path = runtime.absolutePath(scheme === undefined ? uri : pathOfFileUri(uri, where));
    const settings = fileSettings(runtime, options, where);
    const backend = () => new FileBackend(runtime, path, { ...settings, onError: onError as (error: unknown) => void });
    return { backend, format: "json", terminal: false, multiline: false };
  }
  if (scheme === "stdout" || scheme === "stderr") {
    checkObject(where, options, CONSOLE_KEYS);
    if (uri.length > scheme.length + 1) {
      throw new RangeError(`Cannot use option "${where}.uri": nothing may follow "${scheme}:", got ${show(uri)}`);
    }
    const stream = runtime.output(scheme);
    const terminal = stream.isTerminal;
    return {
      backend: () => new ConsoleBackend(runtime, stream),
      format: terminal ? "pretty" : "json",
      terminal,
      multiline: true,
    };
  }
  const factory = registeredBackend(scheme);
  if (factory === undefined) {
    throw new TypeError(
      `Cannot use option "${where}.uri": unknown scheme "${scheme}:" in ${show(uri)}; known are ${
        knownSchemes().map((known) => `"${known}:"`).join(", ")
      }; a path with a colon is written "./${uri}"`,
    );
  }
  let url: URL;
  try {
    url = new URL(uri);
  } catch {
    throw new TypeError(`Cannot use option "${where}.uri": ${show(uri)} is not a valid URI`);
  }
  const backend = () => {
    const made = factory(url, options);
    if (typeof made?.write === "function") return made;
    throw new TypeError(`Cannot use option "${where}.uri": the backend registered for "${scheme}:" has no write method`);
  };
  return { backend, format: "json", terminal: false, multiline: false };
}

/** The path of a `file:` URI (RFC 8089), relative ones (`file:app.log`) included. */
function pathOfFileUri(uri: string, where: string): string {
  const refuse = (reason: string) => new RangeError(`Cannot use option "${where}.uri": ${reason} in ${show(uri)}`);
  if (/[?#]/.test(uri)) throw refuse("a file URI has no query and no fragment");
  const match = /^file:(?:\/\/(?:localhost)?(?=\/))?(.+)$/i.exec(uri);
  const path = match?.[1];
  if (path === undefined || path.startsWith("//")) throw refuse("expected file:///absolute/path or file:relative/path");
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw refuse("a percent sign without two digits");
  }
  if (decoded.includes("\0")) throw refuse("a NUL character");
  // file:///C:/logs/app.log
  return /^\/[a-zA-Z]:[/\\]/.test(decoded) ? decoded.slice(1) : decoded;
}

function fileSettings(runtime: Runtime, options: DestinationOptions, where: string) {
  const { rotate, mode = 0o644, lock = "flock", lockTimeout = 10_000 } = options;
  return {
    mode: checkInteger(`${where}.mode`, mode, 0, 0o777),
    lock: checkOneOf(`${where}.lock`, lock, ["flock", "none"]),
    lockTimeout: checkDuration(`${where}.lockTimeout`, lockTimeout, 0),
    rotation: rotate === undefined ? undefined : rotationPolicy(runtime, rotate, `${where}.rotate`),
  };
}

function rotationPolicy(runtime: Runtime, rotate: RotateOptions, where: string): RetentionPolicy {
  checkObject(where, rotate, ROTATE_KEYS);
  const {
    maxBytes,
    every,
    timeZone = "local",
    naming = "timestamp",
    maxFiles,
    maxAge,
    maxTotalBytes,
    compress = false,
  } = rotate;
  const orInfinity = <T>(value: T | undefined, check: (value: T) => number) =>
    value === undefined ? Infinity : check(value);
  return {
    maxBytes: orInfinity(maxBytes, (value) => checkByteSize(`${where}.maxBytes`, value, 1)),
    every: every === undefined ? undefined : period(`${where}.every`, every),
    timeZone: checkOneOf(`${where}.timeZone`, timeZone, ["local", "utc"]),
    naming: checkOneOf(`${where}.naming`, naming, ["timestamp", "numbered"]),
    maxFiles: orInfinity(maxFiles, (value) => checkInteger(`${where}.maxFiles`, value, 0, Infinity)),
    maxAge: orInfinity(maxAge, (value) => checkDuration(`${where}.maxAge`, value, 1)),
    maxTotalBytes: orInfinity(maxTotalBytes, (value) => checkByteSize(`${where}.maxTotalBytes`, value, 1)),
    compress: compressionFormat(runtime, `${where}.compress`, compress),
  };
}

function period(where: string, every: unknown): RetentionPolicy["every"] {
  if (every === "hour" || every === "day" || every === "week") return every;
  if (typeof every === "string" && !/^\d/.test(every)) checkOneOf(where, every, ["hour", "day", "week"]);
  return checkDuration(where, every, 1);
}

function compressionFormat(runtime: Runtime, where: string, compress: unknown): CompressionFormat | undefined {
  if (compress === false) return undefined;
  const format = compress === true ? "gzip" : checkOneOf(where, compress, ["gzip", "zstd"]);
  if (runtime.compressor(format) !== undefined) return format;
  throw new RangeError(`Cannot use option "${where}": this version of ${runtime.name} has no ${format}`);
}

const JSON_FORMAT = new JsonFormat();
const TEXT_FORMAT = new TextFormat();

function buildFormat(where: string, format: unknown, scheme: Scheme): LineFormat {
  if (typeof format === "function") return new CustomFormat(format as Formatter, { multiline: scheme.multiline });
  switch (checkOneOf(where, format, ["json", "text", "pretty"])) {
    case "json":
      return JSON_FORMAT;
    case "text":
      return TEXT_FORMAT;
    case "pretty": {
      const pretty = new PrettyFormat({ colors: scheme.terminal });
      return scheme.multiline ? pretty : new CustomFormat((message) => pretty.format(message), { multiline: false });
    }
  }
}
