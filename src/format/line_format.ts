import type { Queue } from "../dispatch/queue.ts";
import { messageOf } from "../errors.ts";
import type { Formatter, Message } from "../message.ts";
import { JsonFormat } from "./json_format.ts";

/** What the dispatcher needs of a formatter: a line, without its newline, of a record in the queue or of a message. */
export interface LineFormat {
  /** Formats a message object. */
  format(message: Message): string;
  /** Formats a record straight from the queue. */
  encode(queue: Queue, index: number): string;
  /** The same format held to one line per record, where its records may take several. */
  readonly oneLine?: LineFormat;
}

const JSON_FORMAT = new JsonFormat();

/** The line of a record whose own formatter failed: what it says still counts. */
export function fallbackLine(message: Message, error: unknown): string {
  const reason = { format_error: messageOf(error) };
  try {
    return JSON_FORMAT.format({ ...message, fields: { ...message.fields, ...reason } });
  } catch {
    // Longer than the longest string that the runtime can make.
    return JSON_FORMAT.format({ ...message, msg: message.msg.slice(0, 1_000), fields: reason });
  }
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
