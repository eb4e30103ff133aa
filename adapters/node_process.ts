/**
 * What a process of Bun, Deno or Node does the same way: the exit event, signals, paths.
 *
 * @module
 */

import type { FlushSignal } from "../src/runtime.ts";
import { subscription } from "./callbacks.ts";
import { sleep } from "./timing.ts";

/** How long, in milliseconds, a signal may take to end the process. */
const SIGNAL_PATIENCE = 1_000;

/** Calls back at the `exit` event of the process or worker thread. */
export const onProcessExit: (callback: () => void) => () => void = subscription(
  (callAll) => process.on("exit", callAll),
  (callAll) => process.removeListener("exit", callAll),
);

const signalSubscriptions = new Map<FlushSignal, (callback: () => void) => () => void>();

/**
 * Calls back on signals, then lets the signal take its default action: removes the listener and raises the signal
 * again, so that the parent sees the exit status of a signal. When the program itself listens for the signal, what
 * happens next is the program's business.
 */
export function onProcessSignal(signals: readonly FlushSignal[], callback: () => void): () => void {
  const stops = signals.map((signal) => signalSubscription(signal)(callback));
  return () => stops.forEach((stop) => stop());
}

function signalSubscription(signal: FlushSignal): (callback: () => void) => () => void {
  let subscribe = signalSubscriptions.get(signal);
  if (subscribe !== undefined) return subscribe;

  let handle = () => {};
  subscribe = subscription((callAll) => {
    handle = () => {
      callAll();
      if (process.listenerCount(signal) > 1) return;
      process.removeListener(signal, handle);
      process.kill(process.pid, signal);
      // Deno takes the default action on another thread. What this one logged meanwhile would be lost.
      sleep(SIGNAL_PATIENCE);
    };
    process.on(signal, handle);
  }, () => process.removeListener(signal, handle));
  signalSubscriptions.set(signal, subscribe);
  return subscribe;
}

/** Makes an absolute path. */
export function absolutePath(path: string): string {
  return process.getBuiltinModule("node:path").resolve(path);
}
