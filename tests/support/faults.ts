/**
 * Wrappers that let the calls of a runtime fail, each named for its fault.
 *
 * @module
 */

import type { BackgroundCalls, Calls, Runtime } from "../../src/runtime.ts";
import { systemError } from "./memory_file_system.ts";

/** What happens to one call: an error is thrown, a number caps the bytes of a write or read, `undefined` is no fault. */
export type Fault = Error | number | undefined;

/**
 * For each call its faults: a list is used up call by call, one fault per call, and the calls after it pass; a function
 * is asked before each call.
 */
export type Faults = { readonly [K in keyof Calls]?: readonly Fault[] | ((...args: Parameters<Calls[K]>) => Fault) };

/**
 * Wraps a runtime so that calls fail by plan, in the background as well as not: both draw on the same list.
 *
 * @example One write fails, the next takes three bytes, the rest pass
 * ```ts ignore
 * const runtime = failing(createMemoryRuntime(), { write: [enospc(), 3] });
 * ```
 */
export function failing<R extends Runtime>(runtime: R, faults: Faults): R {
  const plans = new Map<string, (args: readonly unknown[]) => Fault>();
  for (const [name, plan] of Object.entries(faults)) {
    const list = typeof plan === "function" ? [] : [...plan];
    plans.set(
      name,
      typeof plan === "function" ? (args) => Reflect.apply(plan, undefined, args) : () => list.shift(),
    );
  }

  type Call = (...args: unknown[]) => unknown;
  function wrap(name: string, call: Call): Call {
    const plan = plans.get(name);
    if (plan === undefined) return call;
    return (...args) => {
      const fault = plan(args);
      if (fault instanceof Error) throw fault;
      if (fault === undefined) return call(...args);
      const [file, bytes, ...rest] = args as [object, Uint8Array];
      return call(file, bytes.subarray(0, fault), ...rest);
    };
  }

  const calls: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(runtime.calls)) calls[name] = wrap(name, call as Call);
  const background: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(runtime.background)) {
    const wrapped = wrap(name, call as Call);
    // The fault strikes when the call is carried out, not when it is made: it rejects, it does not throw.
    background[name] = async (...args: unknown[]) => await wrapped(...args);
  }
  return { ...runtime, calls: calls as unknown as Calls, background: background as unknown as BackgroundCalls };
}

/** A runtime whose writes take at most so many bytes each. */
export function shortWriter<R extends Runtime>(runtime: R, atMost: number): R {
  return failing(runtime, { write: () => atMost });
}

/** A runtime whose writes fail with an error. */
export function failWriter<R extends Runtime>(runtime: R, error: Error): R {
  return failing(runtime, { write: () => error });
}

/** A runtime without a lock call. */
export function lockless<R extends Runtime>(runtime: R, problem: string): R {
  return { ...failing(runtime, { tryLock: () => new Error(problem) }), lockProblem: () => problem };
}

/** A runtime on a disk that can freeze: its background calls wait until it thaws, in order. */
export function freezable<R extends Runtime>(runtime: R): R & { freeze(): void; thaw(): void } {
  let frozen: (() => void)[] | undefined;
  const background: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(runtime.background)) {
    background[name] = async (...args: unknown[]) => {
      if (frozen !== undefined) await new Promise<void>((resolve) => frozen?.push(resolve));
      return await Reflect.apply(call, undefined, args);
    };
  }
  return {
    ...runtime,
    background: background as unknown as BackgroundCalls,
    freeze() {
      frozen ??= [];
    },
    thaw() {
      const waiting = frozen ?? [];
      frozen = undefined;
      waiting.forEach((resume) => resume());
    },
  };
}

/** The disk is full. */
export function enospc(): Error {
  return systemError("ENOSPC", "write");
}

/** The disk failed. */
export function eio(syscall = "write"): Error {
  return systemError("EIO", syscall);
}
