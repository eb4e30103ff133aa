import { withDefaultFormat } from "./default_format.ts";
import { type DestinationInput, type DestinationInputAt, withTextUri } from "./destination_input.ts";
import type { DestinationOptions, Duration } from "./destination_options.ts";
import { checkCloseTimeout, CLOSE_TIMEOUT, type DeliveryDefaults } from "./dispatch/delivery.ts";
import { checkThreshold, type LevelThreshold } from "./level.ts";
import type { Fields } from "./message.ts";
import type { ContextProvider } from "./pipeline/ambient.ts";
import type { PipelineParts } from "./pipeline/pipeline.ts";
import { checkSnapshotOptions, type SnapshotOptions } from "./pipeline/snapshot_options.ts";
import type { SuppressionOptions } from "./pipeline/sample_suppression.ts";
import { checkReports, type ReportSettings, type SelfReportOptions } from "./reports.ts";
import { withPluginMiddleware } from "./plugins/names.ts";
import { type CheckedRoute, checkRoutes, type Route } from "./pipeline/routes.ts";
import { checkPipeline, PIPELINE_KEYS, type PipelineOptions } from "./pipeline/pipeline_options.ts";
import {
  checkArray,
  checkBoolean,
  checkByteSize,
  checkDuration,
  checkFunction,
  checkInteger,
  checkObject,
  checkOneOf,
} from "./validate.ts";

/** How much may wait in memory, and what happens beyond. */
export interface QueueOptions {
  /** Records between the log call and the dispatcher. @default 8192 */
  readonly capacity?: number;
  /** Bytes that each destination may keep waiting, unless it has a `queue` of its own. @default 64 MiB */
  readonly maxBytes?: number | string;
  /**
   * What happens to a record that finds no room: it is dropped and counted, or the log call waits, as long as the
   * destination does not fail and something moves within ten seconds.
   * @default "drop"
   */
  readonly overflow?: "drop" | "block";
}

/**
 * Options of `createLogger`.
 *
 * @typeParam Uri The URIs of the destinations that are text, as far as the compiler knows them.
 * @typeParam Href `string` where one is a `URL`.
 */
export interface LoggerOptions<Uri extends string = string, Href extends string = string> extends PipelineOptions {
  /** Level from which on records are taken. @default "info" */
  readonly level?: LevelThreshold;
  /** Fields on every record. */
  readonly fields?: Fields;
  /** Where records go; at least one. */
  readonly destinations: readonly DestinationInputAt<Uri, Href>[];
  /** Format of the destinations that name none. @default that of the destination: "json", on a terminal "pretty" */
  readonly format?: DestinationOptions["format"];
  /** Lead records to some of the destinations; see {@linkcode Route}. @default each destination takes every record */
  readonly routes?: readonly Route[];
  /** Give fields for each record, such as the active span; see `openTelemetryContext`. */
  readonly context?: readonly ContextProvider[];
  /** How values are copied: limits, serialisers, stacks of errors. */
  readonly serialize?: SnapshotOptions;
  /** How much may wait in memory. */
  readonly queue?: QueueOptions;
  /** How long a record may wait for company; 0: until the next turn of the event loop. @default 10 */
  readonly flushInterval?: Duration;
  /** Flushes on SIGTERM, SIGINT and SIGHUP before the signal takes its default action. @default false */
  readonly flushOnSignal?: boolean;
  /**
   * How long `close` waits for a destination of which nothing moves, or whose server has asked not to be tried for a
   * while. One that fails is tried once more, and not waited for. What is not delivered then goes to its fallback, or is
   * dropped and counted. `Infinity`: for ever.
   * @default "10s"
   */
  readonly closeTimeout?: Duration;
  /** Sums up in a record each interval what the sampler left out (`"suppressed": n`). @default false */
  readonly suppression?: SuppressionOptions | boolean;
  /** Puts the metrics into the log each interval. @default false */
  readonly selfReport?: SelfReportOptions | boolean;
  /** Told of everything that goes wrong outside of a log call. @default a line on standard error */
  readonly onError?: (error: Error) => void;
}

/** What can be changed of a running logger. What is not mentioned stays as it is. */
export interface LoggerChanges extends PipelineOptions {
  /** Level from which on records are taken. */
  readonly level?: LevelThreshold;
  /** All destinations; those whose options are the same as before go on as they are. */
  readonly destinations?: readonly DestinationInput[];
  /** Lead records to some of the destinations; an empty list ends that. */
  readonly routes?: readonly Route[];
  /** Give fields for each record. */
  readonly context?: readonly ContextProvider[];
}

