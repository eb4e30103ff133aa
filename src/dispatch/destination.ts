import type { Backend } from "../backend.ts";
import { DestinationError, destinationProblem, messageOf } from "../errors.ts";
import type { Envelope } from "../format/envelope.ts";
import { fallbackLine, type LineFormat, type WritingFormat } from "../format/line_format.ts";
import { LEVEL_NUMBER, type LevelThreshold } from "../level.ts";
import type { Message } from "../message.ts";
import { Pipeline, type PipelineParts } from "../pipeline/pipeline.ts";
import { errorCode, type Runtime } from "../runtime.ts";
import type { Delivery } from "./delivery.ts";
import { spill } from "./fallback.ts";
import { Finish } from "./finish.ts";
import { type DestinationHealth, healthOf } from "./health.ts";
import type { DestinationMetrics } from "./ledger.ts";
import { Mailbox } from "./mailbox.ts";
import type { Queue } from "./queue.ts";
import { whileItMoves } from "./waiters.ts";

/** What a destination is made of. */
export interface DestinationParts {
  readonly name: string;
  readonly level: LevelThreshold;
  readonly enabled: boolean;
  readonly pipeline: PipelineParts;
  readonly format: LineFormat;
  /** What is put around each line. */
  readonly envelope?: Envelope | undefined;
  readonly backend: Backend;
}

/** The same with what concerns delivery. */
export interface DestinationSetup extends DestinationParts {
  readonly delivery: Delivery;
  readonly report: (error: DestinationError) => void;
}

/** Filter, level, format and backend, with the records that wait for it, and where they go while it fails. */
export class Destination {
  readonly name: string;
  readonly backend: Backend;
  /** Makes lines that all destinations of one format share; where records are numbered, they lack their ends. */
  readonly format: LineFormat;
  readonly pipeline: Pipeline;
  threshold: number;
  enabled: boolean;
  /** Whether the pipeline of its own let the last record pass. */
  passedLast = false;
  /** Whether new records go to a fallback. */
  isDiverting = false;
  /** What waits for it. */
  readonly mailbox: Mailbox;
  readonly #runtime: Runtime;
  readonly #setup: DestinationSetup;
  /** What a record of another destination passes: all that changes it, but no filter and no sampler. */
  readonly #receiving: Pipeline;
  /** What is done to a line of the format before it is written. */
  readonly #finish: Finish | undefined;
  /** The format, where it and all that is done to its lines can be written as bytes. */
  readonly #writing: WritingFormat | undefined;
  #fallbacks: readonly Destination[] = [];
  #closing: Promise<void> | undefined;

  constructor(runtime: Runtime, setup: DestinationSetup) {
    this.#runtime = runtime;
    this.#setup = setup;
    this.name = setup.name;
    this.backend = setup.backend;
    const { sequence } = setup.format;
    this.format = sequence?.open ?? setup.format;
    const report = (error: unknown) => this.#reportError(`${messageOf(error)} (destination "${this.name}")`, error);
    this.pipeline = new Pipeline(setup.pipeline, report);
    this.#receiving = new Pipeline({ ...setup.pipeline, filters: [], sampler: undefined }, report);
    this.threshold = LEVEL_NUMBER[setup.level];
    this.enabled = setup.enabled;
    const { name, backend, delivery, envelope } = setup;
    if (sequence !== undefined || envelope !== undefined) {
      const onError = (error: unknown) => this.#reportFormat(error);
      this.#finish = new Finish({ seal: sequence?.seal(runtime), envelope, onError });
    }
    if (this.format.write !== undefined && this.#finish?.writes !== false) this.#writing = this.format as WritingFormat;
    this.mailbox = new Mailbox(runtime, {
      name,
      backend,
      delivery,
      report: setup.report,
      finish: this.#finish,
      lineOf: (message) => this.lineOf(message),
      onTurn: () => this.#decide(),
    });
  }

  /** Where records go while it fails, in the order in which they are tried; the fallbacks of these among them. */
  get fallbacks(): readonly Destination[] {
    return this.#fallbacks;
  }

  set fallbacks(fallbacks: readonly Destination[]) {
    this.#fallbacks = fallbacks;
    this.#decide();
  }

  /** Decides where new records go: to a fallback, unless one is needed to find out whether it works again. */
  #decide(): void {
    this.isDiverting = this.#fallbacks.length > 0 && !this.mailbox.takesRecords;
  }

