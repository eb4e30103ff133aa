import type { Spread } from "../results.ts";

/** The middle one of some numbers, or the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** The mean of some numbers. */
export function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** The middle, least and greatest of some numbers. */
export function spreadOf(numbers: readonly number[]): Spread {
  return { median: median(numbers), min: Math.min(...numbers), max: Math.max(...numbers) };
}

/** How many of some numbers lie in each bucket, from a power of the square root of two to the next: [from, count]. */
export function bucketsOf(numbers: readonly number[]): (readonly [number, number])[] {
  const counts = new Map<number, number>();
  for (const number of numbers) {
    const step = Math.floor(2 * Math.log2(Math.max(1, number)));
    counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return [...counts].toSorted(([a], [b]) => a - b).map(([step, count]) =>
    [Math.round(2 ** (step / 2)), count] as const
  );
}

/** The number below which so many percent of some sorted numbers lie. */
export function percentile(sorted: readonly number[], percent: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * percent / 100) - 1)] ?? NaN;
}
