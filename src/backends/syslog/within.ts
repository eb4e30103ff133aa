import type { Runtime } from "../../runtime.ts";

/** Waits for a promise, but no longer than so many milliseconds; then rejects with what `late` makes. */
export function within<T>(
  runtime: Runtime,
  milliseconds: number,
  promise: Promise<T>,
  late: () => unknown = () => new Error(`nothing came within ${milliseconds} ms`),
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = runtime.setTimer(() => reject(late()), milliseconds);
    promise.then(resolve, reject).finally(() => runtime.clearTimer(timer));
  });
}
