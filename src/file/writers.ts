import { SettingsMismatchError } from "../errors.ts";
import { errorCode, isSameFile, type Runtime, type RuntimeFile } from "../runtime.ts";
import { claim, removeIfThere } from "./compression.ts";
import type { Look } from "./listing.ts";
import { pause, perform, type Protocol } from "./operation.ts";
import { nameOf, siblingOf } from "./paths.ts";
import type { RetentionPolicy } from "./retention.ts";
import { remove } from "./rotation.ts";
import { differences, encodeSettings, parseWriterName, type Writer, writerName, writerPrefix } from "./writer_name.ts";

/** Tries to register: another process may take a file that is not locked yet for one of a dead process. */
const MOST_TRIES = 3;

/** Sets of settings that are reported: hidden files without number, made to annoy, must not fill the memory. */
const MOST_TOLD = 20;

/** Pause, in milliseconds, before a mismatch is believed: the other one may be just about to go. */
const DOUBT = 20;

/** How long, in milliseconds, the end of the process waits for a file that is just being made, to remove it. */
const EXIT_PATIENCE = 50;

/** How often, in milliseconds, it looks. */
const LOOK_EVERY = 0.2;

/** One set of settings that loggers of this thread write the log by, and the file that tells the others of it. */
export interface Membership {
  /** The settings as a text. */
  readonly settings: string;
  readonly policy: RetentionPolicy;
  /** Loggers that write by them. */
  users: number;
  /** Where its file stands, or is being made. */
  path: string | undefined;
  /** The file, once its lock is ours. */
  file: RuntimeFile | undefined;
  /** Whether it is being made. */
  isOpening: boolean;
  /** Whether the maintenance of a logger sees to it. */
  isBusy: boolean;
  /** Whether it was given up because the process seemed to end. */
  isLost: boolean;
}

/**
 * Who writes a log, by what settings, without anybody in the middle: each writer keeps the lock of a hidden file beside
 * the log for as long as it lives, and the file's name tells its settings. A file whose lock can be taken is that of a
 * dead process, and is removed by whoever finds it.
 *
 * Differing settings are reported once, and cost nobody a line: the size and period of the strictest count by
 * themselves, since each looks at the file before it writes; a rotated file is deleted only when each of the writers
 * would delete it, see `retain`.
 */
export class Writers {
  /** Whether the process is about to end, so that nothing may be begun. */
  isLeaving = false;
  readonly #runtime: Runtime;
  readonly #path: string;
  readonly #ours = new Map<string, Membership>();
  /** All that have a file, those that are being given up included. */
  readonly #registered = new Set<Membership>();
  /** A file that could not be removed. There is one and no more: each try to make another would leave another. */
  #left: string | undefined;
  /** Pairs of settings that were reported. */
  readonly #told = new Set<string>();

  constructor(runtime: Runtime, path: string) {
    this.#runtime = runtime;
    this.#path = path;
  }

  /** Counts a logger of this thread in. */
  join(policy: RetentionPolicy): Membership {
    const settings = encodeSettings(policy);
    let own = this.#ours.get(settings);
    if (own === undefined) {
      own = {
        settings,
        policy,
        users: 0,
        path: undefined,
        file: undefined,
        isOpening: false,
        isBusy: false,
        isLost: false,
      };
      this.#ours.set(settings, own);
    }
    own.users++;
    return own;
  }

  /** Counts it out; its file stays until {@linkcode Writers.leave}. */
  part(own: Membership): void {
    if (--own.users === 0) this.#ours.delete(own.settings);
  }

  /**
   * Makes the file of a membership, unless it is there. Fails where it cannot be made: others do without the knowledge
   * then.
   *
   * @param mode Permission bits of the log, before the umask. Only who may write that may read the hidden file, and so
   * hold its lock: the lock of one whose writer is dead makes it look alive, and keeps what it wanted to keep.
   */
  *register(own: Membership, mode: number): Protocol<void> {
    if (own.isBusy) return;
    own.isBusy = true;
    try {
      const writable = mode & 0o222;
      yield* this.#makeFile(own, 0o600 | writable | writable << 1);
    } finally {
      own.isBusy = false;
    }
  }

