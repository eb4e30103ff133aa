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

/** What every destination can be told. */
export interface CommonDestinationOptions extends PipelineOptions {
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
}

/** What a destination that is a file can be told beside the common options. */
export interface FileDestinationOptions {
  /** Rotation. @default none */
  readonly rotate?: RotateOptions;
  /** Permission bits of the files it makes, before the umask. @default 0o644 */
  readonly mode?: number;
  /** `"none"` does without the lock, for files that only one process writes. @default "flock" */
  readonly lock?: "flock" | "none";
  /** How long to wait for the lock before that is reported. @default 10_000 */
  readonly lockTimeout?: Duration;
}

/** One destination of a logger. */
export interface DestinationOptions extends CommonDestinationOptions, FileDestinationOptions {}

/**
 * The options beyond the common ones by scheme; a path is a `file`. The compiler refuses others. Whoever registers a
 * scheme adds to this interface by declaration merging, or else its destinations take any option.
 */
export interface SchemeOptions {
  /** Files. */
  readonly file: FileDestinationOptions;
  /** Standard output. */
  readonly stdout: object;
  /** Standard error. */
  readonly stderr: object;
}

/** The scheme of a URI; a letter and a colon begin a path on Windows. */
export type SchemeOf<Uri extends string> = Uri extends `${infer Scheme}:${string}`
  ? Scheme extends `${string}/${string}` ? "file" : Scheme extends `${string}${string}` ? Lowercase<Scheme> : "file"
  : "file";

/** A destination as it was written, with what its scheme does not know marked as impossible. */
export type CheckedDestination<D> = D extends { readonly uri: infer Uri extends string } ? string extends Uri ? D
  : SchemeOf<Uri> extends infer Scheme extends keyof SchemeOptions
    ? D & { readonly [K in Exclude<keyof D, keyof CommonDestinationOptions | keyof SchemeOptions[Scheme]>]: never }
  : D
  : D;

/** The same for a list. */
export type CheckedDestinations<D extends readonly unknown[]> = { readonly [I in keyof D]: CheckedDestination<D[I]> };
