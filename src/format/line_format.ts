import type { Queue } from "../dispatch/queue.ts";
import { messageOf } from "../errors.ts";
import type { Fields, Formatter, Message } from "../message.ts";
import { createSnapshot } from "../pipeline/snapshot.ts";
import { JsonFormat } from "./json_format.ts";
import { DEFAULT_LAYOUT, sequenced } from "./json_layout.ts";
import type { Seal, SealSurroundings } from "./seal.ts";

/** What the dispatcher needs of a formatter: a line, without its newline, of a record in the queue or of a message. */
export interface LineFormat {
  /** Formats a message object. */
  format(message: Message): string;
  /** Formats a record straight from the queue. */
  encode(queue: Queue, index: number): string;
  /** The same format held to one line per record, where its records may take several. */
  readonly oneLine?: LineFormat;
  /** Puts around the line of another format what this one puts around its own, such as the header of a protocol. */
  frame?(line: string, message: Message): string;
  /**
   * Makes what completes the lines of one destination. Where it is there, lines lack their closing brace until they
   * have been through it: their last members belong to the destination, everything before is the same for all.
   */
  readonly seal?: ((runtime: SealSurroundings) => Seal) | undefined;
}

const JSON_FORMAT = new JsonFormat();
const OPEN_JSON_FORMAT = new JsonFormat(sequenced(DEFAULT_LAYOUT, { key: new Uint8Array(0) }));

/**
 * The line of a record whose own formatter failed: what it says still counts.
 *
 * @param failed The formatter; where it leaves its lines open for a seal, so is this one.
 */
export function fallbackLine(message: Message, error: unknown, failed?: LineFormat): string {
  const line = plainFallback(message, error, failed);
  return failed?.frame?.(line, message) ?? line;
}

function plainFallback(message: Message, error: unknown, failed?: LineFormat): string {
  const format = failed?.seal === undefined ? JSON_FORMAT : OPEN_JSON_FORMAT;
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
