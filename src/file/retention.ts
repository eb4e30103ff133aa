import { type CompressionFormat, type FileInfo, isSameFile } from "../runtime.ts";
import { claim, moveAside } from "./compression.ts";
import type { Attempt } from "./housekeeping.ts";
import { type Numbers, underNumbers } from "./numbers.ts";
import { everyInTurns, Look } from "./listing.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { siblingOf } from "./paths.ts";
import { COMPRESSION_SUFFIX, type RotatedFile, TEMPORARY_SUFFIX, timeOfOrder, unfinishedName } from "./rotated_name.ts";
import { remove, type RotationPolicy } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";

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

/** What a logger without `rotate` wants of the others: that all is kept. */
export const KEEPS_ALL: RetentionPolicy = {
  naming: "timestamp",
  maxBytes: Infinity,
  every: undefined,
  timeZone: "local",
  maxFiles: Infinity,
  maxAge: Infinity,
  maxTotalBytes: Infinity,
  compress: undefined,
};

/** Files that are gone through in one turn of the event loop, and as how many one counts that the system is asked for. */
const MOST_EFFORT = 2_000;
const LOOK_EFFORT = 20;

/** Age, in milliseconds, of a file whose lock is held by somebody who hangs rather than compresses it. */
const STUCK_AFTER = 3_600_000;

/**
 * The same where nothing tells of a compression. Whoever may read a log may hold the lock of its oldest piece, and must
 * not keep the others from being deleted; a writer that has not noticed the rotation gives the lock back long before.
 */
const HELD_FOR = 10_000;

/** Whether a policy lets any rotated file be deleted. */
export function hasLimit({ maxFiles, maxAge, maxTotalBytes }: RetentionPolicy): boolean {
  return maxFiles !== Infinity || maxAge !== Infinity || maxTotalBytes !== Infinity;
}

/** What {@linkcode retain} needs to know. */
export interface RetainOptions extends SharedFileOptions {
  /** The caller's own policy, then those of all others that write the log: what one of them keeps stays. */
  readonly policies: readonly [RetentionPolicy, ...RetentionPolicy[]];
  /** What the directory has shown since the others were asked. */
  readonly look: Look;
  /** Bears with what fails for one file. */
  readonly attempt: Attempt;
}

/** Deletes the oldest rotated files until the rest is within the limits. Puts it off without a log. */
export function* retain(shared: SharedFile, options: RetainOptions): Protocol<void | "put off"> {
  const { policies, look } = options;
  const isStamped = policies[0].naming === "timestamp";
  // The clock of the process may have jumped since it was compared with that of the file system.
  const dated = !isStamped && policies.some(({ maxAge }) => maxAge !== Infinity)
    ? yield* shared.clock.ask(shared.path)
    : shared.clock.now();
  // Where no log can be made, lines go on into the newest rotated file.
  if ((yield* perform("stat", shared.path)) === undefined) return "put off";
  const doomed = yield* findDoomed(shared, { policies, look, dated });
  if (doomed.length === 0) return;
  if (isStamped) return yield* deleteAll(shared, doomed, options);
  // Who counts may see a file under two numbers, or under none, while others give them.
  yield* underNumbers(shared, options, function* ({ verify }) {
    yield* deleteAll(
      shared,
      yield* findDoomed(shared, { policies, look: new Look(shared, policies[0].naming), dated }),
      {
        ...options,
        verify,
      },
    );
  });
}

/** By what {@linkcode findDoomed} goes. */
interface DoomOptions extends Pick<RetainOptions, "policies" | "look"> {
  /** What the clock shows that dates the files. The time in a name is one of a process. */
  readonly dated: number;
}

/** Finds what is beyond the limits, the oldest first. */
function* findDoomed(shared: SharedFile, { policies, look, dated }: DoomOptions): Protocol<Doomed[]> {
  const [{ naming }] = policies;
  const now = shared.runtime.now();
  // Before the log: one that is rotated in between must not count twice.
  const rotatedFiles = [...yield* look.rotated()].reverse();
  const current = yield* perform("stat", shared.path);
  // Where no log can be made, lines go on into the newest rotated file.
  if (current === undefined || (yield* areKeptByName(rotatedFiles, policies, now))) return [];
  const isKnown = policies.every(goesByName) ? yield* shared.known.among(rotatedFiles) : () => false;
  let total = current.size;
  let count = 0;
  const kept: RotatedFile[] = [];
  let areFiles = true;
  let previous: string | undefined;
  const doomed: Doomed[] = [];
  let effort = 0;
  for (const rotated of rotatedFiles) {
    const path = siblingOf(shared.path, rotated.name);
    const known = isKnown(rotated);
    effort += known ? 1 : LOOK_EFFORT;
    if (effort >= MOST_EFFORT) {
      effort = 0;
      yield* pause(0);
    }
    let info = known ? undefined : yield* perform("stat", path);
    // A link or pipe of such a name is none of ours.
    if (!known && info?.kind !== "file") {
      areFiles &&= info === undefined;
      continue;
    }
    // A file and its compressed form, for the moment that both exist, count as one.
    if (rotated.stem !== previous) count++;
    previous = rotated.stem;
    total += info?.size ?? 0;
    const age = naming === "timestamp" ? now - timeOfOrder(rotated.order) : dated - (info?.modifiedAt ?? dated);
    const keeps = ({ maxFiles, maxAge, maxTotalBytes }: RetentionPolicy) =>
      count <= maxFiles && total <= maxTotalBytes && age <= maxAge;
    if (policies.some(keeps)) {
      kept.push(rotated);
      continue;
    }
    info ??= yield* perform("stat", path);
    if (info?.kind === "file") doomed.push({ path, stem: rotated.stem, info });
  }
  if (areFiles) shared.known.note(kept);
  else shared.known.forget();
  return doomed.reverse();
}

