import { messageOf } from "./errors.ts";
import { visibleText } from "./format/escape.ts";
import { asOwnWork } from "./own_work.ts";
import type { Runtime } from "./runtime.ts";
import { beginning } from "./beginning.ts";

/** Lines on standard error, where the program has no `onError`: so many different ones in so many milliseconds. */
const MOST_WARNINGS = 3;
const WARNING_PERIOD = 5_000;
const LONGEST_WARNING = 2_000;

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

  /**
   * Reports an error. Never throws.
   *
   * @param options.isUrgent Whether it is told however many were told lately.
   */
  report(error: unknown, { isUrgent = false }: { readonly isUrgent?: boolean } = {}): void {
    this.count++;
    try {
      if (this.#onError === undefined) return isUrgent ? warn(this.#runtime, messageOf(error)) : this.#warn(error);
      const onError = this.#onError;
      const reported = error instanceof Error ? error : new Error(messageOf(error), { cause: error });
      const result = asOwnWork(() => onError(reported));
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
    const text = beginning(messageOf(error), LONGEST_WARNING);
    if (this.#warnings.has(text) || this.#warnings.size >= MOST_WARNINGS) return;
    this.#warnings.add(text);
    warn(this.#runtime, text);
  }
}

/** Writes a line on standard error. Names of files and words of others may be in it: it stays one line, and short. */
export function warn(runtime: Runtime, text: string): void {
  const line = `omni/log: ${visibleText(beginning(text, LONGEST_WARNING))}\n`;
  runtime.output("stderr").write(new TextEncoder().encode(line));
}
