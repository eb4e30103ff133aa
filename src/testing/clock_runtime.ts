import type { Runtime } from "../runtime.ts";
import type { FakeClock } from "./fake_clock.ts";

/** A runtime that lives in the time of a clock, and does everything else as before. */
export function withClock(runtime: Runtime, clock: FakeClock): Runtime {
  return {
    ...runtime,
    now: () => clock.now,
    monotonic: () => clock.elapsed,
    sleep: (milliseconds) => clock.advance(milliseconds),
    setTimer: (callback, milliseconds) => clock.setTimer(callback, milliseconds),
    clearTimer: (timer) => clock.clearTimer(timer),
  };
}
