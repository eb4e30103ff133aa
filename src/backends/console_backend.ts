import type { Backend, Urgency } from "../backend.ts";
import type { Batch, Refusal } from "../dispatch/batch.ts";
import { type BackgroundOutput, errorCode, type OutputStream, type Runtime } from "../runtime.ts";
import { linesIn, type Router, type Run } from "./console_router.ts";

/** Pauses, in milliseconds, before a stream that was full is tried again: doubled from the first to the last. */
const FIRST_PAUSE = 1;
const LAST_PAUSE = 16;

/** Bytes that are written at a time, and before the event loop turns: a fast reader must not hold up the program. */
const RUN_BYTES = 64 * 1024;
const TURN_BYTES = 1 << 20;

/** The same in the background. At the end of the process it may not be known what has become of the last of them. */
const BACKGROUND_BYTES = 4_096;

/** State of one `write`. */
interface Writing {
  readonly batch: Batch;
  /** Whether the stream took less than it was given. */
  isFull: boolean;
  /** Bytes that are being written in the background. */
  inBackground: number;
  /** Grows with each write in the background, so that one that was waited for on the program's thread is known. */
  step: number;
  failure?: { readonly error: unknown };
}

/** Why a stream was given up, and whether that was reported. */
interface Gone {
  readonly reason: string;
  isTold: boolean;
}

/**
 * Writes to the standard streams of the process. Nobody waits for a reader that does not read: lines wait here, and in
 * the destination.
 *
 * A stream that nobody can read any more (`| head`) is given up, which is reported once: its lines count as dropped.
 * What the system had taken before counts as written, whether or not it was read.
 */
export class ConsoleBackend implements Backend {
  /** Lines of other processes may come in between. */
  readonly supportsAtomic = false;
  readonly #runtime: Runtime;
  readonly #router: Router;
  /** The streams that were given up. */
  readonly #gone = new Map<OutputStream, Gone>();
  #writing: Writing | undefined;
  /** The lines that are being written, and their batch. */
  #run: Run | undefined;
  #runOf: Batch | undefined;

  constructor(runtime: Runtime, router: Router) {
    this.#runtime = runtime;
    this.#router = router;
  }

  /** Writes what there is room for at once, and the rest as the reader reads. */
  write(batch: Batch, urgency?: Urgency): void | Promise<void> {
    const writing: Writing = { batch, isFull: false, inBackground: 0, step: 0 };
    this.#writing = writing;
    this.#endRunOfOthers(batch);
    try {
      this.#writeNow(writing, { most: urgency === undefined ? TURN_BYTES : Infinity, mayWait: false });
    } catch (error) {
      return Promise.reject(error);
    }
    return isDone(writing) ? undefined : this.#writeRest(writing);
  }

  /** At exit, and where the event loop does not turn. With patience it waits as long as the reader goes on reading. */
  advance({ patience }: Urgency): boolean {
    const writing = this.#writing;
    if (writing === undefined || isDone(writing)) return true;
    if (writing.failure !== undefined) throw writing.failure.error;
    if (patience === 0) {
      this.#writeNow(writing, { most: Infinity, mayWait: false });
      return isDone(writing);
    }
    this.#finishBackground(writing);
    let deadline = this.#runtime.monotonic() + patience;
    let pause = FIRST_PAUSE;
    for (;;) {
      const count = this.#writeNow(writing, { most: TURN_BYTES, mayWait: true });
      const now = this.#runtime.monotonic();
      if (isDone(writing)) return true;
      if (count > 0) {
        deadline = now + patience;
        pause = FIRST_PAUSE;
      } else {
        if (now >= deadline) return false;
        this.#runtime.sleep(Math.min(pause, deadline - now));
        pause = Math.min(LAST_PAUSE, pause * 2);
      }
    }
  }

