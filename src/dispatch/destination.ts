import type { Backend, Urgency } from "../backend.ts";
import { DestinationError, messageOf } from "../errors.ts";
import { fallbackLine, type LineFormat } from "../format/line_format.ts";
import { LEVEL_NUMBER, levelName, type LevelThreshold } from "../level.ts";
import type { Message } from "../message.ts";
import { Pipeline, type PipelineParts } from "../pipeline/pipeline.ts";
import { errorCode, type Runtime } from "../runtime.ts";
import type { Batch } from "./batch.ts";
import { type DestinationMetrics, Ledger } from "./ledger.ts";
import { Outbox } from "./outbox.ts";

/** What a destination is made of. */
export interface DestinationParts {
  readonly name: string;
  readonly level: LevelThreshold;
  readonly enabled: boolean;
  readonly pipeline: PipelineParts;
  readonly format: LineFormat;
  readonly backend: Backend;
  /** Bytes that may wait. */
  readonly maxBytes: number;
  /** What happens to a record that finds no room. */
  readonly overflow: "drop" | "block";
  readonly report: (error: DestinationError) => void;
}

/** Pauses after failures, in milliseconds: doubled each time, from the first to the last. */
const FIRST_PAUSE = 50;
const LAST_PAUSE = 5_000;

/** Bytes that wait before a program that does not let the event loop turn is made to write by itself. */
const PRESSURE_BYTES = 128 * 1024;

/** How long, in milliseconds, a log call with `overflow: "block"` waits at a time before it looks again. */
const BLOCK_PATIENCE = 100;

interface Waiter {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Filter, level, format and backend, with the records that wait for it: one write at a time, everything that has
 * gathered meanwhile in the next. What fails is kept and tried again with growing pauses.
 */
export class Destination {
  readonly name: string;
  readonly backend: Backend;
  readonly format: LineFormat;
  readonly pipeline: Pipeline;
  threshold: number;
  enabled: boolean;
  readonly #runtime: Runtime;
  readonly #parts: DestinationParts;
  readonly #outbox = new Outbox();
  readonly #ledger = new Ledger();
  #batch: Batch | undefined;
  #isWriting = false;
  /** Grows with each write, so that one which was finished on the program's thread is not finished twice. */
  #write = 0;
  #failures = 0;
  #retry: unknown;
  #waiters: Waiter[] = [];
  #isReleased = false;
  #closing: Promise<void> | undefined;

  constructor(runtime: Runtime, parts: DestinationParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.name = parts.name;
    this.backend = parts.backend;
    this.format = parts.format;
    this.pipeline = new Pipeline(parts.pipeline, (error) => this.#countAndReport(error));
    this.threshold = LEVEL_NUMBER[parts.level];
    this.enabled = parts.enabled;
  }

  /** Whether nothing waits and nothing is being written. */
  get isIdle(): boolean {
    return this.#pendingBytes === 0;
  }

  get #pendingBytes(): number {
    return this.#outbox.byteLength + (this.#batch?.byteLength ?? 0);
  }

