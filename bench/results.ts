/**
 * What `results.json` holds: for each part of the benchmarks and each runtime, rows with the place and the moment they
 * were measured at. A run replaces the parts it has measured and leaves the others.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Provenance } from "./support/machine.ts";

/** The parts, in the order in which they are measured. */
export const PARTS = [
  "caller",
  "dispatcher",
  "delivered",
  "together",
  "rotation",
  "steady",
  "latency",
  "latency-rotation",
  "startup",
  "size",
  "memory",
  "growth",
] as const;

/** Name of a part. */
export type PartName = typeof PARTS[number];

/** The middle, least and greatest of the rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What every row tells. */
export interface RowBase {
  readonly subject: string;
  /** Rounds that count. */
  readonly rounds: number;
  /** Rounds that were left out, because the floor of theirs was far from that of the others. */
  readonly rejected: number;
  /** What to know about it, such as lines that were lost, or why it could not be measured. */
  readonly note?: string;
}

/** What a line costs a subject. */
export interface CostRow extends RowBase {
  /** What is logged, see `records.ts`. */
  readonly kind: string;
  readonly format: "json" | "text";
  /** Whether the event loop turns while the lines are logged. */
  readonly loop: "tight" | "turning";
  /** Nanoseconds per record. */
  readonly ns?: Spread;
  /** With the garbage collections that fell into the bursts; the caller's cost only. */
  readonly meanNs?: number;
  /** Nanoseconds of processor time per record, all threads together. */
  readonly cpuNs?: Spread;
  /** Bytes that a call allocates; the caller's cost only. */
  readonly bytes?: number;
  /** How many times the time of others this is, medians of the ratios within each round. Best of several modes. */
  readonly ratio?: Ratios;
  /** The same of the processor time, on which other programs of the machine have less influence. */
  readonly cpuRatio?: Ratios;
}

/** How many times the time of others something is. */
export interface Ratios {
  readonly floor?: number;
  readonly handWritten?: number;
  readonly pino?: number;
  /** To the mode that pino has by default, whichever is the best. */
  readonly pinoDefault?: number;
  readonly logtape?: number;
}

/** Several processes or threads on one file, and each on its own. Lines per second, all together. */
export interface TogetherRow extends RowBase {
  readonly writers: "processes" | "threads";
  readonly count: number;
  /** Size at which files are rotated, in bytes. */
  readonly maxBytes?: number;
  /** Whether rotated files are compressed with gzip. */
  readonly compress?: boolean;
  readonly own?: Spread;
  readonly shared?: Spread;
  /** One file to several, of rounds next to each other. */
  readonly ratio?: Spread;
}

/** Delays of an HTTP server's responses, in microseconds. */
export interface LatencyRow extends RowBase {
  readonly scenario: "plain" | "rotation";
  readonly rate: number;
  readonly linesPerRequest: number;
  readonly p50: Spread;
  readonly p99: Spread;
  readonly p999: Spread;
  readonly greatest: Spread;
  /** The 99.9th percentile to that without logging, of the same round. */
  readonly p999Ratio: Spread;
  /** Percentiles of all requests of all rounds together: [percent, microseconds]. */
  readonly histogram: readonly (readonly [number, number])[];
  /**
   * The same requests, counted by delay: [microseconds, requests] of each bucket from that delay to the next one, which
   * is the square root of two times as long. Buckets without requests are left out.
   */
  readonly buckets?: readonly (readonly [number, number])[];
  /** The rotations and compressions that fell into the measured window of each round, wholly. */
  readonly compressing?: {
    /** How many in a round. */
    readonly times: number;
    /** How long they took, the sum of a round's. */
    readonly ms: Spread;
    /** How long a round was measured. */
    readonly windowMs: Spread;
  };
}

/** Milliseconds from the import to the first line in the file. */
export interface StartupRow extends RowBase {
  readonly importMs: Spread;
  readonly firstLineMs: Spread;
  /** From the start of the process to its end. */
  readonly processMs: Spread;
}

/** Bytes of a minified bundle. */
export interface SizeRow extends RowBase {
  readonly program: string;
  readonly bytes: number;
  readonly gzip: number;
}

/** The most memory that was resident, in MiB. */
export interface MemoryRow extends RowBase {
  readonly loop: "tight" | "turning";
  readonly mib: Spread;
}

/** Cost of a line, or of a rotation, as one thing grows. */
export interface GrowthRow extends RowBase {
  /** What grows. */
  readonly dimension: string;
  /** What the cost is of. @default "record" */
  readonly per?: "record" | "rotation";
  /** What the cost may grow with: the size, or nothing. Absent: not known. */
  readonly grows?: "with size" | "not";
  readonly steps: readonly { readonly size: number; readonly ns: Spread }[];
  /** The step at which the cost grew most for its size: cost over size, after to before; 1 is linear. */
  readonly worst: { readonly from: number; readonly to: number; readonly factor: number };
  readonly isLinear: boolean;
}

interface RowsOf {
  readonly caller: CostRow;
  readonly dispatcher: CostRow;
  readonly delivered: CostRow;
  readonly together: TogetherRow;
  readonly rotation: CostRow;
  readonly steady: CostRow;
  readonly latency: LatencyRow;
  readonly "latency-rotation": LatencyRow;
  readonly startup: StartupRow;
  readonly size: SizeRow;
  readonly memory: MemoryRow;
  readonly growth: GrowthRow;
}

/** The rows of a part. */
export type RowOf<P extends PartName> = RowsOf[P];

/** A part on one runtime. */
export interface PartResult<P extends PartName> extends Provenance {
  /** The runtime, as it names itself. */
  readonly runtime: string;
  /** Whether it was a smoke run, whose numbers mean little. */
  readonly quick: boolean;
  /** Whether it was a brief run, whose numbers vary more; absent: not known. */
  readonly brief?: boolean;
  readonly seconds: number;
  readonly rows: readonly RowOf<P>[];
}

/** All parts that were measured. */
export type Results = { readonly [P in PartName]?: { readonly [runtime: string]: PartResult<P> } };

/** Reads results; none where there is no file. */
export function readResults(path: string): Results {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Puts a part of one runtime in the place of an earlier one. */
export function withPart<P extends PartName>(
  results: Results,
  part: P,
  runtime: string,
  result: PartResult<P>,
): Results {
  return { ...results, [part]: { ...results[part], [runtime]: result } };
}

/** Writes results, with no more digits than mean something; whole numbers are counts, mostly, and stay as they are. */
export function writeResults(path: string, results: Results): void {
  const rounded = (_key: string, value: unknown) =>
    typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
  writeFileSync(path, `${JSON.stringify(results, rounded, 1)}\n`);
}
