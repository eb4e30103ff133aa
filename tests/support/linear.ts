import assert from "node:assert/strict";
import process from "node:process";

/** How much larger the larger piece of work is. */
export const TIMES = 16;

/** How much longer the larger one may take: linear is 16, quadratic 256. */
const MOST_GROWTH = 80;

/** Milliseconds below which a measurement is not worth comparing: the engine may tidy up meanwhile. */
export const LEAST = 2;

/** Returns the milliseconds of the processor that some work takes, at its best: whatever else runs takes none of them. */
export function timeOf(work: () => unknown, enough = 0): number {
  let best = Infinity;
  for (let run = 0; run < 4 && best > enough; run++) {
    const start = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}

/** Throws where work that is `TIMES` times as large takes out of proportion longer. */
export function assertLinear(smaller: () => unknown, larger: () => unknown, what = ""): void {
  larger(); // compiles the code that is measured: the smaller one would seem to take longer otherwise
  const few = Math.max(timeOf(smaller), LEAST);
  const many = timeOf(larger, MOST_GROWTH * few);
  assert.ok(
    many <= MOST_GROWTH * few,
    `${what && `${what}: `}${few.toFixed(1)} ms, and ${many.toFixed(1)} ms for ${TIMES} times as many`,
  );
}
