import { LEVELS } from "../level.ts";
import { putThreeDigits, ReadyText } from "./line_buffer.ts";

/** What the beginnings of lines are made of. */
export interface HeadMaker {
  /** Makes the beginning for a time, in milliseconds, and the number of a level. */
  readonly make: (time: number, level: number) => string;
  /**
   * Where in it, in bytes, the three digits of the millisecond stand, for times of our age (10^12 to 10^13): those of one
   * second differ by nothing else. Absent where that is not known.
   */
  readonly millisAt: number | undefined;
}

/** The beginnings of lines as bytes: one for each level, which is made anew each second. */
export class ReadyHeads {
  readonly #maker: HeadMaker;
  readonly #heads: ReadyText[] = [];
  /** The time of each, and the beginning of its second if that is known. */
  readonly #times = new Float64Array(LEVELS.length + 1).fill(NaN);
  readonly #seconds = new Float64Array(LEVELS.length + 1).fill(NaN);

  constructor(maker: HeadMaker) {
    this.#maker = maker;
  }

  /** The beginning for a time and the number of a level; it is changed by the next call. */
  at(time: number, level: number): ReadyText {
    const index = level / 10;
    if (time === this.#times[index]) return this.#heads[index] as ReadyText;
    const millis = time - (this.#seconds[index] as number);
    if (!(millis >= 0 && millis < 1000 && Math.floor(millis) === millis)) return this.#make(time, level);
    const head = this.#heads[index] as ReadyText;
    putThreeDigits(head.bytes, this.#maker.millisAt as number, millis);
    this.#times[index] = time;
    return head;
  }

  #make(time: number, level: number): ReadyText {
    const index = level / 10;
    const { make, millisAt } = this.#maker;
    const hasMillis = millisAt !== undefined && time >= 1e12 && time < 1e13 && Math.floor(time) === time;
    this.#times[index] = time;
    this.#seconds[index] = hasMillis ? Math.floor(time / 1000) * 1000 : NaN;
    return this.#heads[index] = ReadyText.of(make(time, level));
  }
}
