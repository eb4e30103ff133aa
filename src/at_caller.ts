/** How errors about what was handed over begin; what a program's own functions throw on the way is left as it is. */
const OURS = new RegExp(
  '^Cannot (?:(?:use option|use environment variable|use plugin|load plugin|read settings|register backend) "' +
    '|(?:use|update) destination "|(?:add a destination|change destinations|set levels|update a (?:named )?logger): )',
);

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
  if (error instanceof Error && OURS.test(error.message)) {
    const { stack } = error;
    (Error as { readonly captureStackTrace?: Capture }).captureStackTrace?.(error, entry);
    // Without a frame it says less than before: the function was not in the stack.
    if (!/\n\s+at /.test(error.stack ?? "")) error.stack = stack;
  }
  return error;
}

/** Does the same for each function of an object, its getters and setters included. */
export function eachAtCaller<T extends object>(functions: T): T {
  const all = Object.getOwnPropertyDescriptors(functions) as PropertyDescriptorMap;
  for (const descriptor of Object.values(all)) {
    for (const key of ["value", "get", "set"] as const) {
      const work: unknown = descriptor[key];
      if (typeof work === "function") descriptor[key] = reaimed(work as Work);
    }
  }
  return Object.defineProperties({}, all) as T;
}

type Work = (...args: readonly unknown[]) => unknown;

function reaimed(work: Work): Work {
  return function entry(this: unknown, ...args): unknown {
    try {
      return Reflect.apply(work, this, args);
    } catch (error) {
      throw atCaller(entry, error);
    }
  };
}
