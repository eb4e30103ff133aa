import { levelName } from "../level.ts";
import type { Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import type { Shape } from "../pipeline/shape.ts";

/**
 * The records between the log call and the dispatcher, as columns: a call stores numbers and references into arrays
 * that are there already and allocates nothing.
 *
 * A turn of the dispatcher always takes all of it, so it needs no ring: it is filled, read and cleared. While one is
 * read, calls made by filters and formatters fill another.
 */
export class Queue {
  /** Records it has room for. */
  readonly capacity: number;
  /** Records in it. */
  length = 0;
  /** About how many bytes the records hold. */
  bytes = 0;
  /** Time of each, in milliseconds since the epoch. */
  readonly times: Float64Array;
  /** Level number of each. */
  readonly levels: Uint8Array;
  /** Message text of each. */
  readonly texts: string[];
  /** Bound fields of each. */
  readonly contexts: Context[];
  /** Keys of the fields of each; absent when `values` holds the whole fields object at the start of the record. */
  readonly shapes: (Shape | undefined)[];
  /** Where in `values` the fields of each start. */
  readonly starts: Uint32Array;
  /** Values of all fields, one record after the other. */
  readonly values: unknown[] = [];
  /** Values in it. */
  valueCount = 0;

  /** Makes an empty queue. */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.times = new Float64Array(capacity);
    this.levels = new Uint8Array(capacity);
    this.texts = new Array(capacity).fill("");
    this.contexts = new Array(capacity).fill(undefined);
    this.shapes = new Array(capacity).fill(undefined);
    this.starts = new Uint32Array(capacity);
  }

  /** One record as the object that filters, middleware and custom formatters see. */
  message(index: number): Message {
    const own = this.#ownFields(index);
    const bound = (this.contexts[index] as Context).fields;
    const message = {
      time: this.times[index] as number,
      level: levelName(this.levels[index] as number),
      msg: this.texts[index] as string,
    };
    if (own === undefined) return bound === undefined ? message : { ...message, fields: { ...bound } };
    return { ...message, fields: bound === undefined ? own : { ...bound, ...own } };
  }

  #ownFields(index: number): Record<string, unknown> | undefined {
    const shape = this.shapes[index];
    const start = this.starts[index] as number;
    if (shape === undefined) return this.values[start] as Record<string, unknown>;
    const { keys } = shape;
    if (keys.length === 0) return undefined;
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      const value = this.values[start + i];
      if (value === undefined) continue;
      if (key === "__proto__") {
        Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true });
      } else {
        fields[key] = value;
      }
    }
    return fields;
  }

  /** Forgets all records, and holds none of their values any longer. */
  clear(): void {
    this.texts.fill("", 0, this.length);
    this.contexts.fill(undefined as unknown as Context, 0, this.length);
    this.values.fill(undefined, 0, this.valueCount);
    this.length = 0;
    this.valueCount = 0;
    this.bytes = 0;
  }
}
