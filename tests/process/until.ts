/**
 * Waits for what other processes do.
 *
 * @module
 */
import { setTimeout as wait } from "node:timers/promises";

/** How long, in milliseconds, it waits at the most: far longer than what is waited for takes on a machine that stalls. */
const MOST_PATIENCE = 20_000;

/** Resolves once something is so; rejects when that takes too long. */
export async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + MOST_PATIENCE; !isSo();) {
    if (performance.now() > end) throw new Error(`Expected to see it in time: ${isSo}`);
    await wait(10);
  }
}
