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
import { makeLike, modeToMakeLike } from "./likeness.ts";
import { COMPRESSION_SUFFIX, TEMPORARY_SUFFIX } from "./rotated_name.ts";
import { remove, rename } from "./rotation.ts";
import { soleName } from "./sole_name.ts";

/**
 * Bytes that are read and given to the compressor at a time, which lets the event loop turn several times meanwhile (see
 * {@linkcode Compressor}). Each read and write costs the program's thread a turn more, so that smaller pieces take more
 * of its time.
 */
const PIECE_BYTES = 256 * 1024;

/** Tries to open the file that a compression grows in: who has its lock is about to remove it. */
const MOST_TRIES = 1_000;

/** Pause between them, in milliseconds. */
const LOCKED_PAUSE = 2;

/**
 * Puts a finished compressed file in the place of the plain one, which gets the temporary name; returns whether it has
 * got it.
 */
export type Publish = (temporary: string, source: RuntimeFile, output: RuntimeFile) => Protocol<boolean>;

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
  /** Told what keeps the compressed file from the owner and the permissions of the plain one. */
  readonly onProblem?: (problem: Error) => void;
  /** Carries out the two last steps. */
  readonly publish?: Publish;
}

/**
 * Opens a rotated file and takes its lock: whoever holds it, and nobody else, compresses or deletes the file.
 * Returns `undefined` when another process is at it, or has been; and for what is none of ours but was planted under
 * the name: a symbolic link, a pipe, a directory.
 *
 * @param admits What else may be told by a look at the path.
 */
