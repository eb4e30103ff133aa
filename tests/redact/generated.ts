/**
 * Generated fields with secrets in them, reproducible by a number.
 *
 * @module
 */

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

const DIGITS = "0123456789";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const NOISE = `${LOWER}${DIGITS} .,:;-_@/"'\\=()[]{}<>\n\t\0\u2028é💥\ud800`;

/** Makes fields of a number. */
export function generate(seed: number): Generated {
  return new Generator(seed).generate();
}

class Generator {
  #state: number;
  readonly #secrets: string[] = [];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  generate(): Generated {
    const msg = this.#text();
    const fields = this.#object(0);
    fields[this.#pick(["a", "list", "top"])] = this.#value(0);
    fields["list"] = [{ pin: this.#raw() }, this.#value(1)];
    fields["top"] = { [this.#noise(4)]: { deep: this.#raw() } };
    return { msg, fields, secrets: this.#secrets };
  }

  #value(depth: number): unknown {
    switch (this.#below(depth > 4 ? 5 : 12)) {
      case 0:
        return this.#noise(6);
      case 1:
        return this.#pick<unknown>([null, undefined, true, 0, -1.5, NaN, 12n, Symbol("s"), new Date(0), /x/]);
      case 2:
      case 3:
        return this.#text();
      case 4:
        return this.#below(4) === 0 ? Number(this.#card(16, "")) : this.#text();
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
    return Array.from({ length: this.#below(4) }, () => this.#value(depth));
  }

  #object(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (let left = this.#below(5); left > 0; left--) {
      const name = this.#name();
      Object.defineProperty(object, name, {
        value: this.#value(depth),
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    if (this.#below(4) === 0) {
      const key = this.#pick(SECRET_KEYS);
      object[this.#pick([key, key.toUpperCase()])] = this.#pick([
        () => this.#raw(),
        () => ({ inner: [this.#raw()] }),
      ])();
    }
    if (this.#below(4) === 0) object["hidden"] = this.#raw();
    return object;
  }

  #error(depth: number): Error {
    const error = this.#below(2) === 0
      ? new TypeError(this.#text(), { cause: this.#value(depth) })
      : new AggregateError(this.#array(depth), this.#text());
    return Object.assign(error, this.#object(depth + 1));
  }

  #name(): string {
    return this.#below(8) === 0 ? this.#text() : this.#pick(["a", "b", "__proto__", "msg", this.#noise(5)]);
  }

  /** A secret that only its place gives away. */
  #raw(): string {
    return this.#secret(this.#some(UPPER + LOWER, 12));
  }

  /** A text with a secret in it that its form gives away. */
  #text(): string {
    const before = `${this.#noise(6)}${this.#pick([" ", "\n", '"', "(", ",", ";", "<", "\t"])}`;
    const after = `${this.#pick([" ", "\n", '"', ")", ",", ";", ">", "\t"])}${this.#noise(6)}`;
    return `${before}${this.#formed()}${after}`;
  }

  #formed(): string {
    const base64url = UPPER + LOWER + DIGITS + "-_";
    switch (this.#below(11)) {
      case 0:
        return this.#secret(this.#card(13 + this.#below(7), ""));
      case 1:
        return this.#secret(this.#card(16, this.#pick([" ", "-"])));
      case 2:
        return `${this.#pick(["Bearer", "bearer"])} ${this.#secret(this.#some(base64url, 20))}`;
      case 3:
        return `Basic ${this.#secret(btoa(`user:${this.#some(LOWER + DIGITS, 12)}`))}`;
      case 4:
        return this.#secret(
          `eyJ${this.#some(base64url, 20)}.eyJ${this.#some(base64url, 20)}.${this.#some(base64url, 20)}`,
        );
      case 5:
        return this.#secret(`${this.#some(LOWER, 6)}@${this.#some(LOWER, 5)}.${this.#some(LOWER, 3)}`);
      case 6:
        return this.#secret(this.#iban());
      case 7:
        return this.#secret(`AKIA${this.#some(UPPER + DIGITS, 16)}`);
      case 8:
        return `aws_secret_access_key=${this.#secret(this.#some(UPPER + LOWER + DIGITS + "+/", 40))}`;
      case 9: {
        const body = this.#secret(this.#some(UPPER + LOWER, 64));
        return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`;
      }
      default:
        return `amqp://user:${this.#secret(this.#some(LOWER + DIGITS, 12))}@host/`;
    }
  }

  /** Computed the other way round than the library does: the check digit is tried out. */
  #card(length: number, separator: string): string {
    const digits = this.#pick([..."23456789"]) + this.#some(DIGITS, length - 2);
    for (const check of DIGITS) {
      const sum = [...digits + check].reverse().reduce((sum, digit, index) => {
        const value = Number(digit) * (index % 2 + 1);
        return sum + (value > 9 ? value - 9 : value);
      }, 0);
      if (sum % 10 === 0) return (digits + check).replace(/(\d{4})(?=\d)/g, `$1${separator}`);
    }
    throw new Error("Cannot make a card number: no check digit fits");
  }

  #iban(): string {
    const country = this.#pick(["DE", "GB", "MT"]);
    const account = this.#some(DIGITS, 8) + this.#some(UPPER + DIGITS, 4 + this.#below(12));
    const digits = [...`${account}${country}00`].map((sign) => parseInt(sign, 36)).join("");
    const check = String(98n - BigInt(digits) % 97n).padStart(2, "0");
    const iban = `${country}${check}${account}`;
    return this.#below(2) === 0 ? iban : iban.replace(/(.{4})(?=.)/g, "$1 ");
  }

  #secret(text: string): string {
    this.#secrets.push(text);
    return text;
  }

  /** At most so many signs, fewer than the shortest secret has: none comes about by chance. */
  #noise(max: number): string {
    return this.#some([...NOISE], this.#below(max + 1));
  }

  #some(signs: string | readonly string[], length: number): string {
    let text = "";
    while (length-- > 0) text += this.#pick(signs as readonly string[]);
    return text;
  }

  #pick<T>(items: ArrayLike<T>): T {
    return items[this.#below(items.length)] as T;
  }

  /** Mulberry32. */
  #below(limit: number): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let t = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return Math.floor(((t ^ t >>> 14) >>> 0) / 2 ** 32 * limit);
  }
}
