import { errorCode, type FileInfo } from "../runtime.ts";
import { DiskFullError } from "../errors.ts";
import { claim } from "./compression.ts";
import { type Numbers, underNumbers } from "./numbers.ts";
import { perform, type Protocol } from "./operation.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { hasLimit, type RetentionPolicy } from "./retention.ts";
import { rotatedAmong, type RotatedFile, sourceOfUnfinished } from "./rotated_name.ts";
import { remove } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";
import type { Membership } from "./writers.ts";

/** How long, in milliseconds, a look at the free space holds. Others write to the disk as well. */
const LOOK_AGAIN = 200;

/** How long, in milliseconds, a file system may take to tell of the room that a removed file has left. */
const LATE_ROOM = 30_000;

/** How long, in milliseconds, further files that are deleted for their room are only counted, after one was reported. */
const EPISODE = 60_000;

/** How long, in milliseconds, a write waits for others that give rotated files other names, to delete one of them. */
const NUMBERS_PATIENCE = 100;

/** What {@linkcode DiskSpace} needs to know. */
export interface DiskSpaceOptions extends SharedFileOptions {
  /** Rotation and retention of the log. */
  readonly rotation: RetentionPolicy | undefined;
  /** Bytes of the file system that the log leaves free. */
  readonly minFreeBytes: number;
  /** The settings of this logger among those of the others that write the log, see `Writers`. */
  readonly membership: Membership | undefined;
}

/**
 * Whether an error says that the disk, or the user's share of it, is full. `EFBIG` does not: it is about the one file,
 * which becomes no shorter when another one is deleted.
 */
export function isDiskFull(error: unknown): boolean {
  const code = errorCode(error);
  return code === "ENOSPC" || code === "EDQUOT";
}

/**
 * What a file backend does about a full disk:
 *
 *     a write, or what prepares it, meets ENOSPC or EDQUOT, or would leave less than minFreeBytes free
 *     -> what has landed is cut back to whole lines, the lock is kept
 *     -> remove one unfinished compression, or else the oldest rotated file, and try the rest again, as long as
 *        there is one
 *     -> fail; the destination keeps the batch, tries again later, and drops what finds no room
 *
 * Rotated files are removed only where all who write the log have set a limit to them: `maxFiles`, `maxAge` or
 * `maxTotalBytes`. Others have not agreed to any deletion.
 */
export class DiskSpace {
  /** What was deleted to make room. */
  readonly pruned = { files: 0, bytes: 0 };
  readonly #shared: SharedFile;
  readonly #options: DiskSpaceOptions;
  /** Bytes that may be written before the next look. */
  #headroom = 0;
  #lookedAt = -Infinity;
  /** What the next look should find, if nobody else writes. */
  #expected = Infinity;
  /** Room of removed files that the file system has not told of yet. */
  #late = 0;
  #removedAt = -Infinity;
  readonly #told = { files: 0, bytes: 0, at: -Infinity };

  constructor(shared: SharedFile, options: DiskSpaceOptions) {
    this.#shared = shared;
    this.#options = options;
  }

  /** Fails like a full disk where a write of so many bytes would leave less than `minFreeBytes` free. */
  *reserve(length: number): Protocol<void> {
    const { minFreeBytes } = this.#options;
    if (minFreeBytes === 0) return;
    const { path, runtime } = this.#shared;
    if (length > this.#headroom || runtime.monotonic() - this.#lookedAt >= LOOK_AGAIN) {
      let free: number;
      try {
        free = yield* perform("freeBytes", directoryOf(path));
      } catch {
        // A file system that does not tell must not stop the log.
        return;
      }
      this.#look(free);
    }
    if (length > this.#headroom) {
      const free = Math.max(0, this.#headroom + minFreeBytes);
      throw Object.assign(
        new Error(`Cannot write ${length} bytes to "${path}": ${free} bytes are free, minFreeBytes is ${minFreeBytes}`),
        { code: "ENOSPC" },
      );
    }
    this.#headroom -= length;
    this.#expected -= length;
  }

  #look(free: number): void {
    const now = this.#shared.runtime.monotonic();
    this.#late = now - this.#removedAt > LATE_ROOM ? 0 : Math.max(0, this.#late - Math.max(0, free - this.#expected));
    this.#expected = free;
    this.#headroom = free + this.#late - this.#options.minFreeBytes;
    this.#lookedAt = now;
  }