/** The options of a logger, checked and complete. */
export interface CoreOptions {
  readonly threshold: number;
  readonly fields: unknown;
  readonly destinations: readonly (string | DestinationOptions)[];
  readonly pipeline: PipelineParts;
  readonly reports: ReportSettings;
  readonly routes: readonly CheckedRoute[];
  readonly context: readonly ContextProvider[];
  readonly serialize: SnapshotOptions;
  readonly queue: { readonly capacity: number };
  readonly delivery: DeliveryDefaults;
  readonly format: DestinationOptions["format"];
  readonly flushInterval: number;
  readonly flushOnSignal: boolean;
  readonly onError: ((error: Error) => void) | undefined;
}

/** Options that a logger may have. */
export const LOGGER_KEYS: ReadonlySet<string> = new Set([
  "level",
  "fields",
  "destinations",
  "format",
  ...PIPELINE_KEYS,
  "routes",
  "context",
  "serialize",
  "queue",
  "suppression",
  "selfReport",
  "flushInterval",
  "flushOnSignal",
  "closeTimeout",
  "onError",
]);
const QUEUE_KEYS: ReadonlySet<string> = new Set(["capacity", "maxBytes", "overflow"]);
/** Longest interval that a timer of any runtime keeps to: 2^31 - 1 milliseconds. */
const LONGEST_TIMER = 2_147_483_647;

/** Checks the argument of `createLogger`. */
export function checkLoggerOptions(input: unknown): CoreOptions {
  if (typeof input === "string" || input instanceof URL) return checkLoggerOptions({ destinations: [input] });
  checkObject("options", input, LOGGER_KEYS);
  const options = input as LoggerOptions;
  const { level = "info", fields, destinations, routes = [], context = [], serialize = {}, queue = {} } = options;
  const { flushInterval = 10, flushOnSignal = false, closeTimeout = CLOSE_TIMEOUT, onError } = options;
  if (fields !== undefined) checkObject("fields", fields, undefined);
  checkSnapshotOptions(serialize);
  checkObject("queue", queue, QUEUE_KEYS);
  const { capacity = 8192, maxBytes = 64 << 20, overflow = "drop" } = queue;
  return {
    threshold: checkThreshold("level", level),
    fields,
    destinations: checkDestinations(destinations).map((item) => withDefaultFormat(item, options.format)),
    pipeline: withPluginMiddleware(checkPipeline("", options)),
    reports: checkReports(options.suppression, options.selfReport),
    routes: checkRoutes(routes),
    context: checkContext(context),
    serialize,
    format: options.format,
    queue: { capacity: checkInteger("queue.capacity", capacity, 1, 1 << 24) },
    delivery: {
      maxBytes: checkByteSize("queue.maxBytes", maxBytes, 1),
      overflow: checkOneOf("queue.overflow", overflow, ["drop", "block"]),
      closeTimeout: checkCloseTimeout("closeTimeout", closeTimeout),
    },
    flushInterval: checkFlushInterval(flushInterval),
    flushOnSignal: checkBoolean("flushOnSignal", flushOnSignal),
    onError: onError === undefined ? undefined : checkFunction("onError", onError),
  };
}

function checkFlushInterval(value: unknown): number {
  const where = "flushInterval";
  return checkInteger(where, typeof value === "string" ? checkDuration(where, value, 0) : value, 0, LONGEST_TIMER);
}

const CHANGES_KEYS: ReadonlySet<string> = new Set(["level", "destinations", "routes", "context", ...PIPELINE_KEYS]);

/** Checks the argument of `Logger.update`. */
export function checkLoggerChanges(
  changes: LoggerChanges,
  present: PipelineParts,
): Pick<LoggerChanges, "context"> & {
  readonly destinations: readonly (string | DestinationOptions)[] | undefined;
  readonly pipeline: PipelineParts;
  readonly routes: readonly CheckedRoute[] | undefined;
} {
  checkObject("options", changes, CHANGES_KEYS);
  const { level, destinations, routes, context } = changes;
  if (level !== undefined) checkThreshold("level", level);
  // `filter` and `filters` are one setting: either takes the place of all filters that there were.
  const filters = changes.filter === undefined ? present.filters : [];
  const pipeline = checkPipeline("", { ...present, filters, ...changes });
  return {
    pipeline: changes.middleware === undefined ? pipeline : withPluginMiddleware(pipeline),
    destinations: destinations === undefined ? undefined : checkDestinations(destinations),
    routes: routes === undefined ? undefined : checkRoutes(routes),
    context: context === undefined ? undefined : checkContext(context),
  };
}

function checkDestinations(destinations: unknown): (string | DestinationOptions)[] {
  const list = checkArray("destinations", destinations, (_, item) => withTextUri(item as DestinationInput));
  if (list.length === 0) throw new RangeError('Cannot use option "destinations": expected at least one destination');
  return list;
}

function checkContext(context: unknown): ContextProvider[] {
  return checkArray("context", context, (where, item) => checkFunction<ContextProvider>(where, item));
}
