import { type CompressionFormat, type FileInfo, isSameFile } from "../runtime.ts";
import { claim, compress, type CompressOptions, isSoleFile, moveAside, removeIfThere } from "./compression.ts";
import type { Attempt, Housekeeping } from "./housekeeping.ts";
import { filterInTurns, listRotated, Look } from "./listing.ts";
import { giveNumbers, numbersPath, underNumbers } from "./numbers.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { nameOf, siblingOf } from "./paths.ts";
import { hasLimit, retain, type RetentionPolicy } from "./retention.ts";
import {
  COMPRESSION_SUFFIX,
  type RotatedFile,
  type RotationNaming,
  sourceOfUnfinished,
  unfinishedName,
} from "./rotated_name.ts";
import { isCompressed, remove, rename } from "./rotation.ts";
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
  const look = new Look(shared, policy.naming);
  yield* housekeeping.run("compression", function* (attempt) {
    if (policy.naming === "numbered") yield* attempt(numberAll(shared, options, look));
    yield* removeOrphans(shared, options, { look, attempt });
    if (policy.compress === undefined) yield* removeDoubles(shared, options, { naming: policy.naming, look });
    else return yield* compressAll(shared, options, { naming: policy.naming, format: policy.compress, look, attempt });
  });
  // Again: while it compressed, its own file may have been taken away, and others may have come.
  const file = membership?.file;
  yield* housekeeping.run("registration", register);
  if (membership?.file !== file) look.forget();
  yield* housekeeping.run("retention", function* (attempt) {
    const others = membership === undefined ? [] : yield* shared.writers.meet(membership, { look, onError });
    const policies = [policy, ...others] as const;
    if (!policies.every(hasLimit)) return;
    return yield* retain(shared, { ...options, policies, look, attempt });
  });
}

/** By what the steps go that see to all rotated files. */
interface StepOptions {
  readonly naming: RotationNaming;
  /** Forgotten as soon as a step has changed what others go by. */
  readonly look: Look;
  readonly attempt: Attempt;
}

/** Gives numbers to what was rotated by anybody; returns `true`. */
function* numberAll(shared: SharedFile, options: MaintenanceOptions, look?: Look): Protocol<true> {
  const { unnumbered } = shared;
  yield* giveNumbers(shared, options, look);
  if (shared.unnumbered === unnumbered) shared.unnumbered = undefined;
  return true;
}

/** Compresses what is not compressed yet; what others have locked a few times, with pauses. Puts it off without a log. */
function* compressAll(
  shared: SharedFile,
  options: MaintenanceOptions,
  { naming, format, look, attempt }: StepOptions & { readonly format: CompressionFormat },
): Protocol<void | "put off"> {
  const { mode, lock } = options;
  const onProblem = (problem: Error) => void (shared.likenessProblem ??= problem);
  const failed = new Set<string>();
  for (let pauses = 0;;) {
    let [isBusy, isRenumbered] = [false, false];
    const plain = yield* filterInTurns(yield* look.rotated(), ({ compression }) => compression === undefined);
    if (plain.length === 0) return;
    // Where no log can be made, lines go on into the newest rotated file.
    if ((yield* perform("stat", shared.path)) === undefined) return "put off";
    look.forget();
    for (const { name } of plain) {
      if (failed.has(name)) continue;
      const path = siblingOf(shared.path, name);
      const named = naming === "timestamp" ? {} : byInode(shared, options, { path, format });
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
  { naming, look }: Omit<StepOptions, "attempt">,
): Protocol<void> {
  // Both forms have the same age, so they stand beside each other.
  const doublesAmong = (rotated: readonly RotatedFile[]) =>
    filterInTurns(rotated, ({ name }, index) => rotated[index + 1]?.stem === name);
  if ((yield* doublesAmong(yield* look.rotated())).length === 0) return;
  look.forget();
  const removeAll = function* (): Protocol<void> {
    for (const { name } of yield* doublesAmong(yield* listRotated(shared, naming))) {
      const path = siblingOf(shared.path, name);
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
  yield* naming === "timestamp" ? removeAll() : underNumbers(shared, options, removeAll);
}

/**
 * Removes unfinished compressed files, and what was locked by whoever died while numbering; whoever does the same again
 * begins anew.
 */
function* removeOrphans(
  { path }: SharedFile,
  options: SharedFileOptions,
  { look, attempt }: Omit<StepOptions, "naming">,
): Protocol<void> {
  const names = yield* look.names();
  const there = new Set(options.lock === "none" ? names : []);
  const [base, numbers] = [nameOf(path), nameOf(numbersPath(path))];
  const orphans = yield* filterInTurns(names, (name) => {
    const source = name === numbers ? "" : sourceOfUnfinished(name, base);
    // Without the lock nobody knows whether a compression goes on.
    return source !== undefined && !(options.lock === "none" && there.has(source));
  });
  for (const name of orphans) {
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
  { path, format }: { readonly path: string; readonly format: CompressionFormat },
): Pick<CompressOptions, "temporary" | "publish"> {
  const suffix = COMPRESSION_SUFFIX[format];
  return {
    // By the file that was opened: another one may stand at its path already.
    temporary: ({ inode }) => unfinishedName(shared.path, inode, format),
    publish: (temporary, source, output) =>
      underNumbers(shared, options, function* ({ verify }) {
        const ours = yield* perform("fstat", source);
        const here = isSameFile(yield* perform("stat", path), ours) ? path : yield* findPlain(shared, ours);
        yield* verify();
        if (here === undefined || (yield* isCompressed(here))) {
          // Deleted meanwhile; or complete already: a process has come to its end, or met an error, before it could
          // remove the source.
          yield* remove(temporary, yield* perform("fstat", output));
          if (here === undefined) return false;
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
      }),
  };
}

/** Finds the path that a rotated file has got meanwhile. */
function* findPlain(shared: SharedFile, file: FileInfo): Protocol<string | undefined> {
  // Most likely it is one of the newest.
  for (const { name, compression } of [...yield* listRotated(shared, "numbered")].reverse()) {
    const path = siblingOf(shared.path, name);
    if (compression === undefined && isSameFile(yield* perform("stat", path), file)) return path;
  }
  return undefined;
}
