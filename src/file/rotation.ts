import { errorCode, type FileInfo, isSameFile, type RuntimeFile } from "../runtime.ts";
import { findNewest } from "./listing.ts";
import { perform, performVisibly, type Protocol } from "./operation.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import type { RotationPeriod, RotationTimeZone } from "./period.ts";
import { COMPRESSION_SUFFIX, orderAt, type RotationNaming, stampedName } from "./rotated_name.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";

/** When a file is rotated and what the rotated one is called. */
export interface RotationPolicy {
  /** Largest size of a file, in bytes. */
  readonly maxBytes: number;
  /** Period after which a file is begun anew. */
  readonly every: RotationPeriod | undefined;
  /** Whose midnight counts for `every`. */
  readonly timeZone: RotationTimeZone;
  /** How rotated files are named. */
  readonly naming: RotationNaming;
}

/** Whether the file that the caller holds the lock of must be rotated before a line of `length` bytes goes to it. */
export function* isRotationDue(
  shared: SharedFile,
  info: FileInfo,
  policy: RotationPolicy,
  length: number,
): Protocol<boolean> {
  if (info.kind !== "file") return false;
  if (info.size > 0 && info.size + length > policy.maxBytes) return true;
  return yield* shared.period.isOver(shared.path, { file: shared.file as RuntimeFile, info, policy });
}

/**
 * Rotates the file that the caller holds the lock of. Afterwards the caller takes the lock of what is the log then,
 * also where this fails: at any step there is a file that lines can go to.
 *
 *     app.log (ours, locked)  -> app.log.20261123T110215.123Z-000   rename, to a name that nobody has
 *     app.log                    made anew, by us or by whoever is first
 *
 * In the numbered naming the name is `app.log.unnumbered.20261123T110215.123Z-000`: moving all the others up takes long,
 * and is done later, without this lock, see `giveNumbers`.
 *
 * Only who holds the lock of the file at the path may rename it, so nobody else gives out names meanwhile, and the
 * check that a name is free still holds when the rename is made.
 */
export function* rotate(
  shared: SharedFile,
  file: FileInfo,
  policy: RotationPolicy,
  options: SharedFileOptions,
): Protocol<void> {
  const name = yield* freeName(shared, policy.naming);
  const here = yield* perform("stat", shared.path);
  if (isSameFile(here, file)) {
    yield* rename(shared.path, siblingOf(shared.path, name), file, () => shared.keepLocked());
    shared.rotations++;
  } else if (here !== undefined) {
    // Taken away from outside meanwhile: another process has made a new one, and may be rotating that.
    return;
  }
  yield* shared.makeNext(options);
}

/**
 * Renames a file of which the caller knows that nobody else renames it.
 *
 * @param leave Given where the caller can do without, see {@linkcode performVisibly}.
 */
export function* rename(from: string, to: string, file: FileInfo, leave?: () => () => void): Protocol<void> {
  yield* performVisibly(
    "rename",
    [from, to],
    // Not by what stands at `to`: another process may have rotated since, and renamed it again.
    (calls) => isSameFile(calls.stat(from), file) ? undefined : { result: undefined },
    leave,
  );
}

/** Removes a file of which the caller knows that nobody else removes it, or finds that it is gone. */
export function* remove(path: string, file: FileInfo): Protocol<void> {
  try {
    // Visibly: made twice, the one that comes late would remove what has got the name since.
    yield* performVisibly(
      "remove",
      [path],
      (calls) => isSameFile(calls.stat(path), file) ? undefined : { result: undefined },
    );
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** Finds a name that nobody has and that sorts after all others, whatever the clocks of the processes say. */
function* freeName(shared: SharedFile, naming: RotationNaming): Protocol<string> {
  const base = nameOf(shared.path);
  // Not simply that of our last rotation: others may have made a file and rotated it before we made the one there is.
  const newest = shared.newest.of(shared.file, naming) ??
    (yield* findNewest(yield* perform("list", directoryOf(shared.path)), base, naming));
  let order = Math.max(orderAt(shared.runtime.now()), newest + 1);
  for (;; order++) {
    const name = stampedName(base, order, naming);
    if (!(yield* isTaken(siblingOf(shared.path, name)))) return name;
  }
}

/** Whether a rotated file of this name exists, compressed or not. */
function* isTaken(path: string): Protocol<boolean> {
  for (const suffix of ["", COMPRESSION_SUFFIX.gzip, COMPRESSION_SUFFIX.zstd]) {
    if ((yield* perform("stat", path + suffix)) !== undefined) return true;
  }
  return false;
}

/** Whether a file stands beside its compressed form. */
export function* isCompressed(path: string): Protocol<boolean> {
  for (const suffix of Object.values(COMPRESSION_SUFFIX)) {
    const info = yield* perform("stat", path + suffix);
    if (info?.kind === "file" && (info.links ?? 1) <= 1) return true;
  }
  return false;
}