/** Whether the names of the rotated files tell which of them a policy keeps. */
function goesByName({ naming, maxAge, maxTotalBytes }: RetentionPolicy): boolean {
  return maxTotalBytes === Infinity && (naming === "timestamp" || maxAge === Infinity);
}

/**
 * Whether the names alone tell that all rotated files, the newest first, are kept: what only looks like one of ours
 * counts as well here, so there are no more of them than that.
 */
function* areKeptByName(
  rotatedFiles: readonly RotatedFile[],
  policies: readonly RetentionPolicy[],
  now: number,
): Protocol<boolean> {
  const telling = policies.filter(goesByName);
  let count = 0;
  let previous: string | undefined;
  return yield* everyInTurns(rotatedFiles, ({ stem, order }) => {
    if (stem !== previous) count++;
    previous = stem;
    return telling.some(({ naming, maxFiles, maxAge }) =>
      count <= maxFiles && (naming === "numbered" || now - timeOfOrder(order) <= maxAge)
    );
  });
}

/** How they are deleted; whoever goes by their numbers verifies that nobody else gives others. */
type DeleteOptions = Pick<RetainOptions, "lock" | "attempt"> & Partial<Numbers>;

/**
 * Deletes files, the oldest first, and none before the one that is being compressed: whoever reads the log meanwhile, or
 * after a crash, finds no piece missing between two others. Who compresses it comes by here afterwards.
 * One that cannot be deleted leaves a hole behind it, which is better than a disk that fills up.
 */
function* deleteAll(shared: SharedFile, doomed: readonly Doomed[], options: DeleteOptions): Protocol<void> {
  let stuck: string | undefined;
  for (const file of doomed) {
    // Whoever holds a file may be putting another in the place of its compressed form.
    if (file.stem === stuck) continue;
    const outcome = yield* options.attempt(deleteOne(shared, file, options));
    if (outcome === "held") return;
    if (outcome === "stuck") stuck = file.stem;
  }
}

/** A rotated file that is to go. */
interface Doomed {
  readonly path: string;
  readonly stem: string;
  readonly info: FileInfo;
}

/** Deletes one rotated file; tells where it stays, and whether those after it must stay for now too. */
function* deleteOne(
  shared: SharedFile,
  { path, stem, info }: Doomed,
  { lock, verify }: DeleteOptions,
): Protocol<"deleted" | "held" | "stuck"> {
  const file = yield* claim(path, lock);
  if (file === undefined) {
    const age = shared.clock.now() - info.modifiedAt;
    const isStuck = age > STUCK_AFTER || (age > HELD_FOR && !(yield* isBeingCompressed(shared, stem, info)));
    if (isStuck) return "stuck";
    return (yield* isThere(siblingOf(shared.path, stem))) ? "held" : "deleted";
  }
  const aside = unfinishedName(shared.path, info.inode, "gzip");
  let isAside = false;
  try {
    if (verify !== undefined) yield* verify();
    // Somebody has renamed the files without the lock of their names: what is to go is not known any more.
    if (!isSameFile(yield* perform("fstat", file), info)) return "held";
    // A large file is freed in the background, see `compress`.
    isAside = yield* triedAside(path, aside, info);
    if (!isAside) yield* remove(path, info);
  } finally {
    yield* perform("close", file);
  }
  if (isAside) yield* remove(aside, info);
  return "deleted";
}

/** Moves a file aside, unless something that cannot be replaced has been planted there. */
function* triedAside(path: string, aside: string, file: FileInfo): Protocol<boolean> {
  try {
    return yield* moveAside(path, aside, file);
  } catch {
    return false;
  }
}

/** Whether a compressed form of a rotated file is there that is not complete yet. */
function* isBeingCompressed(shared: SharedFile, stem: string, file: FileInfo): Protocol<boolean> {
  for (const format of ["gzip", "zstd"] as const) {
    const temporary = `${siblingOf(shared.path, stem)}${COMPRESSION_SUFFIX[format]}${TEMPORARY_SUFFIX}`;
    if ((yield* perform("stat", temporary)) !== undefined) return true;
    if ((yield* perform("stat", unfinishedName(shared.path, file.inode, format))) !== undefined) return true;
  }
  return false;
}

/** Whether a rotated file is there, compressed or not. */
function* isThere(stem: string): Protocol<boolean> {
  for (const suffix of ["", ...Object.values(COMPRESSION_SUFFIX)]) {
    if ((yield* perform("stat", stem + suffix)) !== undefined) return true;
  }
  return false;
}
