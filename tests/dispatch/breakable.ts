/**
 * Backends that fail and recover when the test says so.
 *
 * @module
 */
import type { Backend } from "../../src/backend.ts";
import type { Logger } from "../../src/logger.ts";
import type { DestinationMetrics } from "../../src/metrics.ts";
import { type LogRecord, testBackend } from "../logger/harness.ts";

/** A backend that can be broken. */
export interface Breakable {
  readonly backend: Backend;
  /** What it fails with; `undefined` while it works. */
  failure: unknown;
  /** Calls of `write` so far. */
  writes(): number;
  /** What it has taken. */
  records(): LogRecord[];
  /** Numbers of the field `i` in what it has taken. */
  numbers(): number[];
}

/** Makes one. */
export function breakable(failure?: unknown): Breakable {
  const test = testBackend(() => {
    if (made.failure !== undefined) throw made.failure;
  });
  const made: Breakable = {
    backend: test,
    failure,
    writes: test.writes,
    records: test.records,
    numbers: () => test.records().flatMap(({ i }) => typeof i === "number" ? [i] : []),
  };
  return made;
}

/** The metrics of a destination. */
export function metricsOf(log: Logger, name: string): DestinationMetrics {
  const found = log.metrics().destinations.find((destination) => destination.name === name);
  if (found === undefined) throw new Error(`Cannot find destination "${name}"`);
  return found;
}

/** How the account of a destination does not add up; 0 is right. */
export function missingOf({ accepted, written, pending, dropped, diverted }: DestinationMetrics): number {
  return accepted - written - pending - dropped - diverted;
}

/** The numbers from one to another, without the last. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