  /**
   * Takes a record of a queue as bytes, or counts it as dropped; `undefined` where it must be text. Returns `false` when
   * there is no room and a fallback might have some: then nothing is counted, and `divert` is to be called with the
   * record.
   */
  writeRecord(queue: Queue, index: number): boolean | undefined {
    if (this.#writing === undefined) return undefined;
    const taken = this.mailbox.write(this.#writing, queue, index);
    return taken === false ? this.#drop(queue.times[index] as number) : taken;
  }

  /** The same as a line of text, without its newline. */
  appendRecord(line: string, queue: Queue, index: number): boolean {
    return this.mailbox.appendRecord(line, queue, index) || this.#drop(queue.times[index] as number);
  }

  #drop(time: number): boolean {
    if (this.#fallbacks.length > 0 && !this.mailbox.isReleased) return false;
    this.mailbox.drop(time);
    return true;
  }

  /** Formats a record. A formatter of the program must not lose it. */
  lineOf(message: Message): string {
    try {
      return this.format.format(message);
    } catch (error) {
      return this.formatFailed(message, error);
    }
  }

  /** The line of a record for which the formatter has thrown. */
  formatFailed(message: Message, error: unknown): string {
    this.#reportFormat(error);
    return fallbackLine(message, error, { isOpen: this.#setup.format.sequence !== undefined });
  }

  #reportFormat(error: unknown): void {
    this.#reportError(`Cannot format a record for destination "${this.name}": ${messageOf(error)}`, error);
  }

  /** Counts and reports an error that concerns single records, not the backend. */
  #reportError(message: string, cause: unknown): void {
    this.mailbox.ledger.errors++;
    this.#setup.report(new DestinationError(message, { destination: this.name, cause }));
  }

  /**
   * Takes a record that it should not take, or could not: to the first fallback that can, or else it waits for the
   * destination after all, or else it is dropped. Returns the fallback.
   *
   * @param hasIt Whether a fallback has the record already.
   */
  divert(message: Message, hasIt: (fallback: Destination) => boolean): Destination | undefined {
    for (const fallback of this.#fallbacks) {
      if (!hasIt(fallback) && !fallback.#receive(message)) continue;
      this.#countDiverted(message.time, fallback.name);
      return fallback;
    }
    if (!this.mailbox.append(this.lineOf(message), message)) this.mailbox.drop(message.time);
    return undefined;
  }

  #countDiverted(time: number, to: string): void {
    const { ledger, trouble, failure } = this.mailbox;
    ledger.divert(to);
    if (!trouble.divert(time, failure, to)) return;
    const why = failure === undefined ? "its queue is full" : messageOf(failure);
    const text = `Records for destination "${this.name}" go to "${to}" until it recovers: ${why}`;
    this.#setup.report(
      new DestinationError(text, { destination: this.name, code: errorCode(failure), cause: failure }),
    );
  }

  /** Takes a record of another destination, whatever its level, unless it fails itself or has no room. */
  #receive(message: Message): boolean {
    if (!this.enabled || !this.mailbox.takesRecords) return false;
    const passed = this.#receiving.isEmpty ? message : this.#receiving.pass(message);
    if (passed === undefined) return true;
    if (!this.mailbox.append(this.lineOf(passed), passed)) return false;
    this.mailbox.ledger.receive();
    return true;
  }

