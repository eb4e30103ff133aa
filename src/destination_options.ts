import type { Backend } from "./backend.ts";
import type { OtlpDestinationOptions } from "./backends/otlp/otlp_options.ts";
import type { RotationPeriod, RotationTimeZone } from "./file/period.ts";
import type { RotationNaming } from "./file/rotated_name.ts";
import type { LevelThreshold } from "./level.ts";
import type { FormatName } from "./format/named_format.ts";
import type { Formatter } from "./message.ts";
import type { TlsDestinationOptions } from "./backends/syslog/syslog_settings.ts";
import type { PipelineOptions } from "./pipeline/pipeline_options.ts";
import type { CompressionFormat } from "./runtime.ts";

/** A number of milliseconds, or a number with a unit: `ms`, `s`, `m`, `h`, `d`, `w`, as in `"30d"`. */
export type Duration = number | string;

/** A unit of a {@linkcode Duration}. */
export type DurationUnit = "ms" | "s" | "m" | "h" | "d" | "w";

/** A number of bytes, or a number with a unit: `B`, `kB` or `KB`, `MB`, `GB`, `TB` (powers of 1000), `KiB`, `MiB`, `GiB`, `TiB`. */
export type ByteSize = number | string;

/**
 * When a file is rotated, and what becomes of the rotated ones.
 *
 * Whoever sets one of the limits `maxFiles`, `maxAge` and `maxTotalBytes` agrees to deletions: on a full disk the oldest
 * rotated files go earlier, one by one, until the log can be written. Where several processes write one log, a file is
 * deleted only when each of them would delete it.
 */