  /** Makes room by removing one file, and returns whether there was one. Never fails: what matters is the full disk. */
  *makeRoom(): Protocol<boolean> {
    try {
      return yield* this.#makeRoom();
    } catch {
      return false;
    }
  }

  *#makeRoom(): Protocol<boolean> {
    const { rotation, lock } = this.#options;
    const { path } = this.#shared;
    if (rotation === undefined) return false;
    const base = nameOf(path);
    const names = yield* perform("list", directoryOf(path));
    // Without a lock nobody knows whether a compression goes on.
    const unfinished = lock === "none" ? [] : names.filter((name) => sourceOfUnfinished(name, base) !== undefined);
    for (const name of unfinished) {
      if ((yield* this.#remove(name)) !== undefined) return true;
    }
    if (!hasLimit(rotation) || !(yield* this.#othersAgree(names))) return false;
    const rotatedIn = (names: readonly string[]) => rotatedAmong(names, base, rotation.naming);
    const seen = rotatedIn(names);
    if (rotation.naming === "timestamp") return yield* this.#removeOldest(seen);
    const removeOldest = this.#removeOldest.bind(this);
    return yield* underNumbers(this.#shared, this.#options, function* ({ verify }) {
      const there = rotatedIn(yield* perform("list", directoryOf(path)));
      // Somebody has deleted one while we waited.
      return there.length < seen.length || (yield* removeOldest(there, verify));
    }, NUMBERS_PATIENCE);
  }

  /** Removes the oldest rotated file that nobody holds. */
  *#removeOldest(rotatedFiles: readonly RotatedFile[], verify?: Numbers["verify"]): Protocol<boolean> {
    const { path } = this.#shared;
    let held: string | undefined;
    for (const { name, stem } of rotatedFiles) {
      // Who holds the plain form may be putting another file in the place of the compressed one.
      if (stem === held) continue;
      const bytes = yield* this.#remove(name, verify);
      if (bytes === undefined) {
        // Compressed or deleted since we looked: either makes room, and a newer one must not go before it.
        if ((yield* perform("stat", siblingOf(path, name))) === undefined) return true;
        held = stem;
        continue;
      }
      this.pruned.files++;
      this.pruned.bytes += bytes;
      return true;
    }
    return false;
  }

  /** Tells what was deleted: at once for the first file of an episode, later for those that follow it. */
  report(options: { readonly isLast?: boolean } = {}): DiskFullError | undefined {
    const files = this.pruned.files - this.#told.files;
    const now = this.#shared.runtime.monotonic();
    if (files === 0 || (now - this.#told.at < EPISODE && options.isLast !== true)) return undefined;
    const bytes = this.pruned.bytes - this.#told.bytes;
    Object.assign(this.#told, this.pruned, { at: now });
    return new DiskFullError(this.#shared.path, { files, bytes });
  }

  *#othersAgree(names: readonly string[]): Protocol<boolean> {
    const { membership } = this.#options;
    if (membership === undefined) return true;
    return (yield* this.#shared.writers.others(membership, names)).every(({ policy }) => hasLimit(policy));
  }

  /**
   * Removes a file unless somebody holds its lock; returns how many bytes it had.
   *
   * @param verify Given for a file with a number: where it fails others may be giving these, and none may be removed.
   */
  *#remove(name: string, verify?: Numbers["verify"]): Protocol<number | undefined> {
    const path = siblingOf(this.#shared.path, name);
    let info: FileInfo | undefined;
    let hasName = true;
    try {
      const file = yield* claim(path, this.#options.lock);
      if (file === undefined) return undefined;
      try {
        const found = yield* perform("fstat", file);
        hasName = verify === undefined;
        if (verify !== undefined) yield* verify();
        hasName = true;
        yield* remove(path, found);
        info = found;
      } finally {
        // Before the write is tried again: the room is free once nobody has the file open.
        yield* perform("close", file);
      }
    } catch {
      // The next one may be removed all the same, unless only the closing has failed.
    }
    if (!hasName) throw new Error(`Cannot remove "${path}": it may have got another name meanwhile`);
    if (info === undefined) return undefined;
    this.#lookedAt = -Infinity;
    this.#removedAt = this.#shared.runtime.monotonic();
    this.#late += info.size;
    return info.size;
  }
}
