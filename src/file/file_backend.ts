import type { FileKind, Runtime } from "../runtime.ts";
import type { Backend, BackendMetrics, Gather, Urgency } from "../backend.ts";
import type { Batch } from "../dispatch/batch.ts";
import { DiskSpace, type DiskSpaceOptions } from "./disk_full.ts";
import { Housekeeping } from "./housekeeping.ts";
import { maintain } from "./maintenance.ts";
import { maintenanceQueueOf } from "./maintenance_queue.ts";
import { giveNumbers } from "./numbers.ts";
import { perform, type Protocol } from "./operation.ts";
import { directoryOf } from "./paths.ts";
import { KEEPS_ALL } from "./retention.ts";
import { SharedFile } from "./shared_file.ts";
import { Task } from "./task.ts";
import { syncAgain, writeBatch, type WriteOptions } from "./write_batch.ts";
import type { Membership } from "./writers.ts";

/** What a {@linkcode FileBackend} is made of. */
export interface FileBackendOptions extends Omit<DiskSpaceOptions, "membership"> {
  /** Told of errors that concern no batch, such as a compression that failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * A write that ended this short a while ago, in milliseconds, shows that the disk is well, and the next one may be made
 * on the program's thread if the program does not let the event loop turn.
 */
const HEALTHY_FOR = 200;

/**
 * How long, in milliseconds, after its last maintenance a process leaves what others rotate to them. One that never
 * rotates, because others do it earlier, still learns of them, and compresses if they do not.
 */
const LEFT_TO_OTHERS = 1_000;

/** What gathers with `durability: "memory"` before it is written. */
const GATHER = { bytes: 64 * 1024, milliseconds: 1_000 };

/**
 * When, in milliseconds, a logger first looks whether rotated files are too old, and how long it then waits at the least
 * and at the most: a tenth of the age would do. Rotated files grow old without a write, and without a rotation.
 */
const FIRST_AGE_LOOK = 1_000;
const SHORTEST_AGE_LOOK = 1_000;
const LONGEST_AGE_LOOK = 3_600_000;

/** Part of these times that is left to chance, so that processes which were started together do not look together. */
const AGE_LOOK_JITTER = 0.5;

/** Appends to one file that any number of processes share. */
export class FileBackend implements Backend {
  /** A record is one line, written under the lock of the file. */
  readonly supportsAtomic = true;
  readonly gather: Gather | undefined;
  readonly #runtime: Runtime;
  readonly #shared: SharedFile;
  readonly #options: FileBackendOptions;
  readonly #housekeeping: Housekeeping;
  readonly #writing: WriteOptions;
  readonly #space: DiskSpace;
  readonly #membership: Membership | undefined;
  #task: Task<void> | undefined;
  #wroteAt = -Infinity;
  #hasNotTurned = false;
  #toldLostSyncs: number;
  #hasToldLikeness = false;
  #syncing: Promise<void> | undefined;
  #isClosing = false;
  #rotations = 0;
  #maintenance: Promise<void> | undefined;
  #maintaining: Task<void> | undefined;
  #maintainAgain = false;
  #maintainedAt = -Infinity;
  #retry: unknown;
  #ageLook: unknown;

  /** Makes the backend; the file is opened with the first batch. */
  constructor(runtime: Runtime, path: string, options: FileBackendOptions) {
    this.#runtime = runtime;
    this.#shared = SharedFile.acquire(runtime, path);
    this.#options = options;
    this.#toldLostSyncs = this.#shared.lostSyncs;
    this.gather = options.durability === "memory" ? GATHER : undefined;
    const { rotation, lock, onError } = options;
    this.#housekeeping = new Housekeeping(runtime, { path, onError, rotates: rotation !== undefined });
    this.#writing = { ...options, housekeeping: this.#housekeeping };
    // Without the lock nobody else is there.
    this.#membership = lock === "none" ? undefined : this.#shared.writers.join(rotation ?? KEEPS_ALL);
    this.#space = new DiskSpace(this.#shared, { ...options, membership: this.#membership });
    // The first write of a process makes it known, and finishes what a killed one has left unfinished.
    this.#maintainAgain = true;
    this.#lookForAge(FIRST_AGE_LOOK);
  }

