import type { Backend } from "../backend.ts";
import { type BackendCase, type BackendContext, firstDouble, records, wait } from "./backend_case.ts";
import { expect } from "./expect.ts";

/** How long, in milliseconds, a call may hold up the program's thread. */
const HOLD_UP = 500;
/** Bytes that may be on their way while the medium stands still: buffers of the system, and one batch. */
const MOST_HELD = 16 << 20;

/** What the dispatcher expects when the medium fails or stands still. */
export const faultCases: readonly BackendCase[] = [
  // The dispatcher reports it, keeps the batch and tries again. What does not come back is neither lost nor delivered.
  {
    name: "a medium that fails makes write fail, with an error that says why",
    needs: "fail",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(2)));
      await context.flush(backend);
      await context.subject.fail?.(0);
      const failure = await firstFailure(context, backend);
      expect(failure.error instanceof Error, `what it fails with is an Error, and not ${String(failure.error)}`);
      expect((failure.error as Error).message !== "", "the error has a message");
    },
  },

  // A program that awaits what a backend returns must not be surprised by a throw, and the other way round.
  {
    name: "a backend that works in the background fails in the background",
    needs: "fail",
    async run(context) {
      const backend = await context.create();
      const result = backend.write(context.batch(records(1)));
      const isPromise = typeof result?.then === "function";
      await context.settle(result, "write");
      await context.flush(backend);
      await context.subject.fail?.(0);
      const failure = await firstFailure(context, backend);
      expect(!(isPromise && failure.thrown), "write rejects, and does not throw");
    },
  },

  {
    name: "what could not be delivered arrives, once and in order, when the medium is well again",
    needs: "fail",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(5)));
      await context.flush(backend);
      const heal = await context.subject.fail?.(0);
      const batch = context.batch(records(20, { from: 5 }), records(5, { from: 25 }));
      for (let attempt = 0; attempt < 3; attempt++) await failOnce(context, backend, batch);
      await heal?.();
      await context.deliver(backend, batch);
      await context.deliver(backend, context.batch(records(5, { from: 30 })));
      await context.flush(backend);
      await context.expectArrived(35);
    },
  },

  // What has gone out is to be committed before the failure is told, or it goes out again.
  {
    name: "a failure in the middle of a batch doubles nothing",
    needs: "fail",
    async run(context) {
      const numbers = await failInTheMiddle(context);
      const double = firstDouble(numbers);
      expect(double === undefined, `no record arrives twice, and not ${double}`);
    },
  },

  // What has not gone out is not to be committed.
  {
    name: "a failure in the middle of a batch loses nothing",
    needs: "fail",
    async run(context) {
      const numbers = new Set(await failInTheMiddle(context));
      for (let number = 0; number < 120; number++) expect(numbers.has(number), `record ${number} of 120 arrives`);
    },
  },

  {
    name: "a failure in the middle leaves no piece of a record if the backend says that it is atomic",
    needs: "fail",
    async run(context) {
      if (!(await context.create()).supportsAtomic) return;
      await failInTheMiddle(context);
      const { fragments } = await context.arrived(120);
      expect(fragments.length === 0, `every record arrives whole, and not as ${JSON.stringify(fragments[0])}`);
    },
  },

  {
    name: "close ends while the medium fails",
    needs: "fail",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(1)));
      await context.subject.fail?.(0);
      await failOnce(context, backend, context.batch(records(3, { from: 1 })));
      await context.close(backend).catch((error) => {
        expect(!/ends within/.test(String(error)), "close ends, well or not");
      });
    },
  },

  // No call of the library ever blocks the application.
  {
    name: "a medium that stands still does not hold up the program",
    needs: "stall",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(1)));
      let least = Infinity;
      let from = 1;
      // The machine may be busy, or stand still itself: a backend that holds up the program does so each time.
      for (let attempt = 0; attempt < 10 && least > HOLD_UP; attempt++) {
        const heal = await context.subject.stall?.();
        const watch = watchDelay();
        let pending: Promise<unknown>;
        try {
          ({ count: from, pending } = await flood(context, backend, { from, bytes: MOST_HELD, within: 700 }));
        } finally {
          least = Math.min(least, watch());
        }
        await heal?.();
        await pending;
      }
      expect(least <= HOLD_UP, `the event loop turns at least each ${HOLD_UP} ms, and not ${least}`);
    },
  },

  // The dispatcher has a bounded queue for each destination. A backend that takes all it is given would have none.
  {
    name: "no more is taken than fits while the medium stands still, and all of that arrives afterwards",
    needs: "stall",
    async run(context) {
      const backend = await context.create();
      const heal = await context.subject.stall?.();
      const { taken, count, pending } = await flood(context, backend, { from: 0, bytes: 2 * MOST_HELD, within: 500 });
      await heal?.();
      expect(taken <= MOST_HELD, `no more than ${MOST_HELD} bytes are taken, and not ${taken}`);
      await pending;
      await context.flush(backend);
      await context.expectArrived(count);
    },
  },
];

