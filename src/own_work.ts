import type { AsyncStore } from "./runtime.ts";

/** Once somebody wants to know: what is around the work of the library itself, through awaits and callbacks too. */
let store: AsyncStore | undefined;

/** Begins to mark what the library does itself. Before that, nothing is. */
export function watchOwnWork(makeStore: () => AsyncStore): void {
  store ??= makeStore();
}

/** Calls something that the library does itself, with code of the program in it: a backend, a filter, `onError`. */
export function asOwnWork<T>(call: () => T): T {
  return store === undefined ? call() : store.run(true, call);
}

/** Whether this is called by the library. A record that is made here would make another one, for ever. */
export function isOwnWork(): boolean {
  return store?.get() === true;
}
