/**
 * The file protocol is written once, as generators that yield operations; a driver carries them out.
 *
 * @see {@link Task} for the drivers: in the background, at once, and (in the tests) the simulator.
 * @module
 */
import type { Calls } from "../runtime.ts";

/** One call of the runtime, or a pause, that a protocol asks its driver for. */
export type Operation = CallOperation | PauseOperation | AwaitOperation;

/** Asks for a call of the runtime. */
export interface CallOperation {
  readonly call: keyof Calls;
  readonly args: readonly unknown[];
  /** Makes a call directly that could run in the background, because it is known to be quick here. */
  readonly direct?: boolean;
  /** Makes it in the background in another way than by the call of the runtime. */
  readonly start?: () => PromiseLike<unknown>;
  /**
   * Sees from outside whether a call that runs in the background has taken effect, and returns what it would have
   * returned. Without it the call may simply be made again: it is idempotent.
   */
  readonly landed?: (calls: Calls) => Landing | undefined;
  /**
   * Called where the protocol goes on without a call that was not seen to take effect in time, as if it had failed: most
   * likely it has, which cannot be seen. What this returns is called when the call has come back, so late or never. A
   * call without it is waited for.
   */
  readonly leave?: () => () => void;
}

/** What a background call that has landed returns. */
export interface Landing {
  readonly result: unknown;
}

/** Asks to be resumed after a number of milliseconds. */
export interface PauseOperation {
  readonly call: "pause";
  readonly milliseconds: number;
}

/** Asks for a promise of somebody else's, such as a compressor's. It has no synchronous form. */
export interface AwaitOperation {
  readonly call: "await";
  readonly start: () => Promise<unknown>;
}

/** A piece of the protocol that ends with a `T`. */
export type Protocol<T> = Generator<Operation, T, unknown>;

/** Makes a call of the runtime: `const info = yield* perform("stat", path)`. */
export function* perform<K extends keyof Calls>(
  call: K,
  ...args: Parameters<Calls[K]>
): Protocol<ReturnType<Calls[K]>> {
  return (yield { call, args }) as ReturnType<Calls[K]>;
}

/** Makes a slow call directly, where it is known to be quick. */
export function* performDirectly<K extends keyof Calls>(
  call: K,
  ...args: Parameters<Calls[K]>
): Protocol<ReturnType<Calls[K]>> {
  return (yield { call, args, direct: true }) as ReturnType<Calls[K]>;
}

/** Makes a call whose effect can be seen from outside, see {@linkcode CallOperation.landed}, and `leave` there. */
export function* performVisibly<K extends keyof Calls>(
  call: K,
  args: Parameters<Calls[K]>,
  landed: (calls: Calls) => Landing | undefined,
  leave?: () => () => void,
): Protocol<ReturnType<Calls[K]>> {
  return (yield { call, args, landed, ...(leave === undefined ? {} : { leave }) }) as ReturnType<Calls[K]>;
}

/** Waits. */
export function* pause(milliseconds: number): Protocol<void> {
  yield { call: "pause", milliseconds };
}

/** Waits for a promise; a protocol that does so cannot be finished synchronously. */
export function* waitFor<T>(start: () => Promise<T>): Protocol<T> {
  return (yield { call: "await", start }) as T;
}
