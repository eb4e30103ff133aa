import type { Runtime } from "../runtime.ts";

interface Waiter {
  readonly target: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Who waits for a place in a stream to be reached. */
export class Waiters {
  #waiters: Waiter[] = [];

  /** Resolves once the place is reached; rejects when that fails. */
  until(target: number): Promise<void> {
    return new Promise((resolve, reject) => void this.#waiters.push({ target, resolve, reject }));
  }

  /** Says how far it has come. */
  settle(reached: number): void {
    if (this.#waiters.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => {
      if (reached < waiter.target) return true;
      waiter.resolve();
      return false;
    });
  }

  /** Fails all. */
  reject(error: unknown): void {
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }
}

/**
 * Waits for work that never rejects, but no longer than that after it has moved last; resolves to whether it has ended.
 *
 * @param progress Something else whenever the work has moved.
 */
export async function whileItMoves(
  runtime: Runtime,
  work: Promise<void>,
  { patience, progress }: { readonly patience: number; readonly progress: () => unknown },
): Promise<boolean> {
  for (let seen = progress();;) {
    if (await inTime(runtime, patience, work)) return true;
    const now = progress();
    if (now === seen) return false;
    seen = now;
  }
}

async function inTime(runtime: Runtime, milliseconds: number, work: Promise<void>): Promise<boolean> {
  if (milliseconds === Infinity) {
    await work;
    return true;
  }
  let timer: unknown;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = runtime.setTimer(() => resolve(false), milliseconds);
  });
  const hasEnded = await Promise.race([work.then(() => true), tooLate]);
  runtime.clearTimer(timer);
  return hasEnded;
}
