import { BYTES_PER_UNIT, LineBuffer, putText } from "../format/line_buffer.ts";
import { Batch, type CommitListener } from "./batch.ts";

/** Text is encoded once this many UTF-16 units of it have gathered: long enough for a cheap call, short to hold. */
const ENCODE_AT = 16 * 1024;

/** Size of the buffers that are written, in bytes: one write(2) each. */
const LONGEST_BUFFER = 256 * 1024;

/** Bytes of the longest line that is made in a buffer; a longer one is made as text. */
const LONGEST_LINE = 4 << 20;

/** Where a line is made that is longer than a buffer, before its bytes are copied. */
let longLine: LineBuffer | undefined;

/** Size of the first one, for a program that logs little. */
const FIRST_BYTES = 8 * 1024;

const encoder = new TextEncoder();

/** Lines of one destination that wait to be written, encoded straight into the buffers that will be. */
export class Outbox {
  readonly #full: { bytes: Uint8Array; lines: number }[] = [];
  #fullBytes = 0;
  #text = "";
  #textLines = 0;
  #buffer: LineBuffer | undefined;
  /** Buffers of what is in {@linkcode Outbox.#full}. */
  #used: LineBuffer[] = [];
  /** The batch that was handed over last, and its buffers. */
  #lent: { readonly batch: Batch; readonly buffers: readonly LineBuffer[] } | undefined;

  /** Bytes that wait; for text that is not encoded yet, the least it can be. */
  get byteLength(): number {
    return this.#fullBytes + (this.#buffer?.length ?? 0) + this.#text.length;
  }

  /** The buffer to write a line into, behind all that is there. */
  get buffer(): LineBuffer {
    if (this.#text !== "") this.#encode();
    return this.#buffer ??= takeBuffer(FIRST_BYTES);
  }

  /** Where a line that has found no room in a buffer may find it; `undefined` where that was the largest one, empty. */
  roomierThan(buffer: LineBuffer): LineBuffer | undefined {
    if (buffer === longLine) return undefined;
    if (buffer.length > 0 || buffer.bytes.length < LONGEST_BUFFER) return this.#nextBuffer();
    return longLine ??= new LineBuffer(LONGEST_LINE);
  }

  /** Adds the line, its newline at `end - 1`, that was written behind those in a buffer. */
  add(buffer: LineBuffer, end: number): void {
    if (buffer === longLine) return this.appendBytes(buffer.bytes.slice(0, end), 1);
    buffer.length = end;
    buffer.lines++;
  }

  /** Adds a record with its newline. */
  append(line: string): void {
    this.#text += line;
    this.#textLines++;
    if (this.#text.length >= ENCODE_AT) this.#encode();
  }

  /** Adds whole lines that are encoded already; the bytes are kept, not copied. */
  appendBytes(bytes: Uint8Array, lines: number): void {
    this.#encode();
    this.#seal();
    this.#push(bytes, lines);
  }

  /** Hands over all that waits. Once it has been delivered, and nobody reads it, see {@linkcode Outbox.takeBack}. */
  take(onCommit?: CommitListener): Batch {
    this.#encode();
    this.#seal();
    this.#fullBytes = 0;
    const batch = new Batch(this.#full.splice(0), onCommit);
    this.#lent = { batch, buffers: this.#used };
    this.#used = [];
    return batch;
  }

  /** Takes back the memory of a batch, unless another one has been handed over since. */
  takeBack(batch: Batch): void {
    if (this.#lent?.batch !== batch) return;
    for (const buffer of this.#lent.buffers) giveBuffer(buffer);
    this.#lent = undefined;
  }

  #encode(): void {
    const text = this.#text;
    if (text === "") return;
    const most = text.length * BYTES_PER_UNIT;
    if (most > LONGEST_BUFFER / 2) {
      this.#seal();
      this.#push(encoder.encode(text), this.#textLines);
    } else {
      let buffer = this.#buffer ??= takeBuffer(most > FIRST_BYTES / 2 ? LONGEST_BUFFER : FIRST_BYTES);
      let end = putText(buffer, buffer.length, text);
      if (end < 0) {
        buffer = this.#nextBuffer();
        end = putText(buffer, 0, text);
      }
      buffer.length = end;
      buffer.lines += this.#textLines;
    }
    this.#text = "";
    this.#textLines = 0;
  }

  #nextBuffer(): LineBuffer {
    this.#seal();
    return this.#buffer = takeBuffer(LONGEST_BUFFER);
  }

  #seal(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#buffer = undefined;
    if (buffer.lines === 0) return giveBuffer(buffer);
    this.#push(buffer.bytes.subarray(0, buffer.length), buffer.lines);
    this.#used.push(buffer);
  }

  #push(bytes: Uint8Array, lines: number): void {
    this.#full.push({ bytes, lines });
    this.#fullBytes += bytes.length;
  }
}

/** Buffers that are kept to be filled again: fresh memory costs as much as writing a line of five fields into it. */
const MOST_SPARE = 8;

/** One store for all destinations: a thousand of them must not keep some each. By size, small and large. */
const spare: readonly [LineBuffer[], LineBuffer[]] = [[], []];

function takeBuffer(size: number): LineBuffer {
  return spare[size === FIRST_BYTES ? 0 : 1].pop() ?? new LineBuffer(size);
}

function giveBuffer(buffer: LineBuffer): void {
  const store = spare[buffer.bytes.length === FIRST_BYTES ? 0 : 1];
  if (store.length >= MOST_SPARE) return;
  buffer.clear();
  store.push(buffer);
}
