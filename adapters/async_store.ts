import type { AsyncStore } from "../src/runtime.ts";

/** A store of values that follow the flow of the program: `AsyncLocalStorage`, which all three runtimes have. */
export function asyncStore(): AsyncStore {
  const { AsyncLocalStorage } = process.getBuiltinModule("node:async_hooks");
  const storage = new AsyncLocalStorage<unknown>();
  return { get: () => storage.getStore(), run: (value, call) => storage.run(value, call) };
}
