/**
 * Time as samplers count it: the sum of the steps that the clock made forward.
 *
 * The clock on the wall may be set back. A window that ends at a moment of that clock would then last for as long as
 * it was set back, and remove everything in the meantime (zap's and zerolog's do). Here a step back counts as no time
 * at all, and what follows counts from there.
 */
export class SteadyTime {
  #last = NaN;
  #elapsed = 0;

  /**
   * Milliseconds since the first call.
   *
   * @param time What the clock shows, in milliseconds; what is no number counts as no time.
   */
  at(time: number): number {
    // The first call compares with NaN.
    if (time > this.#last && time < Infinity) this.#elapsed += time - this.#last;
    if (Number.isFinite(time)) this.#last = time;
    return this.#elapsed;
  }
}
