import { type CompressionFormat, isSameFile } from "../runtime.ts";
import { claim, compress, type CompressOptions, isSoleFile, moveAside, removeIfThere } from "./compression.ts";
import type { Attempt, Housekeeping } from "./housekeeping.ts";
import { giveNumbers, numbersPath, underNumbers } from "./numbers.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { hasLimit, retain, type RetentionPolicy } from "./retention.ts";
import { COMPRESSION_SUFFIX, sourceOfUnfinished, unfinishedName } from "./rotated_name.ts";
import { isCompressed, listRotated, remove, rename } from "./rotation.ts";
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
 * Numbers, compresses and deletes what the rotations of any process have left, finishing what a killed one has begun.
 *
 * It holds no lock of the log itself, so nobody who writes waits for it.
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
    if (policy.naming === "numbered") yield* attempt(numberAll(shared, options));
    if (policy.compress === undefined) yield* removeDoubles(shared, options, policy);
    else return yield* compressAll(shared, options, { naming: policy.naming, format: policy.compress, attempt });
  });
  // Only now: while it compressed, others may have come, and its own file may have been taken away.
  yield* housekeeping.run("registration", register);
  yield* housekeeping.run("retention", function* (attempt) {
    const others = membership === undefined ? [] : yield* shared.writers.meet(membership, onError);
    const policies = [policy, ...others] as const;
    if (!policies.every(hasLimit)) return;
    return yield* retain(shared, { ...options, policies, attempt });
  });
}

/** Gives numbers to what was rotated by anybody; returns `true`. */
function* numberAll(shared: SharedFile, options: MaintenanceOptions): Protocol<true> {
  const { unnumbered } = shared;
  yield* giveNumbers(shared, options);
  if (shared.unnumbered === unnumbered) shared.unnumbered = undefined;
  return true;
}

/** Compresses what is not compressed yet; what others have locked a few times, with pauses. Puts it off without a log. */
function* compressAll(
  shared: SharedFile,
  options: MaintenanceOptions,
  { naming, format, attempt }: Pick<RetentionPolicy, "naming"> & {
    readonly format: CompressionFormat;
    readonly attempt: Attempt;
  },
): Protocol<void | "put off"> {
  const { mode, lock } = options;
  const named = naming === "timestamp" ? {} : byInode(shared, options, format);
  const onProblem = (problem: Error) => void (shared.likenessProblem ??= problem);
  const failed = new Set<string>();
  for (let pauses = 0;;) {
    let [isBusy, isRenumbered] = [false, false];
    const plain = (yield* listRotated(shared.path, naming)).filter(({ compression }) => compression === undefined);
    if (plain.length === 0) return;
    // Where no log can be made, lines go on into the newest rotated file.
    if ((yield* perform("stat", shared.path)) === undefined) return "put off";
    for (const { name } of plain) {
      if (failed.has(name)) continue;
      const path = siblingOf(shared.path, name);
      const isDone = yield* attempt(compress(shared.runtime, path, { format, mode, lock, onProblem, ...named }));
      if (isDone === undefined) failed.add(name);
      else if (!isDone) isBusy = true;
      // A compression may take long, and the log be rotated meanwhile.
      if (shared.unnumbered !== undefined && (yield* attempt(numberAll(shared, options))) === true) isRenumbered = true;
    }
    // Each name stands for another file now.
    if (isRenumbered) continue;
    const wait = BUSY_PAUSES[pauses++];
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
  yield* naming === "timestamp" ? removeAll() : underNumbers(shared, options, removeAll);
}

/**
 * Removes unfinished compressed files, and what was locked by whoever died while numbering; whoever does the same again
 * begins anew.
 */
function* removeOrphans(path: string, options: SharedFileOptions, attempt: Attempt): Protocol<void> {
  const names = yield* perform("list", directoryOf(path));
  const there = new Set(options.lock === "none" ? names : []);
  const numbers = nameOf(numbersPath(path));
  for (const name of names) {
    const source = name === numbers ? "" : sourceOfUnfinished(name, nameOf(path));
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
 * of the inode, and the compressed one gets the name that the source has by then, while nobody gives out numbers.
 */
function byInode(
  shared: SharedFile,
  options: SharedFileOptions,
  format: CompressionFormat,
): Pick<CompressOptions, "temporary" | "publish"> {
  const suffix = COMPRESSION_SUFFIX[format];
  return {
    // By the file that was opened: another one may stand at its path already.
    temporary: ({ inode }) => unfinishedName(shared.path, inode, format),
    publish: (temporary, source, output) =>
      underNumbers(shared, options, function* ({ verify }) {
        const ours = yield* perform("fstat", source);
        // Most likely it is one of the newest.
        for (const rotated of (yield* listRotated(shared.path, "numbered")).reverse()) {
          const here = siblingOf(shared.path, rotated.name);
          if (rotated.compression !== undefined || !isSameFile(yield* perform("stat", here), ours)) continue;
          yield* verify();
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
          yield* verify();
          return yield* moveAside(here, temporary, ours);
        }
        // Deleted meanwhile.
        yield* remove(temporary, yield* perform("fstat", output));
        return false;
      }),
  };
}
