import type { FileInfo, RuntimeFile } from "../runtime.ts";
import type { FileClock } from "./file_clock.ts";
import { perform, type Protocol } from "./operation.ts";
import { directoryOf, nameOf } from "./paths.ts";
import { periodStart } from "./period.ts";
import { newestStamped, timeOfOrder } from "./rotated_name.ts";
import type { RotationPolicy } from "./rotation.ts";

/**
 * Finds out whether the period that a log was begun in is over. All times are those of the file system's clock:
 *
 *     begun    the time of the last change that the file had when it was seen first
 *     now      the time that a file gets which is made now
 *
 * The first write after a rotation gives the new file a time that is not before the `now` by which the rotation was
 * decided, so that there is no second one in the same period, whatever the clocks of the processes show.
 */
export class PeriodWatch {
  readonly #clock: FileClock;
  /** The open file that is watched. Once it is closed, another one may get its inode. */
  #file: RuntimeFile | undefined;
  #begun = 0;

  constructor(clock: FileClock) {
    this.#clock = clock;
  }

  /** Whether the file that the caller holds the lock of must be rotated before the next line. */
  *isOver(path: string, { file, info, policy }: WatchedLog): Protocol<boolean> {
    const { every, timeZone } = policy;
    if (every === undefined) return false;
    const start = (time: number) => periodStart(time, every, timeZone);
    const { modifiedAt, size } = info;
    if (size === 0) {
      // What comes first begins the period.
      this.#file = undefined;
      return false;
    }
    if (file !== this.#file) {
      this.#file = file;
      this.#begun = modifiedAt;
    } else if (modifiedAt < start(start(this.#begun) - 1)) {
      // Set back by more than a period: the time before was wrong, and may lie years ahead.
      this.#begun = modifiedAt;
    }
    const clock = this.#clock;
    // What was written last may have been dated a moment later than the clock was expected to show: so `begun`, and not
    // the last change, is what it is compared with.
    if (clock.isKnown && start(clock.now()) <= start(this.#begun)) return false;
    const now = yield* clock.ask(path);
    if (start(now) <= start(this.#begun)) return false;
    if (policy.naming === "timestamp") {
      // A clock that was set back since the last rotation has dated the file too early: its name knows better. One from
      // the future knows nothing.
      const newest = newestStamped(yield* perform("list", directoryOf(path)), nameOf(path), "timestamp");
      const rotated = newest === undefined ? 0 : clock.ofProcess(timeOfOrder(newest));
      if (start(rotated) === start(now)) this.#begun = rotated;
    }
    return start(now) > start(this.#begun);
  }
}

/** What {@linkcode PeriodWatch.isOver} looks at. */
interface WatchedLog {
  /** The open log. */
  readonly file: RuntimeFile;
  /** How it looks now. */
  readonly info: FileInfo;
  readonly policy: RotationPolicy;
}
