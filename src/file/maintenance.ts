import { type CompressionFormat, type FileInfo, isSameFile } from "../runtime.ts";
import { claim, compress, type CompressOptions, removeIfThere } from "./compression.ts";
import { pause, perform, type Protocol, waitFor } from "./operation.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { COMPRESSION_SUFFIX, parseRotatedName, TEMPORARY_SUFFIX, timeOfOrder } from "./rotated_name.ts";
import { isAtPath, listRotated, remove, rename, type RotationPolicy } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";

/**
 * Pauses, in milliseconds, before what another process had locked is looked at again. Either that one compresses it,
 * and nothing is left to do; or it has not noticed the rotation, took the lock of what it thought to be the log, and
 * gives it back at once. Nobody else would come by for the last piece of a log.
 */
const BUSY_PAUSES = [2, 20, 200] as const;

/** What becomes of rotated files. */
export interface RetentionPolicy extends RotationPolicy {
  /** Rotated files that are kept at the most. */
  readonly maxFiles: number;
  /** Age, in milliseconds, after which a rotated file is deleted. */
  readonly maxAge: number;
  /** Bytes that the log and its rotated files may take together; the oldest go first. */
  readonly maxTotalBytes: number;
  /** What rotated files are compressed with. */
  readonly compress: CompressionFormat | undefined;
}

/**
 * Compresses and deletes what the rotations of any process have left, finishing what a killed one has begun.
 *
 * It holds no lock of the log itself, except for moments in the numbered naming, where names change under it.
 * It runs in the background only; a process that ends in the middle of it leaves the rest to the next one.
 */
export function* maintain(shared: SharedFile, options: SharedFileOptions, policy: RetentionPolicy): Protocol<void> {
  const failures: unknown[] = [];
  // One file that cannot be compressed must not keep the others from it, nor the disk from being cleaned.
  const attempt = function* (step: Protocol<void>): Protocol<void> {
    try {
      yield* step;
    } catch (error) {
      failures.push(error);
    }
  };
  yield* attempt(removeOrphans(shared.path, options, policy));
  const format = policy.compress;
  if (format !== undefined) {
    const named = policy.naming === "timestamp" ? {} : numbered(shared, options, format);
    const { mode, lock } = options;
    for (const wait of [...BUSY_PAUSES, undefined]) {
      let isBusy = false;
      for (const rotated of yield* listRotated(shared.path, policy.naming)) {
        if (rotated.compression !== undefined) continue;
        const path = siblingOf(shared.path, rotated.name);
        yield* attempt(function* () {
          if (!(yield* compress(shared.runtime, path, { format, mode, lock, ...named }))) isBusy = true;
        }());
      }
      if (!isBusy || wait === undefined) break;
      yield* pause(wait);
    }
  }
  yield* attempt(
    policy.naming === "timestamp"
      ? retain(shared, options, policy)
      : underLock(shared, options, () => retain(shared, options, policy)),
  );
  if (failures.length > 0) throw failures[0];
}

/** Deletes the oldest rotated files until the rest is within the limits. */
function* retain(shared: SharedFile, options: SharedFileOptions, policy: RetentionPolicy): Protocol<void> {
  const { maxFiles, maxAge, maxTotalBytes, naming } = policy;
  if (maxFiles === Infinity && maxAge === Infinity && maxTotalBytes === Infinity) return;
  const now = shared.runtime.now();
  let total = (yield* perform("stat", shared.path))?.size ?? 0;
  let count = 0;
  let previous: string | undefined;
  for (const rotated of (yield* listRotated(shared.path, naming)).reverse()) {
    const path = siblingOf(shared.path, rotated.name);
    const info = yield* perform("stat", path);
    if (info === undefined) continue;
    // A file and its compressed form, for the moment that both exist, count as one.
    if (rotated.stem !== previous) count++;
    previous = rotated.stem;
    total += info.size;
    const time = naming === "timestamp" ? timeOfOrder(rotated.order) : info.modifiedAt;
    if (count <= maxFiles && total <= maxTotalBytes && now - time <= maxAge) continue;
    const file = yield* claim(path, options.lock);
    if (file === undefined) continue;
    try {
      yield* remove(path, info);
    } finally {
      yield* perform("close", file);
    }
  }
}

