/**
 * Several copies of the library in one thread, which may write one file: what one has begun holds the lock that another
 * one waits for, so at the end of the process each finishes what all have begun.
 *
 * @module
 */
import type { Runtime } from "../runtime.ts";

/** Finishes what a copy has begun in its files, within so many milliseconds; returns whether nothing is left. */
export type Finish = (patience: number) => boolean;

/** Where they are, among what the copies share. Whoever changes `Finish` changes the number. */
const KEY = "files 1";

/** How long, in milliseconds, one copy may wait for locks at a time: another one may have them. */
const TURN = 20;

/** Adds what finishes the files of this copy. */
export function joinCopies({ shared }: Runtime, finish: Finish): void {
  if (shared === undefined) return;
  const copies = shared.get(KEY) as Set<Finish> | undefined ?? new Set();
  shared.set(KEY, copies.add(finish));
}

/** Takes it away again. */
export function leaveCopies({ shared }: Runtime, finish: Finish): void {
  (shared?.get(KEY) as Set<Finish> | undefined)?.delete(finish);
}

/** Finishes what this copy has begun, and all others. */
export function finishCopies(runtime: Runtime, patience: number, own: Finish): void {
  let left = [...new Set([own, ...(runtime.shared?.get(KEY) as Set<Finish> | undefined ?? [])])];
  if (left.length === 1) return void own(patience);
  const deadline = runtime.monotonic() + patience;
  do left = left.filter((finish) => !finish(Math.min(patience, TURN))); while (
    left.length > 0 && runtime.monotonic() < deadline
  );
}
