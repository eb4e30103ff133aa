import type { Sink } from "./binding.ts";
import type { Destination } from "./dispatch/destination.ts";
import { Destinations } from "./dispatch/destinations.ts";
import { deliverMessage, dispatch } from "./dispatch/dispatcher.ts";
import { Episode } from "./dispatch/episode.ts";
import { type Health, statusOf } from "./dispatch/health.ts";
import { Queue } from "./dispatch/queue.ts";
import { ErrorReporter } from "./error_reporter.ts";
import { DestinationError } from "./errors.ts";
import { SharedFile } from "./file/shared_file.ts";
import { LEVEL_NUMBER, levelName, LEVELS } from "./level.ts";
import type { Message } from "./message.ts";
import type { Metrics } from "./metrics.ts";
import { type ContextProvider, ContextSource } from "./pipeline/ambient.ts";
import type { Context } from "./pipeline/context.ts";
import { FieldTaker } from "./pipeline/field_taker.ts";
import { Pipeline } from "./pipeline/pipeline.ts";
import { type CheckedRoute, Router } from "./pipeline/routes.ts";
import { createSnapshot, type Snapshots } from "./pipeline/snapshot.ts";
import { LONGEST_STRING } from "./pipeline/snapshot_text.ts";
import { checkLoggerChanges, type CoreOptions, type LoggerChanges } from "./options.ts";
import { asOwnWork } from "./own_work.ts";
import { Reports } from "./reports.ts";
import type { Runtime } from "./runtime.ts";

/** How long, in milliseconds, the end of the process may be held up by locks and writes under way. */
const EXIT_PATIENCE = 10_000;

/** How long, in milliseconds, a fatal record may wait for locks and for writes under way. */
const FATAL_PATIENCE = 2_000;

/** How long, in milliseconds, a turn is held up by locks and writes under way where the end comes untold. */
const UNTOLD_PATIENCE = 500;

/** Bytes in the queue at which it is emptied at once, whatever the number of records. */
const QUEUE_BYTES = 4 << 20;

/** Records that getters may log while a record is copied. */
const MOST_DEFERRED = 100;

/** Why the queue itself has no room, though each full one is dispatched at once. */
const QUEUE_FULL = new Error("the queue is full: what filters, formatters or getters log does not fit into it");

/** What a logger and its children share: level, queue, destinations, and the turns of the dispatcher. */
export class Core implements Sink {
  readonly runtime: Runtime;
  readonly destinations: Destinations;
  readonly snapshots: Snapshots;
  /** Told when the logger is being closed. */
  onClosing: (() => void) | undefined;
  readonly #options: CoreOptions;
  #contexts: ContextSource;
  readonly #reports: Reports;
  #pipeline: Pipeline;
  #router: Router<Destination> | undefined;
  readonly #errors: ErrorReporter;
  readonly #taker: FieldTaker;
  readonly #logged = new Float64Array(LEVELS.length + 1);
  #queue: Queue;
  #spare: Queue;
  readonly #endsUntold: boolean;
  #isScheduled = false;
  #isDispatching = false;
  #isExiting = false;
  readonly #deferred: [level: number, context: Context, text: string, fields: unknown][] = [];
  readonly #dropped = { full: 0, afterClose: 0 };
  /** A time in which the queue takes no more: what is dispatched logs more than it has room for. */
  readonly #fullTime = new Episode();
  #highWater = 0;
  #closing: Promise<void> | undefined;
  #stopListening: (() => void)[];

