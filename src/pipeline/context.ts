import type { Fields } from "../message.ts";
import { isPrefixed } from "./field_names.ts";
import type { Shape } from "./shape.ts";

/** What makes something of bound fields that is the same for every record. */
export interface ContextEncoder {
  encodeFields(fields: Fields): string;
}

/** The fields that a logger puts on every record, copied when they were bound and encoded once per formatter. */
export class Context {
  /** The bound fields; absent when there are none. */
  readonly fields: Fields | undefined;
  // In the form of the formatter that was used last, and in those of others: a replaced one must not be kept.
  #lastEncoder: ContextEncoder | undefined;
  #lastEncoded = "";
  #encoded: WeakMap<ContextEncoder, string> | undefined;
  #lastDisjoint: Shape | undefined;
  readonly #hasPrefixedName: boolean;

  /** Makes a context of fields that nobody will change. */
  constructor(fields: Fields | undefined) {
    this.fields = fields;
    this.#hasPrefixedName = fields !== undefined && Object.keys(fields).some(isPrefixed);
  }

  /** The bound fields in the form of a formatter. */
  encoded(encoder: ContextEncoder): string {
    if (this.fields === undefined) return "";
    if (this.#lastEncoder === encoder) return this.#lastEncoded;
    let encoded = this.#encoded?.get(encoder);
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
