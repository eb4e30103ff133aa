import type { Backend, Urgency } from "../backend.ts";
import type { Batch } from "../dispatch/batch.ts";
import { errorCode, type OutputStream, type Runtime } from "../runtime.ts";

/** Pause, in milliseconds, before a pipe that was full is tried again. */
const FULL_PAUSE = 2;

/** State of one `write`. */
interface Writing {
  done: boolean;
  /** Whether a piece is in the hands of the runtime. */
  background: boolean;
  /** Whether the rest is written by somebody else. */
  stopped: boolean;
  failure?: unknown;
}

/** Writes to a standard stream of the process. */
export class ConsoleBackend implements Backend {
  /** Writers of other processes may come between two writes. */
  readonly supportsAtomic = false;
  readonly #runtime: Runtime;
  readonly #stream: OutputStream;
  #writing: Writing | undefined;
  #batch: Batch | undefined;

  constructor(runtime: Runtime, stream: OutputStream) {
    this.#runtime = runtime;
    this.#stream = stream;
  }

  /** Writes in the background, so that a reader that does not read holds up nothing. */
  async write(batch: Batch, urgency?: Urgency): Promise<void> {
    const writing: Writing = { done: false, background: false, stopped: false };
    this.#writing = writing;
    this.#batch = batch;
    try {
      if (urgency !== undefined && urgency.patience > 0) this.#writeNow(batch, urgency.patience);
      while (batch.byteLength > 0 && !writing.stopped) {
        const lines = batch.next();
        for (let written = 0; written < lines.length && !writing.stopped;) {
          writing.background = true;
          const count = await this.#stream.writeInBackground(lines.subarray(written));
          writing.background = false;
          if (count === 0) await new Promise<void>((resolve) => void this.#runtime.setTimer(resolve, FULL_PAUSE));
          written += count;
        }
        if (!writing.stopped) batch.commit(lines.length);
      }
    } catch (error) {
      // Nobody reads any more (`| head`): what is written is gone, as it is for every other program.
      if (errorCode(error) !== "EPIPE") {
        writing.failure = error;
        throw error;
      }
      batch.commit();
    } finally {
      writing.done = true;
    }
  }

  /** At exit: writes the rest on this thread, unless a background write of it is still under way. */
  advance(urgency: Urgency): boolean {
    const writing = this.#writing;
    if (writing?.failure !== undefined) throw writing.failure;
    if (writing === undefined || writing.done || this.#batch?.byteLength === 0) return true;
    if (urgency.patience === 0 || this.#batch === undefined) return false;
    // How much of a background write has gone out cannot be seen: the piece it was given counts as written.
    writing.stopped = true;
    if (writing.background) this.#batch.commit(this.#batch.next().length);
    this.#writeNow(this.#batch, urgency.patience);
    return this.#batch.byteLength === 0;
  }

  #writeNow(batch: Batch, patience: number): void {
    const deadline = this.#runtime.monotonic() + patience;
    while (batch.byteLength > 0) {
      const lines = batch.next();
      for (let written = 0; written < lines.length;) {
        const count = this.#stream.write(lines.subarray(written));
        if (count === 0) {
          if (this.#runtime.monotonic() >= deadline) return;
          this.#runtime.sleep(FULL_PAUSE);
        }
        written += count;
      }
      batch.commit(lines.length);
    }
  }
}
