import type { Backend } from "./backend.ts";
import type { RotationPeriod, RotationTimeZone } from "./file/period.ts";
import type { RotationNaming } from "./file/rotated_name.ts";
import type { LevelThreshold } from "./level.ts";
import type { FormatName } from "./format/named_format.ts";
import type { Formatter } from "./message.ts";
import type { PipelineOptions } from "./pipeline/pipeline_options.ts";
import type { CompressionFormat } from "./runtime.ts";

/** A number of milliseconds, or a number with a unit: `ms`, `s`, `m`, `h`, `d`, `w`, as in `"30d"`. */
export type Duration = number | string;

/** A number of bytes, or a number with a unit: `B`, `kB`, `MB`, `GB` (powers of 1000), `KiB`, `MiB`, `GiB`. */
export type ByteSize = number | string;

/** When a file is rotated, and what becomes of the rotated ones. */
export interface RotateOptions {
  /** Largest size of a file; a single longer line gets a file of its own. @default unlimited */
  readonly maxBytes?: ByteSize;
  /** Begins a new file each hour, day or week (Monday), or every so often, counted from the epoch. @default never */
  readonly every?: RotationPeriod | string;
  /** Whose midnight counts for `every`. @default "local" */
  readonly timeZone?: RotationTimeZone;
  /** How rotated files are named. @default "timestamp" */
  readonly naming?: RotationNaming;
  /** Rotated files that are kept; the oldest are deleted. @default unlimited */
  readonly maxFiles?: number;
  /** Age at which a rotated file is deleted, looked at when a file is rotated. @default unlimited */
  readonly maxAge?: Duration;
  /** Bytes that the file and its rotated ones may take together. @default unlimited */
  readonly maxTotalBytes?: ByteSize;
  /** Compresses rotated files. @default false */
  readonly compress?: CompressionFormat | boolean;
}

/** One destination of a logger. */
export interface DestinationOptions extends PipelineOptions {
  /** A path, or a URI: `file:`, `stdout:`, `stderr:`, or a registered scheme. Needed unless `backend` is given. */
  readonly uri?: string;
  /** A backend of the program's own, instead of one that the URI names. The logger closes it. */
  readonly backend?: Backend;
  /** Name for `log.destinations` and the metrics. @default the uri */
  readonly name?: string;
  /** Level from which on it takes records, of those that the logger takes. @default "trace" */
  readonly level?: LevelThreshold;
  /** Whether it takes records at all. @default true */
  readonly enabled?: boolean;
  /** Format of a record; or the name that a plugin gave to one. @default "json", on a terminal "pretty" */
  readonly format?: FormatName | Formatter | (string & Record<never, never>);
  /** Files: rotation. @default none */
  readonly rotate?: RotateOptions;
  /** Files: permission bits of the files it makes, before the umask. @default 0o644 */
  readonly mode?: number;
  /** Files: `"none"` does without the lock, for files that only one process writes. @default "flock" */
  readonly lock?: "flock" | "none";
  /** Files: how long to wait for the lock before that is reported. @default 10_000 */
  readonly lockTimeout?: Duration;
}
