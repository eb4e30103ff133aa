/**
 * Rounds of several participants in turn: what is compared is measured in the same minutes, because the machine may be
 * shared.
 *
 * @module
 */
import { median } from "./statistics.ts";

/** One of those that are compared. */
export interface Participant<T> {
  readonly name: string;
  /** Measures once. */
  readonly run: (round: number) => Promise<T>;
}

/** What the rounds have given. */
export interface Rounds<T> {
  /** The results of each participant, of the rounds that count, in the same order for all. */
  readonly results: ReadonlyMap<string, readonly T[]>;
  readonly rounds: number;
  readonly rejected: number;
}

/** Options of {@linkcode interleave}. */
export interface InterleaveOptions<T> {
  readonly rounds: number;
  /**
   * What tells how busy the machine is in a round: the cost of the floor. A number for the result of each participant
   * that has one.
   */
  readonly reference: (name: string, result: T) => number | undefined;
}

/** How far the floor of a round may be from the median, in either direction. */
const TOLERANCE = 1.4;

/**
 * Measures rounds of all participants. Each starts a round as often as the others: what one has left to the disk is
 * felt by the next. Rounds whose floor is far from the median of all do not count, as long as half of them remain.
 */
export async function interleave<T>(
  participants: readonly Participant<T>[],
  { rounds, reference }: InterleaveOptions<T>,
): Promise<Rounds<T>> {
  const all: Map<string, T>[] = [];
  const floors: (number | undefined)[] = [];
  for (let round = 0; round < rounds; round++) {
    const results = new Map<string, T>();
    for (let turn = 0; turn < participants.length; turn++) {
      const { name, run } = participants[(round + turn) % participants.length] as Participant<T>;
      const result = await run(round);
      results.set(name, result);
      const floor = reference(name, result);
      if (floor !== undefined) floors[round] = floor;
    }
    all.push(results);
  }
  const kept = undisturbed(all, floors);
  return {
    results: new Map(participants.map(({ name }) => [name, kept.map((results) => results.get(name) as T)])),
    rounds: kept.length,
    rejected: all.length - kept.length,
  };
}

/** Leaves out the rounds in which the machine was busy with something else. */
export function undisturbed<R>(rounds: readonly R[], floors: readonly (number | undefined)[]): readonly R[] {
  const known = floors.filter((floor) => floor !== undefined);
  if (known.length === 0) return rounds;
  const usual = median(known);
  const kept = rounds.filter((_, index) => {
    const floor = floors[index];
    return floor === undefined || (floor < usual * TOLERANCE && floor > usual / TOLERANCE);
  });
  return kept.length * 2 >= rounds.length ? kept : rounds;
}
