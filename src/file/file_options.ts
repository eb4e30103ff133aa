import type { DestinationOptions, Durability, RotateOptions } from "../destination_options.ts";
import { LockUnavailableError } from "../errors.ts";
import type { CompressionFormat, Runtime } from "../runtime.ts";
import { shownUri } from "../shown_uri.ts";
import { checkByteSize, checkDuration, checkInteger, checkObject, checkOneOf, show } from "../validate.ts";
import type { FileBackendOptions } from "./file_backend.ts";
import type { RetentionPolicy } from "./retention.ts";

/** Options of a destination that is a file, beside the common ones. */
export const FILE_OPTIONS: readonly string[] = ["rotate", "mode", "lock", "lockTimeout", "minFreeBytes", "durability"];

const ROTATE_KEYS: ReadonlySet<string> = new Set([
  "maxBytes",
  "every",
  "timeZone",
  "naming",
  "maxFiles",
  "maxAge",
  "maxTotalBytes",
  "compress",
]);

/** The path of a `file:` URI (RFC 8089), relative ones (`file:app.log`) included. */
export function pathOfFileUri(uri: string, where: string): string {
  const refuse = (reason: string) =>
    new RangeError(`Cannot use option "${where}.uri": ${reason} in ${show(shownUri(uri))}`);
  if (/[?#]/.test(uri)) throw refuse("a file URI has no query and no fragment");
  const match = /^file:(?:\/\/(?:localhost)?(?=\/))?(.+)$/i.exec(uri);
  const path = match?.[1];
  if (path === undefined || path.startsWith("//")) throw refuse("expected file:///absolute/path or file:relative/path");
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw refuse("a percent sign without two digits");
  }
  // A separator that is written so is part of a name (RFC 3986, section 2.2), and no name may hold one.
  if (/%(?:2f|5c)/i.test(path)) throw refuse("an encoded slash or backslash");
  if (decoded.includes("\0")) throw refuse("a NUL character");
  // file:///C:/logs/app.log
  return /^\/[a-zA-Z]:[/\\]/.test(decoded) ? decoded.slice(1) : decoded;
}

/** Checks what a destination says about its file. */
export function fileSettings(
  runtime: Runtime,
  options: DestinationOptions,
  where: string,
): Omit<FileBackendOptions, "onError"> {
  const { rotate, mode = 0o644, lock = "flock", lockTimeout = 10_000, minFreeBytes, durability = "os" } = options;
  return {
    mode: checkInteger(`${where}.mode`, mode, 0, 0o777),
    lock: lockKind(runtime, `${where}.lock`, lock),
    lockTimeout: checkDuration(`${where}.lockTimeout`, lockTimeout, 0),
    durability: checkOneOf<Durability>(`${where}.durability`, durability, ["memory", "os", "disk"]),
    minFreeBytes: minFreeBytes === undefined ? 0 : freeSpaceLimit(runtime, `${where}.minFreeBytes`, minFreeBytes),
    rotation: rotate === undefined ? undefined : rotationPolicy(runtime, rotate, `${where}.rotate`),
  };
}

function lockKind(runtime: Runtime, where: string, value: unknown): "flock" | "none" {
  const lock = checkOneOf(where, value, ["flock", "none"]);
  const problem = lock === "flock" ? runtime.lockProblem() : undefined;
  if (problem !== undefined) {
    // The adapter's sentence says what cannot be done; here that is the option.
    throw new LockUnavailableError(`Cannot use option "${where}": ${problem.replace(/^Cannot lock files: /, "")}`);
  }
  return lock;
}

function freeSpaceLimit(runtime: Runtime, where: string, value: unknown): number {
  const bytes = checkByteSize(where, value, 0);
  const problem = runtime.freeSpaceProblem();
  if (problem !== undefined) throw new RangeError(`Cannot use option "${where}": ${problem}`);
  return bytes;
}

function rotationPolicy(runtime: Runtime, rotate: RotateOptions, where: string): RetentionPolicy {
  checkObject(where, rotate, ROTATE_KEYS);
  const {
    maxBytes,
    every,
    timeZone = "local",
    naming = "timestamp",
    maxFiles,
    maxAge,
    maxTotalBytes,
    compress = false,
  } = rotate;
  const orInfinity = <T>(value: T | undefined, check: (value: T) => number) =>
    value === undefined ? Infinity : check(value);
  const policy: RetentionPolicy = {
    maxBytes: orInfinity(maxBytes, (value) => checkByteSize(`${where}.maxBytes`, value, 1)),
    every: every === undefined ? undefined : period(`${where}.every`, every),
    timeZone: checkOneOf(`${where}.timeZone`, timeZone, ["local", "utc"]),
    naming: checkOneOf(`${where}.naming`, naming, ["timestamp", "numbered"]),
    maxFiles: orInfinity(maxFiles, (value) => checkInteger(`${where}.maxFiles`, value, 0, Infinity)),
    maxAge: orInfinity(maxAge, (value) => checkDuration(`${where}.maxAge`, value, 1)),
    maxTotalBytes: orInfinity(maxTotalBytes, (value) => checkByteSize(`${where}.maxTotalBytes`, value, 1)),
    compress: compressionFormat(runtime, `${where}.compress`, compress),
  };
  if (policy.maxBytes === Infinity && (policy.every ?? Infinity) === Infinity) {
    throw new RangeError(`Cannot use option "${where}": nothing says when to rotate; set maxBytes or every`);
  }
  return policy;
}

function period(where: string, every: unknown): RetentionPolicy["every"] {
  if (every === "hour" || every === "day" || every === "week") return every;
  if (typeof every === "string" && !/^\d/.test(every)) {
    throw new RangeError(
      `Cannot use option "${where}": expected one of "hour", "day", "week", a number of milliseconds or a text such as "15m", got ${
        show(every)
      }`,
    );
  }
  return checkDuration(where, every, 1);
}

function compressionFormat(runtime: Runtime, where: string, compress: unknown): CompressionFormat | undefined {
  if (compress === false) return undefined;
  const format = compress === true ? "gzip" : checkOneOf(where, compress, ["gzip", "zstd"]);
  const compressor = runtime.compressor(format);
  compressor?.close?.();
  if (compressor !== undefined) return format;
  throw new RangeError(`Cannot use option "${where}": this version of ${runtime.name} has no ${format}`);
}
