import type { PartName, RowOf } from "../results.ts";
import type { Effort } from "../support/effort.ts";
import type { RuntimeName } from "../support/worker.ts";

/** Where a part is measured. */
export interface Place {
  readonly runtime: RuntimeName;
  /** A directory for the part alone. */
  readonly directory: string;
  readonly effort: Effort;
}

/** Measures a part on one runtime. */
export type Measure<P extends PartName> = (place: Place) => Promise<RowOf<P>[]>;

/** All subjects that log. */
export const LOGGERS = [
  "floor",
  "omni",
  "omni unlocked",
  "pino sync",
  "pino async",
  "logtape blocking",
  "logtape non-blocking",
  "winston",
  "bunyan",
  "log4js",
] as const;

const QUICK_LOGGERS = ["floor", "omni", "pino async", "logtape non-blocking"];

/** The subjects that log: all, or few in a smoke run. */
export function loggersFor({ quick }: Effort): readonly string[] {
  return quick ? QUICK_LOGGERS : LOGGERS;
}

/** Records that a busy server logs between two turns of its event loop. */
export const TURN_EVERY = 500;
