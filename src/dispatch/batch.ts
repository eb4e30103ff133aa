/** A run of whole lines that is written at once. */
interface Chunk {
  readonly bytes: Uint8Array;
  lines: number;
}

/** Some of the lines of a batch. */
export interface BatchPart {
  /** Whole lines, oldest first. */
  readonly pieces: readonly Uint8Array[];
  /** Bytes of all. */
  readonly byteLength: number;
  /** Lines of all. */
  readonly count: number;
}

/** Lines that the server has refused for good. */
export interface Refusal {
  /** How many. */
  readonly count: number;
  /** What the server said. */
  readonly reason: string;
  /** Whether the same refusal was reported before: it is counted, and told no more. @default false */
  readonly isKnown?: boolean;
}

/** Told of each piece of a batch that has been delivered, and of lines in it that have been refused. */
export type CommitListener = (lines: number, bytes: number, refusal?: Refusal) => void;

/**
 * Encoded records on their way to a backend, oldest first, each ending with a newline.
 *
 * The backend calls {@linkcode Batch.commit} as bytes are delivered; what is not committed when `write` fails is
 * tried again. A backend that delivers all or nothing need not commit: a `write` that succeeds commits the rest.
 */
export class Batch {
  readonly #chunks: Chunk[];
  readonly #onCommit: CommitListener | undefined;
  /** See {@linkcode Batch.release}. */
  isReleased = false;
  #isKept = false;
  #offset = 0;
  #byteLength: number;
  #count: number;

  /** Makes a batch of chunks, each of whole lines. The batch owns them from here on. */
  constructor(chunks: Chunk[], onCommit?: CommitListener) {
    this.#chunks = chunks;
    this.#onCommit = onCommit;
    this.#byteLength = 0;
    this.#count = 0;
    for (const chunk of chunks) {
      this.#byteLength += chunk.bytes.length;
      this.#count += chunk.lines;
    }
  }

  /** Records not yet committed. */
  get count(): number {
    return this.#count;
  }

  /** Bytes not yet committed. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** All bytes not yet committed, in one piece; a copy where they lie in several. */
  get bytes(): Uint8Array {
    if (this.#chunks.length === 1) return (this.#chunks[0] as Chunk).bytes.subarray(this.#offset);
    const all = new Uint8Array(this.#byteLength);
    let at = 0;
    let from = this.#offset;
    for (const { bytes } of this.#chunks) {
      all.set(from === 0 ? bytes : bytes.subarray(from), at);
      at += bytes.length - from;
      from = 0;
    }
    return all;
  }

  /** The same as text. */
  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** The same as an array of records without their newlines. */
  get lines(): string[] {
    const lines = this.text.split("\n");
    lines.pop();
    return lines;
  }

  /**
   * Returns the next piece that lies in one run of memory: whole lines of at most `limit` bytes together, but at least
   * one line however long it is. Empty only when all is committed.
   */
  next(limit: number = Infinity): Uint8Array {
    const chunk = this.#chunks[0];
    if (chunk === undefined) return EMPTY;
    const rest = this.#offset === 0 ? chunk.bytes : chunk.bytes.subarray(this.#offset);
    if (rest.length <= limit) return rest;
    const cut = limit < 1 ? -1 : rest.lastIndexOf(NEWLINE, limit - 1);
    return rest.subarray(0, (cut >= 0 ? cut : rest.indexOf(NEWLINE)) + 1);
  }

  /**
   * Returns the next whole lines, in the runs of memory that they lie in: at most `limit` bytes and `most` lines
   * together, but at least one line.
   */
  peek(limit: number, most: number): BatchPart {
    const pieces: Uint8Array[] = [];
    let byteLength = 0;
    let count = 0;
    for (const chunk of this.#chunks) {
      const start = pieces.length === 0 ? this.#offset : 0;
      let end = start;
      if (byteLength + chunk.bytes.length - start <= limit && count + chunk.lines <= most) {
        end = chunk.bytes.length;
        count += chunk.lines;
      }
      while (end < chunk.bytes.length && count < most) {
        const next = chunk.bytes.indexOf(NEWLINE, end) + 1;
        if (count > 0 && byteLength + next - start > limit) break;
        end = next;
        count++;
      }
      if (end === start) break;
      pieces.push(chunk.bytes.subarray(start, end));
      byteLength += end - start;
      if (end < chunk.bytes.length) break;
    }
    return { pieces, byteLength, count };
  }

  /** Length in bytes of the next line, its newline included; 0 when all is committed. */
  get nextLineLength(): number {
    const chunk = this.#chunks[0];
    return chunk === undefined ? 0 : chunk.bytes.indexOf(NEWLINE, this.#offset) + 1 - this.#offset;
  }

  /**
   * Says that the next `bytes` bytes, whole lines, have been delivered.
   *
   * @param refusal Lines among them that were not, because the server refuses them for good; they count as dropped.
   */
  commit(bytes: number = this.#byteLength, refusal?: Refusal): void {
    let lines = 0;
    let left = bytes;
    while (left > 0) {
      const chunk = this.#chunks[0] as Chunk;
      const rest = chunk.bytes.length - this.#offset;
      if (left >= rest) {
        lines += chunk.lines;
        left -= rest;
        this.#chunks.shift();
        this.#offset = 0;
      } else {
        // A record may take several lines; one that is not the last of them is not out yet.
        const inside = Math.min(countLines(chunk.bytes, this.#offset, this.#offset + left), chunk.lines - 1);
        chunk.lines -= inside;
        lines += inside;
        this.#offset += left;
        left = 0;
      }
    }
    this.#count -= lines;
    this.#byteLength -= bytes;
    if (bytes > 0) this.#onCommit?.(lines, bytes, refusal);
  }

  /**
   * Says that the backend will read none of it any more once the write has ended: its memory may be used again then.
   * Where a backend does not say so, it is left to the garbage collector.
   */
  release(): void {
    this.isReleased = !this.#isKept;
  }

  /** Says that somebody may read it for longer, whatever is said later. */
  keep(): void {
    this.#isKept = true;
  }
}

const NEWLINE = 10;
const EMPTY = new Uint8Array(0);

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
