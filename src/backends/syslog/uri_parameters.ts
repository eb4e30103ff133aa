import { show } from "../../validate.ts";

/** The error that says what is wrong with an option. */
export function refused(where: string, why: string): RangeError {
  return new RangeError(`Cannot use option "${where}": ${why}`);
}

/** The parameters in the query of a URI. */
export class Parameters {
  readonly #where: string;
  readonly #values: URLSearchParams;

  constructor(where: string, values: URLSearchParams) {
    this.#where = where;
    this.#values = values;
  }

  /** Refuses parameters that nobody knows, and those that are there twice. */
  check(known: readonly string[]): void {
    for (const name of this.#values.keys()) {
      if (!known.includes(name)) {
        throw new TypeError(
          `Cannot use option "${this.#where}": there is no parameter ${show(name)}; known are ${known.join(", ")}`,
        );
      }
      if (this.#values.getAll(name).length > 1) this.refuse(name, "it is there twice");
    }
  }

  /** What a parameter says, where it is there. */
  text(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  /** Checks a parameter where it is there. */
  read<T>(name: string, check: (where: string, value: string) => T): T | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : check(`${this.#where}?${name}`, value);
  }

  /** Throws the error that says what is wrong with a parameter. */
  refuse(name: string, why: string): never {
    throw new RangeError(`Cannot use option "${this.#where}?${name}": ${why}`);
  }

  /** Refuses parameters that mean nothing here. */
  refuseAll(names: readonly string[], why: string): void {
    for (const name of names) if (this.#values.has(name)) this.refuse(name, why);
  }
}
