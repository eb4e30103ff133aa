import type { Queue } from "../dispatch/queue.ts";
import { type Level, LEVEL_NUMBER, levelName } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import { Heads } from "./heads.ts";
import type { LineFormat } from "./line_format.ts";

/** What tells the formats with `key=value` apart. */
export interface KeyValueStyle {
  /** The record up to its message text. */
  head(time: number, level: Level): string;
  /** The message text. */
  text(msg: string): string;
  /** Names under which fields appear together, no two the same. */
  names(keys: readonly string[]): readonly string[];
  /** Whether a name is its own whatever stands beside it, apart from the reserved ones. */
  isPlain(key: string): boolean;
  /** A value. */
  value(value: unknown): string;
}

/** Stands for bound fields whose names depend on those of the record. */
const NOT_PLAIN = "\0";

/** A head, the message, and ` key=value` for each field, on one line. */
export class KeyValueFormat implements LineFormat {
  readonly #style: KeyValueStyle;
  /** The records up to their message text. */
  readonly #heads: Heads;

  constructor(style: KeyValueStyle) {
    this.#style = style;
    this.#heads = new Heads((time, level) => style.head(time, levelName(level)));
  }

  format({ time, level, msg, fields }: Message): string {
    const line = this.#heads.at(time, LEVEL_NUMBER[level]) + this.#style.text(msg);
    return fields === undefined ? line : line + this.#encode(fields, this.#prefixes(Object.keys(fields)));
  }

  encode(queue: Queue, index: number): string {
    const shape = queue.shapes[index];
    const context = queue.contexts[index] as Context;
    if (shape === undefined || !context.isDisjoint(shape)) return this.format(queue.message(index));
    const keys = shape.encoded<readonly string[] | undefined>(this);
    const bound = context.encoded(this);
    if (keys === undefined || bound === NOT_PLAIN) return this.format(queue.message(index));
    const style = this.#style;
    let line = this.#heads.at(queue.times[index] as number, queue.levels[index] as number) +
      style.text(queue.texts[index] as string) + bound;
    const start = queue.starts[index] as number;
    for (let i = 0; i < keys.length; i++) {
      const value = queue.values[start + i];
      if (value !== undefined) line += keys[i] + style.value(value);
    }
    return line;
  }

  /** Each key as ` key=`; `undefined` when they depend on what stands beside them. */
  encodeKeys(keys: readonly string[]): readonly string[] | undefined {
    return keys.every((key) => this.#style.isPlain(key)) ? this.#prefixes(keys) : undefined;
  }

  /** Fields as ` key=value key=value`. */
  encodeFields(fields: Fields): string {
    const keys = this.encodeKeys(Object.keys(fields));
    return keys === undefined ? NOT_PLAIN : this.#encode(fields, keys);
  }

  #prefixes(keys: readonly string[]): string[] {
    return this.#style.names(keys).map((name) => ` ${name}=`);
  }

  #encode(fields: Fields, prefixes: readonly string[]): string {
    const keys = Object.keys(fields);
    let text = "";
    for (let i = 0; i < keys.length; i++) {
      const value = fields[keys[i] as string];
      if (value !== undefined) text += prefixes[i] + this.#style.value(value);
    }
    return text;
  }
}
