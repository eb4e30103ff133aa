import { errorCode, type FileInfo, isSameFile, type Runtime, type RuntimeFile } from "../runtime.ts";
import { LockTimeoutError } from "../errors.ts";
import type { Durability } from "../destination_options.ts";
import { FileClock } from "./file_clock.ts";
import { KnownFiles } from "./known_files.ts";
import { makeLike, modeToMakeLike } from "./likeness.ts";
import { NewestOrder } from "./newest_order.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { type Finish, finishCopies, joinCopies, leaveCopies } from "./copies.ts";
import { directoryOf, nameOf, siblingOf } from "./paths.ts";
import { PeriodWatch } from "./period_watch.ts";
import { newestAmong } from "./rotated_name.ts";
import { soleName } from "./sole_name.ts";
import { Task } from "./task.ts";
import { Writers } from "./writers.ts";

/** How a log file is opened and locked. */
export interface SharedFileOptions {
  /** Permission bits of files that are made, before the umask. */
  readonly mode: number;
  /** `"flock"` takes the lock of the file for each batch; `"none"` trusts that nobody else writes. */
  readonly lock: "flock" | "none";
  /** How long, in milliseconds, to wait for the lock before that is reported. */
  readonly lockTimeout: number;
  /** Whether what is written must be on the disk before it counts as written. @default "os" */
  readonly durability?: Durability;
}

/** Pauses between two tries of a lock, in milliseconds: first a turn of the event loop, then random up to this. */
const LONGEST_PAUSE = 3;

/** How often the newest rotated file is looked for, where it has another name by the time that it is looked at. */
const LOOKS_FOR_NEWEST = 5;

/** Tries of a lock with only a turn of the event loop in between. */
const EAGER_TRIES = 2;

/** Tries after which the pauses have doubled: where so many wait that it takes long, looking takes the processor. */
const TRIES_TO_DOUBLE = 16;

/** How many times as long they become. */
const MOST_GROWTH = 10;

/** How long, in milliseconds, the end of the process waits for others that give rotated files numbers. */
const NUMBERS_PATIENCE = 100;

/** Times that the file at the path may turn out to be another one while one lock is waited for. */
const MOST_CHANGES = 10_000;

/**
 * The one open file that all loggers of a thread share for a path, with the queue of protocols that want to use it.
 *
 * Sharing is what keeps a thread from waiting for itself: a lock belongs to an open file, so two opens of one path
 * in one thread would exclude each other, and at exit there would be nobody left to give the lock back.
 */
export class SharedFile {
  /** Absolute path of the log file. */
  readonly path: string;
  /** The runtime it lives on. */
  readonly runtime: Runtime;
  /** The open file, if there is one. Whether it still is the one at the path is known only under its lock. */
  file: RuntimeFile | undefined;
  /** Rotations by this process, for whoever counts. */
  rotations = 0;
  /** Times that another file stood at the path: somebody else has rotated, most likely. */
  changes = 0;
  /** Locks that were held by somebody else when they were asked for, and the milliseconds waited for them. */
  readonly lockWaits = { count: 0, milliseconds: 0 };
  /** The clock by which it is dated. */
  readonly clock: FileClock;
  /** Whether the period is over that it was begun in. */
  readonly period: PeriodWatch;
  /** Who else writes it. */
  readonly writers: Writers;
  /** The newest of its rotated files. */
  readonly newest: NewestOrder = new NewestOrder();
  /** Which of them are known to be files. */
  readonly known: KnownFiles = new KnownFiles();
  readonly #tasks: Task<unknown>[] = [];
  /** The file that may have lines which must be on the disk and are not known to be. */
  unsynced: FileInfo | undefined;
  /** Times that such a file has got another name meanwhile, so that nobody can bring its lines to the disk any more. */
  lostSyncs = 0;
  /** Whether a logger of this thread gives rotated files other names, see `underNumbers`. */
  hasNumbers = false;
  /** Gives numbers to rotated files, as long as one that this thread has rotated may have none. */
  unnumbered: (() => Protocol<void>) | undefined;
  /** Whether the directory has got a name since it was last known to be on the disk. */
  isDirectoryStale = false;
  #users = 0;
  #isLocked = false;
  /** How the log looked last: the next one is made like it. */
  #before: FileInfo | undefined;
  /** What has kept a new file from the owner and the permissions of the one before it, first. */
  likenessProblem: Error | undefined;
  /** The open file once it is known to be nobody else's under another name. */
  #checked: RuntimeFile | undefined;
  /** The open file, while it is no longer the log but the next one cannot be made. */
  #former: RuntimeFile | undefined;
  /** Whether the log could not be made when it was last locked. */
  #isUnmakeable = false;
  /** Whether a rename of the log that its rotation goes on without may still take effect. */
  isBeingRenamed = false;

