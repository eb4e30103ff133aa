import type { Queue } from "../dispatch/queue.ts";
import type { Fields, Message } from "../message.ts";
import type { Context } from "../pipeline/context.ts";
import {
  LineBuffer,
  LONGEST_NUMBER,
  NO_ROOM,
  putBoolean,
  putNull,
  putNumber,
  putReady,
  putText,
  putWords,
  ReadyText,
  ReadyTexts,
} from "./line_buffer.ts";
import type { LineFormat } from "./line_format.ts";
import { type HeadMaker, ReadyHeads } from "./ready_heads.ts";

/** Bytes for the message text that is kept in case the next record has the same. */
const KEPT_BYTES = 1024;

/** Lines of which a text is wanted are written here first. */
const TEXT_BYTES = 64 * 1024;
let textBuffer: LineBuffer | undefined;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Stands for bound fields whose names depend on those of the record. */
export const NOT_PLAIN: ReadyText = ReadyText.of("");

/** What stands around the values of a record. */
export interface RecordLayout {
  /** The record up to its message text. */
  readonly head: HeadMaker;
  /** The record after its fields. */
  readonly tail: string;
}

/**
 * A head, the message text, the fields, each with its name in front, and a tail: written straight from the queue as
 * bytes. A format says how a text, a string and an object are written.
 */
export abstract class RecordFormat implements LineFormat {
  readonly #heads: ReadyHeads;
  readonly #tail: ReadyText;
  /** The message text of the last record, and what was written for it: most calls have the same text each time. */
  readonly #kept = new LineBuffer(KEPT_BYTES);
  readonly #keptText = new ReadyText(this.#kept.bytes.buffer, 0);
  #lastText: string | undefined;

  constructor({ head, tail }: RecordLayout) {
    this.#heads = new ReadyHeads(head);
    this.#tail = ReadyText.of(tail);
  }

  abstract format(message: Message): string;

  /** What stands in front of each value when these appear together; `undefined` when the general way is to find out. */
  protected abstract prefixes(keys: readonly string[]): readonly string[] | undefined;

  /** Fields with what stands in front of each; `undefined` as above. */
  protected abstract fieldsText(fields: Fields): string | undefined;

  /** Writes the message text, or says that there is no room. */
  protected abstract putMessage(buffer: LineBuffer, at: number, text: string): number;

  /** Writes a string, or says that there is no room. */
  protected abstract putString(buffer: LineBuffer, at: number, text: string): number;

  /** Writes plain data, or says that there is no room. */
  protected abstract putObject(buffer: LineBuffer, at: number, value: object): number;

  encode(queue: Queue, index: number): string {
    textBuffer ??= new LineBuffer(TEXT_BYTES);
    const length = this.write(queue, index, textBuffer);
    return length === NO_ROOM
      ? this.format(queue.message(index))
      : decoder.decode(textBuffer.bytes.subarray(0, length));
  }

  write(queue: Queue, index: number, buffer: LineBuffer): number {
    const shape = queue.shapes[index];
    const context = queue.contexts[index] as Context;
    if (shape === undefined || !context.isDisjoint(shape)) return this.#writeAny(queue, index, buffer);
    const names = shape.encoded<ReadyTexts | undefined>(this);
    const bound = context.encoded<ReadyText>(this);
    if (names === undefined || bound === NOT_PLAIN) return this.#writeAny(queue, index, buffer);
    const { end } = buffer;
    let at = buffer.length;
    const head = this.#heads.at(queue.times[index] as number, queue.levels[index] as number);
    if (at + head.length > end) return NO_ROOM;
    at = this.#putMessage(buffer, putReady(buffer, at, head), queue.texts[index] as string);
    if (at < 0) return NO_ROOM;
    if (bound !== undefined) {
      if (at + bound.length > end) return NO_ROOM;
      at = putReady(buffer, at, bound);
    }
    const { words, ends, lengths } = names;
    const { values } = queue;
    const start = queue.starts[index] as number;
    let word = 0;
    for (let i = 0; i < lengths.length; i++) {
      const value = values[start + i];
      const first = word;
      word = ends[i] as number;
      if (value === undefined) continue;
      const length = lengths[i] as number;
      if (at + length + LONGEST_NUMBER > end) return NO_ROOM;
      putWords(buffer, at, words, first, word);
      at += length;
      if (typeof value === "string") at = this.putString(buffer, at, value);
      else if (typeof value === "number" && value - value === 0) at = putNumber(buffer, at, value);
      else if (typeof value === "boolean") at = putBoolean(buffer, at, value);
      else if (value === null) at = putNull(buffer, at);
      else if (typeof value === "object") at = this.putObject(buffer, at, value);
      else at = this.putString(buffer, at, String(value));
      if (at < 0) return NO_ROOM;
    }
    const tail = this.#tail;
    return at + tail.length > end ? NO_ROOM : putReady(buffer, at, tail);
  }

  encodeKeys(keys: readonly string[]): ReadyTexts | undefined {
    const prefixes = this.prefixes(keys);
    return prefixes === undefined ? undefined : new ReadyTexts(prefixes);
  }

  encodeFields(fields: Fields): ReadyText {
    const text = this.fieldsText(fields);
    return text === undefined ? NOT_PLAIN : ReadyText.of(text);
  }

  #writeAny(queue: Queue, index: number, buffer: LineBuffer): number {
    return putText(buffer, buffer.length, this.format(queue.message(index)));
  }

  #putMessage(buffer: LineBuffer, at: number, text: string): number {
    const kept = this.#keptText;
    if (text !== this.#lastText) {
      const length = text.length < KEPT_BYTES ? this.putMessage(this.#kept, 0, text) : NO_ROOM;
      if (length < 0) {
        this.#lastText = undefined;
        return this.putMessage(buffer, at, text);
      }
      this.#lastText = text;
      kept.length = length;
    }
    return at + kept.length > buffer.end ? NO_ROOM : putReady(buffer, at, kept);
  }
}
