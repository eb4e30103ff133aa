import { LEVELS } from "../level.ts";

/**
 * The beginnings of lines, which are the same for all records of a level within a millisecond: each is made once for
 * them.
 */
export class Heads {
  readonly #make: (time: number, level: number) => string;
  readonly #heads = new Array<string>(LEVELS.length + 1).fill("");
  #time = NaN;

  /** @param make Makes the beginning for a time, in milliseconds, and the number of a level. */
  constructor(make: (time: number, level: number) => string) {
    this.#make = make;
  }

  /** The beginning for a time and the number of a level. */
  at(time: number, level: number): string {
    if (time !== this.#time) {
      this.#heads.fill("");
      this.#time = time;
    }
    const head = this.#heads[level / 10] as string;
    if (head !== "") return head;
    return this.#heads[level / 10] = this.#make(time, level);
  }
}
