/** How errors about options begin; what a program's own functions throw on the way is left as it is. */
const ABOUT_OPTION = /^Cannot use option "/;

/** What V8 and JavaScriptCore have beside the standard. */
type Capture = (error: Error, above: unknown) => void;

/**
 * Has an error about an option show where the program has called a function of the library, not where in the library the
 * option was checked. Returns the error, which may be anything. For a `catch` in the function itself: a call outside of
 * a `try` may be a jump, and the function not in the stack then.
 *
 * @param entry The function; it and what it has called are left out of the stack.
 */
export function atCaller(entry: unknown, error: unknown): unknown {
  if (error instanceof Error && ABOUT_OPTION.test(error.message)) {
    const { stack } = error;
    (Error as { readonly captureStackTrace?: Capture }).captureStackTrace?.(error, entry);
    // Without a frame it says less than before: the function was not in the stack.
    if (!/\n\s+at /.test(error.stack ?? "")) error.stack = stack;
  }
  return error;
}

/** Does the same for each function of an object. */
export function eachAtCaller<T extends object>(functions: T): T {
  return Object.fromEntries(
    Object.entries(functions).map(([name, work]) => {
      const entry = (...args: readonly unknown[]): unknown => {
        try {
          return work(...args);
        } catch (error) {
          throw atCaller(entry, error);
        }
      };
      return [name, entry];
    }),
  ) as T;
}
