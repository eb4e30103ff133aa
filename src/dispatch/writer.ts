import type { Backend, Urgency } from "../backend.ts";
import { asOwnWork } from "../own_work.ts";
import type { Runtime } from "../runtime.ts";
import type { Batch, Refusal } from "./batch.ts";
import { Circuit, type CircuitSettings, pauseAskedFor } from "./circuit.ts";
import type { Outbox } from "./outbox.ts";

/** Told of what becomes of the lines that a {@linkcode Writer} was given. */
export interface WriterEvents {
  /** Lines have been delivered, or refused for good. */
  written(lines: number, bytes: number, refusal: Refusal | undefined): void;
  /** A write has ended well; none is under way. */
  succeeded(): void;
  /** A write has failed; its lines are kept, and tried again after a pause. */
  failed(error: unknown): void;
  /** The pause after a failure is over and nothing waits: the next line is the try. */
  awaitingTry(): void;
}

/**
 * Lines on their way to one backend: one write at a time, everything that has gathered meanwhile in the next. What
 * fails is kept and tried again with growing pauses.
 */
export class Writer {
  /** Whether the backend is well, and when it is tried again. */
  readonly circuit: Circuit;
  readonly #runtime: Runtime;
  readonly #backend: Backend;
  readonly #events: WriterEvents;
  readonly #outbox: Outbox;
  #batch: Batch | undefined;
  #isWriting = false;
  #writingSince = 0;
  #settled: Promise<unknown> | undefined;
  /** Grows with each write, so that one which was finished on the program's thread is not finished twice. */
  #write = 0;
  #retry: unknown;
  /** The pause that the server has asked for. It lasts until its timer goes off, whatever a clock says then. */
  #asked: { readonly until: number; readonly over: Promise<void>; readonly end: () => void } | undefined;
  #gathering: unknown;
  #isReleased = false;

  /** @param settings.outbox Where the lines come from. */
  constructor(
    runtime: Runtime,
    backend: Backend,
    settings: { readonly circuit: CircuitSettings; readonly outbox: Outbox; readonly events: WriterEvents },
  ) {
    this.#runtime = runtime;
    this.#backend = backend;
    this.#outbox = settings.outbox;
    this.#events = settings.events;
    this.circuit = new Circuit(settings.circuit);
  }

  /** Bytes that wait or are being written. */
  get pendingBytes(): number {
    return this.#outbox.byteLength + (this.#batch?.byteLength ?? 0);
  }

  /** Bytes that no write has been given yet. */
  get waitingBytes(): number {
    return this.#outbox.byteLength;
  }

  /** Whether a write is under way; all its bytes may be out already, as while a file is brought to the disk. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** How long, in milliseconds, the write under way has taken so far. */
  get writingFor(): number {
    return this.#isWriting ? this.#runtime.monotonic() - this.#writingSince : 0;
  }

  /** Starts writing what waits unless a write or a pause after a failure is under way. */
  kick(): void {
    if (!this.#isWriting && this.#retry === undefined) this.start(undefined);
  }

  /** The same, unless the backend would rather have more at once. */
  nudge(): void {
    const { gather } = this.#backend;
    if (gather === undefined || this.#batch !== undefined || this.#outbox.byteLength >= gather.bytes) {
      return this.kick();
    }
    if (this.#outbox.byteLength === 0) return;
    this.#gathering ??= this.#runtime.setTimer(() => {
      this.#gathering = undefined;
      this.kick();
    }, gather.milliseconds);
  }

  /** What is left, in milliseconds, of a pause that the server has asked for: more than 0 until it is over. */
  get askedPause(): number {
    return this.#asked === undefined ? 0 : Math.max(1, this.#asked.until - this.#runtime.monotonic());
  }

  /** Resolves once the server has asked for no pause, or that is over. */
  async untilAllowed(): Promise<void> {
    await this.#asked?.over;
  }

  /** Ends the pause after a failure. */
  stopPause(): void {
    if (this.#retry === undefined) return;
    this.#runtime.clearTimer(this.#retry);
    this.#retry = undefined;
    this.#endAsked();
  }

  #endAsked(): void {
    this.#asked?.end();
    this.#asked = undefined;
  }

