/**
 * Reads all pieces of the log back and counts every line.
 *
 * @module
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { Writer } from "./fleet.ts";
import { fieldsOf, MESSAGE } from "./record.ts";

/** What was found of one process. */
export interface Tally {
  /** Records that must be there. */
  readonly expected: number;
  /** Different records that are there. */
  readonly found: number;
  /** Records that are not. */
  readonly lost: number;
  /** Records that are there more than once. */
  readonly doubled: number;
  /** Lines that are no whole record, or not the one that was logged. */
  readonly torn: number;
  /** Records that come after a later one of the same process. */
  readonly disordered: number;
  /** What a killed process was writing when it died: the beginnings of lines, alone on theirs. */
  readonly fragments: readonly string[];
}

/** What was found in all pieces together. */
export interface Count {
  /** One for each writer, in their order. */
  readonly tallies: readonly Tally[];
  /** Lines that no process of ours can have written. */
  readonly foreign: number;
  /** Files, the one at the path included. */
  readonly pieces: number;
  /** Files that are compressed. */
  readonly compressed: number;
  /** Bytes of all lines. */
  readonly plainBytes: number;
  /** Bytes of the files. */
  readonly storedBytes: number;
}

/** One piece of the log, decompressed. */
interface Piece {
  readonly content: Uint8Array;
  readonly storedBytes: number;
  readonly isCompressed: boolean;
}

/** Counts what the writers have left in a log file and its rotated pieces. */
export function count(path: string, writers: readonly Writer[]): Count {
  const counters = writers.map((writer) => new Counter(writer));
  const byNumber = new Map(counters.map((counter) => [counter.writer.number, counter]));
  const victim = counters.find(({ writer }) => writer.isVictim);
  const decoder = new TextDecoder();
  const sums = { foreign: 0, pieces: 0, compressed: 0, plainBytes: 0, storedBytes: 0 };
  for (const { content, storedBytes, isCompressed } of pieces(path)) {
    sums.pieces++;
    sums.compressed += isCompressed ? 1 : 0;
    sums.plainBytes += content.length;
    sums.storedBytes += storedBytes;
    const lines = decoder.decode(content).split("\n");
    // Behind the last newline is nothing, unless a killed process was the last to write.
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) {
      const record = parse(line);
      const number = typeof record?.writer === "number" ? record.writer : Number(/"writer":(\d+),/.exec(line)?.[1]);
      const counter = byNumber.get(number) ?? (record === undefined ? victim : undefined);
      if (counter === undefined) sums.foreign++;
      else if (record !== undefined) counter.take(record);
      else counter.takeBroken(line);
    }
  }
  return { ...sums, tallies: counters.map((counter) => counter.tally()) };
}

/** The pieces, the oldest first. */
function* pieces(path: string): Generator<Piece> {
  const stems = new Map<string, string>();
  const names = readdirSync(dirname(path)).sort();
  // Absent when nobody has come by since a process was killed in the middle of a rotation.
  const newest = names.filter((name) => name === basename(path));
  for (const name of names) {
    // A process that is killed in the right moment leaves a piece twice: the compressed one is complete.
    if (/-\d{3}(\.gz)?$/.test(name)) stems.set(name.replace(/\.gz$/, ""), name);
  }
  // The names sort by age, and the file at the path is the newest.
  for (const name of [...[...stems.keys()].sort().map((stem) => stems.get(stem) as string), ...newest]) {
    const file = join(dirname(path), name);
    const isCompressed = name.endsWith(".gz");
    const stored = readFileSync(file);
    yield { content: isCompressed ? gunzipSync(stored) : stored, storedBytes: statSync(file).size, isCompressed };
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === "object" && record !== null ? record as Record<string, unknown> : undefined;
  } catch {
    return undefined;
  }
}

/** Counts the records of one process. */
class Counter {
  readonly writer: Writer;
  #seen: Uint8Array;
  #highest = 0;
  #last = 0;
  #found = 0;
  #doubled = 0;
  #torn = 0;
  #disordered = 0;
  #fragments: string[] = [];

  constructor(writer: Writer) {
    this.writer = writer;
    this.#seen = new Uint8Array(writer.lines + 1);
  }

  /** Takes a line that is JSON. */
  take(record: Record<string, unknown>): void {
    const { seq } = record;
    if (typeof seq !== "number" || !this.#isPossible(seq) || !isWhole(record, seq)) {
      this.#torn++;
      return;
    }
    if (seq < this.#last) this.#disordered++;
    this.#last = seq;
    if (this.#seen[seq] === 1) {
      this.#doubled++;
      return;
    }
    this.#seen[seq] = 1;
    this.#found++;
    this.#highest = Math.max(this.#highest, seq);
  }

  /** Takes a line that is not. */
  takeBroken(line: string): void {
    const start = '{"time":"';
    // With a second beginning in it, the record after the fragment has been torn, too.
    const isAlone = line.slice(0, start.length) === start.slice(0, line.length) && !line.includes("{", 1);
    if (this.writer.isVictim && isAlone) this.#fragments.push(line);
    else this.#torn++;
  }

  tally(): Tally {
    const { isVictim, lines, written } = this.writer;
    // Of a killed process all must be there that was acknowledged, and no gap may be in what is there beyond.
    const expected = isVictim ? Math.max(written, this.#highest) : lines;
    return {
      expected: isVictim ? written : lines,
      found: this.#found,
      lost: expected - this.#found,
      doubled: this.#doubled,
      torn: this.#torn,
      disordered: this.#disordered,
      fragments: this.#fragments,
    };
  }

  #isPossible(seq: number): boolean {
    if (!Number.isInteger(seq) || seq < 1) return false;
    if (seq < this.#seen.length) return true;
    if (!this.writer.isVictim || seq > 100 * this.writer.lines) return false;
    const larger = new Uint8Array(Math.max(seq + 1, 2 * this.#seen.length));
    larger.set(this.#seen);
    this.#seen = larger;
    return true;
  }
}

/** Whether a record is the one that was logged under its number, in every field. */
function isWhole(record: Record<string, unknown>, seq: number): boolean {
  const { time, level, msg, writer: _, ...fields } = record;
  if (level !== "info" || msg !== MESSAGE || typeof time !== "string" || time.length !== 24) return false;
  const logged = fieldsOf(seq) as unknown as Record<string, unknown>;
  const keys = Object.keys(logged);
  return keys.length === Object.keys(fields).length && keys.every((key) => fields[key] === logged[key]);
}
