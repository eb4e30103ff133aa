/** A run of whole lines that is written at once. */
interface Chunk {
  readonly bytes: Uint8Array;
  lines: number;
}

/** Told of each piece of a batch that has been delivered. */
export type CommitListener = (lines: number, bytes: number) => void;

/**
 * Encoded records on their way to a backend, oldest first, each ending with a newline.
 *
 * The backend calls {@linkcode Batch.commit} as bytes are delivered; what is not committed when `write` fails is
 * tried again. A backend that delivers all or nothing need not commit: a `write` that succeeds commits the rest.
 */
export class Batch {
  readonly #chunks: Chunk[];
  readonly #onCommit: CommitListener | undefined;
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

  /** Length in bytes of the next line, its newline included; 0 when all is committed. */
  get nextLineLength(): number {
    const chunk = this.#chunks[0];
    return chunk === undefined ? 0 : chunk.bytes.indexOf(NEWLINE, this.#offset) + 1 - this.#offset;
  }

  /** Says that the next `bytes` bytes, whole lines, have been delivered. */
  commit(bytes: number = this.#byteLength): void {
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
        const inside = countLines(chunk.bytes, this.#offset, this.#offset + left);
        chunk.lines -= inside;
        lines += inside;
        this.#offset += left;
        left = 0;
      }
    }
    this.#count -= lines;
    this.#byteLength -= bytes;
    if (bytes > 0) this.#onCommit?.(lines, bytes);
  }
}

const NEWLINE = 10;
const EMPTY = new Uint8Array(0);

function countLines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < to; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}
