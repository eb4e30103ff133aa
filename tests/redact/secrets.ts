/**
 * Generated texts with secrets in them, reproducible by a number.
 *
 * @module
 */

const DIGITS = "0123456789";
const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER = UPPER.toLowerCase();
const NOISE = `${LOWER}${DIGITS} .,:;-_@/"'\\=()[]{}<>\n\t\0\u2028é💥\ud800`;

/** Makes texts, and remembers what in them is a secret. */
export class SecretMaker {
  #state: number;
  readonly secrets: string[] = [];

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A secret that only its place gives away. */
  raw(): string {
    return this.secret(this.some(UPPER + LOWER, 12));
  }

  /** A text with a secret in it that its form gives away. */
  text(): string {
    const before = `${this.noise(6)}${this.pick([" ", "\n", '"', "(", ",", ";", "<", "\t"])}`;
    const after = `${this.pick([" ", "\n", '"', ")", ",", ";", ">", "\t"])}${this.noise(6)}`;
    return `${before}${this.formed()}${after}`;
  }

  formed(): string {
    const base64url = UPPER + LOWER + DIGITS + "-_";
    switch (this.below(11)) {
      case 0:
        return this.secret(this.card(13 + this.below(7), ""));
      case 1:
        return this.secret(this.card(16, this.pick([" ", "-"])));
      case 2:
        return `${this.pick(["Bearer", "bearer"])} ${this.secret(this.some(base64url, 20))}`;
      case 3:
        return `Basic ${this.secret(btoa(`user:${this.some(LOWER + DIGITS, 12)}`))}`;
      case 4:
        return this.secret(
          `eyJ${this.some(base64url, 20)}.eyJ${this.some(base64url, 20)}.${this.some(base64url, 20)}`,
        );
      case 5:
        return this.secret(`${this.some(LOWER, 6)}@${this.some(LOWER, 5)}.${this.some(LOWER, 3)}`);
      case 6:
        return this.secret(this.iban());
      case 7:
        return this.secret(`AKIA${this.some(UPPER + DIGITS, 16)}`);
      case 8:
        return `aws_secret_access_key=${this.secret(this.some(UPPER + LOWER + DIGITS + "+/", 40))}`;
      case 9: {
        const body = this.secret(this.some(UPPER + LOWER, 64));
        return `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----`;
      }
      default:
        return `amqp://user:${this.secret(this.some(LOWER + DIGITS, 12))}@host/`;
    }
  }

  /** Computed the other way round than the library does: the check digit is tried out. */
  card(length: number, separator: string): string {
    const digits = this.pick([..."23456789"]) + this.some(DIGITS, length - 2);
    for (const check of DIGITS) {
      const sum = [...digits + check].reverse().reduce((sum, digit, index) => {
        const value = Number(digit) * (index % 2 + 1);
        return sum + (value > 9 ? value - 9 : value);
      }, 0);
      if (sum % 10 === 0) return (digits + check).replace(/(\d{4})(?=\d)/g, `$1${separator}`);
    }
    throw new Error("Cannot make a card number: no check digit fits");
  }

  iban(): string {
    const country = this.pick(["DE", "GB", "MT"]);
    const account = this.some(DIGITS, 8) + this.some(UPPER + DIGITS, 4 + this.below(12));
    const digits = [...`${account}${country}00`].map((sign) => parseInt(sign, 36)).join("");
    const check = String(98n - BigInt(digits) % 97n).padStart(2, "0");
    const iban = `${country}${check}${account}`;
    return this.below(2) === 0 ? iban : iban.replace(/(.{4})(?=.)/g, "$1 ");
  }

  secret(text: string): string {
    this.secrets.push(text);
    return text;
  }

  /** At most so many signs, fewer than the shortest secret has: none comes about by chance. */
  noise(max: number): string {
    return this.some([...NOISE], this.below(max + 1));
  }

  some(signs: string | readonly string[], length: number): string {
    let text = "";
    while (length-- > 0) text += this.pick(signs as readonly string[]);
    return text;
  }

  pick<T>(items: ArrayLike<T>): T {
    return items[this.below(items.length)] as T;
  }

  /** Mulberry32. */
  below(limit: number): number {
    this.#state = this.#state + 0x6d2b79f5 | 0;
    let t = Math.imul(this.#state ^ this.#state >>> 15, 1 | this.#state);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return Math.floor(((t ^ t >>> 14) >>> 0) / 2 ** 32 * limit);
  }
}
