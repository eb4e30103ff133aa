import type { HousekeepingTask } from "../errors.ts";
import { Histogram, type HistogramMetrics, TimeRuns } from "../histogram.ts";
import type { PipelineMetrics } from "../pipeline/pipeline.ts";
import type { CircuitMetrics } from "./circuit.ts";

/** Why records could not be kept. */
export interface DropReasons {
  /** There was no room: the destination is slower than the program. */
  readonly full: number;
  /** They could not be delivered by the time that the logger was closed. */
  readonly undelivered: number;
  /** They came after the destination was closed. */
  readonly afterClose: number;
  /** The server has refused them for good. */
  readonly refused: number;
}

/** Numbers of one destination: `accepted` = `written` + `pending` + `dropped` + `diverted`. */
export interface DestinationMetrics {
  /** Name of the destination. */
  readonly name: string;
  /** Records that were meant for it, those among them that it took as a fallback. */
  readonly accepted: number;
  /** Records that the operating system, or the server, has taken. */
  readonly written: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** Records that could not be kept. */
  readonly dropped: number;
  /** The same by reason. */
  readonly droppedBy: DropReasons;
  /** Records that went to a fallback instead. */
  readonly diverted: number;
  /** The same by the name of the fallback. */
  readonly divertedTo: { readonly [name: string]: number };
  /** Records that it took as a fallback, those left out that it got anyway. */
  readonly received: number;
  /** Records that wait, or are being written. */
  readonly pending: number;
  /** Whether it fails, since when, and when it is tried again. */
  readonly circuit: CircuitMetrics;
  /** Writes that failed, and formatters and filters that threw. */
  readonly errors: number;
  /** Rotations by this process. */
  readonly rotations: number;
  /** Times that the lock of the file was held by somebody else, and the milliseconds waited for it. */
  readonly lockWaits?: { readonly count: number; readonly milliseconds: number };
  /** How often rotation, compression, retention and registration of a file have failed; no line was lost by it. */
  readonly housekeepingFailures?: { readonly [K in HousekeepingTask]: number };
  /** Records that were cut, or lost fields, because they were longer than the destination takes. */
  readonly truncated?: number;
  /** Connections that were made, or sockets. */
  readonly connections?: number;
  /** Rotated files that were deleted to make room on a full disk, and their bytes. */
  readonly pruned?: { readonly files: number; readonly bytes: number };
  /** Time from the call until the record was written. */
  readonly latency: HistogramMetrics;
  /** What the middleware, filters and sampler of the destination's own have done. */
  readonly pipeline: PipelineMetrics;
}

/** What a {@linkcode Ledger} knows of the metrics. */
export type LedgerMetrics = Omit<DestinationMetrics, "name" | "rotations" | "lockWaits" | "pipeline" | "circuit">;

/**
 * The accounts of a destination: what came in, what went out, what was lost. Every record that came in is written,
 * pending, dropped or diverted. Notices, which the destination makes itself, are lines like others but no records.
 */
export class Ledger {
  /** Writes that failed, and what threw for single records. */
  errors = 0;
  /** When lines were written last, in milliseconds since the epoch. */
  lastWrittenAt: number | undefined;
  /** Lines that found room; they are delivered in order, so this also marks a place in the stream. */
  #queued = 0;
  #written = 0;
  /** Lines that waited and were dropped or moved to a fallback. */
  #gone = 0;
  #bytes = 0;
  readonly #dropped = { full: 0, undelivered: 0, afterClose: 0, refused: 0 };
  #droppedSinceFlush = 0;
  /** Records that were diverted before they had a place in the stream. */
  #turnedAway = 0;
  readonly #divertedTo = new Map<string, number>();
  #received = 0;
  #notices = 0;
  /** Places in the stream of the notices that wait. */
  readonly #pendingNotices: number[] = [];
  #writtenNotices = 0;
  readonly #times = new TimeRuns();
  readonly #latency = new Histogram();

  /** The place in the stream of the last line that came in. */
  get queued(): number {
    return this.#queued;
  }

  /** The place in the stream up to which no line waits any more. */
  get settled(): number {
    return this.#written + this.#gone;
  }

