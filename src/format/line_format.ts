import type { Queue } from "../dispatch/queue.ts";
import { messageOf } from "../errors.ts";
import type { Fields, Formatter, Message } from "../message.ts";
import { createSnapshot } from "../pipeline/snapshot.ts";
import { JsonFormat } from "./json_format.ts";
import { DEFAULT_LAYOUT, openLayout } from "./json_layout.ts";
import type { LineBuffer } from "./line_buffer.ts";
import type { Seal, SealSurroundings } from "./seal.ts";

/**
 * What the dispatcher needs of a formatter: a complete line, without its newline, of a record in the queue or of a
 * message.
 */
export interface LineFormat {
  /** Formats a message object. */
  format(message: Message): string;
  /** Formats a record straight from the queue. */
  encode(queue: Queue, index: number): string;
  /**
   * Writes the same behind the lines that are in a buffer; returns where it ends, or `NO_ROOM`. What calls it makes it
   * one of the lines. Absent where a format only makes text.
   */
  write?(queue: Queue, index: number, buffer: LineBuffer): number;
  /** The same format held to one line per record, where its records may take several. */
  readonly oneLine?: LineFormat;
  /** Where records are numbered: how. Who does not look at it gets complete lines, without numbers. */
  readonly sequence?: LineSequence;
}

/** A format that can write bytes. */
export type WritingFormat = LineFormat & Required<Pick<LineFormat, "write">>;

/** Lines whose last members belong to the destination, while everything before is the same for all. */
export interface LineSequence {
  /** The same lines without their closing brace. */
  readonly open: LineFormat;
  /** Makes what completes the open lines of one destination. */
  readonly seal: (runtime: SealSurroundings) => Seal;
}

const JSON_FORMAT = new JsonFormat();
const OPEN_JSON_FORMAT = new JsonFormat(openLayout(DEFAULT_LAYOUT, true));

/**
 * The line of a record whose own formatter failed: what it says still counts.
 *
 * @param options.isOpen Whether it lacks its closing brace, as {@linkcode LineSequence.open} does.
 */
export function fallbackLine(
  message: Message,
  error: unknown,
  options: { readonly isOpen?: boolean } = {},
): string {
  const format = options.isOpen === true ? OPEN_JSON_FORMAT : JSON_FORMAT;
  const reason = { format_error: messageOf(error) };
  try {
    // Longer than the longest string that the runtime can make: it would be again.
    if (error instanceof RangeError) throw error;
    return format.format({ ...message, fields: { ...message.fields, ...reason } });
  } catch {
    const short = createSnapshot({ maxString: 4_096, maxValues: 1_000 });
    const fields = short.value(message.fields ?? {}).value as Fields;
    return format.format({ ...message, msg: short.text(message.msg), fields: { ...fields, ...reason } });
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
      throw new TypeError(`the formatter returned ${typeof line}, not a string`);
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