  private constructor(runtime: Runtime, path: string) {
    this.runtime = runtime;
    this.path = path;
    this.writers = new Writers(runtime, path);
    this.clock = new FileClock(runtime);
    this.period = new PeriodWatch(this.clock);
  }

  /** Returns the file of a path, the same one for all who ask on this thread. Each must `release` it once. */
  static acquire(runtime: Runtime, path: string): SharedFile {
    const { files, finish } = filesOf(runtime);
    let shared = files.get(path);
    if (shared === undefined) {
      shared = new SharedFile(runtime, path);
      files.set(path, shared);
      joinCopies(runtime, finish);
    }
    shared.#users++;
    return shared;
  }

  /**
   * Finishes what is under way in every file of this thread, for the exit and for what must be written at once, see
   * {@linkcode SharedFile.finish}.
   */
  static finishAll(runtime: Runtime, patience: number): void {
    finishCopies(runtime, patience, filesOf(runtime).finish);
  }

  /** Takes leave of the other writers of every file of this thread. Only for the exit. */
  static leaveAll(runtime: Runtime): void {
    for (const shared of filesOf(runtime).files.values()) shared.writers.leaveNow();
  }

  /** Gives numbers to what this thread has rotated, where that is left to do. Only for the exit. */
  static numberAll(runtime: Runtime): void {
    for (const shared of filesOf(runtime).files.values()) {
      // What is under way in the background is left to whoever comes next.
      if (shared.unnumbered === undefined || shared.hasNumbers) continue;
      new Task(runtime, shared.unnumbered()).advance(NUMBERS_PATIENCE, true);
    }
  }

