import {
  type CompressionFormat,
  type Compressor,
  errorCode,
  type FileInfo,
  isSameFile,
  type Runtime,
  type RuntimeFile,
} from "../runtime.ts";
import { pause, perform, performVisibly, type Protocol, waitFor } from "./operation.ts";
import { COMPRESSION_SUFFIX, TEMPORARY_SUFFIX } from "./rotated_name.ts";

/** Bytes that are read and compressed at a time: about a millisecond of work. */
const PIECE_BYTES = 64 * 1024;

/** Tries to open the file that a compression grows in: who has its lock is about to remove it. */
const MOST_TRIES = 1_000;

/** Pause between them, in milliseconds. */
const LOCKED_PAUSE = 2;

/** Puts a finished compressed file in the place of the plain one. */
export type Publish = (temporary: string, source: RuntimeFile, output: RuntimeFile) => Protocol<void>;

/** How a rotated file is compressed. */
export interface CompressOptions {
  /** Format of the compressed file. */
  readonly format: CompressionFormat;
  /** Permission bits of the compressed file, before the umask. */
  readonly mode: number;
  /** Whether other processes are kept out by a lock. */
  readonly lock: "flock" | "none";
  /** Names the file that grows until it is complete; only who holds the lock of the source uses the name. */
  readonly temporary?: (source: FileInfo) => string;
  /** Carries out the two last steps. */
  readonly publish?: Publish;
}

/**
 * Opens a rotated file and takes its lock: whoever holds it, and nobody else, compresses or deletes the file.
 * Returns `undefined` when another process is at it, or has been.
 */
export function* claim(path: string, lock: "flock" | "none"): Protocol<RuntimeFile | undefined> {
  let file: RuntimeFile;
  try {
    file = yield* perform("open", path, { access: "read" });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    if (lock === "none" || (yield* perform("tryLock", file))) {
      if (isSameFile(yield* perform("stat", path), yield* perform("fstat", file))) return file;
    }
  } catch (error) {
    yield* perform("close", file);
    throw error;
  }
  yield* perform("close", file);
  return undefined;
}

/**
 * Compresses a rotated file:
 *
 *     x  ->  x.gz.tmp  (sync)  ->  x.gz  ->  remove x
 *
 * A crash leaves `x` in every step but the last, so whoever passes next begins again; with `x.gz` there already, which
 * is then known to be complete, only `x` is removed.
 *
 * Returns whether nothing is left to do; it is when another process holds the lock of the file.
 */
export function* compress(runtime: Runtime, path: string, options: CompressOptions): Protocol<boolean> {
  const target = path + COMPRESSION_SUFFIX[options.format];
  const publish = options.publish ?? function* (temporary: string) {
    yield* perform("rename", temporary, target);
    yield* removeIfThere(path);
  };
  const source = yield* claim(path, options.lock);
  if (source === undefined) return (yield* perform("stat", path)) === undefined;
  try {
    if (options.publish === undefined && (yield* perform("stat", target)) !== undefined) {
      yield* removeIfThere(path);
    } else {
      const compressor = runtime.compressor(options.format);
      if (compressor === undefined) {
        throw new Error(`Cannot compress "${path}": no ${options.format} on ${runtime.name}`);
      }
      const temporary = options.temporary?.(yield* perform("fstat", source)) ?? target + TEMPORARY_SUFFIX;
      const output = yield* openTemporary(temporary, options);
      try {
        yield* pump(compressor, source, output);
        yield* perform("sync", output);
        yield* publish(temporary, source, output);
      } finally {
        yield* perform("close", output);
      }
    }
  } finally {
    yield* perform("close", source);
  }
  return true;
}

/**
 * Opens the file that a compression grows in, empty, and takes its lock. What a killed process has left there is used
 * again rather than removed: another process may be about to remove it, and would remove what we made in its place.
 */
function* openTemporary(path: string, { lock, mode }: CompressOptions): Protocol<RuntimeFile> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const file = yield* perform("open", path, { access: "append", mode });
    try {
      if (lock === "none" || (yield* perform("tryLock", file))) {
        if (isSameFile(yield* perform("stat", path), yield* perform("fstat", file))) {
          yield* perform("truncate", file, 0);
          return file;
        }
      }
    } catch (error) {
      yield* perform("close", file);
      throw error;
    }
    yield* perform("close", file);
    yield* pause(LOCKED_PAUSE);
  }
  throw new Error(`Cannot compress to "${path}": another process holds it`);
}

/** Removes a file, or finds that it is gone. */
export function* removeIfThere(path: string): Protocol<void> {
  try {
    // Seen to be done, not done again: a second removal, carried out late, could hit another file of the name.
    yield* performVisibly(
      "remove",
      [path],
      (calls) => calls.stat(path) === undefined ? { result: undefined } : undefined,
    );
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

function* pump(compressor: Compressor, source: RuntimeFile, output: RuntimeFile): Protocol<void> {
  const piece = new Uint8Array(PIECE_BYTES);
  for (let position = 0;;) {
    const count = yield* perform("readAt", source, piece, position);
    if (count === 0) break;
    position += count;
    yield* writeWhole(output, yield* waitFor(() => compressor.push(piece.subarray(0, count))));
  }
  yield* writeWhole(output, yield* waitFor(() => compressor.finish()));
}

function* writeWhole(file: RuntimeFile, bytes: Uint8Array): Protocol<void> {
  for (let written = 0; written < bytes.length;) {
    const count = yield* perform("write", file, bytes.subarray(written));
    if (count === 0) throw new Error("Cannot write a compressed file: the system takes no bytes");
    written += count;
  }
}
