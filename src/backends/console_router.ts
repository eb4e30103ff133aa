import type { Batch } from "../dispatch/batch.ts";
import type { Queue } from "../dispatch/queue.ts";
import type { Envelope } from "../format/envelope.ts";
import { LEVEL_NUMBER } from "../level.ts";
import type { Message } from "../message.ts";
import type { OutputStream } from "../runtime.ts";

/** The next lines of a batch that go to one stream. */
export interface Run {
  /** Where they go. */
  readonly stream: OutputStream;
  /** What goes there. */
  bytes: Uint8Array;
  /** Bytes that each line has in the batch beside those: its mark. */
  readonly markBytes: 0 | 1;
  /** How many of `bytes` have gone out, fewer than up to the next end of a line. */
  sent: number;
}

/** Says which line goes to which stream. */
export interface Router {
  /** Finds the next lines of a batch that go to one stream: at most `limit` bytes unless one line is longer. */
  next(batch: Batch, limit: number): Run;
  /** All streams. */
  readonly streams: readonly OutputStream[];
}

/** Everything to one stream. */
export function toOne(stream: OutputStream): Router {
  return {
    streams: [stream],
    next: (batch, limit) => ({ stream, bytes: batch.next(limit), markBytes: 0, sent: 0 }),
  };
}

const NEWLINE = 10;
/** What stands in front of a line for standard output, or standard error. No format begins a line with these. */
const OUT = "\x01";
const ERR = "\x02";

/**
 * Each line to the stream that its mark says: the level of a record is known when it is formatted, and not any more
 * when it is written. Lines of a run are copied without their marks.
 */
export function byMark(stdout: OutputStream, stderr: OutputStream): Router {
  return {
    streams: [stdout, stderr],
    next(batch, limit) {
      const piece = batch.next(limit);
      const mark = piece[0] as number;
      // A line without one came through no envelope of ours.
      const isMarked = mark === OUT.charCodeAt(0) || mark === ERR.charCodeAt(0);
      const bytes = new Uint8Array(piece.length);
      let length = 0;
      for (let at = 0; at < piece.length && (isMarked ? piece[at] === mark : at === 0);) {
        const end = piece.indexOf(NEWLINE, at) + 1;
        const line = piece.subarray(isMarked ? at + 1 : at, end);
        bytes.set(line, length);
        length += line.length;
        at = end;
      }
      const stream = mark === OUT.charCodeAt(0) ? stdout : stderr;
      return { stream, bytes: bytes.subarray(0, length), markBytes: isMarked ? 1 : 0, sent: 0 };
    },
  };
}

/** Puts the mark of its stream in front of each line of a record; nobody else pays for that. */
export class StreamMarks implements Envelope {
  readonly #errorsFrom: number;

  /** @param errorsFrom Number of the level from which on records go to standard error. */
  constructor(errorsFrom: number) {
    this.#errorsFrom = errorsFrom;
  }

  wrap(line: string, message: Message): string {
    return this.#mark(LEVEL_NUMBER[message.level], line);
  }

  wrapRecord(line: string, queue: Queue, index: number): string {
    return this.#mark(queue.levels[index] as number, line);
  }

  #mark(level: number, line: string): string {
    const mark = level >= this.#errorsFrom ? ERR : OUT;
    return mark + (line.includes("\n") ? line.replaceAll("\n", `\n${mark}`) : line);
  }
}

/** How many lines end in some bytes. */
export function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
