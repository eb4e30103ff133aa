import { LEVEL_NUMBER, levelName } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import { Context } from "../pipeline/context.ts";
import { type Shape, ShapeRegistry } from "../pipeline/shape.ts";

const NOTHING_BOUND = new Context(undefined);

/** Records that a queue has room for at first: a program may have a thousand loggers that hardly log. */
const FIRST_ROOM = 16;

/**
 * The records between the log call and the dispatcher, as columns: a call stores numbers and references into arrays
 * that are there already and allocates nothing but when they have to grow.
 *
 * A turn of the dispatcher always takes all of it, so it needs no ring: it is filled, read and cleared. While one is
 * read, calls made by filters and formatters fill another.
 */
export class Queue {
  /** Records that it may hold. */
  readonly capacity: number;
  /** Records that it has room for at present. */
  room: number;
  /** Records in it. */
  length = 0;
  /** About how many bytes the records hold. */
  bytes = 0;
  /** Time of each, in milliseconds since the epoch. */
  times: Float64Array;
  /** Level number of each. */
  levels: Uint8Array;
  /** Message text of each. */
  texts: string[];
  /** Bound fields of each. */
  contexts: Context[];
  /** Keys of the fields of each; absent when `values` holds the whole fields object at the start of the record. */
  shapes: (Shape | undefined)[];
  /** Where in `values` the fields of each start. */
  starts: Uint32Array;
  /** Values of all fields, one record after the other. */
  values: unknown[] = [];
  /** Values in it. */
  valueCount = 0;
  /** Shapes of the messages that it has held. */
  #heldShapes: ShapeRegistry | undefined;
  #changed: Queue | undefined;

  /** Makes an empty queue. */
  constructor(capacity: number) {
    this.capacity = capacity;
    const room = this.room = Math.min(capacity, FIRST_ROOM);
    this.times = new Float64Array(room);
    this.levels = new Uint8Array(room);
    this.texts = new Array(room).fill("");
    this.contexts = new Array(room).fill(undefined);
    this.shapes = new Array(room).fill(undefined);
    this.starts = new Uint32Array(room);
  }

  /** Makes room for twice as many records, unless it may hold no more; returns whether there is some. */
  grow(): boolean {
    if (this.length < this.room) return true;
    const room = Math.min(this.capacity, this.room * 2);
    if (room === this.room) return false;
    const more = room - this.room;
    this.room = room;
    this.times = copied(this.times, new Float64Array(room));
    this.levels = copied(this.levels, new Uint8Array(room));
    this.starts = copied(this.starts, new Uint32Array(room));
    this.texts = this.texts.concat(new Array(more).fill(""));
    this.contexts = this.contexts.concat(new Array(more).fill(undefined));
    this.shapes = this.shapes.concat(new Array(more).fill(undefined));
    return true;
  }

  /** Where a record of it stands that a pipeline has changed. */
  get changed(): Queue {
    return this.#changed ??= new Queue(1);
  }

  /** Holds one message; it must be empty. */
  hold({ time, level, msg, fields }: Message): void {
    this.times[0] = time;
    this.levels[0] = LEVEL_NUMBER[level];
    this.texts[0] = msg;
    this.contexts[0] = NOTHING_BOUND;
    this.shapes[0] = this.#holdFields(fields);
    this.length = 1;
  }

  #holdFields(fields: Fields = {}): Shape | undefined {
    this.#heldShapes ??= new ShapeRegistry();
    let shape: Shape | undefined = this.#heldShapes.empty;
    for (const key of Object.keys(fields)) {
      shape = shape.then(key);
      if (shape === undefined) {
        this.values[0] = fields;
        return undefined;
      }
      this.values[this.valueCount++] = fields[key];
    }
    return shape;
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

function copied<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
