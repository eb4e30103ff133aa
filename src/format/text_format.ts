import type { Queue } from "../dispatch/queue.ts";
import { LEVEL_NUMBER, levelName } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import { bareOrQuoted, jsonValue, visibleText } from "./escape.ts";
import type { LineFormat } from "./line_format.ts";
import { timestamp } from "./timestamp.ts";

/**
 * One line of text per record: `[2026-11-23T11:02:15.123Z] [INFO] user logged in user_id=42`.
 *
 * Line breaks and control characters of the data are escaped; keys and values with spaces, quotes or `=` are quoted
 * like JSON strings; objects are JSON.
 */
export class TextFormat implements LineFormat {
  format(message: Message): string {
    return this.#head(message.time, LEVEL_NUMBER[message.level]) + visibleText(message.msg) +
      (message.fields === undefined ? "" : this.encodeFields(message.fields));
  }

  encode(queue: Queue, index: number): string {
    const shape = queue.shapes[index];
    const context = queue.contexts[index] as Context;
    if (shape === undefined || !context.isDisjoint(shape)) return this.format(queue.message(index));
    let line = this.#head(queue.times[index] as number, queue.levels[index] as number) +
      visibleText(queue.texts[index] as string) + context.encoded(this);
    const keys = shape.encoded<readonly string[]>(this);
    const start = queue.starts[index] as number;
    for (let i = 0; i < keys.length; i++) {
      const value = queue.values[start + i];
      if (value !== undefined) line += keys[i] + textValue(value);
    }
    return line;
  }

  /** Each key as ` key=`. */
  encodeKeys(keys: readonly string[]): string[] {
    return keys.map((key) => ` ${bareOrQuoted(key)}=`);
  }

  /** Fields as ` key=value key=value`. */
  encodeFields(fields: Fields): string {
    const keys = Object.keys(fields);
    const encoded = this.encodeKeys(keys);
    let text = "";
    for (let i = 0; i < keys.length; i++) {
      const value = fields[keys[i] as string];
      if (value !== undefined) text += encoded[i] + textValue(value);
    }
    return text;
  }

  #head(time: number, level: number): string {
    return `[${timestamp(time)}] [${levelName(level).toUpperCase()}] `;
  }
}

/** A value of `key=value`. */
export function textValue(value: unknown): string {
  if (typeof value === "object" && value !== null) return bareOrQuoted(jsonValue(value));
  return bareOrQuoted(String(value));
}
