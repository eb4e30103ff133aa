import { levelName } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import { recordNames } from "../pipeline/field_names.ts";
import { jsonString, jsonValue } from "./escape.ts";
import { DEFAULT_LAYOUT, type JsonLayout } from "./json_layout.ts";
import { type LineBuffer, putJson, putJsonString } from "./line_buffer.ts";
import { RecordFormat } from "./record_format.ts";

/**
 * One JSON object (RFC 8259) per line: `{"time":"2026-11-23T11:02:15.123Z","level":"info","msg":"...", ...fields}`.
 *
 * `time`, `level` and `msg` come first and once, see {@linkcode recordNames}. Fields that are `undefined` are left
 * out; a BigInt, a symbol, a function, NaN and the infinities become strings.
 *
 * A {@linkcode JsonLayout} gives it other names, another form of time and level, or members that are always the same.
 * It is asked once per level and second and once per set of keys, so every layout costs a record the same.
 */
export class JsonFormat extends RecordFormat {
  readonly #layout: JsonLayout;

  constructor(layout: JsonLayout = DEFAULT_LAYOUT) {
    const { head, tail, millisAt } = layout;
    super({ head: { make: (time, level) => head(time, levelName(level)), millisAt }, tail });
    this.#layout = layout;
  }

  format({ time, level, msg, fields }: Message): string {
    const { head, tail } = this.#layout;
    return head(time, level) + jsonString(msg) + (fields === undefined ? "" : this.fieldsText(fields)) + tail;
  }

  /** Each key as `,"key":`. */
  protected prefixes(keys: readonly string[]): readonly string[] {
    return recordNames(keys, this.#layout.reserved).map((name) => `,${jsonString(name)}:`);
  }

  /** Fields as `,"key":value,"key":value`. */
  protected fieldsText(fields: Fields): string {
    const keys = Object.keys(fields);
    const prefixes = this.prefixes(keys);
    let text = "";
    for (let i = 0; i < keys.length; i++) {
      const value = fields[keys[i] as string];
      if (value !== undefined) text += prefixes[i] + fieldValue(value);
    }
    return text;
  }

  protected putMessage(buffer: LineBuffer, at: number, text: string): number {
    return putJsonString(buffer, at, text);
  }

  protected putString(buffer: LineBuffer, at: number, text: string): number {
    return putJsonString(buffer, at, text);
  }

  protected putObject(buffer: LineBuffer, at: number, value: object): number {
    return putJson(buffer, at, value);
  }
}

function fieldValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return jsonString(value);
    case "number":
      return Number.isFinite(value) ? `${value}` : `"${value}"`;
    case "boolean":
      return value ? "true" : "false";
    case "object":
      return value === null ? "null" : jsonValue(value);
    default:
      return jsonString(String(value));
  }
}
