import type { Backend } from "../backend.ts";
import { DestinationError, destinationProblem, messageOf } from "../errors.ts";
import type { WritingFormat } from "../format/line_format.ts";
import type { Message } from "../message.ts";
import { errorCode, type Runtime } from "../runtime.ts";
import type { Batch, Refusal } from "./batch.ts";
import type { Delivery } from "./delivery.ts";
import { reasonOf } from "./episode.ts";
import type { Finish } from "./finish.ts";
import { Ledger } from "./ledger.ts";
import { Outbox } from "./outbox.ts";
import type { Queue } from "./queue.ts";
import { Trouble } from "./trouble.ts";
import { Waiters } from "./waiters.ts";
import { Writer } from "./writer.ts";

/** What a {@linkcode Mailbox} is made of. */
export interface MailboxParts {
  /** Name of the destination. */
  readonly name: string;
  readonly backend: Backend;
  readonly delivery: Delivery;
  readonly report: (error: DestinationError) => void;
  /** What is done to a line that has found room; nothing where it is absent. */
  readonly finish: Finish | undefined;
  /** Makes the line of a record of its own. Never throws. */
  readonly lineOf: (message: Message) => string;
  /** Told when the backend begins to fail, and when it may be well again. */
  readonly onTurn: () => void;
}

/** Bytes that wait before a program that does not let the event loop turn is made to write by itself. */
const PRESSURE_BYTES = 128 * 1024;

/**
 * The share of what may wait at which such a program writes even where that may take long. With a half instead, the
 * buffers of a million lines without a turn make a process of Bun 50 MiB larger.
 */
const FORCED_SHARE = 1 / 4;

const NEWLINE = 10;

/** How long, in milliseconds, a log call with `overflow: "block"` waits at a time before it looks again. */
const BLOCK_PATIENCE = 100;

/**
 * How long, in milliseconds, it waits while nothing moves. A write in the background that has failed looks like one that
 * hangs, as long as the event loop does not turn.
 */
const BLOCK_TIMEOUT = 10_000;

/** The lines of one destination that wait, as many as there is room for, and the accounts of them. */
export class Mailbox {
  readonly ledger = new Ledger();
  readonly writer: Writer;
  readonly trouble: Trouble;
  /** Whether it takes nothing any more. */
  isReleased = false;
  readonly #runtime: Runtime;
  readonly #parts: MailboxParts;
  readonly #delivery: Delivery;
  readonly #finish: Finish | undefined;
  /** Bytes that may wait, less what a line takes beside its own characters. */
  readonly #most: number;
  /** Bytes that are added to a line at the most. */
  readonly #finishLength: number;
  readonly #outbox = new Outbox();
  readonly #waiters = new Waiters();
  /** What the server has last refused records for. */
  lastRefusal: { readonly reason: string; readonly at: number } | undefined;
  /** Whether it has refused records of the last write that ended. */
  isRefusing = false;
  /** Records that it has refused for good since the last flush. */
  #refusedSinceFlush = 0;
  /** The same in the write under way. */
  #refusedInWrite = 0;
  /** Whether it was waited for in vain since the event loop has turned. */
  #isStuck = false;
  /** Lines that had been queued when it last told what the exit left unwritten. */
  #toldUnwritten = 0;

  constructor(runtime: Runtime, parts: MailboxParts) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#delivery = parts.delivery;
    this.#finish = parts.finish;
    this.#finishLength = parts.finish?.length ?? 0;
    this.#most = parts.delivery.maxBytes - 1 - this.#finishLength;
    this.trouble = new Trouble(runtime, (message) => this.#appendNotice(message));
    this.writer = new Writer(runtime, parts.backend, {
      circuit: parts.delivery.circuit,
      outbox: this.#outbox,
      events: {
        written: (lines, bytes, refusal) => this.#written(lines, bytes, refusal),
        succeeded: () => this.#succeeded(),
        failed: (error) => this.#failed(error),
        awaitingTry: parts.onTurn,
      },
    });
  }

  /** Whether nothing waits and nothing is being written. */
  get isIdle(): boolean {
    return this.writer.pendingBytes === 0 && !this.writer.isWriting;
  }

  /** Whether records are to go to it: it does not fail, or it takes one to find out whether it still does. */
  get takesRecords(): boolean {
    const { state } = this.writer.circuit;
    return !this.isReleased && (state === "closed" || (state === "half-open" && this.isIdle));
  }

