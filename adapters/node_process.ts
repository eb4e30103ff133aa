/**
 * What a process of Bun, Deno or Node does the same way: the exit event, signals, paths.
 *
 * @module
 */

import type { FlushSignal, Runtime } from "../src/runtime.ts";
import { subscription } from "./callbacks.ts";
import { sharedByCopies } from "./copies.ts";
import { setTimer, sleep } from "./timing.ts";

/** How long, in milliseconds, a signal may take to end the process. */
const SIGNAL_PATIENCE = 1_000;

/**
 * How long, in milliseconds, a watcher may take to start the program anew after it has told the listeners of a signal:
 * Bun does so at once, Deno waits half a second for the program to end.
 */
const RESTART_PATIENCE = 1_500;

/** Calls back at the `exit` event of the process or worker thread. */
export const onProcessExit: (callback: () => void) => () => void = subscription(
  (callAll) => process.on("exit", callAll),
  (callAll) => process.removeListener("exit", callAll),
);

/** Calls back on a signal, until the function that it returns is called. */
type Subscribe = (callback: () => void) => () => void;

/**
 * Makes the `onSignal` of a runtime, which calls back on signals, then lets the signal take its default action: removes
 * the listener and raises the signal again, so that the parent sees the exit status of a signal. When the program itself
 * listens for the signal, what happens next is the program's business.
 *
 * @param mayRestart Whether it may be no signal at all, but a watcher of files that is about to start the program anew.
 */
export function onProcessSignal(mayRestart: () => boolean): Runtime["onSignal"] {
  return (signals, callback) => {
    const stops = signals.map((signal) => signalSubscription(signal, mayRestart)(callback));
    return () => stops.forEach((stop) => stop());
  };
}

/** The one of all copies of the library: each would take the listener of another one for one of the program's. */
function signalSubscription(signal: FlushSignal, mayRestart: () => boolean): Subscribe {
  const key = `signal ${signal} 1`;
  const subscribe = sharedByCopies().get(key) as Subscribe | undefined ?? createSubscription(signal, mayRestart);
  sharedByCopies().set(key, subscribe);
  return subscribe;
}

function createSubscription(signal: FlushSignal, mayRestart: () => boolean): Subscribe {
  let handle = () => {};
  return subscription((callAll) => {
    const raise = () => {
      process.removeListener(signal, handle);
      process.kill(process.pid, signal);
      // Deno takes the default action on another thread. What this one logged meanwhile would be lost.
      sleep(SIGNAL_PATIENCE);
    };
    handle = () => {
      callAll();
      if (process.listenerCount(signal) > 1) return;
      if (!mayRestart()) return raise();
      setTimer(() => {
        callAll();
        raise();
      }, RESTART_PATIENCE);
    };
    process.on(signal, handle);
  }, () => process.removeListener(signal, handle));
}

/** Makes an absolute path. */
export function absolutePath(path: string): string {
  return process.getBuiltinModule("node:path").resolve(path);
}
