import type { BackgroundCalls, Calls, Runtime, RuntimeFile } from "../runtime.ts";
import type { CallOperation, Landing, Operation, Protocol } from "./operation.ts";

/**
 * How long, in milliseconds, a background call whose effect cannot be seen yet is waited for at exit before it is
 * taken as stuck. A disk that hangs for longer than this holds up the end of the process no further.
 */
const STUCK_AFTER = 10_000;

/**
 * The same for a call that the protocol can do without: a call that has failed looks like one that hangs, as long as the
 * event loop does not turn.
 */
const LEFT_AFTER = 1_000;

/** How often, in milliseconds, a background call is looked at while the thread waits for it. */
const LOOK_EVERY = 0.2;

/** What a task does after the current step. */
type State = "running" | "in background" | "pausing" | "done";

/**
 * Drives one protocol to its end and can change the way of driving half-way.
 *
 * It starts in the background: slow calls go through the runtime's thread pool, quick ones (metadata, `tryLock`) are
 * made directly. {@linkcode Task.advance} takes over on the caller's thread, for a program that never yields to the
 * event loop and for its exit: a call still in the background is recognised by its effect, then the rest is made
 * synchronously. The protocol notices nothing.
 */
export class Task<T> {
  /** Settles with the protocol. Never left unhandled: whoever needs the error asks `promise` for it. */
  readonly promise: Promise<T>;
  /** What the protocol has ended with, if it has failed. */
  failure: { readonly error: unknown } | undefined;
  readonly #protocol: Protocol<T>;
  readonly #runtime: Runtime;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #state: State = "running";
  /** Whether the protocol is between two operations, which is no time to go on with it. */
  #isStepping = false;
  /** Grows with every step, so that a background call that was taken over finds out when it comes back. */
  #step = 0;
  #operation: Operation | undefined;
  /** Whether a call was left, and nothing has been seen to take effect since: the disk may hang. */
  #isInDoubt = false;
  /** Told when the call that is in the background has come back, if it was left. */
  #background: { onBack?: () => void } = {};
  #timer: unknown;
  #wakeAt = 0;

