/**
 * Clocks and timers of Node and Bun; Deno has timers of its own, see deno_timing.ts.
 *
 * @module
 */

/** The longest delay that the runtimes' timers take; a longer one would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;

let cell: Int32Array | undefined;

/** Stops this thread for a number of milliseconds. */
export function sleep(milliseconds: number): void {
  cell ??= new Int32Array(new SharedArrayBuffer(4));
  Atomics.wait(cell, 0, 0, milliseconds);
}

/** Calls back after a number of milliseconds, at most 24.8 days; never keeps the process alive. */
export function setTimer(callback: () => void, milliseconds: number): unknown {
  // node:timers rather than the global: its timers are objects with `unref` on every runtime.
  const { setTimeout } = process.getBuiltinModule("node:timers");
  return setTimeout(callback, Math.min(milliseconds, LONGEST_DELAY)).unref();
}

/** Cancels a timer of {@linkcode setTimer}. */
export function clearTimer(timer: unknown): void {
  process.getBuiltinModule("node:timers").clearTimeout(timer as ReturnType<typeof setTimeout>);
}

/** Keeps the process alive until the function that it returns is called. */
export function keepAlive(): () => void {
  const { clearInterval, setInterval } = process.getBuiltinModule("node:timers");
  const timer = setInterval(() => {}, LONGEST_DELAY);
  return () => clearInterval(timer);
}

let wakeUp: (() => void) | undefined;

/**
 * Calls back in the next turn of the event loop of Node, and never keeps the process alive.
 *
 * An unref'd immediate alone is not enough: the loop sleeps on until something else wakes it (measured: 2 turns in
 * 20 ms). The message to an unref'd port is that something; it takes 9 us, where an unref'd timer of 0 ms takes
 * 1.1 ms. A plain immediate would revive a process that logs in `beforeExit`, for ever.
 */
export function nextTurnWithWakeUp(callback: () => void): void {
  process.getBuiltinModule("node:timers").setImmediate(callback).unref();
  wakeUp ??= createWakeUp();
  wakeUp();
}

/** What is used of Node's message ports, which the types of other runtimes do not know. */
interface WakeUpPort {
  on(event: "message", listener: () => void): void;
  postMessage(message: unknown): void;
  unref(): void;
}

function createWakeUp(): () => void {
  // The global, since node:worker_threads takes a millisecond to load.
  const { port1, port2 } = new MessageChannel() as unknown as Record<"port1" | "port2", WakeUpPort>;
  port1.on("message", () => {});
  port1.unref();
  port2.unref();
  return () => port2.postMessage(undefined);
}

/**
 * Calls back in the next turn of the event loop of Bun. There, immediates and message ports revive a process in
 * `beforeExit` even when unref'd; an unref'd timer does not, at the price of a millisecond.
 */
export function nextTurnByTimer(callback: () => void): void {
  setTimer(callback, 0);
}
