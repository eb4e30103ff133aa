/**
 * The numbers of rotated files in the numbered naming.
 *
 *     app.log                                  -> app.log.unnumbered.20261123T110215.123Z-000   by the rotation, under the lock of the log
 *     app.log.2, then app.log.1                -> app.log.3, then app.log.2            later, under a lock of their own
 *     app.log.unnumbered.20261123T110215.123Z-000       -> app.log.1
 *
 * Whoever writes meanwhile waits for none of it. All that goes by the number of a file, or gives it another name, holds
 * that lock: numbering, publishing what was compressed, retention, making room on a full disk.
 *
 * @module
 */
import { LockTimeoutError, messageOf } from "../errors.ts";
import { errorCode, isSameFile, type RuntimeFile } from "../runtime.ts";
import { claim, makeLocked, removeIfThere } from "./compression.ts";
import { everyInTurns, listRotated, Look } from "./listing.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { nameOf, siblingOf } from "./paths.ts";
import { newestStamped, type RotatedFile } from "./rotated_name.ts";
import { isCompressed, remove, rename } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";

/** Pauses between two tries of the lock, in milliseconds: random from half of this on, growing by half to the longest. */
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 50;

/** Files that are renamed in one turn of the event loop where a rename does not take one. */
const MOVES_TOGETHER = 50;

/** The right to give rotated files other names. */
export interface Numbers {
  /** Fails where the lock is not known to be ours any more: somebody has removed its file. */
  readonly verify: () => Protocol<void>;
}

/** Path of the empty hidden file whose lock it is. It is there only while somebody has the lock, or has died with it. */
export function numbersPath(path: string): string {
  return siblingOf(path, `.${nameOf(path)}.numbers`);
}

/**
 * Runs a protocol while nobody else gives rotated files other names. Who holds the lock of the log may wait for this
 * one, for a little while; who holds this one waits for no other.
 *
 * @param patience How long, in milliseconds, to wait for it.
 */
export function* underNumbers<T>(
  shared: SharedFile,
  options: SharedFileOptions,
  inner: (numbers: Numbers) => Protocol<T>,
  patience: number = options.lockTimeout,
): Protocol<T> {
  const path = numbersPath(shared.path);
  const file = yield* take(shared, path, { ...options, lockTimeout: patience });
  const verify = function* (): Protocol<void> {
    if (file === undefined || isSameFile(yield* perform("stat", path), yield* perform("fstat", file))) return;
    throw new Error(`Cannot rename rotated files of "${shared.path}": "${path}" was taken away`);
  };
  try {
    return yield* inner({ verify });
  } finally {
    shared.hasNumbers = false;
    if (file !== undefined) yield* give(path, file);
  }
}

/** Takes the lock; without locks it is kept among the loggers of this thread alone, and there is no file. */
function* take(shared: SharedFile, path: string, options: SharedFileOptions): Protocol<RuntimeFile | undefined> {
  const { lock, mode, lockTimeout } = options;
  const deadline = shared.runtime.monotonic() + lockTimeout;
  for (let wait = FIRST_PAUSE;; wait = Math.min(LONGEST_PAUSE, 1.5 * wait)) {
    if (!shared.hasNumbers) {
      shared.hasNumbers = true;
      let file: RuntimeFile | undefined;
      try {
        if (lock === "none") return undefined;
        file = yield* tryTake(path, mode);
        if (file !== undefined) return file;
      } finally {
        shared.hasNumbers = file !== undefined || lock === "none";
      }
    }
    if (shared.runtime.monotonic() >= deadline) {
      throw new LockTimeoutError(
        `Cannot rename rotated files of "${shared.path}": another process has held "${path}" for ${lockTimeout} ms`,
      );
    }
    yield* pause(wait * (0.5 + 0.5 * Math.random()));
  }
}

function* tryTake(path: string, mode: number): Protocol<RuntimeFile | undefined> {
  if ((yield* perform("stat", path)) !== undefined) return yield* claim(path, "flock");
  // Only who may write the log: whoever may read the file may hold its lock, and with it the numbers.
  const writers = mode & 0o222;
  return yield* makeLocked(path, { lock: "flock", mode: writers | writers << 1 });
}

function* give(path: string, file: RuntimeFile): Protocol<void> {
  try {
    if (isSameFile(yield* perform("stat", path), yield* perform("fstat", file))) yield* removeIfThere(path);
  } catch {
    // Whoever passes next will see that nobody holds it.
  } finally {
    yield* perform("close", file);
  }
}

/**
 * Gives their numbers to files that were rotated and have none yet, and moves up the others. Those that have to move go
 * first, the oldest before the newer ones, so nothing is ever overwritten, and a crash at any step leaves a gap, with
 * all in the right order, which whoever passes next uses up.
 */
export function* giveNumbers(
  shared: SharedFile,
  options: SharedFileOptions,
  look: Look = new Look(shared, "numbered"),
): Protocol<void> {
  try {
    yield* numberWaiting(shared, options, look);
  } catch (error) {
    const reason = messageOf(error);
    // Ours says what could not be done already.
    if (reason.startsWith("Cannot ")) throw error;
    throw Object.assign(new Error(`Cannot give numbers to rotated files of "${shared.path}": ${reason}`), {
      code: errorCode(error),
      cause: error,
    });
  }
}

function* numberWaiting(shared: SharedFile, options: SharedFileOptions, look: Look): Protocol<void> {
  const newest = newestStamped(yield* look.names(), nameOf(shared.path), "numbered");
  if (newest === undefined) return;
  look.forget();
  yield* underNumbers(shared, options, function* (numbers) {
    // A list that is read while files are rotated may have a newer one and lack an older one. So what is newer than
    // that which was seen before waits for the next time: all that is older was there before this list was begun.
    const moves: [RotatedFile, ...RotatedFile[]][] = [];
    // From the newest to the first of the older ones that need not move, since there are enough gaps before it.
    yield* everyInTurns([...yield* listRotated(shared, "numbered")].reverse(), (rotated) => {
      if (rotated.order > newest) return true;
      const last = moves.at(-1);
      if (last?.[0].order === rotated.order) last.unshift(rotated);
      else if (-rotated.order > moves.length) return false;
      else moves.push([rotated]);
      return true;
    });
    for (let number = moves.length; number >= 1; number--) {
      // In a worker of Bun nothing else lets it turn.
      if (number % MOVES_TOGETHER === 0) yield* pause(0);
      yield* renumber(shared, moves[number - 1] as RotatedFile[], number, numbers);
    }
  });
}

function* renumber(
  shared: SharedFile,
  files: readonly RotatedFile[],
  number: number,
  { verify }: Numbers,
): Protocol<void> {
  for (const { name, stem, compression } of files) {
    const path = siblingOf(shared.path, name);
    const info = yield* perform("stat", path);
    if (info === undefined) continue;
    yield* verify();
    // Both forms exist when a process was killed between the two last steps of a compression: one is enough, if it is
    // no link that somebody has planted.
    if (compression === undefined && files.length > 1 && (yield* isCompressed(path))) {
      yield* remove(path, info);
      continue;
    }
    const target = siblingOf(shared.path, `${nameOf(shared.path)}.${number}${name.slice(stem.length)}`);
    if ((yield* perform("stat", target)) !== undefined) {
      throw new Error(`Cannot rename "${path}" to "${target}": that has come meanwhile`);
    }
    yield* rename(path, target, info);
  }
}
