import {
  type CompressionFormat,
  type Compressor,
  errorCode,
  isSameFile,
  type Runtime,
  type RuntimeFile,
} from "../runtime.ts";
import { perform, type Protocol, waitFor } from "./operation.ts";
import { COMPRESSION_SUFFIX, TEMPORARY_SUFFIX } from "./rotated_name.ts";

/** Bytes that are read and compressed at a time: about a millisecond of work. */
const PIECE_BYTES = 64 * 1024;

/** Puts a finished compressed file in the place of the plain one. */
export type Publish = (source: RuntimeFile, output: RuntimeFile) => Protocol<void>;

/** How a rotated file is compressed. */
export interface CompressOptions {
  /** Format of the compressed file. */
  readonly format: CompressionFormat;
  /** Permission bits of the compressed file, before the umask. */
  readonly mode: number;
  /** Whether other processes are kept out by a lock. */
  readonly lock: "flock" | "none";
  /** Where the file grows until it is complete. */
  readonly temporary?: string;
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
 */
export function* compress(runtime: Runtime, path: string, options: CompressOptions): Protocol<void> {
  const target = path + COMPRESSION_SUFFIX[options.format];
  const temporary = options.temporary ?? target + TEMPORARY_SUFFIX;
  const publish = options.publish ?? function* () {
    yield* perform("rename", temporary, target);
    yield* removeIfThere(path);
  };
  const source = yield* claim(path, options.lock);
  if (source === undefined) return;
  try {
    if (options.publish === undefined && (yield* perform("stat", target)) !== undefined) {
      yield* removeIfThere(path);
    } else {
      const compressor = runtime.compressor(options.format);
      if (compressor === undefined) {
        throw new Error(`Cannot compress "${path}": no ${options.format} on ${runtime.name}`);
      }
      yield* removeIfThere(temporary);
      const output = yield* perform("open", temporary, { access: "create", mode: options.mode });
      try {
        if (options.lock === "flock") yield* perform("tryLock", output);
        yield* pump(compressor, source, output);
        yield* perform("sync", output);
        yield* publish(source, output);
      } finally {
        yield* perform("close", output);
      }
    }
  } finally {
    yield* perform("close", source);
  }
}

/** Removes a file, or finds that it is gone. */
export function* removeIfThere(path: string): Protocol<void> {
  try {
    yield* perform("remove", path);
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
