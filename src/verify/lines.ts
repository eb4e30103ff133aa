/** What lines go to. */
export interface LineSink {
  /** Takes a line without its newline; the bytes are valid during the call. */
  line(bytes: Uint8Array): void;
  /** Begins a line that is too long to be held. */
  longLine(): LongLine;
}

/** Takes a long line piece by piece. */
export interface LongLine {
  add(bytes: Uint8Array): void;
  end(): void;
}

const NEWLINE = 10;
const FIRST_BUFFER = 64 * 1024;

/** Cuts bytes that come in pieces into lines, holding no more than the longest line that it is allowed to hold. */
export class Lines {
  readonly #sink: LineSink;
  readonly #longest: number;
  #held = new Uint8Array(FIRST_BUFFER);
  #length = 0;
  #long: LongLine | undefined;

  constructor(sink: LineSink, longest: number) {
    this.#sink = sink;
    this.#longest = longest;
  }

  /** Whether the last line that has come has no newline yet. */
  get isOpen(): boolean {
    return this.#length > 0 || this.#long !== undefined;
  }

  /** Takes the next piece. */
  push(piece: Uint8Array): void {
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, from)) {
      const part = piece.subarray(from, end);
      from = end + 1;
      if (!this.isOpen && part.length <= this.#longest) {
        this.#sink.line(part);
      } else {
        this.#hold(part);
        this.finish();
      }
    }
    if (from < piece.length) this.#hold(piece.subarray(from));
  }

  /** Ends the last line. */
  finish(): void {
    const long = this.#long;
    const length = this.#length;
    this.#long = undefined;
    this.#length = 0;
    if (long !== undefined) long.end();
    else if (length > 0) this.#sink.line(this.#held.subarray(0, length));
  }

  #hold(part: Uint8Array): void {
    if (this.#long !== undefined) return this.#long.add(part);
    const length = this.#length + part.length;
    if (length > this.#longest) {
      this.#long = this.#sink.longLine();
      this.#long.add(this.#held.subarray(0, this.#length));
      this.#long.add(part);
      this.#length = 0;
      return;
    }
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, Math.min(this.#longest, 2 * this.#held.length)));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(part, this.#length);
    this.#length = length;
  }
}
