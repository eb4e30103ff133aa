import type { Queue } from "../dispatch/queue.ts";
import type { Message } from "../message.ts";
import { JsonFormat } from "./json_format.ts";
import { type JsonLayout, openLayout, type Sequence } from "./json_layout.ts";
import type { LineFormat, LineSequence } from "./line_format.ts";
import { Seal } from "./seal.ts";

/** JSON whose records are numbered, and chained where there is a key. */
export class SequencedFormat implements LineFormat {
  readonly sequence: LineSequence;

  constructor(layout: JsonLayout, sequence: Sequence) {
    this.sequence = {
      open: new JsonFormat(openLayout(layout, sequence.key !== undefined)),
      seal: (runtime) => new Seal(runtime, sequence),
    };
  }

  format(message: Message): string {
    return this.sequence.open.format(message) + "}";
  }

  encode(queue: Queue, index: number): string {
    return this.sequence.open.encode(queue, index) + "}";
  }
}
