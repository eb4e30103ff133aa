import { type FileInfo, isSameFile } from "../runtime.ts";
import { perform, performVisibly, type Protocol } from "./operation.ts";
import { removeIfThere } from "./compression.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { periodStart, type RotationPeriod, type RotationTimeZone } from "./period.ts";
import {
  COMPRESSION_SUFFIX,
  orderAt,
  parseRotatedName,
  type RotatedFile,
  type RotationNaming,
  stampedName,
} from "./rotated_name.ts";
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
export function isRotationDue(policy: RotationPolicy, file: FileInfo, length: number, now: number): boolean {
  if (file.size === 0 || file.kind !== "file") return false;
  if (file.size + length > policy.maxBytes) return true;
  const { every, timeZone } = policy;
  // Only forwards: a clock that was set back does not rotate.
  return every !== undefined && periodStart(now, every, timeZone) > periodStart(file.modifiedAt, every, timeZone);
}

/**
 * Rotates the file that the caller holds the lock of, and returns how the new one looks, under *its* lock.
 *
 *     app.log (ours, locked)  -> app.log.20261123T110215.123Z-000   rename, to a name that nobody has
 *     app.log                    made anew, by us or by whoever is first, and locked again
 *
 * Only who holds the lock of the file at the path may rename it, so nobody else gives out names meanwhile, and the
 * check that a name is free still holds when the rename is made.
 */
export function* rotate(
  shared: SharedFile,
  file: FileInfo,
  policy: RotationPolicy,
  options: SharedFileOptions,
): Protocol<FileInfo> {
  const name = policy.naming === "timestamp" ? yield* freeName(shared, file) : yield* makeRoomForFirst(shared);
  yield* rename(shared.path, siblingOf(shared.path, name), file);
  shared.rotations++;
  yield* shared.close();
  const made = yield* shared.create(options);
  const successor = yield* shared.lock(options);
  // Known to be the newest only if no other process can have rotated in between.
  shared.lastRotation = isSameFile(made, successor) ? { name, successor } : undefined;
  return successor;
}

/** Lists the rotated files of a log, the oldest first. */
export function* listRotated(path: string, naming: RotationNaming): Protocol<RotatedFile[]> {
  const base = nameOf(path);
  const found: RotatedFile[] = [];
  for (const name of yield* perform("list", directoryOf(path))) {
    const rotated = parseRotatedName(name, base, naming);
    if (rotated !== undefined) found.push(rotated);
  }
  return found.sort((a, b) => a.order - b.order);
}

/** Renames a file of which the caller knows that nobody else renames it. */
export function* rename(from: string, to: string, file: FileInfo): Protocol<void> {
  yield* performVisibly(
    "rename",
    [from, to],
    (calls) => isSameFile(calls.stat(to), file) ? { result: undefined } : undefined,
  );
}

/** Finds a name that nobody has and that sorts after all others, whatever the clocks of the processes say. */
function* freeName(shared: SharedFile, file: FileInfo): Protocol<string> {
  const base = nameOf(shared.path);
  let newest: RotatedFile | undefined;
  if (shared.lastRotation !== undefined && isSameFile(shared.lastRotation.successor, file)) {
    newest = parseRotatedName(shared.lastRotation.name, base, "timestamp");
  } else {
    newest = (yield* listRotated(shared.path, "timestamp")).at(-1);
  }
  let order = Math.max(orderAt(shared.runtime.now()), newest === undefined ? 0 : newest.order + 1);
  for (;; order++) {
    const name = stampedName(base, order);
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

/**
 * Renames `app.log.1` to `app.log.2` and so on, the oldest first, up to the first gap, and returns the name that is
 * free then. A crash half-way leaves a gap, which the next rotation closes; nothing is ever overwritten.
 */
function* makeRoomForFirst(shared: SharedFile): Protocol<string> {
  const base = nameOf(shared.path);
  const byNumber = new Map<number, RotatedFile[]>();
  for (const rotated of yield* listRotated(shared.path, "numbered")) {
    const number = -rotated.order;
    byNumber.set(number, [...byNumber.get(number) ?? [], rotated]);
  }
  let gap = 1;
  while (byNumber.has(gap)) gap++;
  for (let number = gap - 1; number >= 1; number--) {
    const files = byNumber.get(number) as RotatedFile[];
    for (const { name, stem, compression } of files) {
      const path = siblingOf(shared.path, name);
      // Both forms exist when a process was killed between the two last steps of a compression: one is enough.
      if (compression === undefined && files.length > 1) {
        yield* removeIfThere(path);
        continue;
      }
      const info = yield* perform("stat", path);
      const suffix = name.slice(stem.length);
      if (info !== undefined) yield* rename(path, siblingOf(shared.path, `${base}.${number + 1}${suffix}`), info);
    }
  }
  return `${base}.1`;
}