export function* claim(
  path: string,
  lock: "flock" | "none",
  admits: (here: FileInfo | undefined) => boolean = isFile,
): Protocol<RuntimeFile | undefined> {
  let file: RuntimeFile;
  if (!admits(yield* perform("stat", path))) return undefined;
  try {
    file = yield* perform("open", path, { access: "read" });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
  try {
    if (lock === "none" || (yield* perform("tryLock", file))) {
      const here = yield* perform("stat", path);
      if (admits(here) && isSameFile(here, yield* perform("fstat", file))) return file;
    }
  } catch (error) {
    yield* perform("close", file);
    throw error;
  }
  yield* perform("close", file);
  return undefined;
}

function isFile(here: FileInfo | undefined): boolean {
  return here?.kind === "file";
}

/** Whether a name leads to a file that has no other name: the compressed copy of a hard link would show its content. */
export function isSoleFile(here: FileInfo | undefined): boolean {
  return here?.kind === "file" && (here.links ?? 1) <= 1;
}

function linkedError(path: string): Error {
  return Object.assign(new Error(`Cannot compress "${path}": it has other names, hard links, as well`), {
    code: "EMLINK",
  });
}

/**
 * Compresses a rotated file:
 *
 *     x  ->  x.gz.tmp  (sync)  ->  x.gz,  x  ->  x.gz.tmp  ->  remove x.gz.tmp
 *
 * A crash leaves `x` until `x.gz` is complete, so whoever passes next begins again, also where `x.gz` is there already:
 * it may be complete, or somebody else's, and `x` is whole in any case.
 *
 * What is removed is closed before: closing the last hold of a large file without a name takes this thread as long as
 * the system needs to free it (5 to 15 ms for 100 MB), while a removal runs in the background. And it has lost its name
 * before it is closed, and with it unlocked, so that nobody compresses it again.
 *
 * Returns whether nothing is left to do; something is when another process holds the lock of the file. Fails for one
 * that has other names: a backup may have made them, but a hard link may as well lead to somebody else's file.
 */
export function* compress(runtime: Runtime, path: string, options: CompressOptions): Protocol<boolean> {
  const target = path + COMPRESSION_SUFFIX[options.format];
  const publish = options.publish ?? function* (temporary: string, source: RuntimeFile) {
    yield* perform("rename", temporary, target);
    // A process that compresses otherwise may have died before it could remove the source.
    for (const suffix of Object.values(COMPRESSION_SUFFIX)) {
      const other = path + suffix;
      if (other !== target && isSoleFile(yield* perform("stat", other))) yield* removeIfThere(other);
    }
    return yield* moveAside(path, temporary, yield* perform("fstat", source));
  };
  const source = yield* claim(path, options.lock, isSoleFile);
  if (source === undefined) {
    const here = yield* perform("stat", path);
    if (here?.kind === "file" && !isSoleFile(here)) throw linkedError(path);
    // One that is not named for good may have got another name, and be still to be compressed.
    return here === undefined ? options.publish === undefined : here.kind !== "file";
  }
  let aside: { readonly path: string; readonly info: FileInfo } | undefined;
  let compressor: Compressor | undefined;
  try {
    const name = yield* soleName(path, source);
    if (name === "linked") throw linkedError(path);
    if (name === "changed") return false;
    compressor = runtime.compressor(options.format);
    if (compressor === undefined) {
      throw new Error(`Cannot compress "${path}": no ${options.format} on ${runtime.name}`);
    }
    const info = yield* perform("fstat", source);
    const temporary = options.temporary?.(info) ?? target + TEMPORARY_SUFFIX;
    // Nobody may read the compressed file who may not read the plain one.
    const output = yield* openTemporary(temporary, { lock: options.lock, mode: modeToMakeLike(info, options.mode) });
    try {
      try {
        const problem = yield* makeLike(output, info, temporary);
        if (problem !== undefined) options.onProblem?.(problem);
        yield* pump(compressor, source, output);
        yield* syncIfAllowed(output);
      } catch (error) {
        // Most likely the disk is full. What is half done would take the room that the log needs.
        yield* remove(temporary, yield* perform("fstat", output));
        throw error;
      }
      if (yield* publish(temporary, source, output)) aside = { path: temporary, info };
    } finally {
      yield* perform("close", output);
    }
  } finally {
    compressor?.close?.();
    yield* perform("close", source);
  }
  if (aside !== undefined) yield* remove(aside.path, aside.info);
  return true;
}

/**
 * Gives a file, whose lock the caller holds, the name of one that is not complete, under which nobody misses it and
 * whoever passes removes it; returns whether it was there.
 */
export function* moveAside(path: string, temporary: string, file: FileInfo): Protocol<boolean> {
  try {
    yield* rename(path, temporary, file);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/**
 * Makes the file that a compression grows in, and takes its lock. What stands there already is removed, never opened
 * for writing: it may be what a killed process has left, but also a link to a file of somebody else's. What a process
 * has made there is removed under its lock, so that nobody who wants to remove it as well takes away ours instead.
 */
function* openTemporary(
  path: string,
  { lock, mode }: Pick<CompressOptions, "lock" | "mode">,
): Protocol<RuntimeFile> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = yield* perform("stat", path);
    if (found === undefined) {
      const file = yield* makeLocked(path, { lock, mode });
      if (file !== undefined) return file;
    } else if (!isFile(found)) {
      yield* remove(path, found);
      continue;
    } else {
      const left = yield* claim(path, lock);
      if (left !== undefined) {
        try {
          yield* remove(path, yield* perform("fstat", left));
        } finally {
          yield* perform("close", left);
        }
        continue;
      }
    }
    yield* pause(LOCKED_PAUSE);
  }
  throw new Error(`Cannot compress to "${path}": another process holds it`);
}

/** Makes a file and takes its lock; `undefined` when another process has been faster at either. */
export function* makeLocked(
  path: string,
  { lock, mode }: Pick<CompressOptions, "lock" | "mode">,
): Protocol<RuntimeFile | undefined> {
  let file: RuntimeFile;
  try {
    file = yield* perform("open", path, { access: "create", mode });
  } catch (error) {
    if (errorCode(error) === "EEXIST") return undefined;
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

/**
 * Brings a file to the disk. Node's permission model forbids that to every program; the plain file is then removed when
 * the system has the compressed one, rather than kept for ever beside a compression that is tried again and again.
 */
function* syncIfAllowed(file: RuntimeFile): Protocol<void> {
  try {
    yield* perform("sync", file);
  } catch (error) {
    if (errorCode(error) !== "ERR_ACCESS_DENIED") throw error;
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
    if (count === 0) throw new Error("the system takes no bytes of the compressed file");
    written += count;
  }
}