  /** Writes the batch under the lock of the file. */
  write(batch: Batch, urgency?: Urgency): Promise<void> {
    const protocol = this.#write(batch);
    if (urgency === undefined || !(urgency.force || this.#isHealthy)) {
      this.#task = this.#shared.run(protocol);
    } else {
      this.#task = this.#shared.add(protocol);
      if (this.#shared.finish(urgency.patience, urgency.force)) this.#noteFinishedHere();
    }
    return this.#task.promise;
  }

  /**
   * Tries again to bring to the disk what a write could not: its lines are in the file, so no other write does. Fails
   * once where that cannot be done any more.
   */
  async flush(): Promise<void> {
    if (this.#options.durability !== "disk") return;
    const shared = this.#shared;
    if (shared.unsynced !== undefined) {
      if (this.#isClosing) throw new Error(`Cannot bring "${shared.path}" to the disk: the destination was closed`);
      this.#syncing = shared.run(syncAgain(shared, this.#options)).promise;
      await this.#syncing;
    }
    const { lostSyncs, path } = shared;
    if (lostSyncs === this.#toldLostSyncs) return;
    // Others may wait for the same lines.
    this.#runtime.nextTurn(() => this.#toldLostSyncs = lostSyncs);
    throw lostSyncError(path);
  }

  /** See {@linkcode Backend.advance}. */
  advance(urgency: Urgency): boolean {
    const task = this.#task;
    if (task === undefined) return true;
    if (!task.done) {
      this.#shared.finish(urgency.patience, urgency.force);
      if (task.done) this.#noteFinishedHere();
    }
    if (task.failure !== undefined) throw task.failure.error;
    return task.done;
  }

  /**
   * Waits for the compression and clean-up that this logger has begun, does what is left of it, then gives the file
   * back. Nobody may come by after it, so it looks once more: others may have died in the middle of theirs.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#runtime.clearTimer(this.#ageLook);
    this.#tellOfRoom({ isLast: true });
    const { writers } = this.#shared;
    const membership = this.#membership;
    if (membership !== undefined) writers.part(membership);
    while (this.#maintenance !== undefined) await this.#maintenance;
    this.#housekeeping.isLast = true;
    // One that has written nothing leaves the disk alone.
    if (this.#maintainedAt > -Infinity) this.#maintain();
    while (this.#maintenance !== undefined) await this.#maintenance;
    await this.#syncing?.catch(() => {});
    if (membership?.users === 0) {
      const leaving = new Task(this.#runtime, writers.leave(membership));
      leaving.start();
      await leaving.promise.catch(() => {});
    }
    this.#tellOfLikeness();
    this.#shared.release();
  }

  /** How far the compression and clean-up have come, and those of other logs, which may go first. */
  progress(): string {
    return `${this.#maintainedAt} ${this.#maintaining?.steps} ${maintenanceQueueOf(this.#runtime).ended}`;
  }

  /** Numbers so far; the lock waits are those of all loggers of this thread on the file. */
  metrics(): BackendMetrics {
    return {
      rotations: this.#rotations,
      lockWaits: { ...this.#shared.lockWaits },
      housekeepingFailures: { ...this.#housekeeping.failures },
      ...(this.#options.rotation === undefined ? {} : { pruned: { ...this.#space.pruned } }),
    };
  }

  get #isHealthy(): boolean {
    // A wait for the disk is never short.
    if (this.#options.durability === "disk") return false;
    return this.#hasNotTurned || this.#runtime.monotonic() - this.#wroteAt < HEALTHY_FOR;
  }

  /**
   * A write was finished without the event loop, which has not turned since. Deno would begin no further background
   * write of the file until it does, so there is only the direct way.
   */
  #noteFinishedHere(): void {
    if (this.#hasNotTurned) return;
    this.#hasNotTurned = true;
    this.#runtime.nextTurn(() => this.#hasNotTurned = false);
  }

  *#write(batch: Batch): ReturnType<typeof writeBatch> {
    const { rotations, changes, lostSyncs, path } = this.#shared;
    try {
      yield* writeBatch(this.#shared, batch, this.#space, this.#writing);
      this.#wroteAt = this.#runtime.monotonic();
    } finally {
      if (this.#shared.lostSyncs > lostSyncs) this.#options.onError(lostSyncError(path));
      this.#tellOfLikeness();
      const rotated = this.#shared.rotations - rotations;
      this.#rotations += rotated;
      if (rotated > 0 && this.#options.rotation?.naming === "numbered") {
        this.#shared.unnumbered = () => giveNumbers(this.#shared, this.#options);
      }
      const isOurTurn = this.#runtime.monotonic() - this.#maintainedAt >= LEFT_TO_OTHERS;
      if (rotated > 0 || (this.#shared.changes > changes && isOurTurn)) this.#maintainAgain = true;
      if (this.#maintainAgain || this.#membership?.isLost === true) this.#maintain();
      this.#tellOfRoom();
    }
  }

  #tellOfLikeness(): void {
    const { likenessProblem } = this.#shared;
    if (likenessProblem === undefined || this.#hasToldLikeness) return;
    this.#hasToldLikeness = true;
    this.#options.onError(likenessProblem);
  }

  #tellOfRoom(options?: { readonly isLast: boolean }): void {
    const error = this.#space.report(options);
    if (error !== undefined) this.#options.onError(error);
  }

  #maintain(): void {
    // What begins when the process ends would not come far.
    if (this.#maintenance !== undefined || this.#shared.writers.isLeaving) return;
    this.#maintainAgain = false;
    this.#runtime.clearTimer(this.#retry);
    const { lock, rotation } = this.#options;
    if (lock === "none" && rotation === undefined) return;
    this.#maintainedAt = this.#runtime.monotonic();
    const task = new Task(this.#runtime, this.#maintained());
    this.#maintaining = task;
    this.#maintenance = task.promise.catch(this.#options.onError).then(() => {
      this.#maintenance = undefined;
      if (this.#maintainAgain) return this.#maintain();
      const { retryIn } = this.#housekeeping;
      if (retryIn !== undefined && !this.#isClosing) {
        this.#retry = this.#runtime.setTimer(() => this.#maintain(), retryIn);
      }
    });
    maintenanceQueueOf(this.#runtime).add(task);
  }

  /** Deletes in time what has become too old, also while nothing is written or rotated. */
  #lookForAge(wait: number): void {
    const { maxAge = Infinity } = this.#options.rotation ?? {};
    if (maxAge === Infinity) return;
    this.#ageLook = this.#runtime.setTimer(() => {
      this.#maintain();
      this.#lookForAge(Math.min(LONGEST_AGE_LOOK, Math.max(SHORTEST_AGE_LOOK, maxAge / 10)));
    }, wait * (1 - AGE_LOOK_JITTER * Math.random()));
  }

  *#maintained(): Protocol<void> {
    const { rotation } = this.#options;
    const shared = this.#shared;
    const kind = yield* kindOf(shared.path);
    if (rotation === undefined) {
      // One that keeps all tells others of it, and tidies up: where it may, and the log is a file.
      if (this.#runtime.mayUseDirectory?.(directoryOf(shared.path)) === false) return;
      if (kind !== "file" && kind !== "absent") return;
    } else if (this.#wroteAt === -Infinity && kind === "absent") {
      // Nothing is made before something is written, not even the directory.
      return;
    }
    // Who goes has nobody to agree with.
    const onError = this.#isClosing ? () => {} : this.#options.onError;
    const membership = this.#membership;
    yield* maintain(shared, { ...this.#writing, membership, onError }, rotation ?? KEEPS_ALL);
  }
}

/** What stands at the path of the log; it may be absent for the moment of a rotation. */
function* kindOf(path: string): Protocol<FileKind | "absent" | "unknown"> {
  try {
    return (yield* perform("stat", path))?.kind ?? "absent";
  } catch {
    // The writes tell.
    return "unknown";
  }
}

function lostSyncError(path: string): Error {
  return new Error(
    `Cannot bring lines of "${path}" to the disk: it was rotated before they were; the system has them in memory`,
  );
}
