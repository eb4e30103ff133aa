import { readMarks } from "./marked_name.ts";

/** Steps from a name to the parts of it that may be a secret name; one that takes more is one. */
const MOST_STEPS = 64;

/** Names under which everything is a secret. */
export class SecretNames {
  readonly #folded: ReadonlySet<string>;
  /** Units of the longest one. */
  readonly #longest: number;

  /** @param names In any case, with `-` and `_` or without. */
  constructor(names: readonly string[]) {
    this.#folded = new Set(names.map(fold));
    this.#longest = Math.max(...names.map((name) => name.length), 0);
  }

  /** Whether a name is one of them: `Api-Key`, `apiKey`, `API_KEY`. */
  has(name: string): boolean {
    // Any number of `-` and `_` may stand in it; who writes so many has something else in mind.
    return name.length <= 2 * this.#longest + 16 && this.#folded.has(fold(name));
  }

  /**
   * Whether a name of a field is one of them, or was before it was changed: the second of two equal names
   * (`password (2)`), one that was too long (`passw...[+3 chars]`), the last part of a path (`user.password`,
   * `user[password]`, `password[0]`).
   */
  hasField(name: string): boolean {
    let rest = name;
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      if (this.has(rest)) return true;
      const marks = readMarks(rest);
      if (marks !== undefined) {
        if (marks.missing > 0) return this.#hasStart(marks.name, marks.missing);
        rest = marks.name;
        continue;
      }
      if (rest.endsWith("]")) {
        const open = rest.lastIndexOf("[");
        if (open < 0) return false;
        const inner = rest.slice(open + 1, -1);
        rest = /^\d*$/.test(inner) ? rest.slice(0, open) : inner;
        continue;
      }
      const dot = rest.lastIndexOf(".");
      return dot >= 0 && this.has(rest.slice(dot + 1));
    }
    return true;
  }

  /** Whether one of them starts with what is left of a name. */
  #hasStart(start: string, missing: number): boolean {
    const folded = fold(start.slice(start.lastIndexOf(".") + 1));
    for (const name of this.#folded) if (name.startsWith(folded) && name.length <= folded.length + missing) return true;
    return false;
  }
}

/** What equal names have in common: `-` and `_` stand where other conventions have a capital letter. */
function fold(name: string): string {
  const lower = name.toLowerCase();
  const folded = lower.replace(/[-_]/g, "");
  return folded === "" ? lower : folded;
}
