import type { Message } from "../message.ts";
import { LEVEL_NUMBER } from "../level.ts";
import type { Destination } from "./destination.ts";

/** A record that a destination did not take, because it fails or has no room. */
export interface Refused {
  readonly destination: Destination;
  /** The record as it would have taken it. */
  readonly message: Message;
}

/**
 * Takes records to the fallbacks of the destinations that did not take them, each to the first that can.
 *
 * @param original The record as it came to the destinations.
 * @param destinations Those to which it went in the first place: what is among them has the record already, and does
 * not get it twice.
 */
export function divert(refused: readonly Refused[], original: Message, destinations: readonly Destination[]): void {
  const received = new Set<Destination>();
  for (const { destination, message } of refused) {
    const hasIt = (fallback: Destination) =>
      received.has(fallback) ||
      (destinations.includes(fallback) && !refused.some((other) => other.destination === fallback) &&
        tookIt(fallback, original));
    const fallback = destination.divert(message, hasIt);
    if (fallback !== undefined) received.add(fallback);
  }
}

function tookIt(destination: Destination, message: Message): boolean {
  return destination.enabled && LEVEL_NUMBER[message.level] >= destination.threshold &&
    (destination.pipeline.isEmpty || destination.passedLast);
}

/** Bytes that are moved at a time. */
const PIECE_BYTES = 64 * 1024;

/**
 * Moves what a destination has not delivered, and never will, to its fallbacks. They were encoded for the destination:
 * a fallback of the same format takes them as they are, another one as the text of records of its own.
 *
 * @returns The fallbacks that have got something.
 */
export function spill(from: Destination): Set<Destination> {
  const targets = new Set<Destination>();
  const candidates = from.fallbacks.filter((fallback) => fallback.takesSpilled);
  if (candidates.length === 0) return targets;
  const { mailbox } = from;
  const batches = mailbox.takeUnwritten();
  let left = batches.reduce((sum, batch) => sum + batch.count, 0);
  for (const batch of batches) {
    while (batch.byteLength > 0) {
      const piece = batch.next(PIECE_BYTES);
      const target = candidates.find((fallback) => fallback.mailbox.hasRoom(piece.length));
      if (target === undefined) break;
      const before = batch.count;
      batch.commit(piece.length);
      const lines = before - batch.count;
      const records = mailbox.moveOut(left, lines, target.name);
      target.moveIn(piece, { lines, records, from });
      targets.add(target);
      left -= lines;
    }
  }
  if (left > 0) mailbox.giveUp(left, "no fallback has room for them");
  return targets;
}
