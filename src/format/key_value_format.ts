import { type Level, levelName } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import { type LineBuffer, NO_ROOM, putBare, putText, putVisible } from "./line_buffer.ts";
import { RecordFormat } from "./record_format.ts";

/** What tells the formats with `key=value` apart. */
export interface KeyValueStyle {
  /** The record up to its message text. */
  head(time: number, level: Level): string;
  /** See {@linkcode HeadMaker.millisAt}. */
  readonly millisAt: number | undefined;
  /** The message text. */
  text(msg: string): string;
  /** Whether the message text is a value like others; else it is the same whenever it is ASCII without controls. */
  readonly isTextValue: boolean;
  /** Names under which fields appear together, no two the same. */
  names(keys: readonly string[]): readonly string[];
  /** Whether a name is its own whatever stands beside it, apart from the reserved ones. */
  isPlain(key: string): boolean;
  /** A value. */
  value(value: unknown): string;
}

/** A head, the message, and ` key=value` for each field, on one line. */
export class KeyValueFormat extends RecordFormat {
  readonly #style: KeyValueStyle;

  constructor(style: KeyValueStyle) {
    const { millisAt } = style;
    super({ head: { make: (time, level) => style.head(time, levelName(level)), millisAt }, tail: "" });
    this.#style = style;
  }

  format({ time, level, msg, fields }: Message): string {
    const line = this.#style.head(time, level) + this.#style.text(msg);
    return fields === undefined ? line : line + this.#encode(fields, this.#named(Object.keys(fields)));
  }

  /** Each key as ` key=`; `undefined` when they depend on what stands beside them. */
  protected prefixes(keys: readonly string[]): readonly string[] | undefined {
    return keys.every((key) => this.#style.isPlain(key)) ? this.#named(keys) : undefined;
  }

  /** Fields as ` key=value key=value`. */
  protected fieldsText(fields: Fields): string | undefined {
    const prefixes = this.prefixes(Object.keys(fields));
    return prefixes === undefined ? undefined : this.#encode(fields, prefixes);
  }

  protected putMessage(buffer: LineBuffer, at: number, text: string): number {
    if (this.#style.isTextValue) return this.putString(buffer, at, text);
    const next = putVisible(buffer, at, text);
    return next < 0 ? putText(buffer, at, this.#style.text(text)) : next;
  }

  protected putString(buffer: LineBuffer, at: number, text: string): number {
    // A string of this text may be told from the value of that name.
    const next = text === "null" ? NO_ROOM : putBare(buffer, at, text);
    return next < 0 ? putText(buffer, at, this.#style.value(text)) : next;
  }

  protected putObject(buffer: LineBuffer, at: number, value: object): number {
    return putText(buffer, at, this.#style.value(value));
  }

  #named(keys: readonly string[]): string[] {
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
