import { RECORD_START } from "./log_record_format.ts";
import type { ProtobufWriter } from "./protobuf_writer.ts";

/** What stands between the values in a line of the record format. */
const AFTER_TIME = '","observedTimeUnixNano":"'.length;
const AFTER_OBSERVED = '","severityNumber":'.length;
const AFTER_SEVERITY = ',"severityText":"'.length;
const AFTER_SEVERITY_TEXT = '","body":{"stringValue":"'.length;
const AFTER_BODY = '"},"attributes":['.length;
const BEFORE_KEY = '{"key":"'.length;
const BEFORE_KIND = '","value":{"'.length;
const BEFORE_STRING = 'stringValue":"'.length;
const BEFORE_INT = 'intValue":"'.length;
const BEFORE_BOOL = 'boolValue":'.length;
const BEFORE_DOUBLE = 'doubleValue":'.length;
const TRUE = "true".length;
const FALSE = "false".length;
const BEFORE_TRACE_ID = ',"traceId":"'.length;
const BEFORE_SPAN_ID = ',"spanId":"'.length;
const BEFORE_FLAGS = ',"flags":'.length;

const NEWLINE = 10;
const QUOTE = 34;
const COMMA = 44;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Digits of a number that a double holds exactly. */
const MOST_DIGITS = 15;
const TIME_DIGITS = 19;
const TRACE_ID_DIGITS = 32;
const SPAN_ID_DIGITS = 16;

/** Powers of ten that a double holds exactly. */
const POWERS: readonly number[] = Array.from({ length: 16 }, (_, n) => Number(`1e${n}`));

/** What is thrown within when a line is out of the ordinary. */
const UNUSUAL = Symbol("unusual");

/**
 * Writes LogRecords straight from the bytes of lines, without making objects of them: four times as fast as by
 * `JSON.parse`, measured with five fields.
 *
 * It knows the lines as our own format makes them, and the values that nearly all records are made of: texts without
 * escapes, numbers, booleans. Anything else it leaves to the caller, with nothing written.
 */
export class ProtobufTranscoder {
  #from: Uint8Array = new Uint8Array(0);
  #at = 0;
  #to: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #end = 0;
  /** The last time, as digits and as bytes; most records have the same. */
  readonly #digits = new Uint8Array(TIME_DIGITS);
  readonly #time = new Uint8Array(8);

