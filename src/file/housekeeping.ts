import { HousekeepingError, type HousekeepingTask } from "../errors.ts";
import { type FileInfo, isSameFile, type Runtime } from "../runtime.ts";
import type { Protocol } from "./operation.ts";

/** Pauses, in milliseconds, before what has failed is tried again: the first, and the longest that it grows to. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 30_000;

/** Part of a pause that is left to chance: many processes may have met the same trouble at once. */
const JITTER = 0.25;

/** Carries out one step of a task; one that fails does not keep the others from it, and returns nothing. */
export type Attempt = <T>(step: Protocol<T>) => Protocol<T | undefined>;

/** What {@linkcode Housekeeping} needs to know. */
export interface HousekeepingOptions {
  /** Path of the log. */
  readonly path: string;
  /** Told once of each episode. */
  readonly onError: (error: unknown) => void;
  /** Whether the log is rotated by it. If not, it asks nothing of the directory and is not told what it may not do. */
  readonly rotates: boolean;
}

/** An episode: a task has failed, and has not gone well since. */
interface Episode {
  readonly pause: number;
  retryAt: number;
  /** Whether no step of it went well the last time, so that it is left alone until then. */
  readonly isTotal: boolean;
}

/**
 * Runs all that is not writing: rotation, compression, retention, registration. Whatever fails there, for whatever
 * reason, must not stop a line: it is counted, told once until it goes well again, and tried again with growing pauses.
 */
export class Housekeeping {
  /** How often each task has failed; of several steps each counts. */
  readonly failures: Record<HousekeepingTask, number> = { rotation: 0, compression: 0, retention: 0, registration: 0 };
  /** Whether pauses do not count any more, since it is the last time. */
  isLast = false;
  readonly #runtime: Runtime;
  readonly #options: HousekeepingOptions;
  readonly #episodes = new Map<HousekeepingTask, Episode>();
  /** The log whose rotation has failed: its last change tells of that no more, once lines have gone on into it. */
  #overdue: FileInfo | undefined;
  #isDisplaced = false;

  constructor(runtime: Runtime, options: HousekeepingOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /** Whether a task may be tried now: it goes well, or at least in part, or its pause is over. */
  mayTry(task: HousekeepingTask): boolean {
    const episode = this.#episodes.get(task);
    return episode?.isTotal !== true || this.isLast || this.#runtime.monotonic() >= episode.retryAt;
  }

  /** Carries out a task, unless it must not be tried yet. Never fails. One that was put off has not gone well by that. */
  *run(task: HousekeepingTask, body: (attempt: Attempt) => Protocol<void | "put off">): Protocol<void> {
    if (!this.mayTry(task)) return;
    const errors: unknown[] = [];
    let successes = 0;
    let isPutOff = false;
    try {
      const outcome = yield* body(function* (step) {
        try {
          const result = yield* step;
          successes++;
          return result;
        } catch (error) {
          errors.push(error);
          return undefined;
        }
      });
      isPutOff = outcome === "put off";
    } catch (error) {
      errors.push(error);
    }
    if (errors.length > 0) this.#fail(task, errors, successes === 0);
    else if (isPutOff) this.#putOff(task);
    else this.end(task);
  }

  /** Ends an episode: the task has gone well. */
  end(task: HousekeepingTask): void {
    this.#episodes.delete(task);
  }

  /** The same for the rotation of a file. */
  *rotate(file: FileInfo, body: () => Protocol<void>): Protocol<void> {
    this.#overdue = file;
    yield* this.run("rotation", body);
    if (!this.#episodes.has("rotation")) this.#overdue = undefined;
  }

  /** Lines go into the file that was the log last, since the next one cannot be made. */
  displaced(error: unknown): void {
    if (this.#isDisplaced) return;
    this.#isDisplaced = true;
    this.#fail("rotation", [error], true);
  }

  /** Lines go into the log. */
  placed(): void {
    if (!this.#isDisplaced) return;
    this.#isDisplaced = false;
    this.end("rotation");
  }

  /**
   * Finds out whether a file is to be rotated. It is when its rotation has failed, unless somebody has emptied it. Where
   * that cannot be found out it is not, which is told like a rotation that fails.
   */
  *isDue(file: FileInfo, look: () => Protocol<boolean>): Protocol<boolean> {
    const overdue = this.#overdue;
    if (isSameFile(overdue, file) && file.size >= (overdue as FileInfo).size) return true;
    // Another one may get its inode once it is gone.
    this.#overdue = undefined;
    if (!this.mayTry("rotation")) return false;
    try {
      return yield* look();
    } catch (error) {
      this.#fail("rotation", [error], true);
      return false;
    }
  }

  /** How long, in milliseconds, until what runs beside the writing is to be tried again; `undefined`: it all went well. */
  get retryIn(): number | undefined {
    let first: number | undefined;
    for (const [task, { retryAt }] of this.#episodes) {
      // Whoever writes next tries to rotate.
      if (task !== "rotation") first = Math.min(first ?? Infinity, retryAt);
    }
    return first === undefined ? undefined : Math.max(0, first - this.#runtime.monotonic());
  }

  #putOff(task: HousekeepingTask): void {
    const episode = this.#episodes.get(task);
    if (episode !== undefined) episode.retryAt = this.#retryAfter(episode.pause);
  }

  #retryAfter(pause: number): number {
    return this.#runtime.monotonic() + pause * (1 - JITTER * Math.random());
  }

  #fail(task: HousekeepingTask, errors: readonly unknown[], isTotal: boolean): void {
    this.failures[task] += errors.length;
    const { path, onError, rotates } = this.#options;
    const known = this.#episodes.get(task);
    const pause = known === undefined ? FIRST_PAUSE : Math.min(LONGEST_PAUSE, 2 * known.pause);
    this.#episodes.set(task, { pause, retryAt: this.#retryAfter(pause), isTotal });
    if (known === undefined && (rotates || task === "rotation")) {
      onError(new HousekeepingError(path, { task, cause: errors[0] }));
    }
  }
}
