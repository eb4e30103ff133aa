import { Findings } from "./findings.ts";
import type { LogGap, LogPlace, RecordPlace, StreamReport } from "./report.ts";
import type { LogRecordLine } from "./sequenced_record.ts";

/** Gaps that are kept at the most, in all streams. With more than these, a late record counts as a double. */
const MOST_OPEN_GAPS = 10_000;

/** What streams have in common. */
export interface StreamContext {
  readonly findings: Findings;
  /** Grows when files have vanished: then streams may go on anywhere. */
  readonly epoch: () => number;
  /** Whether nothing may be missing at the beginning. */
  readonly complete: boolean;
  /** The value that the chain of a stream begins with; absent without a key. */
  readonly start: ((pid: number, writer: string) => string) | undefined;
}

/** What an earlier look has seen of a stream. */
export interface Anchor {
  readonly seq: number;
  readonly mac: string | undefined;
}

/** Numbers that are missing. */
interface Hole {
  readonly from: number;
  readonly to: number;
  readonly place: LogPlace;
  readonly cause: LogGap["cause"];
  /** Code of the record before the first of them. */
  readonly link: string | undefined;
  /** The record after the last of them, if it could not be proven without them. */
  readonly next: UnprovenRecord | undefined;
}

/** A record that waits for the one before it. */
interface UnprovenRecord {
  readonly place: RecordPlace;
  readonly mac: string;
  readonly code: (previous: string) => string;
}

/**
 * Follows the numbers and codes of one stream, in a memory that does not grow with it.
 *
 * A record is linked when its code fits that of the record before it. If it is not and numbers are missing, they have
 * been taken away; if none are missing, it was changed itself, or put there. A gap with linked ends was made by the
 * logger, which has dropped the records.
 */
export class Stream {
  readonly #context: StreamContext;
  readonly #pid: number;
  readonly #writer: string | undefined;
  readonly #anchor: Anchor | undefined;
  #first = 0;
  #last = 0;
  #count = 0;
  #startsAt: number | undefined;
  #unproven = 0;
  #epoch: number;
  /** Code of the last record as it stands there. */
  #mac: string | undefined;
  /** The last record whose code was right. */
  #proven: { readonly seq: number; readonly mac: string } | undefined;
  /** What is missing, in order. */
  readonly #holes: Hole[] = [];
  #forgottenMissing = 0;
  readonly #doubles: RecordPlace[] = [];
  readonly #disorder: RecordPlace[] = [];
  readonly #altered: RecordPlace[] = [];

  constructor(context: StreamContext, pid: number, writer: string | undefined, anchor: Anchor | undefined) {
    this.#context = context;
    this.#pid = pid;
    this.#writer = writer;
    this.#anchor = anchor;
    this.#epoch = context.epoch();
  }

  /** Highest number so far. */
  get last(): number {
    return this.#last;
  }