  /** Lines that wait, or are being written. */
  get pending(): number {
    return this.#queued - this.#written - this.#gone;
  }

  /** Those of them that are records. */
  get pendingRecords(): number {
    return this.pending - this.#pendingNotices.length;
  }

  /** Counts the line of a call at `time`. */
  queue(time: number): void {
    this.#queued++;
    this.#times.push(time);
  }

  /** Counts a line that is no record. */
  queueNotice(time: number): void {
    this.queue(time);
    this.#notices++;
    this.#pendingNotices.push(this.#queued);
  }

  /** Counts lines that were written, or refused for good; returns how many records were refused. */
  write(
    lines: number,
    bytes: number,
    { now, refused = 0 }: { readonly now: number; readonly refused?: number },
  ): number {
    const isWritten = refused < lines;
    this.#written += lines;
    if (isWritten) this.#bytes += bytes;
    if (isWritten) this.lastWrittenAt = now;
    this.#times.take(lines, (time, count) => isWritten && this.#latency.add(now - time, count));
    let notices = 0;
    while ((this.#pendingNotices[0] ?? Infinity) <= this.settled) {
      this.#pendingNotices.shift();
      notices++;
    }
    this.#writtenNotices += notices;
    const records = Math.min(refused, lines - notices);
    this.#dropped.refused += records;
    return records;
  }

  /** Gives up the last `lines` lines that wait, and returns how many records were among them. */
  giveUp(lines: number): number {
    const records = this.#remove(this.#queued - lines, lines);
    this.#dropped.undelivered += records;
    return records;
  }

  /**
   * Counts lines that waited as moved to a fallback, and returns how many records were among them.
   *
   * @param from How many lines stand before them in the stream.
   */
  moveOut(from: number, lines: number, name: string): number {
    const records = this.#remove(from, lines);
    this.#countDiverted(records, name);
    return records;
  }

  #remove(from: number, lines: number): number {
    const kept = this.#pendingNotices.filter((place) => place <= from || place > from + lines);
    const notices = this.#pendingNotices.length - kept.length;
    this.#pendingNotices.splice(0, Infinity, ...kept);
    this.#gone += lines;
    this.#times.take(lines, () => {});
    return lines - notices;
  }

  /** Counts lines that another destination could not deliver, `records` of them records. */
  moveIn(lines: number, records: number, now: number): void {
    for (let i = 0; i < lines; i++) {
      if (i < records) this.queue(now);
      else this.queueNotice(now);
    }
    this.#received += records;
  }

  /** Counts a record that went to a fallback when it came. */
  divert(name: string): void {
    this.#turnedAway++;
    this.#countDiverted(1, name);
  }

  /** Counts a record, which is queued too, as one that another destination could not take. */
  receive(): void {
    this.#received++;
  }

  #countDiverted(records: number, name: string): void {
    if (records > 0) this.#divertedTo.set(name, (this.#divertedTo.get(name) ?? 0) + records);
  }

  /** Counts a record that found no room. */
  drop(): void {
    this.#dropped.full++;
    this.#droppedSinceFlush++;
  }

  /** Counts a record that came too late. */
  dropAfterClose(): void {
    this.#dropped.afterClose++;
  }

  /** Records that found no room since this was asked last. */
  takeDroppedSinceFlush(): number {
    const dropped = this.#droppedSinceFlush;
    this.#droppedSinceFlush = 0;
    return dropped;
  }

  /** The numbers so far. */
  metrics(): LedgerMetrics {
    const { full, undelivered, afterClose, refused } = this.#dropped;
    const divertedTo = Object.fromEntries(this.#divertedTo);
    return {
      accepted: this.#queued - this.#notices + this.#turnedAway + full + afterClose,
      written: this.#written - this.#writtenNotices - refused,
      bytes: this.#bytes,
      dropped: full + undelivered + afterClose + refused,
      droppedBy: { ...this.#dropped },
      diverted: Object.values(divertedTo).reduce((sum, count) => sum + count, 0),
      divertedTo,
      received: this.#received,
      pending: this.pendingRecords,
      errors: this.errors,
      latency: this.#latency.metrics(),
    };
  }
}