  /**
   * Writes the record that begins at `at` as the field `log_records = 2`, and returns where the next line begins; -1
   * when the record is unusual.
   */
  write(writer: ProtobufWriter, lines: Uint8Array, at: number): number {
    this.#from = lines;
    this.#at = at;
    // In protobuf everything is shorter than in JSON.
    const room = writer.room(lines.length - at);
    this.#to = room.bytes;
    this.#end = room.at;
    try {
      this.#to[this.#end++] = 0x12;
      const start = this.#begin();
      this.#record();
      this.#close(start);
      this.#skip(1, NEWLINE);
    } catch (error) {
      if (error === UNUSUAL) return -1;
      throw error;
    }
    writer.advance(this.#end);
    return this.#at;
  }

  #record(): void {
    this.#at += RECORD_START.length;
    this.#times();
    this.#skip(AFTER_OBSERVED, COLON);
    this.#to[this.#end++] = 0x10;
    this.#to[this.#end++] = this.#digitsUpTo(2);
    this.#skip(AFTER_SEVERITY, QUOTE);
    this.#to[this.#end++] = 0x1a;
    this.#text();
    this.#skip(AFTER_SEVERITY_TEXT, QUOTE);
    this.#to[this.#end++] = 0x2a;
    const body = this.#begin();
    this.#to[this.#end++] = 0x0a;
    this.#text();
    this.#close(body);
    this.#skip(AFTER_BODY, OPEN_BRACKET);
    while (this.#from[this.#at] === OPEN_BRACE) {
      this.#attribute();
      if (this.#from[this.#at] === COMMA) this.#at++;
    }
    this.#skip(1, CLOSE_BRACKET);
    if (this.#from[this.#at] === COMMA) this.#trace();
    this.#skip(1, CLOSE_BRACE);
  }

  #attribute(): void {
    const to = this.#to;
    to[this.#end++] = 0x32;
    const attribute = this.#begin();
    this.#skip(BEFORE_KEY, QUOTE);
    to[this.#end++] = 0x0a;
    this.#text();
    this.#skip(BEFORE_KIND, QUOTE);
    to[this.#end++] = 0x12;
    const value = this.#begin();
    switch (this.#from[this.#at]) {
      case 0x73: // stringValue
        this.#skip(BEFORE_STRING, QUOTE);
        to[this.#end++] = 0x0a;
        this.#text();
        this.#skip(1, QUOTE);
        break;
      case 0x69: // intValue
        this.#skip(BEFORE_INT, QUOTE);
        to[this.#end++] = 0x18;
        this.#varint(this.#digitsUpTo(MOST_DIGITS));
        this.#skip(1, QUOTE);
        break;
      case 0x62: // boolValue, or bytesValue
        this.#skip(BEFORE_BOOL, COLON);
        to[this.#end++] = 0x10;
        to[this.#end++] = this.#from[this.#at] === 0x74 ? 1 : 0;
        this.#at += this.#from[this.#at] === 0x74 ? TRUE : FALSE;
        break;
      case 0x64: // doubleValue
        this.#skip(BEFORE_DOUBLE, COLON);
        to[this.#end++] = 0x21;
        this.#double();
        break;
      default:
        throw UNUSUAL;
    }
    this.#close(value);
    this.#skip(2, CLOSE_BRACE);
    this.#close(attribute);
  }

  /** Both times; they are the same in every record that was made here. */
  #times(): void {
    const from = this.#from;
    const digits = this.#digits;
    const first = this.#at;
    const second = first + TIME_DIGITS + AFTER_TIME;
    let isSame = true;
    for (let i = 0; i < TIME_DIGITS; i++) {
      const digit = from[first + i] as number;
      if (digit < ZERO || digit > NINE || digit !== from[second + i]) throw UNUSUAL;
      if (digit !== digits[i]) {
        digits[i] = digit;
        isSame = false;
      }
    }
    if (!isSame) {
      const time = BigInt(String.fromCharCode(...digits));
      new DataView(this.#time.buffer).setBigUint64(0, time, true);
    }
    for (const tag of [0x09, 0x59]) {
      this.#to[this.#end++] = tag;
      this.#to.set(this.#time, this.#end);
      this.#end += 8;
    }
    this.#at = second + TIME_DIGITS;
  }

  #trace(): void {
    const to = this.#to;
    this.#skip(BEFORE_TRACE_ID, QUOTE);
    to[this.#end++] = 0x4a;
    this.#hex(TRACE_ID_DIGITS);
    this.#skip(1, QUOTE);
    // What may follow differs in its third character.
    if (this.#from[this.#at] === COMMA && this.#from[this.#at + 2] === 0x73) {
      this.#skip(BEFORE_SPAN_ID, QUOTE);
      to[this.#end++] = 0x52;
      this.#hex(SPAN_ID_DIGITS);
      this.#skip(1, QUOTE);
    }
    if (this.#from[this.#at] === COMMA && this.#from[this.#at + 2] === 0x66) {
      this.#skip(BEFORE_FLAGS, COLON);
      to[this.#end++] = 0x45;
      to[this.#end++] = this.#digitsUpTo(3);
      for (let i = 0; i < 3; i++) to[this.#end++] = 0;
    }
  }

  #hex(digits: number): void {
    this.#to[this.#end++] = digits / 2;
    for (let i = 0; i < digits; i += 2) {
      const high = hexDigit(this.#from[this.#at++] as number);
      this.#to[this.#end++] = high << 4 | hexDigit(this.#from[this.#at++] as number);
    }
  }

  /** A text up to its closing quote, with its length before it. */
  #text(): void {
    const from = this.#from;
    const to = this.#to;
    let at = this.#at;
    const start = this.#begin();
    let end = start;
    for (;;) {
      const byte = from[at] as number;
      if (byte === QUOTE) break;
      // The end of all lines is no byte at all.
      if (byte === BACKSLASH || byte === undefined) throw UNUSUAL;
      to[end++] = byte;
      at++;
    }
    this.#at = at;
    this.#end = end;
    this.#close(start);
  }

  /** Digits as a number. */
  #digitsUpTo(most: number): number {
    const from = this.#from;
    let number = 0;
    let count = 0;
    for (let digit = from[this.#at] as number; digit >= ZERO && digit <= NINE; digit = from[this.#at] as number) {
      if (++count > most) throw UNUSUAL;
      number = number * 10 + digit - ZERO;
      this.#at++;
    }
    if (count === 0) throw UNUSUAL;
    return number;
  }

  /**
   * A double of at most 15 digits: the quotient of two numbers that doubles hold exactly is the double next to the
   * decimal, which is what reading it would give (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
   */
  #double(): void {
    const start = this.#at;
    let number = this.#digitsUpTo(MOST_DIGITS);
    if (this.#from[this.#at] === DOT) {
      const whole = this.#at++ - start;
      const decimals = this.#at;
      const fraction = this.#digitsUpTo(MOST_DIGITS - whole);
      const power = POWERS[this.#at - decimals] as number;
      number = (number * power + fraction) / power;
    }
    if (this.#from[this.#at] !== CLOSE_BRACE) throw UNUSUAL;
    new DataView(this.#to.buffer, this.#to.byteOffset).setFloat64(this.#end, number, true);
    this.#end += 8;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#to[this.#end++] = rest % 128 | 128;
      rest = Math.floor(rest / 128);
    }
    this.#to[this.#end++] = rest;
  }

  /** Goes on by so many bytes, of which the last one is known. */
  #skip(length: number, last: number): void {
    this.#at += length;
    if (this.#from[this.#at - 1] !== last) throw UNUSUAL;
  }

  /** Leaves a byte for a length, and returns where what is counted begins. */
  #begin(): number {
    return ++this.#end;
  }

  /** Writes the length of what began there; moves it when a byte is not enough. */
  #close(start: number): void {
    const length = this.#end - start;
    if (length >= 128) {
      const more = length < 16_384 ? 1 : length < 2_097_152 ? 2 : length < 268_435_456 ? 3 : 4;
      this.#to.copyWithin(start + more, start, this.#end);
    }
    this.#end = start - 1;
    this.#varint(length);
    this.#end += length;
  }
}

function hexDigit(unit: number): number {
  if (unit >= ZERO && unit <= NINE) return unit - ZERO;
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57;
  throw UNUSUAL;
}
