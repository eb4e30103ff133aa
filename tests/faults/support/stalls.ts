/**
 * Tells the delays of a program from those of the whole machine.
 *
 * @module
 */

/** A time in which an event loop did not turn, in milliseconds since the epoch. */
export interface Stall {
  readonly from: number;
  readonly to: number;
}

/** How often, in milliseconds, the event loop is looked at. */
const TICK = 5;

/**
 * Watches our own event loop while we do nothing but wait, so that it only stalls when the machine does. Returns the
 * way to stop, which tells when it stalled.
 */
export function watchStalls(): () => Stall[] {
  const stalls: Stall[] = [];
  let last = performance.now();
  function look(): void {
    const now = performance.now();
    const [late, to] = [now - last - TICK, Date.now()];
    last = now;
    if (late > 0) stalls.push({ from: to - late, to });
  }
  const timer = setInterval(look, TICK);
  return function stop() {
    clearInterval(timer);
    look();
    return stalls;
  };
}

/** How many milliseconds of a delay are not explained by the stalls, of which no two overlap. */
export function withoutStalls(delay: Stall, stalls: readonly Stall[]): number {
  const common = ({ from, to }: Stall) => Math.max(0, Math.min(to, delay.to) - Math.max(from, delay.from));
  return stalls.reduce((left, stall) => left - common(stall), delay.to - delay.from);
}
