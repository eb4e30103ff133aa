import assert from "node:assert/strict";
import process from "node:process";
import { bestOf } from "./best_of.ts";

/** How much larger the larger piece of work is. */
export const TIMES = 16;

/** How much longer the larger one may take: linear is 16, quadratic 256. */
const MOST_GROWTH = 80;

/** Milliseconds below which a measurement is not worth comparing: the engine may tidy up meanwhile. */
export const LEAST = 2;

/** Resolves to the milliseconds of the processor that some work takes at its best: whatever else runs takes none. */
export function processorTimeOf(work: () => unknown, bound = 0): Promise<number> {
  return bestOf(4, bound, () => {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1_000;
  });
}

/** Rejects where work that is `TIMES` times as large takes out of proportion longer. */
export async function assertLinearGrowth(smaller: () => unknown, larger: () => unknown, what = ""): Promise<void> {
  larger(); // compiles the code that is measured: the smaller one would seem to take longer otherwise
  const few = Math.max(await processorTimeOf(smaller), LEAST);
  const most = MOST_GROWTH * few;
  const many = await processorTimeOf(larger, most);
  assert.ok(
    many < most,
    `${what && `${what}: `}${few.toFixed(1)} ms, and ${many.toFixed(1)} ms for ${TIMES} times as many`,
  );
}
