import type { Runtime } from "../runtime.ts";
import type { Backend, BackendMetrics, Urgency } from "../backend.ts";
import type { Batch } from "../dispatch/batch.ts";
import { maintain, type RetentionPolicy } from "./maintenance.ts";
import { SharedFile, type SharedFileOptions } from "./shared_file.ts";
import { Task } from "./task.ts";
import { writeBatch } from "./write_batch.ts";

/** What a {@linkcode FileBackend} is made of. */
export interface FileBackendOptions extends SharedFileOptions {
  /** Rotation and retention; without it the file grows for ever. */
  readonly rotation: RetentionPolicy | undefined;
  /** Told of errors that concern no batch, such as a compression that failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * A write that ended this short a while ago, in milliseconds, shows that the disk is well, and the next one may be made
 * on the program's thread if the program does not let the event loop turn.
 */
const HEALTHY_FOR = 200;

/** Appends to one file that any number of processes share. */
export class FileBackend implements Backend {
  /** A record is one line, written under the lock of the file. */
  readonly supportsAtomic = true;
  readonly #runtime: Runtime;
  readonly #shared: SharedFile;
  readonly #options: FileBackendOptions;
  #task: Task<void> | undefined;
  #wroteAt = -Infinity;
  #hasNotTurned = false;
  #rotations = 0;
  #maintenance: Promise<void> | undefined;
  #maintainAgain = false;

  /** Makes the backend; the file is opened with the first batch. */
  constructor(runtime: Runtime, path: string, options: FileBackendOptions) {
    this.#runtime = runtime;
    this.#shared = SharedFile.acquire(runtime, path);
    this.#options = options;
    // What a killed process has left unfinished is finished by the first write of the next one.
    this.#maintainAgain = options.rotation !== undefined;
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

  /** Waits for the compression and clean-up that this logger has begun, then gives the file back. */
  async close(): Promise<void> {
    while (this.#maintenance !== undefined) await this.#maintenance;
    this.#shared.release();
  }

  /** Rotations and lock waits so far; the waits are those of all loggers of this thread on the file. */
  metrics(): BackendMetrics {
    return { rotations: this.#rotations, lockWaits: { ...this.#shared.lockWaits } };
  }

  get #isHealthy(): boolean {
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
    const before = this.#shared.rotations;
    try {
      yield* writeBatch(this.#shared, batch, this.#options, this.#options.rotation);
      this.#wroteAt = this.#runtime.monotonic();
    } finally {
      const rotated = this.#shared.rotations - before;
      this.#rotations += rotated;
      if (rotated > 0) this.#maintainAgain = this.#options.rotation !== undefined;
      if (this.#maintainAgain) this.#maintain();
    }
  }

  #maintain(): void {
    const policy = this.#options.rotation;
    if (this.#maintenance !== undefined || policy === undefined) return;
    this.#maintainAgain = false;
    const task = new Task(this.#runtime, maintain(this.#shared, this.#options, policy));
    this.#maintenance = task.promise.catch(this.#options.onError).then(() => {
      this.#maintenance = undefined;
      if (this.#maintainAgain) this.#maintain();
    });
    task.start();
  }
}
