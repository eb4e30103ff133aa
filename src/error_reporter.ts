import { messageOf } from "./errors.ts";
import type { Runtime } from "./runtime.ts";

/** Lines on standard error, where the program has no `onError`: so many different ones in so many milliseconds. */
const MOST_WARNINGS = 3;
const WARNING_PERIOD = 5_000;

/** Tells the program of errors, whatever its `onError` does, and counts them. */
export class ErrorReporter {
  /** Errors that were reported. */
  count = 0;
  readonly #runtime: Runtime;
  readonly #onError: ((error: Error) => unknown) | undefined;
  readonly #warnings = new Set<string>();
  #warningsSince = -Infinity;

  constructor(runtime: Runtime, onError: ((error: Error) => unknown) | undefined) {
    this.#runtime = runtime;
    this.#onError = onError;
  }

  /** Reports an error. Never throws. */
  report(error: unknown): void {
    this.count++;
    try {
      if (this.#onError === undefined) return this.#warn(error);
      const result = this.#onError(error instanceof Error ? error : new Error(messageOf(error), { cause: error }));
      if (result instanceof Promise) result.catch(() => {});
    } catch {
      // An error handler that throws has nobody to tell.
    }
  }

  #warn(error: unknown): void {
    const now = this.#runtime.monotonic();
    if (now - this.#warningsSince >= WARNING_PERIOD) {
      this.#warningsSince = now;
      this.#warnings.clear();
    }
    const text = `omni/log: ${messageOf(error)}\n`;
    if (this.#warnings.has(text) || this.#warnings.size >= MOST_WARNINGS) return;
    this.#warnings.add(text);
    this.#runtime.output("stderr").write(new TextEncoder().encode(text));
  }
}
