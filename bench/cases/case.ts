import type { RecordKind } from "../records.ts";

/** What a measuring process is told at its start. Plain data. */
export interface CaseOptions {
  /** Name of the subject, see `subjects/mod.ts`. */
  readonly subject: string;
  /** What it logs. */
  readonly kind: RecordKind;
  /** A directory of this process's own. */
  readonly directory: string;
}

/** What one round is told. Plain data. */
export interface RoundOptions {
  /** Records to log. */
  readonly count: number;
  /** Records between two turns of the event loop; absent: the loop never turns. */
  readonly turnEvery?: number;
  /** Timed bursts in the round. */
  readonly bursts?: number;
  /** A log file shared with other processes. */
  readonly path?: string;
  /** Size at which it is rotated. */
  readonly maxBytes?: number;
}

/** What one round has measured. Plain data. */
export interface RoundResult {
  /** Nanoseconds per record: the median of the bursts where there are several. */
  readonly ns: number;
  /** The mean of the bursts, where there are several: with the garbage collections that fell into them. */
  readonly meanNs?: number;
  /** Nanoseconds of processor time per record, all threads of the process together. */
  readonly cpuNs?: number;
}

/** A case, ready in its process. */
export interface RunningCase {
  /** Measures once. */
  round(options: RoundOptions): Promise<RoundResult>;
}

/** Starts a case in the process that it measures. */
export type StartCase = (options: CaseOptions) => Promise<RunningCase>;
