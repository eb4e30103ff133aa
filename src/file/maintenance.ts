import { type CompressionFormat, type FileInfo, isSameFile } from "../runtime.ts";
import { claim, compress, type CompressOptions, moveAside, removeIfThere } from "./compression.ts";
import { pause, perform, type Protocol, waitFor } from "./operation.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { hasLimit, retain, type RetentionPolicy } from "./retention.ts";
import { COMPRESSION_SUFFIX, sourceOfUnfinished, unfinishedName } from "./rotated_name.ts";
import { isAtPath, isCompressed, listRotated, remove, rename } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";
import type { Membership } from "./writers.ts";

/**
 * Pauses, in milliseconds, before what another process had locked is looked at again. Either that one compresses it,
 * and nothing is left to do; or it has not noticed the rotation, took the lock of what it thought to be the log, and
 * gives it back at once. Nobody else would come by for the last piece of a log. They grow by half, so that who
 * closes a logger waits little longer than the other one takes.
 */
const BUSY_PAUSES = [2, 3, 5, 8, 12, 18, 27, 40, 60, 90] as const;

/** What {@linkcode maintain} needs to know. */
export interface MaintenanceOptions extends SharedFileOptions {
  /** The settings of `policy` among those of the others that write the log; `undefined` where they are not looked at. */
  readonly membership: Membership | undefined;
  /** Told of others that write the log by other settings. */
  readonly onError: (error: unknown) => void;
}

/**
 * Compresses and deletes what the rotations of any process have left, finishing what a killed one has begun.
 *
 * It holds no lock of the log itself, except for moments in the numbered naming, where names change under it.
 * It runs in the background only; a process that ends in the middle of it leaves the rest to the next one.
 */
export function* maintain(
  shared: SharedFile,
  options: MaintenanceOptions,
  policy: RetentionPolicy,
): Protocol<void> {
  const failures: unknown[] = [];
  // One file that cannot be compressed must not keep the others from it, nor the disk from being cleaned.
  const attempt = function* (step: Protocol<void>): Protocol<void> {
    try {
      yield* step;
    } catch (error) {
      failures.push(error);
    }
  };
  const { membership, mode, lock, onError } = options;
  if (membership !== undefined) yield* attempt(shared.writers.register(membership, mode));
  yield* attempt(removeOrphans(shared.path, options));
  const format = policy.compress;
  if (format !== undefined) {
    const named = policy.naming === "timestamp" ? {} : numbered(shared, options, format);
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
  // Only now: while it compressed, others may have come.
  let policies: RetentionPolicy[] | undefined = membership === undefined ? [policy] : undefined;
  yield* attempt(function* () {
    if (membership !== undefined) policies = [policy, ...(yield* shared.writers.meet(membership, mode, onError))];
  }());
  // Who does not know the others does not know what they want to keep.
  if (policies !== undefined && policies.every(hasLimit)) {
    const known = policies as [RetentionPolicy, ...RetentionPolicy[]];
    const keep = (log?: FileInfo) => retain(shared, { ...options, policies: known, log });
    yield* attempt(policy.naming === "timestamp" ? keep() : underLock(shared, options, keep));
  }
  if (failures.length > 0) throw failures[0];
}

/** Removes unfinished compressed files; whoever compresses the same again begins anew. */
function* removeOrphans(path: string, options: SharedFileOptions): Protocol<void> {
  const names = yield* perform("list", directoryOf(path));
  const there = new Set(names);
  for (const name of names) {
    const source = sourceOfUnfinished(name, nameOf(path));
    // Without the lock nobody knows whether a compression goes on.
    if (source === undefined || (options.lock === "none" && there.has(source))) continue;
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
    temporary: ({ inode }) => unfinishedName(shared.path, inode, format),
    publish: (temporary, source, output) =>
      underLock(shared, options, function* (log) {
        const ours = yield* perform("fstat", source);
        for (const rotated of yield* listRotated(shared.path, "numbered")) {
          const here = siblingOf(shared.path, rotated.name);
          if (rotated.compression !== undefined || !isSameFile(yield* perform("stat", here), ours)) continue;
          // Whoever has made a new log since may be giving the rotated files other names.
          const refuseIfTaken = function* (): Protocol<void> {
            if (yield* isAtPath(shared, log)) return;
            throw new Error(`Cannot compress "${here}": "${shared.path}" was taken away meanwhile`);
          };
          yield* refuseIfTaken();
          if (yield* isCompressed(here)) {
            // Complete already: a process has come to its end, or met an error, before it could remove the source.
            yield* remove(temporary, yield* perform("fstat", output));
          } else {
            const made = yield* perform("fstat", output);
            if (!isSameFile(yield* perform("stat", temporary), made)) {
              throw new Error(`Cannot compress "${here}": "${temporary}" has been removed`);
            }
            // In the place of a link that somebody has planted, too.
            yield* rename(temporary, here + suffix, made);
          }
          yield* refuseIfTaken();
          return yield* moveAside(here, temporary, ours);
        }
        // Deleted meanwhile.
        yield* remove(temporary, yield* perform("fstat", output));
        return false;
      }),
  };
}

/** Runs a protocol under the lock of the log, in its turn among those that write. */
function* underLock<T>(
  shared: SharedFile,
  options: SharedFileOptions,
  inner: (log: FileInfo) => Protocol<T>,
): Protocol<T> {
  const protocol = function* (): Protocol<T> {
    try {
      const result = yield* inner(yield* shared.lock(options));
      yield* shared.unlock();
      return result;
    } catch (error) {
      yield* shared.close();
      throw error;
    }
  };
  return yield* waitFor(() => shared.run(protocol()).promise);
}