  /** Starts writing what waits. */
  start(urgency: Urgency | undefined): void {
    if (this.#batch === undefined) {
      if (this.#outbox.byteLength === 0) return;
      const taken: Batch = this.#outbox.take((lines, bytes, refusal) => {
        // What was given up is accounted for; that it arrives after all changes nothing.
        if (this.#batch === taken) this.#events.written(lines, bytes, refusal);
      });
      this.#batch = taken;
      this.#stopGathering();
    }
    const write = ++this.#write;
    this.#isWriting = true;
    this.#writingSince = this.#runtime.monotonic();
    this.circuit.beginTry();
    let result: void | Promise<void>;
    try {
      const batch = this.#batch;
      result = asOwnWork(() => this.#backend.write(batch, urgency));
    } catch (error) {
      return this.#fail(error);
    }
    // Done already: a program that never lets the event loop turn must not lose lines to a backend that keeps up.
    if (typeof result?.then !== "function") return this.#succeed();
    this.#settled = result.then(
      () => {
        if (write === this.#write) this.#succeed();
      },
      (error) => {
        if (write === this.#write) this.#fail(error);
      },
    );
    if (urgency !== undefined) this.settle({ patience: 0, force: false });
  }

  /** Drives the write under way on this thread; returns whether none is any more, well ended or not. */
  settle(urgency: Urgency): boolean {
    if (!this.#isWriting) return true;
    try {
      if (this.#backend.advance?.(urgency) !== true) return false;
    } catch (error) {
      this.#write++;
      this.#fail(error);
      return true;
    }
    this.#write++;
    this.#succeed();
    return true;
  }

  /** Finishes the write under way and starts the next one, as far as that goes on this thread. */
  push(urgency: Urgency): void {
    if (this.#backend.advance === undefined) return;
    if (this.settle(urgency) && this.#retry === undefined) this.start(urgency);
  }

  /**
   * Writes all that waits on this thread, at the end of the process; a failure is the last, unless some of it was written
   * all the same: one to bring a file to the disk comes after its lines have landed.
   */
  drain(patience: number): void {
    const deadline = this.#runtime.monotonic() + patience;
    const urgency = (): Urgency => ({ patience: Math.max(0, deadline - this.#runtime.monotonic()), force: true });
    // What the write under way fails with is not the last word, but what is begun here is.
    let failures = Infinity;
    let pending = Infinity;
    while (
      this.settle(urgency()) && this.pendingBytes > 0 &&
      (this.circuit.failures <= failures || this.pendingBytes < pending)
    ) {
      this.stopPause();
      failures = this.circuit.failures;
      pending = this.pendingBytes;
      this.start(urgency());
    }
  }

  /** Gives up what waits and is known not to have been delivered, oldest first: not what is being written. */
  takeUnwritten(): Batch[] {
    const taken: Batch[] = [];
    if (!this.#isWriting && this.#batch !== undefined) {
      taken.push(this.#batch);
      this.#batch = undefined;
    }
    if (this.#outbox.byteLength > 0) taken.push(this.#outbox.take());
    return taken;
  }

  /** Gives up everything. Returns what settles with the write under way, `undefined` when there is none. */
  release(): Promise<unknown> | undefined {
    this.#isReleased = true;
    this.stopPause();
    this.#stopGathering();
    const settled = this.#isWriting ? this.#settled : undefined;
    this.#outbox.take();
    this.#batch = undefined;
    this.#write++;
    this.#isWriting = false;
    return settled;
  }

  #succeed(): void {
    const batch = this.#batch;
    batch?.commit();
    this.#batch = undefined;
    if (batch?.isReleased === true) this.#outbox.takeBack(batch);
    this.#isWriting = false;
    this.circuit.succeed();
    this.#events.succeeded();
    if (this.#outbox.byteLength > 0) this.#startSoon();
  }

  /** Begins the next write at once: what waits has waited for as long as the last write took. */
  #startSoon(): void {
    const write = this.#write;
    // Not from here: on the program's thread this would recurse, and `push` may want to go on synchronously.
    Promise.resolve().then(() => {
      if (write === this.#write) this.nudge();
    });
  }

  #stopGathering(): void {
    if (this.#gathering === undefined) return;
    this.#runtime.clearTimer(this.#gathering);
    this.#gathering = undefined;
  }

  #fail(error: unknown): void {
    this.#isWriting = false;
    if (this.#batch?.byteLength === 0) this.#batch = undefined;
    const pause = this.circuit.fail(error, this.#runtime.now());
    if (!this.#isReleased) this.#pause(pauseAskedFor(error), pause);
    this.#events.failed(error);
  }

  /**
   * Waits before the next try: first as long as the server asks for, then what is left of the whole. One timer after the
   * other, for two that are meant for one moment do not agree on it.
   */
  #pause(asked: number, whole: number): void {
    if (asked <= 0) {
      this.#retry = this.#runtime.setTimer(() => this.#tryAgain(), whole);
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#asked = { until: this.#runtime.monotonic() + asked, over: promise, end: resolve };
    this.#retry = this.#runtime.setTimer(() => {
      this.#endAsked();
      if (whole > asked) this.#retry = this.#runtime.setTimer(() => this.#tryAgain(), whole - asked);
      else this.#tryAgain();
    }, asked);
  }

  #tryAgain(): void {
    this.#retry = undefined;
    if (this.pendingBytes > 0) return this.kick();
    this.circuit.beginTry();
    this.#events.awaitingTry();
  }
}
