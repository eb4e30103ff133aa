import { type CompressionFormat, type FileInfo, isSameFile } from "../runtime.ts";
import { claim, compress, type CompressOptions, isSoleFile, moveAside, removeIfThere } from "./compression.ts";
import type { Attempt, Housekeeping } from "./housekeeping.ts";
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
  /** Bears with what fails. */
  readonly housekeeping: Housekeeping;
}

/**
 * Compresses and deletes what the rotations of any process have left, finishing what a killed one has begun.
 *
 * It holds no lock of the log itself, except for moments in the numbered naming, where names change under it.
 * It runs in the background only; a process that ends in the middle of it leaves the rest to the next one. Never fails.
 */
export function* maintain(
  shared: SharedFile,
  options: MaintenanceOptions,
  policy: RetentionPolicy,
): Protocol<void> {
  const { membership, mode, onError, housekeeping } = options;
  const register = function* (): Protocol<void> {
    if (membership !== undefined) yield* shared.writers.register(membership, mode);
  };
  yield* housekeeping.run("registration", register);
  yield* housekeeping.run("compression", function* (attempt) {
    yield* removeOrphans(shared.path, options, attempt);
    if (policy.compress === undefined) yield* removeDoubles(shared, options, policy);
    else yield* compressAll(shared, options, { naming: policy.naming, format: policy.compress, attempt });
  });
  // Only now: while it compressed, others may have come, and its own file may have been taken away.
  yield* housekeeping.run("registration", register);
  yield* housekeeping.run("retention", function* (attempt) {
    const others = membership === undefined ? [] : yield* shared.writers.meet(membership, onError);
    const policies = [policy, ...others] as const;
    if (!policies.every(hasLimit)) return;
    const keep = (log?: FileInfo) => retain(shared, { ...options, policies, log, attempt });
    yield* policy.naming === "timestamp" ? keep() : underLock(shared, options, keep);
  });
}

/** Compresses what is not compressed yet; what others have locked a few times, with pauses. */
function* compressAll(
  shared: SharedFile,
  options: MaintenanceOptions,
  { naming, format, attempt }: Pick<RetentionPolicy, "naming"> & {
    readonly format: CompressionFormat;
    readonly attempt: Attempt;
  },
): Protocol<void> {
  const { mode, lock } = options;
  const named = naming === "timestamp" ? {} : numbered(shared, options, format);
  const failed = new Set<string>();
  for (const wait of [...BUSY_PAUSES, undefined]) {
    let isBusy = false;
    const plain = (yield* listRotated(shared.path, naming)).filter(({ compression }) => compression === undefined);
    // Where no log can be made, lines go on into the newest rotated file.
    if (plain.length === 0 || (yield* perform("stat", shared.path)) === undefined) return;
    for (const { name } of plain) {
      if (failed.has(name)) continue;
      const path = siblingOf(shared.path, name);
      const isDone = yield* attempt(compress(shared.runtime, path, { format, mode, lock, ...named }));
      if (isDone === undefined) failed.add(name);
      else if (!isDone) isBusy = true;
    }
    if (!isBusy || wait === undefined) return;
    yield* pause(wait);
  }
}

/**
 * Removes the compressed form of what is there plain as well: a process that compresses, as this one does not, has died
 * before it could remove the plain one.
 */
function* removeDoubles(
  shared: SharedFile,
  options: MaintenanceOptions,
  { naming }: Pick<RetentionPolicy, "naming">,
): Protocol<void> {
  const doubles = function* (): Protocol<string[]> {
    const rotated = yield* listRotated(shared.path, naming);
    const compressed = new Set(rotated.flatMap(({ stem, compression }) => compression === undefined ? [] : [stem]));
    return rotated.flatMap(({ name }) => compressed.has(name) ? [siblingOf(shared.path, name)] : []);
  };
  const removeAll = function* (): Protocol<void> {
    for (const path of yield* doubles()) {
      const file = yield* claim(path, options.lock, isSoleFile);
      if (file === undefined) continue;
      try {
        for (const suffix of Object.values(COMPRESSION_SUFFIX)) {
          if (isSoleFile(yield* perform("stat", path + suffix))) yield* removeIfThere(path + suffix);
        }
      } finally {
        yield* perform("close", file);
      }
    }
  };
  if ((yield* doubles()).length === 0) return;
  yield* naming === "timestamp" ? removeAll() : underLock(shared, options, removeAll);
}

/** Removes unfinished compressed files; whoever compresses the same again begins anew. */
function* removeOrphans(path: string, options: SharedFileOptions, attempt: Attempt): Protocol<void> {
  const names = yield* perform("list", directoryOf(path));
  const there = new Set(names);
  for (const name of names) {
    const source = sourceOfUnfinished(name, nameOf(path));
    // Without the lock nobody knows whether a compression goes on.
    if (source === undefined || (options.lock === "none" && there.has(source))) continue;
    const orphan = siblingOf(path, name);
    yield* attempt(function* () {
      const file = yield* claim(orphan, options.lock);
      if (file === undefined) return;
      try {
        yield* removeIfThere(orphan);
      } finally {
        yield* perform("close", file);
      }
    }());
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
