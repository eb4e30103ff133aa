interface Timer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * Time that passes only when told to. One clock may serve several virtual processes; each timer belongs to an owner,
 * so that a process can die without its timers going off.
 */
export class ManualClock {
  #now: number;
  #order = 0;
  #timers = new Map<object, { readonly timer: Timer; readonly owner: unknown }>();

  /** Starts at a moment, in milliseconds since the epoch. */
  constructor(now: number = Date.UTC(2026, 0, 1)) {
    this.#now = now;
  }

  /** The moment it is, in milliseconds since the epoch. */
  get now(): number {
    return this.#now;
  }

  /** Moment at which the next timer is due, or `undefined` without timers. */
  get nextDue(): number | undefined {
    return this.#first()?.timer.due;
  }

  /** Adds a timer and returns what `clearTimer` takes. */
  setTimer(callback: () => void, milliseconds: number, owner?: unknown): object {
    const key = {};
    // A timer never goes off within the call that sets it, nor earlier than one set before it for the same moment.
    const timer = { due: this.#now + Math.max(0, milliseconds), order: this.#order++, callback };
    this.#timers.set(key, { timer, owner });
    return key;
  }

  /** Removes a timer. */
  clearTimer(key: object): void {
    this.#timers.delete(key);
  }

  /** Removes all timers of an owner. */
  clearTimersOf(owner: unknown): void {
    for (const [key, entry] of this.#timers) if (entry.owner === owner) this.#timers.delete(key);
  }

  /** Lets time pass without any timer going off, as for a thread that sleeps. */
  skip(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /** Lets time pass; every timer goes off at its moment, in order, and what it started gets to settle. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (let next = this.#first(); next !== undefined && next.timer.due <= end; next = this.#first()) {
      this.#now = Math.max(this.#now, next.timer.due);
      this.#timers.delete(next.key);
      next.timer.callback();
      await settle();
    }
    this.#now = Math.max(this.#now, end);
  }

  #first(): { readonly key: object; readonly timer: Timer } | undefined {
    let first: { readonly key: object; readonly timer: Timer } | undefined;
    for (const [key, { timer }] of this.#timers) {
      const earlier = first === undefined || timer.due < first.timer.due ||
        (timer.due === first.timer.due && timer.order < first.timer.order);
      if (earlier) first = { key, timer };
    }
    return first;
  }
}

/** Lets everything that waits on promises, however deep, run until it waits for something else. */
export function settle(): Promise<void> {
  const { setImmediate } = process.getBuiltinModule("node:timers");
  return new Promise((resolve) => setImmediate(resolve));
}
