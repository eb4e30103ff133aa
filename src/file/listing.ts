import { isSameFile, type Runtime } from "../runtime.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { directoryOf, nameOf } from "./paths.ts";
import { compareByAge, newestStamped, rotatedAmong, type RotatedFile, type RotationNaming } from "./rotated_name.ts";
import type { SharedFile } from "./shared_file.ts";

/** Names in a directory; several may have been given the same ones. */
export type Names = readonly string[];

/** One that waits for a listing. */
interface Waiter {
  readonly resolve: (names: Names) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lists the directory of a log. In the background all that ask while it is being listed share the next listing, which
 * is no older than one of their own would be: a thousand logs in one directory do not list it a thousand times.
 */
function* listDirectory(runtime: Runtime, path: string): Protocol<Names> {
  const directory = directoryOf(path);
  return (yield { call: "list", args: [directory], start: () => listingsOf(runtime).next(directory) }) as Names;
}

/** Names that are looked at in one turn of the event loop, and that are read; more would hold up the program. */
const LOOKS_TOGETHER = 2_000;
const TOGETHER = 500;

/** Lists the rotated files of a log, the oldest first. */
export function* listRotated(shared: SharedFile, naming: RotationNaming): Protocol<readonly RotatedFile[]> {
  return yield* new Look(shared, naming).rotated();
}

/** Finds the names that a log has given. */
function* ownAmong(names: Names, base: string): Protocol<Names> {
  const [start, hidden] = [`${base}.`, `.${base}.`];
  return yield* filterInTurns(names, (name) => name.startsWith(start) || name.startsWith(hidden));
}

/** Goes through what may be thousands up to the first that does not pass, and lets the event loop turn in between. */
export function* everyInTurns<T>(
  items: readonly T[],
  passes: (item: T, index: number) => boolean,
): Protocol<boolean> {
  for (const [index, item] of items.entries()) {
    if (index > 0 && index % LOOKS_TOGETHER === 0) yield* pause(0);
    if (!passes(item, index)) return false;
  }
  return true;
}

/** Filters in the same way. */
export function* filterInTurns<T>(
  items: readonly T[],
  takes: (item: T, index: number) => boolean,
): Protocol<T[]> {
  const taken: T[] = [];
  yield* everyInTurns(items, (item, index) => {
    if (takes(item, index)) taken.push(item);
    return true;
  });
  return taken;
}

function* rotatedInTurns(names: Names, base: string, naming: RotationNaming): Protocol<RotatedFile[]> {
  const lists: RotatedFile[][] = [];
  for (let at = 0; at < names.length; at += TOGETHER) {
    if (at > 0) yield* pause(0);
    lists.push(rotatedAmong(names.slice(at, at + TOGETHER), base, naming));
  }
  return yield* mergedByAge(lists);
}

/** Merges sorted lists into one: to sort thousands in one go would hold up the program. */
function* mergedByAge(lists: readonly (readonly RotatedFile[])[]): Protocol<RotatedFile[]> {
  const merged: RotatedFile[] = [];
  const next = lists.map(() => 0);
  for (;;) {
    let first: RotatedFile | undefined;
    let from = -1;
    for (let index = 0; index < lists.length; index++) {
      const file = lists[index]?.[next[index] as number];
      if (file === undefined || (first !== undefined && compareByAge(first, file) <= 0)) continue;
      first = file;
      from = index;
    }
    if (first === undefined) return merged;
    if (merged.push(first) % TOGETHER === 0) yield* pause(0);
    next[from] = (next[from] as number) + 1;
  }
}

/**
 * What the directory of a log has shown, for the steps of a maintenance that go by one look: each of several would list
 * and read thousands of names again.
 */
export class Look {
  readonly #shared: SharedFile;
  readonly #naming: RotationNaming;
  #names: Names | undefined;
  #rotated: readonly RotatedFile[] | undefined;

  constructor(shared: SharedFile, naming: RotationNaming) {
    this.#shared = shared;
    this.#naming = naming;
  }

  /** The names that begin with that of the log, the hidden ones included. */
  *names(): Protocol<Names> {
    if (this.#names !== undefined) return this.#names;
    const { runtime, path, file, newest } = this.#shared;
    const info = file === undefined ? undefined : yield* perform("fstat", file);
    const isLog = isSameFile(info, yield* perform("stat", path));
    const names = yield* ownAmong(yield* listDirectory(runtime, path), nameOf(path));
    if (file !== undefined && isLog) {
      newest.note(file, this.#naming, yield* findNewest(names, nameOf(path), this.#naming));
    }
    return this.#names = names;
  }

  /** The rotated files, the oldest first. */
  *rotated(): Protocol<readonly RotatedFile[]> {
    return this.#rotated ??= yield* rotatedInTurns(yield* this.names(), nameOf(this.#shared.path), this.#naming);
  }

  /** Looks anew the next time: names may have changed. */
  forget(): void {
    this.#names = undefined;
    this.#rotated = undefined;
  }
}

/** The order of the newest file that has a time in its name; -1 where none has. */
export function* findNewest(names: Names, base: string, naming: RotationNaming): Protocol<number> {
  let newest = -1;
  for (let at = 0; at < names.length; at += TOGETHER) {
    if (at > 0 && at % LOOKS_TOGETHER === 0) yield* pause(0);
    newest = Math.max(newest, newestStamped(names.slice(at, at + TOGETHER), base, naming) ?? -1);
  }
  return newest;
}

/** The listings of a thread that are under way in the background. */
class Listings {
  readonly #runtime: Runtime;
  /** For each directory that is being listed those that wait for the next listing. */
  readonly #waiters = new Map<string, Waiter[]>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Not a promise: who waits is told in the very moment in which the runtime tells us. */
  next(directory: string): PromiseLike<Names> {
    const then = (resolve: Waiter["resolve"], reject: Waiter["reject"]) => {
      const next = this.#waiters.get(directory);
      if (next === undefined) this.#list(directory, [{ resolve, reject }]);
      else next.push({ resolve, reject });
    };
    return { then } as PromiseLike<Names>;
  }

  #list(directory: string, waiters: readonly Waiter[]): void {
    this.#waiters.set(directory, []);
    const tell = (each: (waiter: Waiter) => void) => {
      const next = this.#waiters.get(directory) as Waiter[];
      if (next.length > 0) this.#list(directory, next);
      else this.#waiters.delete(directory);
      waiters.forEach(each);
    };
    this.#runtime.background.list(directory).then(
      (names) => tell(({ resolve }) => resolve(names)),
      (error) => tell(({ reject }) => reject(error)),
    );
  }
}

const listingsByRuntime = new WeakMap<Runtime, Listings>();

function listingsOf(runtime: Runtime): Listings {
  let listings = listingsByRuntime.get(runtime);
  if (listings === undefined) listingsByRuntime.set(runtime, listings = new Listings(runtime));
  return listings;
}
