import type { Envelope } from "../format/envelope.ts";
import type { LineBuffer } from "../format/line_buffer.ts";
import type { Seal } from "../format/seal.ts";
import { messageOf } from "../errors.ts";
import type { Message } from "../message.ts";
import type { Queue } from "./queue.ts";

/** What is done to the lines of one destination beside what its format does to those of all. */
export interface FinishParts {
  /** Numbers and signs each line, which lacks its closing brace. */
  readonly seal: Seal | undefined;
  /** What the scheme puts around each. */
  readonly envelope: Envelope | undefined;
  /** Told when there is something in a record that the envelope cannot take. */
  readonly onError: (error: unknown) => void;
}

/**
 * Makes the line of a format what goes to one destination: numbered and signed first, then in its envelope, so that what
 * is signed is what comes out of the envelope again. Done when the line has found room, see {@linkcode Seal}.
 */
export class Finish {
  readonly #seal: Seal | undefined;
  readonly #envelope: Envelope | undefined;
  readonly #onError: (error: unknown) => void;

  constructor({ seal, envelope, onError }: FinishParts) {
    this.#seal = seal;
    this.#envelope = envelope;
    this.#onError = onError;
  }

  /** Characters that are added to a line at the most, without the envelope. */
  get length(): number {
    return this.#seal?.length ?? 0;
  }

  /** Whether it can finish lines as bytes. */
  get writes(): boolean {
    return this.#envelope === undefined;
  }

  /** Finishes a line in a buffer, from `start` to `at`, behind which there is room; returns where it ends. */
  put(buffer: LineBuffer, start: number, at: number): number {
    return this.#seal === undefined ? at : this.#seal.put(buffer, start, at);
  }

  /** Finishes the line of a record of the queue. */
  record(line: string, queue: Queue, index: number): string {
    const sealed = this.#seal === undefined ? line : this.#seal.line(line);
    if (this.#envelope === undefined) return sealed;
    try {
      return this.#envelope.wrapRecord(sealed, queue, index);
    } catch (error) {
      return this.#wrapAnyway(sealed, queue.message(index), { envelope: this.#envelope, error });
    }
  }

  /** Finishes the line of a message. */
  message(line: string, message: Message): string {
    const sealed = this.#seal === undefined ? line : this.#seal.line(line);
    if (this.#envelope === undefined) return sealed;
    try {
      return this.#envelope.wrap(sealed, message);
    } catch (error) {
      return this.#wrapAnyway(sealed, message, { envelope: this.#envelope, error });
    }
  }

  /** Counts a line that is dropped. */
  skip(): void {
    this.#seal?.skip();
  }

  /** A message that a middleware has made may hold anything; its line counts all the same. */
  #wrapAnyway(
    line: string,
    { time, level, msg }: Message,
    { envelope, error }: { readonly envelope: Envelope; readonly error: unknown },
  ): string {
    this.#onError(error);
    return envelope.wrap(line, { time, level, msg, fields: { format_error: messageOf(error) } });
  }
}
