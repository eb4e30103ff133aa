/**
 * Timers of Deno by its own globals: the modules that `process.getBuiltinModule` finds take 14 ms to load, half of the
 * time from the import of the library to the first line in the file (measured, Deno 2.9).
 *
 * @module
 */

import { LONGEST_DELAY } from "./timing.ts";

interface Unreferable {
  unref(): void;
}

/** Calls back after a number of milliseconds, at most 24.8 days; never keeps the process alive. */
export function setTimer(callback: () => void, milliseconds: number): unknown {
  const timer: unknown = setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY));
  // A number, or as on Node an object: Deno has had both.
  if (typeof timer === "number") Deno.unrefTimer(timer);
  else (timer as Unreferable).unref();
  return timer;
}

/** Cancels a timer of {@linkcode setTimer}. */
export function clearTimer(timer: unknown): void {
  clearTimeout(timer as number);
}

/** Keeps the process alive until the function that it returns is called. */
export function keepAlive(): () => void {
  const timer = setInterval(() => {}, LONGEST_DELAY);
  return () => clearInterval(timer);
}

/**
 * Calls back in the next turn of the event loop, a millisecond later, and never keeps the process alive. What turns at
 * once (see `nextTurnWithWakeUp`) takes 27 us of the processor for each, and modules of Node.
 */
export function nextTurn(callback: () => void): void {
  setTimer(callback, 0);
}
