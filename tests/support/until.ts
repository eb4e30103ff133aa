/**
 * Waits for what other processes, servers and timers do.
 *
 * @module
 */
import { setTimeout as wait } from "node:timers/promises";

/** How often it looks at the most: looks and not time, so that a machine that stands still does not count. */
const MOST_LOOKS = 3_000;

/** Resolves once something is so; rejects when that takes some thirty seconds. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let looks = 0; !isSo(); looks++) {
    if (looks === MOST_LOOKS) throw new Error(`Expected to see it in time: ${isSo}`);
    await wait(10);
  }
}