  constructor(runtime: Runtime, protocol: Protocol<T>) {
    this.#runtime = runtime;
    this.#protocol = protocol;
    this.promise = new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => {});
  }

  /** How many operations it has begun. */
  get steps(): number {
    return this.#step;
  }

  /** Whether the protocol has ended. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** Starts, or goes on, in the background. */
  start(): void {
    this.#resume(undefined, undefined, false);
  }

  /**
   * Goes on synchronously as far as possible and returns whether the protocol has ended.
   *
   * @param patience How long, in milliseconds, this thread may wait for background calls and pauses. With 0 it never
   * waits: what cannot go on now goes on in the background.
   * @param repeat Whether a background call whose effect cannot be seen may be made again on this thread. It is quick
   * unless the disk hangs, so a log call allows it only when it would otherwise have to drop lines.
   */
  advance(patience: number, repeat: boolean): boolean {
    // What the protocol reports can make the program end, or log what must be written at once.
    if (this.#isStepping) return false;
    const deadline = this.#runtime.monotonic() + patience;
    while (this.#state !== "done") {
      const moved = this.#state === "pausing"
        ? this.#endPause(deadline, patience)
        : this.#state === "in background"
        ? this.#takeOver(deadline, patience, repeat)
        : this.#begin();
      if (!moved) return false;
    }
    return true;
  }

  /** Starts with synchronous calls. */
  #begin(): boolean {
    this.#resume(undefined, undefined, true);
    return true;
  }

  #endPause(deadline: number, patience: number): boolean {
    const now = this.#runtime.monotonic();
    const wait = this.#wakeAt - now;
    if (patience === 0 || now >= deadline) {
      if (wait > 0) return false;
    } else if (wait > 0) {
      this.#runtime.sleep(Math.min(wait, deadline - now));
    }
    this.#runtime.clearTimer(this.#timer);
    this.#resume(undefined, undefined, true);
    return true;
  }

  #takeOver(deadline: number, patience: number, repeat: boolean): boolean {
    const operation = this.#operation as Operation;
    if (operation.call === "await" || operation.call === "pause") return false;
    if (operation.landed === undefined) {
      if (!repeat) return false;
      // Idempotent: the same call again has the same effect, whether or not the first one has landed.
      this.#perform(operation);
      return true;
    }
    const start = this.#runtime.monotonic();
    const stuckAt = Math.min(deadline, start + STUCK_AFTER);
    const { leave } = operation;
    for (;;) {
      const landing = this.#look(operation.landed);
      if (landing !== undefined) {
        this.#isInDoubt = false;
        this.#resume(landing.result, undefined, true);
        return true;
      }
      const now = this.#runtime.monotonic();
      if (patience === 0 || now >= stuckAt) return false;
      if (leave !== undefined && now >= start + LEFT_AFTER) {
        this.#background.onBack = leave();
        this.#isInDoubt = true;
        this.#resume(undefined, { error: new Error(`${operation.call} has not ended for ${LEFT_AFTER} ms`) }, true);
        return true;
      }
      this.#runtime.sleep(LOOK_EVERY);
    }
  }

  /** Looks whether a call has landed. A look that fails says nothing: the call itself still comes back. */
  #look(landed: (calls: Calls) => Landing | undefined): Landing | undefined {
    try {
      return landed(this.#runtime.calls);
    } catch {
      return undefined;
    }
  }

  /** Resumes the protocol with a result or an error and carries out what it asks for until it has to wait. */
  #resume(result: unknown, failure: { readonly error: unknown } | undefined, synchronous: boolean): void {
    this.#state = "running";
    for (;;) {
      this.#step++;
      let next: IteratorResult<Operation, T>;
      this.#isStepping = true;
      try {
        next = failure === undefined ? this.#protocol.next(result) : this.#protocol.throw(failure.error);
      } catch (error) {
        this.#state = "done";
        this.#operation = undefined;
        this.failure = { error };
        return this.#reject(error);
      } finally {
        this.#isStepping = false;
      }
      if (next.done === true) {
        this.#state = "done";
        this.#operation = undefined;
        return this.#resolve(next.value);
      }
      const operation = next.value;
      this.#operation = operation;
      if (operation.call === "pause") return this.#pause(operation.milliseconds);
      if (operation.call === "await") return this.#inBackground(operation.start);
      const background = this.#runtime.background[operation.call as keyof BackgroundCalls] as
        | ((...args: readonly unknown[]) => Promise<unknown>)
        | undefined;
      // Where the disk hangs, what can be seen from outside must not be made on this thread.
      const isDirect = synchronous && !(this.#isInDoubt && operation.landed !== undefined);
      if (!isDirect && operation.direct !== true && background !== undefined) {
        const start = operation.start ?? (() => background(...operation.args));
        return this.#inBackground(start, operation.call === "open");
      }
      failure = undefined;
      try {
        result = call(this.#runtime.calls, operation);
      } catch (error) {
        failure = { error };
      }
    }
  }

  /** Closes a file that was opened again on this thread before this opening came back. */
  #closeLate(file: RuntimeFile): void {
    try {
      this.#runtime.calls.close(file);
    } catch {
      // It is gone either way.
    }
  }

  #perform(operation: CallOperation): void {
    let result: unknown;
    try {
      result = call(this.#runtime.calls, operation);
    } catch (error) {
      return this.#resume(undefined, { error }, true);
    }
    this.#resume(result, undefined, true);
  }

  #pause(milliseconds: number): void {
    this.#state = "pausing";
    this.#wakeAt = this.#runtime.monotonic() + milliseconds;
    const step = this.#step;
    const wake = () => {
      if (step === this.#step) this.#resume(undefined, undefined, false);
    };
    // A pause of nothing lets the event loop turn once, which is shorter than the shortest timer.
    if (milliseconds <= 0) this.#runtime.nextTurn(wake);
    else this.#timer = this.#runtime.setTimer(wake, milliseconds);
  }

  /** @param opens Whether the result is an open file, which nobody else would close if it came too late. */
  #inBackground(start: () => PromiseLike<unknown>, opens = false): void {
    this.#state = "in background";
    const step = this.#step;
    const background: { onBack?: () => void } = this.#background = {};
    let result: PromiseLike<unknown>;
    try {
      result = start();
    } catch (error) {
      result = Promise.reject(error);
    }
    result.then(
      (result) => {
        background.onBack?.();
        if (step === this.#step) this.#resume(result, undefined, false);
        else if (opens) this.#closeLate(result as RuntimeFile);
      },
      (error) => {
        background.onBack?.();
        if (step === this.#step) this.#resume(undefined, { error }, false);
      },
    );
  }
}

function call(calls: Calls, operation: CallOperation): unknown {
  return (calls[operation.call] as (...args: readonly unknown[]) => unknown)(...operation.args);
}