/** Writes until it fails, and returns what it failed with and how. */
async function firstFailure(context: BackendContext, backend: Backend): Promise<{ error: unknown; thrown: boolean }> {
  const deadline = Date.now() + context.timeout;
  for (let from = 1_000; Date.now() < deadline; from++) {
    let result: void | Promise<void>;
    try {
      result = backend.write(context.batch(records(1, { from })));
    } catch (error) {
      return { error, thrown: true };
    }
    try {
      await context.settle(result, "write");
      await context.flush(backend);
    } catch (error) {
      return { error, thrown: false };
    }
    await wait(5);
  }
  throw new Error("Expected that write fails while the medium does");
}

/** Writes once and does not mind how that ends. */
async function failOnce(context: BackendContext, backend: Backend, batch: ReturnType<BackendContext["batch"]>) {
  if (batch.byteLength === 0) return;
  try {
    await context.settle(backend.write(batch), "write");
    batch.commit();
  } catch (error) {
    expect(!/ends within/.test(String(error)), "write ends, well or not");
  }
}

/** Has the medium fail after the first records of a batch, heals it, and returns the numbers that have arrived. */
async function failInTheMiddle(context: BackendContext): Promise<readonly number[]> {
  const backend = await context.create();
  const size = 2_000;
  await context.deliver(backend, context.batch(records(10, { size })));
  await context.flush(backend);
  const heal = await context.subject.fail?.(25_300);
  const batch = context.batch(records(60, { from: 10, size }), records(40, { from: 70, size }));
  for (let attempt = 0; attempt < 3; attempt++) await failOnce(context, backend, batch);
  await heal?.();
  await context.deliver(backend, batch);
  await context.deliver(backend, context.batch(records(10, { from: 110, size })));
  await context.flush(backend);
  return (await context.arrived(120)).numbers.get("a") ?? [];
}

/** Writes batch after batch, as long as each is taken within a time. */
async function flood(
  context: BackendContext,
  backend: Backend,
  { from, bytes, within }: { readonly from: number; readonly bytes: number; readonly within: number },
): Promise<{ taken: number; count: number; pending: Promise<unknown> }> {
  const size = Math.min(50_000, (context.subject.largest ?? 100_000) - 200);
  let taken = 0;
  let count = from;
  while (taken < bytes) {
    const batch = context.batch(records(10, { from: count, size }));
    const length = batch.byteLength;
    count += 10;
    const pending = context.deliver(backend, batch);
    pending.catch(() => {});
    const inTime = await Promise.race([pending.then(() => true), wait(within).then(() => false)]);
    if (!inTime) return { taken, count, pending };
    taken += length;
  }
  return { taken, count, pending: Promise.resolve() };
}

/** Watches how long the event loop does not turn; the function that it returns ends that, and tells. */
function watchDelay(): () => number {
  let longest = 0;
  let last = Date.now();
  function look(): void {
    const now = Date.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  const timer = setInterval(look, 10);
  return () => {
    clearInterval(timer);
    look();
    return longest;
  };
}
