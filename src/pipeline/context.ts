import type { Fields } from "../message.ts";
import { isPrefixed } from "./field_names.ts";
import type { Shape } from "./shape.ts";

/** What makes something of bound fields that is the same for every record. */
export interface ContextEncoder<T> {
  encodeFields(fields: Fields): T;
}

/** The fields that a logger puts on every record, copied when they were bound and encoded once per formatter. */
export class Context {
  /** The bound fields; absent when there are none. */
  readonly fields: Fields | undefined;
  // In the form of the formatter that was used last, and in those of others: a replaced one must not be kept.
  #lastEncoder: object | undefined;
  #lastEncoded: unknown;
  #encoded: WeakMap<object, unknown> | undefined;
  #lastDisjoint: Shape | undefined;
  readonly #hasPrefixedName: boolean;

  /** Makes a context of fields that nobody will change. */
  constructor(fields: Fields | undefined) {
    this.fields = fields;
    this.#hasPrefixedName = fields !== undefined && Object.keys(fields).some(isPrefixed);
  }

  /** The bound fields in the form of a formatter; `undefined` where there are none. */
  encoded<T>(encoder: ContextEncoder<T>): T | undefined {
    if (this.fields === undefined) return undefined;
    if (this.#lastEncoder === encoder) return this.#lastEncoded as T;
    let encoded = this.#encoded?.get(encoder) as T | undefined;
    if (encoded === undefined) {
      encoded = encoder.encodeFields(this.fields);
      if (this.#lastEncoder !== undefined) {
        this.#encoded ??= new WeakMap();
        this.#encoded.set(this.#lastEncoder, this.#lastEncoded).set(encoder, encoded);
      }
    }
    this.#lastEncoder = encoder;
    this.#lastEncoded = encoded;
    return encoded;
  }

  /** Whether a record of this shape has no field that is bound already. */
  isDisjoint(shape: Shape): boolean {
    const { fields } = this;
    if (fields === undefined || shape === this.#lastDisjoint) return true;
    // Two names that differ may become one in the record, see recordNames: the general way sorts that out.
    if (this.#hasPrefixedName || shape.keys.some((key) => Object.hasOwn(fields, key) || isPrefixed(key))) return false;
    this.#lastDisjoint = shape;
    return true;
  }
}
