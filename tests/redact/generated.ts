/**
 * Generated fields with secrets in them, reproducible by a number.
 *
 * @module
 */

import { SecretMaker } from "./secrets.ts";

/** Fields and what must not be left of them. */
export interface Generated {
  readonly msg: string;
  readonly fields: Record<string, unknown>;
  readonly secrets: readonly string[];
}

/** Names under which anything is a secret, in the generated objects; in any case. */
export const SECRET_KEYS = ["password", "x-api-key"] as const;

/** Where anything is a secret in the generated objects. */
export const SECRET_PATHS = ["**.hidden", "top.*.deep", "list[*].pin"] as const;

/** Makes fields of a number. */
export function generate(seed: number): Generated {
  return new Generator(seed).generate();
}

class Generator extends SecretMaker {
  generate(): Generated {
    const msg = this.text();
    const fields = this.#object(0);
    fields[this.pick(["a", "list", "top"])] = this.#value(0);
    fields["list"] = [{ pin: this.raw() }, this.#value(1)];
    fields["top"] = { [this.noise(4)]: { deep: this.raw() } };
    return { msg, fields, secrets: this.secrets };
  }

  #value(depth: number): unknown {
    switch (this.below(depth > 4 ? 5 : 12)) {
      case 0:
        return this.noise(6);
      case 1:
        return this.pick<unknown>([null, undefined, true, 0, -1.5, NaN, 12n, Symbol("s"), new Date(0), /x/]);
      case 2:
      case 3:
        return this.text();
      case 4:
        return this.below(4) === 0 ? Number(this.card(16, "")) : this.text();
      case 5:
      case 6:
        return this.#object(depth + 1);
      case 7:
        return this.#array(depth + 1);
      case 8:
        return new Set(this.#array(depth + 1));
      case 9:
        return new Map(this.#array(depth + 1).map((item) => [this.#name(), item]));
      case 10:
        return this.#error(depth + 1);
      default: {
        const value = this.#value(depth + 1);
        return { toJSON: () => value };
      }
    }
  }

  #array(depth: number): unknown[] {
    return Array.from({ length: this.below(4) }, () => this.#value(depth));
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (let left = this.below(5); left > 0; left--) {
      const name = this.#name();
      Object.defineProperty(object, name, {
        value: this.#value(depth),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    if (this.below(4) === 0) {
      const key = this.pick(SECRET_KEYS);
      object[this.pick([key, key.toUpperCase()])] = this.pick([
        () => this.raw(),
        () => ({ inner: [this.raw()] }),
      ])();
    }
    if (this.below(4) === 0) object["hidden"] = this.raw();
    return object;
  }

  #error(depth: number): Error {
    const error = this.below(2) === 0
      ? new TypeError(this.text(), { cause: this.#value(depth) })
      : new AggregateError(this.#array(depth), this.text());
    return Object.assign(error, this.#object(depth + 1));
  }

  #name(): string {
    return this.below(8) === 0 ? this.text() : this.pick(["a", "b", "__proto__", "msg", this.noise(5)]);
  }
}
