import type { Queue } from "../dispatch/queue.ts";
import type { Formatter, Message } from "../message.ts";

/** What the dispatcher needs of a formatter: a line, without its newline, of a record in the queue or of a message. */
export interface LineFormat {
  /** Formats a message object. */
  format(message: Message): string;
  /** Formats a record straight from the queue. */
  encode(queue: Queue, index: number): string;
}

/** A formatter that somebody else wrote, held to one line per record. */
export class CustomFormat implements LineFormat {
  readonly #formatter: Formatter;
  readonly #multiline: boolean;

  /** @param multiline Whether line breaks may stay: on a terminal, not in a file. */
  constructor(formatter: Formatter, options: { readonly multiline: boolean }) {
    this.#formatter = formatter;
    this.#multiline = options.multiline;
  }

  format(message: Message): string {
    const line = this.#formatter(message);
    if (typeof line !== "string") {
      throw new TypeError(`Cannot use what the formatter returned: ${typeof line}, not a string`);
    }
    const end = line.endsWith("\n") ? line.slice(0, -1) : line;
    return this.#multiline || !LINE_BREAK.test(end)
      ? end
      : end.replace(LINE_BREAKS, (c) => (c === "\n" ? "\\n" : "\\r"));
  }

  encode(queue: Queue, index: number): string {
    return this.format(queue.message(index));
  }
}

const LINE_BREAK = /[\n\r]/;
const LINE_BREAKS = /[\n\r]/g;
