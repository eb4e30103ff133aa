import type { Queue } from "../dispatch/queue.ts";
import type { Fields, Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import { type LineBuffer, putText } from "./line_buffer.ts";
import type { LineFormat } from "./line_format.ts";
import type { RecordFormat } from "./record_format.ts";

/** What a schema does to a message before it is JSON. */
export interface Mapping {
  /** Makes the message as the schema wants it; the argument is not changed. */
  map(message: Message): Message;
  /**
   * Whether a field goes into the record as it is, whatever its value and whatever stands beside it. Absent where
   * messages are mapped for more than their fields.
   */
  isPlain?(key: string): boolean;
}

/** JSON of a schema: records with nothing but plain fields take the fast way of the JSON format, others are mapped. */
export class MappedFormat implements LineFormat {
  readonly #json: RecordFormat;
  readonly #mapping: Mapping;

  constructor(json: RecordFormat, mapping: Mapping) {
    this.#json = json;
    this.#mapping = mapping;
  }

  format(message: Message): string {
    return this.#json.format(this.#mapping.map(message));
  }

  encode(queue: Queue, index: number): string {
    return this.#isPlain(queue, index) ? this.#json.encode(queue, index) : this.format(queue.message(index));
  }

  write(queue: Queue, index: number, buffer: LineBuffer): number {
    return this.#isPlain(queue, index)
      ? this.#json.write(queue, index, buffer)
      : putText(buffer, buffer.length, this.format(queue.message(index)));
  }

  #isPlain(queue: Queue, index: number): boolean {
    const context = queue.contexts[index] as Context;
    return queue.shapes[index]?.encoded<boolean>(this) === true && context.encoded<boolean>(this) !== false;
  }

  /** Whether all are plain. */
  encodeKeys(keys: readonly string[]): boolean {
    const mapping = this.#mapping;
    return mapping.isPlain !== undefined && keys.every((key) => mapping.isPlain?.(key));
  }

  encodeFields(fields: Fields): boolean {
    return this.encodeKeys(Object.keys(fields));
  }
}
