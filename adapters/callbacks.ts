/**
 * Makes the `subscribe` function of a set of callbacks that shares one real listener, which stands only while a
 * callback does: a program with a hundred loggers gets one listener, and one that closed them all gets none.
 */
export function subscription(
  listen: (callAll: () => void) => void,
  unlisten: (callAll: () => void) => void,
): (callback: () => void) => () => void {
  const entries = new Set<{ readonly callback: () => void }>();
  function callAll(): void {
    for (const entry of entries) entry.callback();
  }
  return function subscribe(callback) {
    // An object of its own, so that one function may subscribe twice.
    const entry = { callback };
    if (entries.size === 0) listen(callAll);
    entries.add(entry);
    return function unsubscribe() {
      if (entries.delete(entry) && entries.size === 0) unlisten(callAll);
    };
  };
}
