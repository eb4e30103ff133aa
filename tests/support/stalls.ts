/**
 * Tells when an event loop did not turn: that of a program, or our own, to tell the delays of a program from those of the
 * whole machine.
 *
 * @module
 */

/** A time in which an event loop did not turn, in milliseconds since the epoch. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/**
 * Watches the event loop of this process and returns the way to stop, which tells when it stalled. While we do nothing
 * but wait it only does when the machine does.
 *
 * @param tick How often, in milliseconds, it is looked at.
 */
export function watchStalls(tick = 5): () => Stall[] {
  const stalls: Stall[] = [];
  let last = performance.now();
  function look(): void {
    const now = performance.now();
    const [late, to] = [now - last - tick, Date.now()];
    last = now;
    if (late > 0) stalls.push({ from: to - late, to });
  }
  const timer = setInterval(look, tick);
  return function stop() {
    clearInterval(timer);
    look();
    return stalls;
  };
}

/** How many milliseconds the longest took. */
export function longestOf(stalls: readonly Stall[]): number {
  return stalls.reduce((longest, { from, to }) => Math.max(longest, to - from), 0);
}

/** How many milliseconds of a delay are not explained by the stalls, of which no two overlap. */
export function withoutStalls(delay: Stall, stalls: readonly Stall[]): number {
  const common = ({ from, to }: Stall) => Math.max(0, Math.min(to, delay.to) - Math.max(from, delay.from));
  return stalls.reduce((left, stall) => left - common(stall), delay.to - delay.from);
}