export interface RotateOptions {
  /** Largest size of a file; a single longer line gets a file of its own. @default unlimited */
  readonly maxBytes?: ByteSize;
  /** Begins a new file each hour, day or week (Monday), or every so often, counted from the epoch. @default never */
  readonly every?: RotationPeriod | `${number}${DurationUnit}`;
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

/** How much may wait for one destination, and what happens beyond. */
export interface DestinationQueueOptions {
  /** Bytes that may wait. @default `queue.maxBytes` of the logger */
  readonly maxBytes?: ByteSize;
  /** What happens to a record that finds no room. @default `queue.overflow` of the logger */
  readonly overflow?: "drop" | "block";
}

/** When a write that failed is tried again. Each pause is shortened at random, by up to a quarter. */
export interface RetryOptions {
  /** Pause after the first failure; it is doubled with each further one. @default 50 */
  readonly firstPause?: Duration;
  /** Longest pause. @default "5s" */
  readonly lastPause?: Duration;
}

/** When a destination counts as failing. One try after each pause finds out whether it still does. */
export interface CircuitBreakerOptions {
  /** Writes that fail in a row until it does; `Infinity`: never. @default 5 */
  readonly failures?: number;
  /** Pause between two tries from then on. @default that of `retry`, which goes on growing */
  readonly pause?: Duration;
}

/** What every destination can be told. */
export interface CommonDestinationOptions extends PipelineOptions {
  /** A path, or a URI: `file:`, `stdout:`, `stderr:`, `console:`, or a registered scheme. Needed unless `backend` is given. */
  readonly uri?: string | URL;
  /** A backend of the program's own, instead of one that the URI names. The logger closes it. */
  readonly backend?: Backend;
  /**
   * Name for `log.destinations`, the metrics and error messages. @default the uri, less user, password, query and
   * fragment, which may hold secrets
   */
  readonly name?: string;
  /** Level from which on it takes records, of those that the logger takes. @default "trace" */
  readonly level?: LevelThreshold;
  /** Whether it takes records at all. @default true */
  readonly enabled?: boolean;
  /** Format of a record; or the name that a plugin gave to one. @default "json", on a terminal "pretty" */
  readonly format?: FormatName | Formatter | (string & Record<never, never>);
  /**
   * Where records go while this destination fails (its circuit is open) or has no room: the name of another one, or a
   * URI, a path with a slash, or options of one that takes nothing else; or several, which are tried in this order. A
   * fallback takes what this one would have taken, whatever its own level, filters and sampler; its format, redaction
   * and middleware apply. What waits already is kept for this one, unless the logger closes or the process ends first.
   * What its server refuses for good goes nowhere: it is dropped, counted as refused, and reported.
   * @default none
   */
  readonly fallback?: string | URL | DestinationOptions | readonly (string | URL | DestinationOptions)[];
  /** How much may wait for it. @default as the logger's `queue` says */
  readonly queue?: DestinationQueueOptions;
  /** When a write that failed is tried again. */
  readonly retry?: RetryOptions;
  /** When it counts as failing. */
  readonly circuitBreaker?: CircuitBreakerOptions;
  /** How long `close` waits for it. @default `closeTimeout` of the logger */
  readonly closeTimeout?: Duration;
}

/**
 * How safe a record is once it counts as written, which is what `flush` waits for, and how soon that is.
 *
 * | | waits in memory | what `flush` has acknowledged survives |
 * |---|---|---|
 * | `"memory"` | until 64 KiB have gathered, for a second at the most | kill -9 |
 * | `"os"` | for `flushInterval` | kill -9 |
 * | `"disk"` | for `flushInterval` | kill -9, a crash of the system, a power cut |
 *
 * With `"disk"` each batch is followed by one `fsync` for all of its records (group commit). Whatever the durability,
 * `fatal` writes everything up to its record before it returns.
 */
export type Durability = "memory" | "os" | "disk";

/** What a destination that is a file can be told beside the common options. */
export interface FileDestinationOptions {
  /** What must have happened to a record before it counts as written. @default "os" */
  readonly durability?: Durability;
  /** Rotation; needs `maxBytes` or `every`. @default none */
  readonly rotate?: RotateOptions;
  /** Permission bits of the files it makes, before the umask. @default 0o644 */
  readonly mode?: number;
  /** `"none"` does without the lock, for files that only one process writes. @default "flock" */
  readonly lock?: "flock" | "none";
  /** How long to wait for the lock before that is reported. @default 10_000 */
  readonly lockTimeout?: Duration;
  /**
   * Bytes of the file system that are left to others: a write that would leave less free is treated as one to a full
   * disk. Deno must be run with `--allow-sys=statfs`. @default none
   */
  readonly minFreeBytes?: ByteSize;
}

/** What the destination `console:` can be told beside the common options. */
export interface ConsoleDestinationOptions {
  /**
   * Level from which on records go to standard error, the others to standard output. Also `console:?stderrFrom=error`.
   * The two are written in one order: while one stands still, so does the other.
   *
   * @default "warn"
   */
  readonly stderrFrom?: LevelThreshold;
}

/** One destination of a logger. */
export interface DestinationOptions
  extends
    CommonDestinationOptions,
    FileDestinationOptions,
    ConsoleDestinationOptions,
    OtlpDestinationOptions,
    TlsDestinationOptions {}

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
  /** Both of them, by level. */
  readonly console: ConsoleDestinationOptions;
  /** Syslog over UDP. */
  readonly "syslog+udp": object;
  /** Syslog over TCP. */
  readonly "syslog+tcp": object;
  /** Syslog over TLS. */
  readonly "syslog+tls": TlsDestinationOptions;
  /** Syslog through a unix socket. */
  readonly "syslog+unix": object;
  /** The journal of systemd; import "@omni/log/journald". */
  readonly journald: object;
  /** OTLP over HTTP, once `@omni/log/otlp` is imported. */
  readonly "otlp+http": OtlpDestinationOptions;
  /** The same over TLS. */
  readonly "otlp+https": OtlpDestinationOptions;
}

/** The scheme of a URI; a letter and a colon begin a path on Windows. */
export type SchemeOf<Uri extends string> = Uri extends `${infer Scheme}:${string}`
  ? Scheme extends `${string}/${string}` ? "file" : Scheme extends `${string}${string}` ? Lowercase<Scheme> : "file"
  : "file";

/**
 * The options of a destination by its URI: the common ones and those of its scheme, or those of all schemes where only
 * the running program knows the URI.
 */
export type OptionsAt<Uri extends string> = [string] extends [Uri]
  ? DestinationOptions | (CommonDestinationOptions & SchemeOptions[keyof SchemeOptions])
  : Uri extends string
    ? SchemeOf<Uri> extends infer Scheme extends keyof SchemeOptions
      ? CommonDestinationOptions & SchemeOptions[Scheme] & { readonly uri: Uri }
    : DestinationOptions & { readonly uri: Uri } & Readonly<Record<string, unknown>>
  : never;
