import { errorCode, type FileInfo, type Runtime } from "../runtime.ts";
import { perform, type Protocol } from "./operation.ts";
import { unfinishedName } from "./rotated_name.ts";

/** Permission bits of the file that is made to learn the time: nobody has anything to do with it. */
const PROBE_MODE = 0o600;

/** How long, in milliseconds, it is not asked again after that has failed. */
const ASK_AGAIN = 1_000;

/**
 * The clock by which a file system dates its files. It may be that of another machine, and show another time than the
 * clock of the process; those of two processes may differ as well. What is decided by the age of a file is therefore
 * decided by this clock alone, on which all agree.
 */
export class FileClock {
  readonly #runtime: Runtime;
  /** Milliseconds that it is ahead of the clock of the process, as far as is known. */
  #ahead: number | undefined;
  #askAgainAt = -Infinity;
  /** The last file that was made to learn the time, unless it is known to be gone. */
  #probe: string | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Whether anything is known of it. */
  get isKnown(): boolean {
    return this.#ahead !== undefined;
  }

  /** What it should show, in milliseconds since the epoch. Not to be relied on: the clock of the process may jump. */
  now(): number {
    return this.ofProcess(this.#runtime.now());
  }

  /** What it has shown, as far as is known, when the clock of a process showed a time. */
  ofProcess(time: number): number {
    return time + (this.#ahead ?? 0);
  }

  /** Takes note of the time that a file has just been given. */
  note({ kind, modifiedAt }: FileInfo): void {
    // A device keeps its time as it likes.
    if (kind === "file") this.#ahead = modifiedAt - this.#runtime.now();
  }

  /**
   * Asks what it shows now, by making a file beside the log, which is removed at once; a process that is killed in
   * between leaves what the next maintenance removes. Where no file can be made, the clock of the process has to do.
   */
  *ask(path: string): Protocol<number> {
    if (this.#runtime.monotonic() < this.#askAgainAt) return this.now();
    let made: FileInfo | undefined;
    try {
      // Where files can be made but not removed, there is one and no more.
      if (this.#probe !== undefined) yield* removeProbe(this.#probe);
      const probe = unfinishedName(path, Math.floor(Math.random() * Number.MAX_SAFE_INTEGER), "gzip");
      this.#probe = probe;
      made = yield* this.#make(probe);
      if (made !== undefined) {
        this.note(made);
        yield* removeProbe(probe);
        if (this.#probe === probe) this.#probe = undefined;
      }
    } catch {
      // A rotation will meet the same and tell of it.
      this.#askAgainAt = this.#runtime.monotonic() + ASK_AGAIN;
    }
    this.#ahead ??= 0;
    return made?.modifiedAt ?? this.now();
  }

  *#make(probe: string): Protocol<FileInfo | undefined> {
    try {
      const file = yield* perform("open", probe, { access: "create", mode: PROBE_MODE });
      try {
        return yield* perform("fstat", file);
      } finally {
        yield* perform("close", file);
      }
    } catch (error) {
      // At the end of the process it is made once more, see `Task.advance`.
      if (errorCode(error) === "EEXIST") return yield* perform("stat", probe);
      throw error;
    }
  }
}

/** Removes it. May be made twice, and one that fails holds nobody up: nothing else ever has its name. */
function* removeProbe(path: string): Protocol<void> {
  try {
    yield* perform("remove", path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
