import type { Kind } from "../records.ts";
import type { Format } from "../subjects/subject.ts";

/** What a measuring process is told at its start. Plain data. */
export interface CaseOptions {
  /** Name of the subject, see `subjects/mod.ts`. */
  readonly subject: string;
  /** What it logs. */
  readonly kind: Kind;
  /** Format of the lines. @default "json" */
  readonly format?: Format;
  /** A directory of this process's own. */
  readonly directory: string;
}

/** What one round is told; what does not concern a case is not looked at. Plain data. */
export interface RoundOptions {
  /** Records to log. */
  readonly count: number;
  /** Records between two turns of the event loop; absent: the loop never turns. */
  readonly turnEvery?: number;
  /** Timed bursts in the round. */
  readonly bursts?: number;
  /** Measures memory instead of time. */
  readonly memory?: boolean;
  /** Records per second. */
  readonly rate?: number;
  /** A log file shared with other processes. */
  readonly path?: string;
  /** Size at which it is rotated. */
  readonly maxBytes?: number;
  /** Whether rotated files are compressed. */
  readonly compress?: boolean;
  /** Files written by one logger. */
  readonly destinations?: number;
  /** Loggers, each with a file of its own, or rotated files that are there already. */
  readonly files?: number;
  /** How rotated files are named. */
  readonly naming?: "timestamp" | "numbered";
  /** Room of the logger's queue. */
  readonly capacity?: number;
  /** Whether the threads of the process each write a file of their own. */
  readonly own?: boolean;
  /** A server: records that each request logs. */
  readonly perRequest?: number;
}

/** What one round has measured. Plain data. */
export interface RoundResult {
  /** Nanoseconds per record: the median of the bursts where there are several. */
  readonly ns: number;
  /** The mean of the bursts, where there are several: with the garbage collections that fell into them. */
  readonly meanNs?: number;
  /** Nanoseconds of processor time per record, all threads of the process together. */
  readonly cpuNs?: number;
  /** Nanoseconds from a line that rotates the file until all that this causes is done. */
  readonly rotationNs?: number;
  /** Bytes that a call allocates. */
  readonly bytes?: number;
  /** Lines that were logged and are not in the file. */
  readonly missing?: number;
  /** A server: where it listens. */
  readonly port?: number;
}

/** A case, ready in its process. */
export interface RunningCase {
  /** Measures once. */
  round(options: RoundOptions): Promise<RoundResult>;
  /** Ends what it has started. */
  close?(): Promise<void>;
}

/** Starts a case in the process that it measures. */
export type StartCase = (options: CaseOptions) => Promise<RunningCase>;
