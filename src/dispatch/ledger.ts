import { Histogram, type HistogramMetrics, TimeRuns } from "../histogram.ts";
import type { PipelineMetrics } from "../pipeline/pipeline.ts";

/** Why records could not be kept. */
export interface DropReasons {
  /** There was no room: the destination is slower than the program. */
  readonly full: number;
  /** They could not be delivered by the time that the logger was closed. */
  readonly undelivered: number;
  /** They came after the destination was closed. */
  readonly afterClose: number;
}

/** Numbers of one destination. */
export interface DestinationMetrics {
  /** Name of the destination. */
  readonly name: string;
  /** Records that the operating system, or the server, has taken. */
  readonly written: number;
  /** Bytes of them. */
  readonly bytes: number;
  /** Records that could not be kept. */
  readonly dropped: number;
  /** The same by reason. */
  readonly droppedBy: DropReasons;
  /** Records that wait, or are being written. */
  readonly pending: number;
  /** Writes that failed, and formatters and filters that threw. */
  readonly errors: number;
  /** Rotations by this process. */
  readonly rotations: number;
  /** Times that the lock of the file was held by somebody else, and the milliseconds waited for it. */
  readonly lockWaits?: { readonly count: number; readonly milliseconds: number };
  /** Time from the call until the record was written. */
  readonly latency: HistogramMetrics;
  /** What the middleware, filters and sampler of the destination's own have done. */
  readonly pipeline: PipelineMetrics;
}

/** What a {@linkcode Ledger} knows of the metrics. */
export type LedgerMetrics = Omit<DestinationMetrics, "name" | "rotations" | "lockWaits" | "pipeline">;

/**
 * The accounts of a destination: what came in, what went out, what was lost. Every record that came in is written,
 * pending or dropped. Notices, which the destination makes itself, are lines like others but no records.
 */
export class Ledger {
  /** Writes that failed, and what threw for single records. */
  errors = 0;
  /** Lines that found room; they are delivered in order, so this also marks a place in the stream. */
  #queued = 0;
  #written = 0;
  #abandoned = 0;
  #bytes = 0;
  readonly #dropped = { full: 0, undelivered: 0, afterClose: 0 };
  #droppedSinceFlush = 0;
  #droppedSinceNotice = 0;
  /** Places in the stream of the notices that wait. */
  readonly #pendingNotices: number[] = [];
  #writtenNotices = 0;
  readonly #times = new TimeRuns();
  readonly #latency = new Histogram();

  /** The place in the stream of the last line that came in. */
  get queued(): number {
    return this.#queued;
  }

  /** The place in the stream of the last line that was written. */
  get written(): number {
    return this.#written;
  }

  /** Lines that wait, or are being written. */
  get pending(): number {
    return this.#queued - this.#written - this.#abandoned;
  }

  /** Counts the line of a call at `time`. */
  queue(time: number): void {
    this.#queued++;
    this.#times.push(time);
  }

  /** Counts a line that is no record, and begins to count for the next notice. */
  queueNotice(time: number): void {
    this.queue(time);
    this.#pendingNotices.push(this.#queued);
    this.#droppedSinceNotice = 0;
  }

  /** Counts lines that were written. */
  write(lines: number, bytes: number, now: number): void {
    this.#written += lines;
    this.#bytes += bytes;
    this.#times.take(lines, (time, count) => this.#latency.add(now - time, count));
    while ((this.#pendingNotices[0] ?? Infinity) <= this.#written) {
      this.#pendingNotices.shift();
      this.#writtenNotices++;
    }
  }

  /** Gives up all lines that wait, and returns how many records were among them. */
  abandon(): number {
    const lost = this.pending;
    this.#abandoned += lost;
    const records = lost - this.#pendingNotices.splice(0).length;
    this.#dropped.undelivered += records;
    return records;
  }

  /** Counts a record that found no room, and returns whether it is the first since the last notice. */
  drop(): boolean {
    this.#dropped.full++;
    this.#droppedSinceFlush++;
    return this.#droppedSinceNotice++ === 0;
  }

  /** Counts a record that came too late. */
  dropAfterClose(): void {
    this.#dropped.afterClose++;
  }

  /** Records that found no room since the last notice. */
  get droppedSinceNotice(): number {
    return this.#droppedSinceNotice;
  }

  /** Records that found no room since this was asked last. */
  takeDroppedSinceFlush(): number {
    const dropped = this.#droppedSinceFlush;
    this.#droppedSinceFlush = 0;
    return dropped;
  }

  /** The numbers so far. */
  metrics(): LedgerMetrics {
    const { full, undelivered, afterClose } = this.#dropped;
    return {
      written: this.#written - this.#writtenNotices,
      bytes: this.#bytes,
      dropped: full + undelivered + afterClose,
      droppedBy: { ...this.#dropped },
      pending: this.pending - this.#pendingNotices.length,
      errors: this.errors,
      latency: this.#latency.metrics(),
    };
  }
}