  /** What the backend fails with now. */
  get failure(): unknown {
    const { failures, lastError } = this.writer.circuit;
    return failures > 0 ? lastError?.error : undefined;
  }

  /**
   * Takes a record of the queue as bytes; `false` when there is no room. `undefined` where its line is longer than
   * any buffer, which only text can be.
   */
  write(format: WritingFormat, queue: Queue, index: number): boolean | undefined {
    if (this.isReleased) return false;
    const outbox = this.#outbox;
    for (let { buffer } = outbox;;) {
      const start = buffer.length;
      let end = format.write(queue, index, buffer);
      if (end < 0 || end + this.#finishLength >= buffer.end) {
        const roomier = outbox.roomierThan(buffer);
        if (roomier === undefined) return undefined;
        buffer = roomier;
        continue;
      }
      const pending = this.writer.pendingBytes;
      const room = this.#most - (end - start);
      if (pending > room && pending > 0) {
        if (!this.#makeRoom(room)) return false;
        // What has waited may be on its way, and the memory with it.
        ({ buffer } = outbox);
        continue;
      }
      if (this.#finish !== undefined) end = this.#finish.put(buffer, start, end);
      buffer.bytes[end] = NEWLINE;
      outbox.add(buffer, end + 1);
      this.ledger.queue(queue.times[index] as number);
      return true;
    }
  }

  /** Takes the line, without its newline, of a message; `false` when there is no room. */
  append(line: string, message: Message): boolean {
    if (!this.#admit(line.length, message.time)) return false;
    this.put(line, message);
    return true;
  }

  /** The same for a record of the queue. */
  appendRecord(line: string, queue: Queue, index: number): boolean {
    if (!this.#admit(line.length, queue.times[index] as number)) return false;
    this.#outbox.append((this.#finish === undefined ? line : this.#finish.record(line, queue, index)) + "\n");
    return true;
  }

  /** Hands the line of a message, for which there is room, to the writer. */
  put(line: string, message: Message): void {
    this.#outbox.append((this.#finish === undefined ? line : this.#finish.message(line, message)) + "\n");
  }

  /** Whether there is room for a line of a call at `time`, which counts as queued then. */
  #admit(length: number, time: number): boolean {
    if (this.isReleased) return false;
    const room = this.#most - length;
    const pending = this.writer.pendingBytes;
    if (pending > room && pending > 0 && !this.#makeRoom(room)) return false;
    this.ledger.queue(time);
    return true;
  }

  /** Counts a record of a call at `time` as dropped. */
  drop(time: number): void {
    if (this.isReleased) return this.ledger.dropAfterClose();
    this.ledger.drop();
    this.#finish?.skip();
    const error = this.failure;
    if (!this.trouble.drop(time, error)) return;
    this.#reportDropped(1, error === undefined ? "the queue is full" : `the queue is full: ${reasonOf(error)}`);
  }

  /** See {@linkcode Destination.press}. */
  press(): void {
    const { writer } = this;
    if (this.#parts.backend.advance === undefined) return writer.kick();
    const pending = writer.pendingBytes;
    if (pending >= PRESSURE_BYTES) {
      writer.push({ patience: 0, force: pending > this.#delivery.maxBytes * FORCED_SHARE });
    }
  }

  /** Begins to write what waits, on this thread where the backend can. */
  push(patience: number): void {
    if (this.#parts.backend.advance === undefined) this.writer.kick();
    else this.writer.push({ patience, force: true });
  }

  /** Writes all that waits on this thread, for a fatal record; tells when that takes longer than it may. */
  writeNow(patience: number): void {
    const { writer } = this;
    const { failures } = writer.circuit;
    writer.drain(patience);
    // What fails tells for itself, and a backend that writes in the background promises nothing.
    if (this.isIdle || writer.circuit.failures > failures || this.#parts.backend.advance === undefined) return;
    const waiting = countOf(this.ledger.pendingRecords);
    this.#parts.report(
      this.#error(`Cannot write a fatal record to destination "${this.#parts.name}" at once: ${waiting} still waiting`),
    );
  }

  /** Writes all that waits on this thread, for the exit. */
  drainNow(patience: number): void {
    this.writer.drain(patience);
    if (!this.trouble.isOpen || !this.isIdle) return;
    this.trouble.end();
    this.writer.drain(patience);
  }

  /**
   * Resolves once all that was taken so far is delivered; rejects when a try to deliver it fails, or the server has
   * asked not to be tried yet.
   */
  async flush(): Promise<void> {
    const dropped = this.ledger.takeDroppedSinceFlush();
    const { askedPause } = this.writer;
    if (askedPause === 0) this.writer.stopPause();
    else if (!this.isIdle) throw this.#askedToWait(askedPause);
    if (!this.isIdle) {
      const written = this.#waiters.until(this.ledger.queued);
      this.writer.kick();
      await written;
    }
    await this.#parts.backend.flush?.();
    const refused = this.#refusedSinceFlush;
    this.#refusedSinceFlush = 0;
    if (refused > 0) throw this.#droppedError(refused, this.lastRefusal?.reason ?? "");
    if (dropped > 0) throw this.#droppedError(dropped, "the queue was full");
  }

  /** Flushes for the last time, with the record that tells of drops; what fails is reported when it fails. */
  async deliverRest(): Promise<void> {
    let isWorthATry: boolean;
    do {
      const { isWriting } = this.writer;
      const { settled } = this.ledger;
      if (this.writer.askedPause > 0 && this.#isWorthWaiting) await this.writer.untilAllowed();
      if (this.isReleased) return;
      await this.flush().catch(() => {});
      // A flush ends with the first record that is refused for good, with the write that was under way, or with one that
      // fails after lines have landed; what is left is still to be delivered.
      isWorthATry = isWriting || this.ledger.settled > settled || this.#isWorthATry;
    } while (!this.isIdle && isWorthATry && !this.isReleased);
    // A write may have failed after all its lines had landed; what tells of drops is worth a try then.
    if (!this.isIdle || this.isReleased) return;
    this.trouble.end();
    if (!this.isIdle) await this.flush().catch(() => {});
  }

  /** A server that names a time lives; one that only fails is not waited for at the end. */
  get #isWorthATry(): boolean {
    const { circuit, askedPause } = this.writer;
    return circuit.failures === 0 || (askedPause > 0 && this.#isWorthWaiting);
  }

  get #isWorthWaiting(): boolean {
    return this.writer.askedPause < this.#delivery.closeTimeout;
  }

  /**
   * Gives up what waits and takes nothing any more.
   *
   * @returns What settles with the write under way, if there is one.
   */
  release(reason: string): Promise<unknown> | undefined {
    this.isReleased = true;
    this.trouble.failed();
    const unsettled = this.writer.release();
    // Nobody knows what becomes of it.
    if (unsettled !== undefined) this.#waiters.reject(this.#cannotWrite(reason));
    this.giveUp(this.ledger.pending, reason);
    return unsettled;
  }

  /** Counts the last lines that wait as dropped. */
  giveUp(lines: number, reason: string): void {
    const lost = this.ledger.giveUp(lines);
    if (lost > 0) this.#reportDropped(lost, reason);
    this.#waiters.settle(this.ledger.settled);
  }

  /** Reports what could not be written before the exit; the same only once, however many hooks tell of the end. */
  reportUnwritten(): void {
    const { queued, pendingRecords } = this.ledger;
    const lost = Math.min(pendingRecords, queued - this.#toldUnwritten);
    this.#toldUnwritten = queued;
    if (lost > 0) this.#reportDropped(lost, "the process is ending and they could not be written");
  }

  /** Whether so many bytes find room. */
  hasRoom(bytes: number): boolean {
    const room = this.#delivery.maxBytes - bytes;
    return this.isIdle || this.writer.pendingBytes <= room || this.#makeRoom(room);
  }

  /** Gives up what waits and is known not to have been delivered, with the record that tells of drops at its end. */
  takeUnwritten(): Batch[] {
    this.trouble.end();
    return this.writer.takeUnwritten();
  }

  /** Counts lines, the first of the last `left`, as moved to a fallback; returns how many are records. */
  moveOut(left: number, lines: number, name: string): number {
    const records = this.ledger.moveOut(this.ledger.queued - left, lines, name);
    this.#waiters.reject(this.#cannotWrite(`its last records went to "${name}"`));
    return records;
  }

  /** Takes whole lines as they are. */
  putEncoded(bytes: Uint8Array, lines: number): void {
    this.#outbox.appendBytes(bytes, lines);
  }

  /** Waits until no more than `room` bytes wait; `false` when that will not come to pass, or must not be waited for. */
  #makeRoom(room: number): boolean {
    const { writer } = this;
    if (this.#parts.backend.advance === undefined) {
      writer.kick();
    } else if (this.#delivery.overflow === "drop") {
      writer.push({ patience: 0, force: true });
    } else {
      this.#waitForRoom(room);
    }
    return writer.pendingBytes <= room || writer.pendingBytes === 0;
  }

  /** Waiting is for a slow destination. One that fails, or hangs, would hold the program for ever. */
  #waitForRoom(room: number): void {
    const { writer } = this;
    let pending = writer.pendingBytes;
    let movedAt = this.#runtime.monotonic();
    while (pending > room && pending > 0 && writer.circuit.failures === 0) {
      writer.push({ patience: this.#isStuck ? 0 : BLOCK_PATIENCE, force: true });
      const now = this.#runtime.monotonic();
      if (writer.pendingBytes !== pending) {
        pending = writer.pendingBytes;
        movedAt = now;
      } else if (this.#isStuck) {
        return;
      } else if (now - movedAt >= BLOCK_TIMEOUT) {
        // The calls that follow in this turn have no more hope. In the next one it is known what has become of it.
        this.#isStuck = true;
        this.#runtime.nextTurn(() => this.#isStuck = false);
      }
    }
  }

  #written(lines: number, bytes: number, refusal: Refusal | undefined): void {
    const now = this.#runtime.now();
    const refused = this.ledger.write(lines, bytes, { now, refused: refusal?.count ?? 0 });
    if (refused === 0 || refusal === undefined) return;
    this.#refusedSinceFlush += refused;
    this.#refusedInWrite += refused;
    this.lastRefusal = { reason: refusal.reason, at: now };
    if (refusal.isKnown !== true) this.#reportDropped(refused, refusal.reason);
  }

  #succeeded(): void {
    this.isRefusing = this.#refusedInWrite > 0;
    this.#refusedInWrite = 0;
    this.#parts.onTurn();
    if (!this.isReleased) this.trouble.succeeded(this.writer.waitingBytes <= this.#delivery.maxBytes / 2);
    this.#waiters.settle(this.ledger.settled);
  }

  #failed(error: unknown): void {
    this.ledger.errors++;
    this.trouble.failed();
    this.#parts.onTurn();
    const kept = countOf(this.ledger.pendingRecords);
    const problem = destinationProblem("write to", this.#parts.name, messageOf(error));
    const failure = this.#error(`${problem}; ${kept} kept to be tried again`, error);
    this.#waiters.reject(failure);
    this.#parts.report(failure);
  }

  /** Leaves a record of what could not be kept, where whoever misses it will look. There is always room for it. */
  #appendNotice(message: Message): void {
    this.ledger.queueNotice(message.time);
    this.put(this.#parts.lineOf(message), message);
    // Not at once: the write before it is just ending.
    Promise.resolve().then(() => this.writer.kick());
  }

  #askedToWait(pause: number): DestinationError {
    const kept = countOf(this.ledger.pendingRecords);
    const { failure } = this;
    const why = `it asks not to be tried for another ${Math.ceil(pause)} ms; ${kept} kept (${messageOf(failure)})`;
    return this.#cannotWrite(why, failure);
  }

  #cannotWrite(why: string, cause?: unknown): DestinationError {
    return this.#error(`Cannot write to destination "${this.#parts.name}": ${why}`, cause);
  }

  #reportDropped(count: number, reason: string): void {
    this.#parts.report(this.#droppedError(count, reason));
  }

  #droppedError(dropped: number, reason: string): DestinationError {
    const { name } = this.#parts;
    const text = `Dropped ${countOf(dropped)} for destination "${name}": ${reason}`;
    return new DestinationError(text, { destination: name, dropped });
  }

  #error(text: string, cause?: unknown): DestinationError {
    return new DestinationError(text, { destination: this.#parts.name, code: errorCode(cause), cause });
  }
}

function countOf(records: number): string {
  return records === 1 ? "1 record" : `${records} records`;
}