  /** Takes the next record of the stream in the log. */
  take(record: LogRecordLine, place: RecordPlace): void {
    const { seq } = place;
    if (this.#count++ === 0) this.#begin(record, place);
    else if (seq > this.#last) this.#goOn(record, place);
    else this.#takeLate(record, place);
    if (seq === this.#anchor?.seq && this.#anchor.mac !== undefined && record.mac !== this.#anchor.mac) {
      this.#alter(place);
    }
  }

  #begin(record: LogRecordLine, place: RecordPlace): void {
    const { start, complete, epoch } = this.#context;
    const { seq } = place;
    this.#first = seq;
    const linked = this.#isLinked(record, seq, start?.(this.#pid, this.#writer ?? ""));
    if (seq === 1) {
      if (linked === false) this.#alter(place);
    } else if (linked === true || (complete && epoch() === 0)) {
      this.#miss(1, record, place, linked);
    } else {
      this.#startsAt = seq;
      const follows = this.#anchor?.seq === seq - 1 ? this.#isLinked(record, seq, this.#anchor.mac) : undefined;
      if (follows === false) this.#alter(place);
      if (follows === undefined) this.#countUnproven();
    }
    this.#advance(record, seq);
  }

  #goOn(record: LogRecordLine, place: RecordPlace): void {
    const { seq } = place;
    const epoch = this.#context.epoch();
    const linked = this.#isLinked(record, seq, this.#mac);
    const isMissing = seq > this.#last + 1;
    if (isMissing && linked !== true && epoch !== this.#epoch) {
      this.#countUnproven();
    } else {
      if (isMissing) this.#miss(this.#last + 1, record, place, linked);
      else if (linked === false && !this.#followsProven(record, seq)) this.#alter(place);
      if (linked === undefined) this.#countUnproven();
    }
    this.#epoch = epoch;
    this.#advance(record, seq);
  }

  /** A number that was to come before: it was missing until now, or it is there twice. */
  #takeLate(record: LogRecordLine, place: RecordPlace): void {
    const { findings } = this.#context;
    const { seq } = place;
    const index = this.#holeOf(seq);
    if (index >= 0) {
      this.#fill(index, record, place);
      return findings.add("disorder", this.#disorder, place);
    }
    findings.add("doubles", this.#doubles, place);
    // The one with this number that came before may have been put there by somebody.
    if (this.#followsProven(record, seq) && seq === this.#last) this.#mac = record.mac;
  }

  /** Index of the hole that a number is missing in; negative when there is none. */
  #holeOf(seq: number): number {
    let [low, high] = [0, this.#holes.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const { from, to } = this.#holes[middle] as Hole;
      if (seq < from) high = middle - 1;
      else if (seq > to) low = middle + 1;
      else return middle;
    }
    return -1;
  }

  #fill(index: number, record: LogRecordLine, place: RecordPlace): void {
    const { findings } = this.#context;
    const { seq } = place;
    const hole = this.#holes[index] as Hole;
    findings.counts.missing--;
    if (seq === hole.from) {
      if (this.#isLinked(record, seq, hole.link) === false) this.#alter(place);
    } else {
      this.#countUnproven();
    }
    const { next } = hole;
    if (seq === hole.to && next !== undefined && record.mac !== undefined && next.code(record.mac) !== next.mac) {
      this.#alter(next.place);
    }
    const rest: Hole[] = [];
    if (hole.from < seq) rest.push({ ...hole, to: seq - 1, next: undefined });
    if (seq < hole.to) rest.push({ ...hole, from: seq + 1, link: record.mac });
    this.#holes.splice(index, 1, ...rest);
    findings.counts.gaps += rest.length - 1;
    findings.openGaps += rest.length - 1;
  }

  /** Notes that the records from a number on to this one are missing. */
  #miss(from: number, record: LogRecordLine, place: RecordPlace, linked: boolean | undefined): void {
    const { findings } = this.#context;
    const to = place.seq - 1;
    findings.counts.gaps++;
    findings.counts.missing += to - from + 1;
    if (findings.openGaps >= MOST_OPEN_GAPS) {
      this.#forgottenMissing += to - from + 1;
      return;
    }
    findings.openGaps++;
    const { mac } = record;
    this.#holes.push({
      from,
      to,
      place: { file: place.file, line: place.line },
      cause: linked === undefined ? undefined : linked ? "dropped" : "removed",
      link: this.#mac,
      next: linked === false && mac !== undefined ? { place, mac, code: record.keep() } : undefined,
    });
  }

  #alter(place: RecordPlace): void {
    this.#context.findings.add("altered", this.#altered, place);
  }

  #advance(record: LogRecordLine, seq: number): void {
    this.#last = seq;
    this.#mac = record.mac;
  }

  /** A record that the key says nothing about. */
  #countUnproven(): void {
    if (this.#context.start !== undefined) this.#unproven++;
  }

  /** Whether the record follows the one with a code; `undefined` when nobody can tell. */
  #isLinked(record: LogRecordLine, seq: number, previous: string | undefined): boolean | undefined {
    const { mac } = record;
    if (this.#context.start === undefined || mac === undefined || previous === undefined) return undefined;
    const linked = record.code(previous) === mac;
    if (linked) this.#proven = { seq, mac };
    return linked;
  }

  /** Whether it follows the last record that was right, when others were put in between. */
  #followsProven(record: LogRecordLine, seq: number): boolean {
    const proven = this.#proven;
    return proven?.seq === seq - 1 && this.#isLinked(record, seq, proven.mac) === true;
  }

  /** What there is to say of it. */
  report(listed: { gaps: number }): StreamReport {
    const gaps: LogGap[] = [];
    for (const { from, to, place, cause } of this.#holes) {
      if (listed.gaps++ >= Findings.MOST_LISTED) break;
      gaps.push({ after: from - 1, before: to + 1, missing: to - from + 1, ...cause && { cause }, ...place });
    }
    return {
      pid: this.#pid,
      ...this.#writer !== undefined && { writer: this.#writer },
      first: this.#first,
      last: this.#last,
      count: this.#count,
      ...this.#startsAt !== undefined && { startsAt: this.#startsAt },
      missing: this.#holes.reduce((sum, { from, to }) => sum + to - from + 1, this.#forgottenMissing),
      gaps,
      doubles: this.#doubles,
      disorder: this.#disorder,
      altered: this.#altered,
      unproven: this.#unproven,
      ...this.#mac !== undefined && { mac: this.#mac },
    };
  }
}