  /** Returns the settings of all others that write the log; those that differ are reported, each once. */
  *meet(
    own: Membership,
    { look, onError }: { readonly look: Look; readonly onError: (error: unknown) => void },
  ): Protocol<RetentionPolicy[]> {
    let others = yield* this.others(own, yield* look.names());
    const isNews = ({ settings }: Writer) =>
      settings !== own.settings && this.#told.size < MOST_TOLD && !this.#told.has(`${own.settings} ${settings}`);
    if (others.some(isNews)) {
      yield* pause(DOUBT);
      look.forget();
      others = yield* this.others(own, yield* look.names());
      for (const other of others) {
        if (!isNews(other)) continue;
        this.#told.add(`${own.settings} ${other.settings}`);
        onError(
          new SettingsMismatchError(this.#path, {
            pid: other.pid,
            differences: differences(own.policy, other.policy),
          }),
        );
      }
    }
    return others.map(({ policy }) => policy);
  }

  /** Finds all others that write the log, in this thread and elsewhere, and removes what the dead have left. */
  *others(own: Membership, names: readonly string[]): Protocol<Writer[]> {
    const { pid } = this.#runtime;
    const found: Writer[] = [...this.#ours.values()].filter((other) => other !== own)
      .map(({ settings, policy }) => ({ pid, settings, policy }));
    const ours = new Set([...this.#registered].map(({ path }) => path));
    const log = nameOf(this.#path);
    const start = writerPrefix(log);
    for (const name of names) {
      // A directory may hold thousands of other names.
      const writer = name.startsWith(start) ? parseWriterName(name, log) : undefined;
      if (writer === undefined) continue;
      const path = siblingOf(this.#path, name);
      if (!ours.has(path) && (yield* this.#isAlive(path))) found.push(writer);
    }
    return found;
  }

  *#isAlive(path: string): Protocol<boolean> {
    let file: RuntimeFile | undefined;
    try {
      file = yield* claim(path, "flock");
      if (file === undefined) return (yield* perform("stat", path))?.kind === "file";
    } catch {
      // Not known; then nothing may be deleted that it could want to keep.
      return true;
    }
    try {
      yield* removeIfThere(path);
    } catch {
      // The next one may be allowed to.
    } finally {
      yield* perform("close", file);
    }
    return false;
  }

  *#makeFile(own: Membership, mode: number): Protocol<void> {
    if (own.file !== undefined) {
      if (isSameFile(yield* perform("stat", own.path as string), yield* perform("fstat", own.file))) return;
      yield* this.leave(own);
    }
    if (this.#left !== undefined) {
      yield* removeIfThere(this.#left);
      this.#left = undefined;
    }
    let failure: unknown;
    for (let tries = 0; tries < MOST_TRIES && !this.isLeaving && this.#left === undefined; tries++) {
      const random = Math.random().toString(36).slice(2, 10) || "0";
      const path = siblingOf(
        this.#path,
        writerName(nameOf(this.#path), { pid: this.#runtime.pid, settings: own.settings }, random),
      );
      own.path = path;
      own.isOpening = true;
      own.isLost = false;
      this.#registered.add(own);
      let file: RuntimeFile | undefined;
      try {
        file = yield* perform("open", path, { access: "create", mode });
        // A process that seemed to end has taken the file away meanwhile.
        const isMine = own.path === path && (yield* perform("tryLock", file)) &&
          isSameFile(yield* perform("stat", path), yield* perform("fstat", file));
        if (isMine) {
          own.file = file;
          own.isOpening = false;
          return;
        }
      } catch (error) {
        failure = error;
        if (file === undefined) {
          this.#forget(own, path);
          if (errorCode(error) === "EEXIST") continue;
          throw error;
        }
      }
      this.#forget(own, path);
      yield* this.#removeQuietly(path);
      yield* perform("close", file);
    }
    if (failure !== undefined) throw failure;
  }

  #forget(own: Membership, path: string): void {
    own.isOpening = false;
    if (own.path === path) own.path = undefined;
    if (own.path === undefined) this.#registered.delete(own);
  }

  *#removeQuietly(path: string): Protocol<void> {
    try {
      yield* removeIfThere(path);
    } catch {
      // Whoever passes next will see that nobody holds it.
      this.#left = path;
    }
  }

  /** Removes the file of a membership that has no users any more, or whose file was taken away. */
  *leave(own: Membership): Protocol<void> {
    const { path, file } = own;
    if (path === undefined || file === undefined) return;
    own.file = undefined;
    try {
      yield* remove(path, yield* perform("fstat", file));
    } catch {
      // Whoever passes next will see that nobody holds it.
      this.#left = path;
    } finally {
      this.#forget(own, path);
      yield* perform("close", file);
    }
  }

  /** Removes all files at once, for the end of the process; should it go on, the next maintenance makes them again. */
  leaveNow(): void {
    if (!this.isLeaving) {
      this.isLeaving = true;
      this.#runtime.nextTurn(() => this.isLeaving = false);
    }
    for (const own of [...this.#registered]) {
      const { path, file } = own;
      if (path === undefined) continue;
      const { calls } = this.#runtime;
      try {
        // It may be made, in the background, only after we have looked.
        const deadline = this.#runtime.monotonic() + EXIT_PATIENCE;
        while (own.isOpening && calls.stat(path) === undefined && this.#runtime.monotonic() < deadline) {
          this.#runtime.sleep(LOOK_EVERY);
        }
        calls.remove(path);
      } catch {
        // Gone already, or never made; if not, whoever passes next will see that nobody holds it.
      }
      own.path = undefined;
      own.file = undefined;
      own.isLost = true;
      this.#registered.delete(own);
      try {
        if (file !== undefined) calls.close(file);
      } catch {
        // It is gone either way.
      }
    }
  }
}