  /** Whether it can take lines that another destination could not deliver. */
  get takesSpilled(): boolean {
    // A line that is encoded cannot be redacted any more the way this destination wants it.
    return this.enabled && this.mailbox.takesRecords && this.#receiving.isEmpty;
  }

  /** Takes lines that another destination could not deliver; the bytes are its own from then on. */
  moveIn(bytes: Uint8Array, piece: { readonly lines: number; readonly records: number; readonly from: Destination }) {
    const { lines, records, from } = piece;
    const now = this.#runtime.now();
    this.mailbox.ledger.moveIn(lines, records, now);
    // Lines that are finished belong to the sequence, or the protocol, of the other one.
    const isSame = from.format === this.format && from.#finish === undefined && this.#finish === undefined;
    if (isSame) return this.mailbox.putEncoded(bytes, lines);
    for (const line of new TextDecoder().decode(bytes).slice(0, -1).split("\n")) {
      const message: Message = { time: now, level: "warn", msg: line, fields: { undelivered: from.name } };
      this.mailbox.put(this.lineOf(message), message);
    }
  }

  /** Starts writing what waits unless a write or a pause after a failure is under way. */
  kick(): void {
    this.mailbox.writer.nudge();
  }

  /**
   * Called by a log call that found the queue full: moves the writing forward on this thread as far as it goes without
   * waiting, because the event loop may not turn for a long time.
   */
  press(): void {
    this.mailbox.press();
  }

  /** Writes all that waits on this thread, for the exit. */
  drainNow(patience: number): void {
    // A write that does not end before the process does leaves lines of which nobody knows whether they have arrived.
    const isHopeless = this.backend.advance === undefined && this.mailbox.failure !== undefined &&
      this.#fallbacks.some(({ takesSpilled }) => takesSpilled);
    if (!isHopeless) this.mailbox.drainNow(patience);
  }

  /** Resolves once all that was accepted so far is delivered; rejects when a try to deliver it fails. */
  flush(): Promise<void> {
    return this.#whileAwaited(() => this.mailbox.flush());
  }

  /**
   * Flushes, leaves what cannot be delivered to the fallbacks or gives it up, and releases the backend. Never rejects,
   * and does not wait for ever.
   */
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
    const { closeTimeout } = this.#setup.delivery;
    const hasEnded = await whileItMoves(this.#runtime, this.mailbox.deliverRest(), {
      patience: closeTimeout,
      progress: () => this.mailbox.ledger.settled,
    });
    spill(this);
    const unsettled = this.mailbox.release(
      hasEnded ? "the logger was closed" : `it has delivered nothing for ${closeTimeout} ms`,
    );
    if (keepBackend) return;
    const closed = this.#closeBackend(unsettled);
    if (unsettled !== undefined) return;
    const progress = () => this.backend.progress?.();
    if (await whileItMoves(this.#runtime, closed, { patience: closeTimeout, progress })) return;
    this.#reportError(`Cannot close destination "${this.name}": nothing has moved for ${closeTimeout} ms`, undefined);
  }

  async #closeBackend(unsettled: Promise<unknown> | undefined): Promise<void> {
    try {
      // A backend is never closed while it writes. One that hangs is closed when it comes back.
      if (unsettled !== undefined) await unsettled;
      await this.backend.close?.();
    } catch (error) {
      this.#reportError(destinationProblem("close", this.name, messageOf(error)), error);
    }
  }

  /** Releases the backend of a destination that has never been used. */
  discard(): void {
    this.#closing ??= this.#closeBackend(undefined);
  }

  /** The numbers so far. */
  metrics(): DestinationMetrics {
    return {
      name: this.name,
      ...this.mailbox.ledger.metrics(),
      circuit: this.mailbox.writer.circuit.metrics(),
      rotations: 0,
      pipeline: this.pipeline.metrics(),
      ...this.backend.metrics?.(),
    };
  }

  /** How it is. */
  health(): DestinationHealth {
    return healthOf(this.name, this.mailbox);
  }
}
