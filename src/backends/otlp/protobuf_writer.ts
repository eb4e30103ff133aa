/** Wire types of protobuf (protobuf.dev, "Encoding"). */
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/** Texts up to this length are copied in a loop as long as they are ASCII; longer ones by TextEncoder. Measured. */
const SHORT = 32;

/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** More bytes than a tag and a number take. */
const SCALAR_BYTES = 20;

const encoder = new TextEncoder();

/**
 * Writes protobuf messages into a buffer that grows.
 *
 * The length of a message stands before it and is known after it. Room for the length is left, as much as it will
 * probably take, and the message moved when that was wrong.
 */
export class ProtobufWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(Math.max(capacity, 64));
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** What has been written; a view that is good until something else is. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Forgets what has been written. */
  reset(): void {
    this.#at = 0;
  }

  /** Lends so many bytes of the buffer to a caller who writes into it, and then tells `advance` how far. */
  room(length: number): { readonly bytes: Uint8Array<ArrayBuffer>; readonly at: number } {
    this.#reserve(length);
    return { bytes: this.#bytes, at: this.#at };
  }

  /** Says that everything before `at` has been written. */
  advance(at: number): void {
    this.#at = at;
  }

  /** Writes a field that is a number of up to 53 bits without a sign, a boolean or an enum. */
  uint(field: number, value: number): void {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | VARINT);
    this.#varint(value);
  }

  /** Writes a field of the type `int64`. */
  int64(field: number, value: bigint): void {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | VARINT);
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.#bytes[this.#at++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  /** Writes a field of the type `fixed64`. */
  fixed64(field: number, value: bigint): void {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | FIXED64);
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }

  /** Writes a field of the type `fixed32`. */
  fixed32(field: number, value: number): void {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | FIXED32);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  /** Writes a field of the type `double`. */
  double(field: number, value: number): void {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | FIXED64);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  /** Writes a field of the type `bytes`. */
  bytes(field: number, value: Uint8Array): void {
    this.#reserve(SCALAR_BYTES + value.length);
    this.#varint(field << 3 | DELIMITED);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  /** Writes bytes that are whole fields. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#bytes.set(fields, this.#at);
    this.#at += fields.length;
  }

  /** Writes a field of the type `string`. */
  string(field: number, text: string): void {
    const { length } = text;
    this.#reserve(SCALAR_BYTES + length * BYTES_PER_UNIT);
    this.#varint(field << 3 | DELIMITED);
    if (length <= SHORT && this.#ascii(text)) return;
    const start = this.begin(length);
    this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written;
    this.end(start);
  }

  /** Begins a field that is a message of about `size` bytes, and returns what `end` takes when its fields are written. */
  message(field: number, size: number): number {
    this.#reserve(SCALAR_BYTES);
    this.#varint(field << 3 | DELIMITED);
    return this.begin(size);
  }

  /** Leaves room for the length of what will take about `size` bytes, and returns what `end` takes. */
  begin(size: number): number {
    const room = varintLength(size);
    this.#reserve(room);
    this.#at += room;
    // The place where it begins, and how much room there is before it.
    return this.#at * 8 + room;
  }

  /** Writes the length of what has been written since `begin`. */
  end(begun: number): void {
    const room = begun % 8;
    const start = (begun - room) / 8;
    const length = this.#at - start;
    const needed = varintLength(length);
    if (needed !== room) {
      this.#reserve(needed);
      this.#bytes.copyWithin(start - room + needed, start, this.#at);
    }
    this.#at = start - room;
    this.#varint(length);
    this.#at += length;
  }

  /** Writes length and text, unless there is something beyond ASCII in it. */
  #ascii(text: string): boolean {
    const bytes = this.#bytes;
    const { length } = text;
    let at = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) return false;
      bytes[at++] = unit;
    }
    bytes[this.#at] = length;
    this.#at = at;
    return true;
  }

  #varint(value: number): void {
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 128) {
      bytes[this.#at++] = rest % 128 | 128;
      rest = Math.floor(rest / 128);
    }
    bytes[this.#at++] = rest;
  }

  #reserve(length: number): void {
    const needed = this.#at + length;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}