  /** Gives the file back; the last one closes it. */
  release(): void {
    if (--this.#users > 0) return;
    const { files, finish } = filesOf(this.runtime);
    files.delete(this.path);
    if (files.size === 0) leaveCopies(this.runtime, finish);
    if (!this.isBeingRenamed) this.#closeNow();
  }

  /**
   * Keeps the lock while a rename may still come late: what it would rename once another process has rotated is the next
   * log. Returns what gives it back.
   */
  keepLocked(): () => void {
    this.isBeingRenamed = true;
    return () => {
      this.isBeingRenamed = false;
      if (this.#users === 0) this.#closeNow();
      // Whoever writes now gives it back.
      else if (this.#tasks.length === 0) this.#unlockNow();
    };
  }

  /** Runs a protocol, in the background, after those that came before it. */
  run<T>(protocol: Protocol<T>): Task<T> {
    const task = this.add(protocol);
    if (this.#tasks.length === 1) task.start();
    return task;
  }

  /** Queues a protocol that `finish`, called right after, drives on this thread. */
  add<T>(protocol: Protocol<T>): Task<T> {
    const task = new Task(this.runtime, protocol);
    this.#tasks.push(task as Task<unknown>);
    task.promise.then(() => this.#next(task), () => this.#next(task));
    return task;
  }

  /** Drives what is under way on this thread; returns whether nothing is left. See {@linkcode Task.advance}. */
  finish(patience: number, repeat: boolean): boolean {
    for (let task = this.#tasks[0]; task !== undefined; task = this.#tasks[0]) {
      if (!task.advance(patience, repeat)) return false;
      this.#tasks.shift();
    }
    return true;
  }

  #next<T>(task: Task<T>): void {
    // A task that `finish` has ended is no longer there.
    const index = this.#tasks.indexOf(task as Task<unknown>);
    if (index < 0) return;
    this.#tasks.splice(index, 1);
    if (index === 0) this.#tasks[0]?.start();
  }

  #unlockNow(): void {
    if (this.file === undefined || !this.#isLocked) return;
    try {
      this.runtime.calls.unlock(this.file);
      this.#isLocked = false;
    } catch {
      this.#closeNow();
    }
  }

  #closeNow(): void {
    if (this.file === undefined) return;
    try {
      this.runtime.calls.close(this.file);
    } catch {
      // Nothing is buffered here: all that was acknowledged has been written.
    }
    this.file = undefined;
    this.#isLocked = false;
  }

  /**
   * Opens the file if need be and takes its lock, and returns how the file looks then.
   *
   * After it the caller holds the lock of the file that is *now at the path*: whoever finds another file there, or
   * none, has been overtaken by a rotation (ours or logrotate's), closes what it has and starts again.
   */
  *lock(options: SharedFileOptions): Protocol<FileInfo> {
    this.#former = undefined;
    this.#isUnmakeable = false;
    const start = this.runtime.monotonic();
    const deadline = start + options.lockTimeout;
    for (let tries = 0, changes = 0;;) {
      const file = this.file ?? (yield* this.#open(options));
      if (file !== undefined) {
        let locked = options.lock === "none";
        let failure: { readonly error: unknown } | undefined;
        try {
          locked ||= yield* perform("tryLock", file);
        } catch (error) {
          failure = { error };
        }
        this.#isLocked = locked && options.lock === "flock";
        const [here, ours] = [yield* perform("stat", this.path), yield* perform("fstat", file)];
        // It matters only if the file is the log still.
        if (failure !== undefined && isSameFile(here, ours)) throw failure.error;
        if (ours.kind === "file") this.#before = ours;
        if (isSameFile(here, ours) && (file === this.#checked || (yield* this.#check(file, ours)))) {
          if (locked) {
            if (tries > 0) this.#countWait(start);
            return ours;
          }
          if (this.runtime.monotonic() >= deadline) {
            throw new LockTimeoutError(
              `Cannot lock "${this.path}": another process has held it for ${options.lockTimeout} ms`,
            );
          }
          // Random, so that those who wait do not meet again; short against the time a batch takes to gather.
          const longest = LONGEST_PAUSE * Math.min(MOST_GROWTH, 1 + tries / TRIES_TO_DOUBLE);
          yield* pause(tries++ < EAGER_TRIES ? 0 : longest * (0.1 + 0.9 * Math.random()));
          continue;
        }
        this.changes++;
        if (here === undefined) yield* this.makeNext(options);
        // One that was renamed while it was checked may be the only one that can be written: look again.
        else if (!isSameFile(here, ours)) yield* this.close();
      }
      // Rotated, removed, or made by another process at the same moment: look again.
      if (++changes > MOST_CHANGES) {
        throw new Error(`Cannot open "${this.path}": it changes faster than it can be opened`);
      }
    }
  }

  /**
   * Refuses what somebody may have planted at the path: a hard link to another file, a pipe. Once is enough: a name
   * that our file gets later harms nobody, and must not stop the log. Returns `false` when the path leads elsewhere.
   */
  *#check(file: RuntimeFile, info: FileInfo): Protocol<boolean> {
    if (info.kind === "pipe") throw pipeError(this.path);
    const name = yield* soleName(this.path, file);
    if (name === "changed") return false;
    if (name === "linked" && !(yield* this.#isTrusted(info))) {
      throw Object.assign(
        new Error(
          `Cannot open "${this.path}": it is a hard link, and others may have made it; remove the other names of the ` +
            `file, or let only its owner, or root, own and write the directory`,
        ),
        { code: "EMLINK" },
      );
    }
    this.#checked = file;
    return true;
  }

  /**
   * Whether nobody can have planted a file in the directory who may not write the file as well: a backup that links to
   * the log must not stop it. Only the owner may write the directory, and that is root, or the owner of the file.
   */
  *#isTrusted({ owner }: FileInfo): Protocol<boolean> {
    // With a dot at the end, because the directory may be a link to another.
    const directory = yield* perform("stat", `${directoryOf(this.path)}/.`);
    if (directory?.mode === undefined || directory.owner === undefined) return false;
    return (directory.mode & 0o022) === 0 && (directory.owner === 0 || directory.owner === owner);
  }

  #countWait(start: number): void {
    this.lockWaits.count++;
    this.lockWaits.milliseconds += this.runtime.monotonic() - start;
  }

  /** Gives the lock back. */
  *unlock(): Protocol<void> {
    if (this.file === undefined || !this.#isLocked || this.isBeingRenamed) return;
    yield* perform("unlock", this.file);
    this.#isLocked = false;
  }

  /** Gives the lock back, whatever has happened, and with it the file, unless it is the only one that can be written. */
  *giveUp(): Protocol<void> {
    if (this.file === undefined || (this.file !== this.#former && !this.isBeingRenamed)) return yield* this.close();
    try {
      yield* this.unlock();
    } catch {
      yield* this.close();
    }
  }

  /** Closes the file, and with it the lock. */
  *close(): Protocol<void> {
    const file = this.file;
    if (file === undefined) return;
    try {
      // Deno keeps the descriptor of a closed file open, and locked, while a promise of it has not been resolved yet.
      yield* this.unlock();
    } catch {
      // Then closing does it.
    }
    this.file = undefined;
    this.#isLocked = false;
    yield* perform("close", file);
  }

  /**
   * Makes the file that follows the open one, which has lost the name of the log, unless another process is faster. The
   * open one is closed only then: where no file can be made, it is the one that lines can still go to.
   */
  *makeNext(options: SharedFileOptions): Protocol<void> {
    const former = this.file;
    try {
      // Deno keeps the descriptor of a closed file open, and locked, while a promise of it has not been resolved yet.
      yield* this.unlock();
    } catch {
      // Then closing does it.
    }
    this.#isLocked = false;
    this.file = undefined;
    try {
      yield* this.#create(options);
    } catch (error) {
      this.file = this.#former = former;
      throw error;
    }
    if (former !== undefined) yield* perform("close", former);
  }

  /**
   * Takes the lock of the newest rotated file, where `lock` has failed because there is no log and none can be made: the
   * directory may not be written, or has no room for another file. Returns how it looks; `"log"` where there is a log
   * again; `undefined` where there is no such file, or somebody holds it for too long: who compresses or deletes it does
   * so under its lock.
   */
  *lockNewest(options: SharedFileOptions): Protocol<FileInfo | "log" | undefined> {
    if (!this.#isUnmakeable) return undefined;
    const deadline = this.runtime.monotonic() + options.lockTimeout;
    try {
      for (;;) {
        if ((yield* perform("stat", this.path)) !== undefined) return "log";
        const path = yield* this.#openNewest(options);
        if (path === undefined) return undefined;
        const file = this.#former = this.file as RuntimeFile;
        const locked = options.lock === "none" || (yield* perform("tryLock", file));
        this.#isLocked = locked && options.lock === "flock";
        const ours = yield* perform("fstat", file);
        const isThere = isSameFile(yield* perform("stat", path), ours);
        if (locked && isThere && (yield* perform("stat", this.path)) === undefined) {
          // Whoever has rotated or compressed it since has done so before we had its lock.
          if ((yield* this.#newest())?.path === path) return ours;
        }
        if (this.runtime.monotonic() >= deadline) return undefined;
        if (locked) yield* this.unlock();
        else yield* pause(LONGEST_PAUSE * (0.1 + 0.9 * Math.random()));
      }
    } catch {
      // Why the log cannot be made is what matters.
      return undefined;
    }
  }

  /** Opens the newest rotated file, unless it is open, and returns its path. Nobody else's file is written to. */
  *#openNewest(options: SharedFileOptions): Protocol<string | undefined> {
    const newest = yield* this.#newest();
    if (newest === undefined) return undefined;
    const { path, info } = newest;
    const { file } = this;
    if (file !== undefined) {
      const ours = yield* perform("fstat", file);
      if (isSameFile(info, ours)) return path;
      // While files are renamed, a listing may miss the one that we have written to last.
      if (info.modifiedAt < ours.modifiedAt) return undefined;
    }
    const opened = yield* perform("open", path, { access: "append", mode: options.mode });
    let isOurs = false;
    try {
      isOurs = (yield* soleName(path, opened)) === "sole";
    } finally {
      if (!isOurs) yield* perform("close", opened);
    }
    if (!isOurs) return undefined;
    try {
      yield* this.close();
    } finally {
      this.file = opened;
    }
    return path;
  }

  /** Finds the newest rotated file, unless it is compressed; again, where it is given a number between two calls. */
  *#newest(): Protocol<{ readonly path: string; readonly info: FileInfo } | undefined> {
    for (let tries = 1;; tries++) {
      const names = yield* perform("list", directoryOf(this.path));
      let newest: { readonly path: string; readonly info: FileInfo } | undefined;
      let isMoved = false;
      for (const naming of ["timestamp", "numbered"] as const) {
        const rotated = newestAmong(names, nameOf(this.path), naming);
        if (rotated === undefined || rotated.compression !== undefined) continue;
        const path = siblingOf(this.path, rotated.name);
        const info = yield* perform("stat", path);
        if (info === undefined) isMoved = true;
        if (info?.kind === "file" && !(newest !== undefined && info.modifiedAt <= newest.info.modifiedAt)) {
          newest = { path, info };
        }
      }
      if (!isMoved || tries === LOOKS_FOR_NEWEST) return newest;
    }
  }

  /** Makes the log, unless another process has been faster. Who has made it knows that it is nobody else's. */
  *#create(options: SharedFileOptions): Protocol<void> {
    const { path } = this;
    const before = this.#before;
    const mode = before === undefined ? options.mode : modeToMakeLike(before, options.mode);
    try {
      try {
        this.file = yield* perform("open", path, { access: "create", mode });
      } catch (error) {
        if (errorCode(error) !== "ENOENT") throw error;
        yield* perform("makeDirectory", directoryOf(path));
        this.file = yield* perform("open", path, { access: "create", mode });
      }
    } catch (error) {
      if (errorCode(error) === "EEXIST") return;
      this.#isUnmakeable = true;
      throw error;
    }
    this.#checked = this.file;
    this.isDirectoryStale = true;
    if (before !== undefined && this.file !== undefined) {
      this.likenessProblem ??= yield* makeLike(this.file, before, path);
    }
  }

  /** Opens what stands at the path, or makes it. A symbolic link is refused: it could lead anywhere. */
  *#open(options: SharedFileOptions): Protocol<RuntimeFile | undefined> {
    const found = yield* perform("stat", this.path);
    if (found === undefined) {
      yield* this.#create(options);
      return this.file;
    }
    if (found.kind === "symlink") {
      throw Object.assign(
        new Error(
          `Cannot open "${this.path}": it is a symbolic link; name the file it points to, or "stdout:" for /dev/stdout`,
        ),
        { code: "ELOOP" },
      );
    }
    if (found.kind === "pipe") throw pipeError(this.path);
    if (found.kind === "directory") {
      throw Object.assign(new Error(`Cannot open "${this.path}": it is a directory`), { code: "EISDIR" });
    }
    try {
      return this.file = yield* perform("open", this.path, { access: "append", mode: options.mode });
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
  }
}

/** Whoever has made a pipe reads what is written to it, or lets the writer wait for ever. */
function pipeError(path: string): Error {
  return Object.assign(new Error(`Cannot open "${path}": it is a pipe or socket`), { code: "EINVAL" });
}

/** The files of a thread, by path. */
interface Files {
  readonly files: Map<string, SharedFile>;
  /** Finishes what is under way in all of them. */
  readonly finish: Finish;
}

const filesByRuntime = new WeakMap<Runtime, Files>();

function filesOf(runtime: Runtime): Files {
  let found = filesByRuntime.get(runtime);
  if (found === undefined) {
    const files = new Map<string, SharedFile>();
    const finish: Finish = (patience) => {
      let isDone = true;
      for (const shared of files.values()) isDone = shared.finish(patience, true) && isDone;
      return isDone;
    };
    filesByRuntime.set(runtime, found = { files, finish });
  }
  return found;
}