/** Removes unfinished compressed files whose source is gone; nobody would ever come back to them. */
function* removeOrphans(path: string, options: SharedFileOptions, policy: RetentionPolicy): Protocol<void> {
  const base = nameOf(path);
  const names = yield* perform("list", directoryOf(path));
  const there = new Set(names);
  for (const name of names) {
    if (!name.startsWith(base + ".") || !name.endsWith(TEMPORARY_SUFFIX)) continue;
    const compressed = name.slice(0, -TEMPORARY_SUFFIX.length);
    const rotated = parseRotatedName(compressed, base, policy.naming);
    const known = policy.naming === "timestamp"
      ? rotated?.compression !== undefined
      : INODE_NAMED.test(compressed.slice(base.length));
    if (!known || (rotated !== undefined && there.has(rotated.stem))) continue;
    const orphan = siblingOf(path, name);
    const file = yield* claim(orphan, options.lock);
    if (file === undefined) continue;
    try {
      yield* removeIfThere(orphan);
    } finally {
      yield* perform("close", file);
    }
  }
}

const INODE_NAMED = /^\.inode-\d+\.(gz|zst)$/;

/**
 * Compression in the numbered naming, where the file may be renamed at any time: the temporary file carries the number
 * of the inode, and the compressed one gets the name that the source has by then, under the lock of the log.
 */
function numbered(
  shared: SharedFile,
  options: SharedFileOptions,
  format: CompressionFormat,
): Pick<CompressOptions, "temporary" | "publish"> {
  const suffix = COMPRESSION_SUFFIX[format];
  return {
    // By the file that was opened: another one may stand at its path already.
    temporary: ({ inode }) => `${shared.path}.inode-${inode}${suffix}${TEMPORARY_SUFFIX}`,
    publish: (temporary, source, output) =>
      underLock(shared, options, function* (log) {
        const ours = yield* perform("fstat", source);
        for (const rotated of yield* listRotated(shared.path, "numbered")) {
          const here = siblingOf(shared.path, rotated.name);
          if (rotated.compression !== undefined || !isSameFile(yield* perform("stat", here), ours)) continue;
          // Whoever has made a new log since may be giving the rotated files other names.
          if (!(yield* isAtPath(shared, log))) {
            throw new Error(`Cannot compress "${here}": "${shared.path}" was taken away meanwhile`);
          }
          if ((yield* perform("stat", here + suffix)) === undefined) {
            const made = yield* perform("fstat", output);
            if (!isSameFile(yield* perform("stat", temporary), made)) {
              throw new Error(`Cannot compress "${here}": "${temporary}" has been removed`);
            }
            yield* rename(temporary, here + suffix, made);
          } else {
            // Complete already: a process has come to its end, or met an error, before it could remove the source.
            yield* remove(temporary, yield* perform("fstat", output));
          }
          yield* remove(here, ours);
          return;
        }
        // Deleted meanwhile.
        yield* remove(temporary, yield* perform("fstat", output));
      }),
  };
}

/** Runs a protocol under the lock of the log, in its turn among those that write. */
function* underLock(
  shared: SharedFile,
  options: SharedFileOptions,
  inner: (log: FileInfo) => Protocol<void>,
): Protocol<void> {
  const protocol = function* (): Protocol<void> {
    try {
      yield* inner(yield* shared.lock(options));
      yield* shared.unlock();
    } catch (error) {
      yield* shared.close();
      throw error;
    }
  };
  yield* waitFor(() => shared.run(protocol()).promise);
}
