import type { Queue } from "../dispatch/queue.ts";
import type { Fields, Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import type { LineFormat } from "./line_format.ts";

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
  readonly #json: LineFormat;
  readonly #mapping: Mapping;

  constructor(json: LineFormat, mapping: Mapping) {
    this.#json = json;
    this.#mapping = mapping;
  }

  format(message: Message): string {
    return this.#json.format(this.#mapping.map(message));
  }

  encode(queue: Queue, index: number): string {
    const shape = queue.shapes[index];
    const context = queue.contexts[index] as Context;
    return shape !== undefined && shape.encoded<boolean>(this) && context.encoded(this) === ""
      ? this.#json.encode(queue, index)
      : this.format(queue.message(index));
  }

  /** Whether all are plain. */
  encodeKeys(keys: readonly string[]): boolean {
    const mapping = this.#mapping;
    return mapping.isPlain !== undefined && keys.every((key) => mapping.isPlain?.(key));
  }

  /** Empty when all are plain. */
  encodeFields(fields: Fields): string {
    return this.encodeKeys(Object.keys(fields)) ? "" : "mapped";
  }
}
