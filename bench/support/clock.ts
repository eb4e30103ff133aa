import process from "node:process";

/** A clock for short times, in nanoseconds. */
export function nanoseconds(): number {
  return Number(process.hrtime.bigint());
}

/** Processor time that this process has used, all its threads together, in nanoseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Collects garbage, where the runtime lets us, so that it does not happen while the clock runs. */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as unknown as Globals;
  if (Bun !== undefined) Bun.gc(true);
  else gc?.({ type: "minor" });
}

interface Globals {
  readonly gc?: (options: { readonly type: "minor" }) => void;
  readonly Bun?: { gc(synchronously: boolean): void };
}