  /** Takes a line, without its newline, of a call at `time`, or counts it as dropped. */
  append(line: string, time: number): void {
    if (this.#isReleased) return this.#ledger.dropAfterClose();
    const room = this.#parts.maxBytes - line.length - 1;
    if (this.#pendingBytes > room && this.#pendingBytes > 0 && !this.#makeRoom(room)) return this.#drop();
    this.#ledger.queue(time);
    this.#outbox.append(line + "\n");
  }

  /** Counts an error that concerns single records, not the backend. */
  reportError(message: string, cause: unknown): void {
    this.#ledger.errors++;
    this.#parts.report(new DestinationError(message, { destination: this.name, cause }));
  }

  #countAndReport(error: unknown): void {
    this.reportError(`${messageOf(error)} (destination "${this.name}")`, error);
  }

  /** Starts writing what waits unless a write or a pause after a failure is under way. */
  kick(): void {
    if (!this.#isWriting && this.#retry === undefined) this.#start(undefined);
  }

  /**
   * Called by a log call that found the queue full: moves the writing forward on this thread as far as it goes without
   * waiting, because the event loop may not turn for a long time.
   */
  press(): void {
    if (this.backend.advance === undefined) return this.kick();
    if (this.#pendingBytes < PRESSURE_BYTES) return;
    this.#push({ patience: 0, force: this.#pendingBytes > this.#parts.maxBytes / 2 });
  }

  /** Writes all that waits on this thread, for the exit, and reports what could not be written. */
  drainNow(patience: number): void {
    const deadline = this.#runtime.monotonic() + patience;
    for (let failures = Infinity; this.#failures <= failures;) {
      const urgency = { patience: Math.max(0, deadline - this.#runtime.monotonic()), force: true };
      if (!this.#settle(urgency) || this.isIdle) break;
      this.#stopRetry();
      failures = this.#failures;
      this.#start(urgency);
    }
    const lost = this.#ledger.pending;
    if (lost > 0) this.#parts.report(this.#droppedError(lost, "the process is ending and they could not be written"));
  }

  /** Resolves once all that was accepted so far is delivered; rejects when a try to deliver it fails. */
  flush(): Promise<void> {
    return this.#whileAwaited(() => this.#flush());
  }

  async #flush(): Promise<void> {
    const dropped = this.#ledger.takeDroppedSinceFlush();
    this.#stopRetry();
    if (!this.isIdle) {
      await new Promise<void>((resolve, reject) => {
        this.#waiters.push({ target: this.#ledger.queued, resolve, reject });
        this.kick();
      });
    }
    await this.backend.flush?.();
    if (dropped > 0) throw this.#droppedError(dropped, "the queue was full");
  }

  /** Flushes, gives up what cannot be delivered, and releases the backend. Never rejects. */
  close(options: { readonly keepBackend?: boolean } = {}): Promise<void> {
    return this.#closing ??= this.#whileAwaited(() => this.#close(options.keepBackend === true));
  }

  /**
   * Keeps the process alive: what the program waits for may hang on nothing but a timer of ours, such as the pause
   * before the lock is tried again, and Node would end with "unsettled top-level await".
   */
  async #whileAwaited(work: () => Promise<void>): Promise<void> {
    const release = this.#runtime.keepAlive();
    try {
      await work();
    } finally {
      release();
    }
  }

  async #close(keepBackend: boolean): Promise<void> {
    try {
      await this.#flush();
    } catch {
      // Reported when it failed; what is left is counted below.
    }
    // The last write may have been the one after which the notice of dropped records follows.
    if (this.#failures === 0 && !this.isIdle) await this.#flush().catch(() => {});
    this.abandon("the logger was closed");
    if (keepBackend) return;
    try {
      await this.backend.close?.();
    } catch (error) {
      this.reportError(`Cannot close destination "${this.name}": ${messageOf(error)}`, error);
    }
  }

  /** Counts all that waits as dropped. */
  abandon(reason: string): void {
    this.#isReleased = true;
    this.#stopRetry();
    this.#outbox.take();
    this.#batch = undefined;
    this.#write++;
    this.#isWriting = false;
    const lost = this.#ledger.abandon();
    if (lost > 0) this.#parts.report(this.#droppedError(lost, reason));
  }

  /** The numbers so far. */
  metrics(): DestinationMetrics {
    return {
      name: this.name,
      ...this.#ledger.metrics(),
      rotations: 0,
      pipeline: this.pipeline.metrics(),
      ...this.backend.metrics?.(),
    };
  }

  /** Finishes the write under way and starts the next one; returns whether nothing is under way any more. */
  #push(urgency: Urgency): boolean {
    if (this.backend.advance === undefined) return false;
    if (!this.#settle(urgency) || this.#retry !== undefined) return false;
    this.#start(urgency);
    return !this.#isWriting;
  }

  /** Waits until no more than `room` bytes wait; `false` when that will not come to pass, or must not be waited for. */
  #makeRoom(room: number): boolean {
    if (this.backend.advance === undefined) {
      this.kick();
    } else if (this.#parts.overflow === "drop") {
      this.#push({ patience: 0, force: true });
    } else {
      // Waiting is for a slow destination. One that fails would hold the program for ever.
      while (this.#pendingBytes > room && this.#pendingBytes > 0 && this.#failures === 0) {
        this.#push({ patience: BLOCK_PATIENCE, force: true });
      }
    }
    return this.#pendingBytes <= room || this.#pendingBytes === 0;
  }

  #start(urgency: Urgency | undefined): void {
    if (this.#batch === undefined) {
      if (this.#outbox.byteLength === 0) return;
      this.#batch = this.#outbox.take((lines, bytes) => this.#ledger.write(lines, bytes, this.#runtime.now()));
    }
    const batch = this.#batch;
    const write = ++this.#write;
    this.#isWriting = true;
    let result: void | Promise<void>;
    try {
      result = this.backend.write(batch, urgency);
    } catch (error) {
      return this.#fail(error);
    }
    // Done already: a program that never lets the event loop turn must not lose lines to a backend that keeps up.
    if (typeof result?.then !== "function") return this.#succeed();
    result.then(
      () => {
        if (write === this.#write) this.#succeed();
      },
      (error) => {
        if (write === this.#write) this.#fail(error);
      },
    );
    if (urgency !== undefined) this.#settle({ patience: 0, force: false });
  }

  /** Drives the write under way on this thread; returns whether none is any more, well ended or not. */
  #settle(urgency: Urgency): boolean {
    if (!this.#isWriting) return true;
    try {
      if (this.backend.advance?.(urgency) !== true) return false;
    } catch (error) {
      this.#write++;
      this.#fail(error);
      return true;
    }
    this.#write++;
    this.#succeed();
    return true;
  }

  #succeed(): void {
    this.#batch?.commit();
    this.#batch = undefined;
    this.#isWriting = false;
    this.#failures = 0;
    if (this.#ledger.droppedSinceNotice > 0 && !this.#isReleased) this.#appendNotice();
    this.#settleWaiters();
    if (this.#outbox.byteLength > 0) this.#startSoon();
  }

  /** Begins the next write at once: what waits has waited for as long as the last write took. */
  #startSoon(): void {
    const write = this.#write;
    // Not from here: on the program's thread this would recurse, and `press` may want to go on synchronously.
    Promise.resolve().then(() => {
      if (write === this.#write) this.kick();
    });
  }

  #fail(error: unknown): void {
    this.#isWriting = false;
    if (this.#batch?.byteLength === 0) this.#batch = undefined;
    this.#ledger.errors++;
    this.#failures++;
    const failure = new DestinationError(
      `Cannot write to destination "${this.name}": ${messageOf(error)}; ` +
        `${countOf(this.#ledger.pending)} kept to be tried again`,
      { destination: this.name, code: errorCode(error), cause: error },
    );
    for (const { reject } of this.#waiters.splice(0)) reject(failure);
    this.#parts.report(failure);
    if (this.#isReleased) return;
    const pause = Math.min(LAST_PAUSE, FIRST_PAUSE * 2 ** Math.min(this.#failures - 1, 20));
    this.#retry = this.#runtime.setTimer(() => {
      this.#retry = undefined;
      this.kick();
    }, pause);
  }

  #stopRetry(): void {
    if (this.#retry === undefined) return;
    this.#runtime.clearTimer(this.#retry);
    this.#retry = undefined;
  }

  #settleWaiters(): void {
    this.#waiters = this.#waiters.filter((waiter) => {
      if (this.#ledger.written < waiter.target) return true;
      waiter.resolve();
      return false;
    });
  }

  #drop(): void {
    if (this.#ledger.drop()) this.#parts.report(this.#droppedError(1, "the queue is full"));
  }

  #droppedError(count: number, reason: string): DestinationError {
    return new DestinationError(`Dropped ${countOf(count)} for destination "${this.name}": ${reason}`, {
      destination: this.name,
      dropped: count,
    });
  }

  /** Leaves a record of what could not be kept, where whoever misses it will look. */
  #appendNotice(): void {
    const message: Message = {
      time: this.#runtime.now(),
      level: levelName(LEVEL_NUMBER.warn),
      msg: "log records dropped",
      fields: { dropped: this.#ledger.droppedSinceNotice },
    };
    let line: string;
    try {
      line = this.format.format(message);
    } catch (error) {
      this.reportError(`Cannot format a record for destination "${this.name}": ${messageOf(error)}`, error);
      line = fallbackLine(message, error);
    }
    this.#ledger.queueNotice(message.time);
    this.#outbox.append(line + "\n");
  }
}

function countOf(records: number): string {
  return records === 1 ? "1 record" : `${records} records`;
}
