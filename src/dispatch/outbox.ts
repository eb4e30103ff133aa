import { Batch, type CommitListener } from "./batch.ts";

/** Text is encoded once this many UTF-16 units of it have gathered: long enough for a cheap call, short to hold. */
const ENCODE_AT = 16 * 1024;

/** Size of the buffers that are written, in bytes: one write(2) each. */
const CHUNK_BYTES = 256 * 1024;

/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

const encoder = new TextEncoder();

/** Lines of one destination that wait to be written, encoded straight into the buffers that will be. */
export class Outbox {
  readonly #full: { bytes: Uint8Array; lines: number }[] = [];
  #text = "";
  #textLines = 0;
  #chunk: Uint8Array | undefined;
  #used = 0;
  #chunkLines = 0;
  #encoded = 0;

  /** Bytes that wait; for text that is not encoded yet, the least it can be. */
  get byteLength(): number {
    return this.#encoded + this.#text.length;
  }

  /** Adds a record with its newline. */
  append(line: string): void {
    this.#text += line;
    this.#textLines++;
    if (this.#text.length >= ENCODE_AT) this.#encode();
  }

  /** Adds whole lines that are encoded already; the bytes are kept, not copied. */
  appendBytes(bytes: Uint8Array, lines: number): void {
    this.#encode(true);
    this.#seal();
    this.#full.push({ bytes, lines });
    this.#encoded += bytes.length;
  }

  /** Hands over all that waits. */
  take(onCommit?: CommitListener): Batch {
    this.#encode(true);
    this.#seal();
    this.#encoded = 0;
    return new Batch(this.#full.splice(0), onCommit);
  }

  /** @param last Whether no more is to come, so that a buffer with room for more would be a waste. */
  #encode(last = false): void {
    const text = this.#text;
    if (text === "") return;
    const most = text.length * BYTES_PER_UNIT;
    if (most > CHUNK_BYTES || (last && this.#chunk === undefined)) {
      this.#seal();
      const bytes = encoder.encode(text);
      this.#full.push({ bytes, lines: this.#textLines });
      this.#encoded += bytes.length;
    } else {
      if (this.#chunk !== undefined && this.#used + most > CHUNK_BYTES) this.#seal();
      this.#chunk ??= new Uint8Array(CHUNK_BYTES);
      const { written } = encoder.encodeInto(text, this.#chunk.subarray(this.#used));
      this.#used += written;
      this.#encoded += written;
      this.#chunkLines += this.#textLines;
    }
    this.#text = "";
    this.#textLines = 0;
  }

  #seal(): void {
    if (this.#used === 0) return;
    this.#full.push({ bytes: (this.#chunk as Uint8Array).subarray(0, this.#used), lines: this.#chunkLines });
    this.#chunk = undefined;
    this.#used = 0;
    this.#chunkLines = 0;
  }
}