  async #writeRest(writing: Writing): Promise<void> {
    let pause = FIRST_PAUSE;
    while (!isDone(writing)) {
      const before = writing.batch.byteLength - (this.#run?.sent ?? 0);
      const background = this.#backgroundOf(writing);
      if (writing.isFull) await this.#pause(pause);
      else await new Promise<void>((resolve) => this.#runtime.nextTurn(resolve));
      // Meanwhile `advance` may have seen to it.
      if (writing.failure !== undefined) throw writing.failure.error;
      if (background === undefined) this.#writeNow(writing, { most: TURN_BYTES, mayWait: false });
      else await this.#writeInBackground(writing);
      const isMoving = writing.batch.byteLength - (this.#run?.sent ?? 0) < before;
      pause = isMoving ? FIRST_PAUSE : Math.min(LAST_PAUSE, pause * 2);
    }
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => void this.#runtime.setTimer(resolve, milliseconds));
  }

  /**
   * Writes what there is room for, until it is `most` bytes; returns how much it was.
   *
   * @param options.mayWait Whether it may use a stream that waits for its reader.
   */
  #writeNow(
    writing: Writing,
    { most, mayWait }: { readonly most: number; readonly mayWait: boolean },
  ): number {
    let written = 0;
    writing.isFull = false;
    while (written < most && (mayWait || this.#backgroundOf(writing) === undefined)) {
      const run = this.#next(writing.batch);
      if (run === undefined) break;
      try {
        const count = run.stream.write(run.bytes.subarray(run.sent));
        writing.isFull = count < run.bytes.length - run.sent;
        written += count;
        this.#account(writing, count);
        if (count === 0) break;
      } catch (error) {
        this.#fail(writing, error);
      }
    }
    return written;
  }

  /** One write in the background; each in a turn of its own, or else Deno begins it only in the next one. */
  async #writeInBackground(writing: Writing): Promise<void> {
    const background = this.#backgroundOf(writing);
    if (background === undefined) return;
    const { bytes, sent } = this.#run as Run;
    const step = ++writing.step;
    writing.inBackground = bytes.length - sent;
    try {
      const count = await background.write(bytes.subarray(sent));
      if (step !== writing.step) return;
      writing.isFull = count === 0;
      this.#account(writing, count);
    } catch (error) {
      if (step === writing.step) this.#fail(writing, error);
    }
    writing.inBackground = 0;
  }

  /** Waits for the write in the background, whose promise cannot tell any more how it has ended. */
  #finishBackground(writing: Writing): void {
    const count = writing.inBackground;
    if (count === 0) return;
    writing.inBackground = 0;
    writing.step++;
    this.#run?.stream.background?.finish();
    this.#account(writing, count);
  }

  /** The way to write the next lines in the background, where there is no better one. */
  #backgroundOf({ batch }: Writing): BackgroundOutput | undefined {
    return this.#next(batch)?.stream.background;
  }

  /** The next lines, `undefined` when there are none. */
  #next(batch: Batch): Run | undefined {
    const { streams } = this.#router;
    while (this.#run === undefined && batch.byteLength > 0) {
      if (this.#gone.size === streams.length) {
        // Those of the one that went last, and with them all others.
        const [first = streams[0]] = streams.filter((stream) => this.#gone.get(stream)?.isTold === false);
        this.#drop(batch, first as OutputStream, { bytes: batch.byteLength, lines: batch.count });
        break;
      }
      const hasBackground = streams.some(({ background }) => background !== undefined);
      const run = this.#router.next(batch, hasBackground ? BACKGROUND_BYTES : RUN_BYTES);
      if (this.#gone.has(run.stream)) {
        const lines = linesIn(run.bytes);
        this.#drop(batch, run.stream, { bytes: run.bytes.length + run.markBytes * lines, lines });
      } else {
        this.#run = run;
        this.#runOf = batch;
      }
    }
    return this.#run;
  }

  /** Counts lines of a stream that was given up as dropped. */
  #drop(
    batch: Batch,
    stream: OutputStream,
    { bytes, lines }: { readonly bytes: number; readonly lines: number },
  ): void {
    const gone = this.#gone.get(stream) as Gone;
    const refusal: Refusal = { count: Math.min(lines, batch.count), reason: gone.reason };
    const isKnown = gone.isTold;
    gone.isTold = true;
    batch.commit(bytes, isKnown ? { ...refusal, isKnown } : refusal);
  }

  /** Accounts for bytes of the present lines that have gone out. */
  #account({ batch }: Writing, count: number): void {
    const run = this.#run as Run;
    run.sent += count;
    const whole = run.sent === 0 ? 0 : run.bytes.lastIndexOf(NEWLINE, run.sent - 1) + 1;
    if (whole === 0) return;
    batch.commit(whole + run.markBytes * linesIn(run.bytes.subarray(0, whole)));
    run.bytes = run.bytes.subarray(whole);
    run.sent -= whole;
    if (run.bytes.length === 0) this.#run = undefined;
  }

  /** Gives up the stream of the present lines if nobody can read it any more; throws what else has gone wrong. */
  #fail(writing: Writing, error: unknown): void {
    const run = this.#run;
    const code = errorCode(error) ?? "";
    if (run === undefined || !(GONE.has(code) || (run.stream.isTerminal && code === "EIO"))) {
      writing.failure = { error };
      throw error;
    }
    this.#gone.set(run.stream, { reason: `nobody reads it any more (${code})`, isTold: false });
    this.#run = undefined;
    this.#next(writing.batch);
  }

  /** Ends a line of a batch that was given up in the middle of it: the next one must not go on there. */
  #endRunOfOthers(batch: Batch): void {
    const run = this.#run;
    if (run === undefined || this.#runOf === batch) return;
    this.#run = undefined;
    if (run.sent === 0) return;
    const { stream } = run;
    const end = new Uint8Array([NEWLINE]);
    try {
      if (stream.background === undefined) stream.write(end);
      else stream.background.write(end).catch(() => {});
    } catch {
      // The write that comes next tells.
    }
  }
}

const NEWLINE = 10;

/** Codes that say that a stream is at its end: the reader has gone, or the descriptor was closed. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "ECONNRESET", "EBADF"]);

function isDone({ batch }: Writing): boolean {
  return batch.byteLength === 0;
}