  constructor(runtime: Runtime, options: CoreOptions) {
    this.runtime = runtime;
    this.#endsUntold = runtime.endsUntold?.() === true;
    this.#options = options;
    this.#errors = new ErrorReporter(runtime, options.onError);
    this.snapshots = createSnapshot(options.serialize, (error) => this.report(this.#pipeline.withoutSecrets(error)));
    this.#taker = new FieldTaker(this.snapshots);
    this.#contexts = this.#contextSource(options.context);
    const { capacity } = options.queue;
    this.#queue = new Queue(capacity);
    this.#spare = new Queue(capacity);
    this.#pipeline = new Pipeline(options.pipeline, (error) => this.report(error), this.snapshots);
    this.destinations = new Destinations(runtime, {
      delivery: options.delivery,
      format: options.format,
      report: (error) => this.report(error),
      beforeChange: () => this.turn(),
    });
    this.#router = this.#routerOf(options.routes);
    this.destinations.replace(options.destinations, (names) => this.#router?.check(names));
    this.#reports = new Reports(runtime, options.reports, {
      metrics: () => this.metrics(),
      sampler: () => this.#pipeline.parts.sampler,
      deliver: (message) => this.#deliverOwn(message),
    });
    this.#stopListening = [runtime.onExit(() => this.#end())];
    if (options.flushOnSignal) {
      this.#stopListening.push(runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], () => this.#end()));
    }
  }

  /**
   * Takes a record: what it holds afterwards is what the arguments were at the call. Never throws.
   *
   * @param fields A fields object of the program, of any kind; read, never changed or kept.
   */
  record(level: number, context: Context, text: string, fields: unknown, time = this.runtime.now()): void {
    if (this.#taker.isTaking) return this.#defer(level, context, text, fields);
    if (this.#contexts.isInUse) context = this.#contexts.extend(context);
    let queue = this.#queue;
    if (queue.length >= queue.room || queue.bytes >= QUEUE_BYTES) {
      if (queue.bytes >= QUEUE_BYTES || !queue.grow()) this.#relieve();
      queue = this.#queue;
      if (!queue.grow()) return this.#drop(level);
    }
    if (this.#closing !== undefined) return this.#drop(level);
    const index = queue.length;
    queue.starts[index] = queue.valueCount;
    queue.shapes[index] = fields === undefined ? this.#taker.emptyShape : this.#taker.take(queue, fields);
    queue.times[index] = time;
    queue.levels[index] = level;
    queue.texts[index] = this.snapshots.isPlain && text.length <= LONGEST_STRING ? text : this.snapshots.text(text);
    queue.contexts[index] = context;
    queue.bytes += text.length;
    queue.length = index + 1;
    (this.#logged[level / 10] as number)++;
    if (level >= LEVEL_NUMBER.fatal || this.#isExiting) this.#writeNow();
    else if (!this.#isScheduled) this.#schedule();
    if (this.#deferred.length > 0) this.#takeDeferred();
  }

  /** See {@linkcode Sink.redact}. What one destination redacts stands in the text of none. */
  redact(values: readonly unknown[]): readonly unknown[] {
    const pipelines = [this.#pipeline, ...this.destinations.present.map(({ pipeline }) => pipeline)]
      .filter((pipeline) => pipeline.redacts);
    if (pipelines.length === 0) return values;
    const copies = values.map((value) => {
      const isObject = typeof value === "object" && value !== null || typeof value === "function";
      return isObject ? this.snapshots.value(value).value : value;
    });
    return pipelines.reduce<readonly unknown[]>((redacted, pipeline) => pipeline.redact(redacted), copies);
  }

  /** A getter or toJSON of the fields that are being copied logs: its record comes after the one it belongs to. */
  #defer(level: number, context: Context, text: string, fields: unknown): void {
    if (this.#deferred.length >= MOST_DEFERRED) return this.#drop(level);
    this.#deferred.push([level, context, text, this.#taker.copy(fields)]);
  }

  #takeDeferred(): void {
    for (const record of this.#deferred.splice(0)) this.record(...record);
  }

  /** Takes what is queued to the destinations, and has those write that are not writing already. */
  turn(): void {
    this.#dispatch();
    for (const destination of this.destinations.present) destination.kick();
  }

  #dispatch(): void {
    const queue = this.#queue;
    if (this.#isDispatching || queue.length === 0) return;
    this.#isDispatching = true;
    this.#queue = this.#spare;
    this.#spare = queue;
    const droppedBefore = this.#dropped.full;
    if (queue.length > this.#highWater) this.#highWater = queue.length;
    try {
      asOwnWork(() => dispatch(queue, this.#pipeline, this.destinations.all, this.#router));
    } finally {
      queue.clear();
      this.#isDispatching = false;
    }
    if (this.#dropped.full === droppedBefore) this.#endFullTime();
    if (!this.#pipeline.isEmpty) this.#reports.afterTurn();
  }

  /** Leaves a record of how many found no room, where whoever misses them will look. */
  #endFullTime(): void {
    const notice = this.#fullTime.end("dropped", this.runtime.now());
    if (notice !== undefined) this.#deliverOwn(notice);
  }

  /** Takes a record of the logger's own to the destinations; no filter stands in its way. */
  #deliverOwn(message: Message): void {
    deliverMessage(message, this.destinations.all);
    for (const destination of this.destinations.present) destination.kick();
  }

  /** See {@linkcode Logger.flush}. */
  async flush(): Promise<void> {
    this.#dispatch();
    const results = await Promise.allSettled(this.destinations.present.map((destination) => destination.flush()));
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `Cannot flush ${errors.length} destinations`);
  }

  /** See {@linkcode Logger.update}. Everything is checked before anything is changed. */
  update(changes: LoggerChanges): void {
    // New destinations would never be closed.
    if (this.#closing !== undefined) throw new TypeError("Cannot update a logger: it is closed");
    const checked = checkLoggerChanges(changes, this.#pipeline.parts);
    const pipeline = new Pipeline(checked.pipeline, (error) => this.report(error), this.snapshots);
    const router = checked.routes === undefined ? this.#router : this.#routerOf(checked.routes);
    if (checked.destinations !== undefined) {
      this.destinations.replace(checked.destinations, (names) => router?.check(names));
    } else if (checked.routes !== undefined) router?.check(this.destinations.names);
    this.turn();
    this.#router = router;
    if (pipeline.parts.sampler !== this.#pipeline.parts.sampler) this.#reports.flush();
    this.#pipeline = pipeline;
    if (checked.context !== undefined) this.#contexts = this.#contextSource(checked.context);
  }

  /** See {@linkcode Logger.close}. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Reports an error to the program. Never throws. */
  report(error: unknown): void {
    this.#errors.report(error);
  }

  /** See {@linkcode Logger.metrics}. */
  metrics(): Metrics {
    const queue = this.#queue;
    const destinations = this.destinations.present.map((destination) => destination.metrics());
    const [, trace, debug, info, warn, error, fatal] = this.#logged as unknown as number[];
    return {
      logged: { trace, debug, info, warn, error, fatal } as Metrics["logged"],
      dropped: this.#dropped.full + this.#dropped.afterClose + sumOf(destinations, ({ dropped }) => dropped),
      droppedBy: {
        full: this.#dropped.full + sumOf(destinations, ({ droppedBy }) => droppedBy.full),
        undelivered: sumOf(destinations, ({ droppedBy }) => droppedBy.undelivered),
        afterClose: this.#dropped.afterClose + sumOf(destinations, ({ droppedBy }) => droppedBy.afterClose),
        refused: sumOf(destinations, ({ droppedBy }) => droppedBy.refused),
      },
      errors: this.#errors.count,
      queue: {
        length: queue.length,
        capacity: queue.capacity,
        bytes: queue.bytes,
        highWater: Math.max(this.#highWater, queue.length),
      },
      pipeline: this.#pipeline.metrics(),
      destinations,
    };
  }

  /** See {@linkcode Logger.health}. */
  health(): Health {
    const destinations = this.destinations.present.map((destination) => destination.health());
    return { status: statusOf(destinations), destinations };
  }

  #routerOf(routes: readonly CheckedRoute[]): Router<Destination> | undefined {
    return routes.length === 0 ? undefined : new Router(routes, (error) => this.report(error));
  }

  #contextSource(providers: readonly ContextProvider[]): ContextSource {
    return new ContextSource(this.runtime, providers, (error) => this.report(this.#pipeline.withoutSecrets(error)));
  }

  #schedule(): void {
    this.#isScheduled = true;
    if (this.#endsUntold) return void Promise.resolve().then(() => this.#writeThisTurn());
    const { flushInterval } = this.#options;
    const run = () => {
      this.#isScheduled = false;
      this.turn();
    };
    if (flushInterval === 0) this.runtime.nextTurn(run);
    else this.runtime.setTimer(run, flushInterval);
  }

  /** Empties a full queue within the log call, so that nothing is dropped as long as a destination keeps up. */
  #relieve(): void {
    this.#dispatch();
    for (const destination of this.destinations.present) destination.press();
  }

  #drop(level: number): void {
    if (this.#closing !== undefined) return this.#dropLate(level);
    this.#dropped.full++;
    if (!this.#fullTime.add(this.runtime.now(), QUEUE_FULL)) return;
    this.report(new DestinationError(`Dropped a record: ${QUEUE_FULL.message}`, { destination: "", dropped: 1 }));
  }

  /** Counts a record that comes after `close`, and reports the first one; one that is fatal always. */
  #dropLate(level: number): void {
    this.#dropped.afterClose++;
    this.#reportLate(level, this.#dropped.afterClose);
  }

  #reportLate(level: number, count: number): void {
    const isFatal = level >= LEVEL_NUMBER.fatal;
    if (count > 1 && !isFatal) return;
    const which = count === 1 ? "" : `, ${count} so far`;
    const text = `Dropped a record of level "${levelName(level)}"${which}: the logger was closed before; ` +
      "call close after the last log call";
    this.#errors.report(new DestinationError(text, { destination: "", dropped: 1 }), { isUrgent: isFatal });
  }

  /** A fatal record may be the last one: it and all before it are written before the call returns. */
  #writeNow(): void {
    if (this.#isExiting) return this.#exit();
    this.#dispatch();
    const deadline = this.runtime.monotonic() + FATAL_PATIENCE;
    const patience = () => Math.max(0, deadline - this.runtime.monotonic());
    SharedFile.finishAll(this.runtime, patience());
    for (const { mailbox } of this.destinations.holding) mailbox.writeNow(patience());
  }

  /** Writes what this turn of the event loop has logged: there may be no other one. What fails is tried again later. */
  #writeThisTurn(): void {
    this.#isScheduled = false;
    this.#dispatch();
    SharedFile.finishAll(this.runtime, UNTOLD_PATIENCE);
    for (const { mailbox } of this.destinations.holding) mailbox.push(UNTOLD_PATIENCE);
  }

  /** The end is told of, maybe not for the first time: then everything was written, or tried to be, already. */
  #end(): void {
    if (!this.#isExiting) this.#exit();
  }

  /** Writes everything, and from now on each record at once: other listeners to the end of the process may log too. */
  #exit(): void {
    if (!this.#isExiting) {
      this.#isExiting = true;
      // Not every hook means the end: the program may have handled the error, or the signal.
      this.runtime.nextTurn(() => this.#isExiting = false);
    }
    this.#dispatch();
    // First what any logger of this thread has begun, for it may hold the lock that another one needs.
    SharedFile.finishAll(this.runtime, EXIT_PATIENCE);
    SharedFile.leaveAll(this.runtime);
    this.destinations.drainNow(EXIT_PATIENCE);
    SharedFile.numberAll(this.runtime);
  }

  async #close(): Promise<void> {
    this.onClosing?.();
    this.turn();
    this.#reports.close();
    this.#endFullTime();
    await this.destinations.close();
    // What filters and formatters have logged while the rest was flushed comes too late; the destinations count it.
    const { levels, length } = this.#queue;
    for (let index = 0; index < length; index++) this.#reportLate(levels[index] as number, index + 1);
    this.#dispatch();
    for (const stop of this.#stopListening.splice(0)) stop();
  }
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}
