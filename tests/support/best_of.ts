/**
 * Measures what a machine that stalls may spoil.
 *
 * @module
 */

/**
 * The least of so many measurements, such as of milliseconds; none is made any more once one has come out below the
 * bound.
 */
export async function bestOf(times: number, bound: number, measure: () => number | Promise<number>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < times && best >= bound; i++) best = Math.min(best, await measure());
  return best;
}
