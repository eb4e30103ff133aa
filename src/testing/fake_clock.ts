interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that stands still until a test moves it.
 *
 * @example Records in a time of one's own
 * ```ts
 * import { captureLogs, FakeClock } from "@omni/log/testing";
 *
 * const clock = new FakeClock(Date.UTC(2026, 10, 23));
 * const { records } = await captureLogs((log) => {
 *   clock.advance(1_500);
 *   log.info("later");
 * }, { clock });
 * if (records[0]?.time !== "2026-11-23T00:00:01.500Z") throw new Error("another time");
 * ```
 */
export class FakeClock {
  #now: number;
  #elapsed = 0;
  readonly #timers = new Set<Timer>();

  /** Starts at a time in milliseconds since the epoch. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** The time in milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Sets the wall clock, also back; timers do not notice. */
  set(now: number): void {
    this.#now = now;
  }

  /** Lets time pass and calls what is due, in order. */
  advance(milliseconds: number): void {
    const end = this.#elapsed + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#step(next.at - this.#elapsed);
      next.callback();
    }
    this.#step(end - this.#elapsed);
  }

  /** Milliseconds that have passed since the clock was made. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Calls back once after a number of milliseconds. Returns what `clearTimer` takes. */
  setTimer(callback: () => void, milliseconds: number): object {
    const timer = { at: this.#elapsed + Math.max(0, milliseconds), callback };
    this.#timers.add(timer);
    return timer;
  }

  /** Cancels a timer. */
  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  #step(milliseconds: number): void {
    this.#elapsed += milliseconds;
    this.#now += milliseconds;
  }
}
