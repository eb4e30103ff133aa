import type { Queue } from "../dispatch/queue.ts";
import type { Message } from "../message.ts";

/**
 * What a scheme puts around each line: the header of a protocol, or a mark.
 *
 * It is given lines and never a format, so there is nothing of a format that it could lose: a line is complete, numbered
 * and signed before it gets here.
 */
export interface Envelope {
  /** Puts it around the line of a message. */
  wrap(line: string, message: Message): string;
  /** The same for a record straight from the queue. */
  wrapRecord(line: string, queue: Queue, index: number): string;
}
