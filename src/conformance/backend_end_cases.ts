import type { Backend, Urgency } from "../backend.ts";
import type { Batch } from "../dispatch/batch.ts";
import { type BackendCase, type BackendContext, records, wait } from "./backend_case.ts";
import { expect, expectEqual } from "./expect.ts";

/** How long, in milliseconds, `advance` may take when it must not wait. */
const AT_ONCE = 500;

/** What the dispatcher expects of the end: of a backend, and of the process. */
export const endCases: readonly BackendCase[] = [
  {
    name: "close ends before anything was written, and twice",
    async run(context) {
      const idle = await context.create();
      await context.close(idle);
      await context.close(idle);
      const used = await context.create();
      await context.deliver(used, context.batch(records(3)));
      await context.flush(used);
      await context.close(used);
      await context.close(used);
      await context.expectArrived(3);
    },
  },

  // A timer that goes off later, or a piece that is still under way, would come after the file was moved away.
  {
    name: "nothing arrives after close",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(20, { size: 500 })));
      await context.close(backend);
      const before = await context.subject.read(20);
      await wait(150);
      const after = await context.subject.read(20);
      expectEqual(after.length, before.length, "what has arrived a while after close");
      await context.expectArrived(20);
    },
  },

  // The dispatcher does not do it. Whoever does must not believe that it went well.
  {
    name: "what is written after close fails or arrives",
    async run(context) {
      const backend = await context.create();
      await context.deliver(backend, context.batch(records(1)));
      await context.flush(backend);
      await context.close(backend);
      try {
        await context.settle(backend.write(context.batch(records(1, { from: 1 }))), "write");
        await context.flush(backend);
      } catch (error) {
        expect(!/ends within/.test(String(error)), "write ends after close, well or not");
        return;
      }
      await context.expectArrived(2);
    },
  },

  // `update` makes another backend for the same place while the old one is being closed.
  {
    name: "another backend can go on where one was closed",
    async run(context) {
      for (let from = 0; from < 9; from += 3) {
        const backend = await context.create();
        await context.deliver(backend, context.batch(records(3, { from })));
        await context.flush(backend);
        await context.close(backend);
      }
      await context.expectArrived(9);
    },
  },

  // `advance` is asked by programs that do not yield, whatever the backend does at that time.
  {
    name: "advance has nothing to do where nothing is being written",
    async run(context) {
      const backend = await context.create();
      if (backend.advance === undefined) return;
      expectEqual(backend.advance({ patience: 0, force: false }), true, "what advance returns before the first write");
      await context.deliver(backend, context.batch(records(1)));
      expectEqual(backend.advance({ patience: 0, force: true }), true, "what advance returns after a write");
    },
  },

  // The exit hook: nothing but the thread is left.
  {
    name: "advance brings a write to its end without the event loop",
    async run(context) {
      const backend = await context.create();
      if (backend.advance === undefined) return;
      let from = 0;
      // A write that was begun in the background, then one that is made at exit.
      for (const urgency of [undefined, { patience: context.timeout, force: true }]) {
        const batch = context.batch(records(20, { from, size: 2_000 }), records(20, { from: from + 20, size: 2_000 }));
        const result = backend.write(batch, urgency);
        result?.catch(() => {});
        expect(advanceToEnd(context, backend), "advance comes to an end when it may wait");
        from += 40;
      }
      await wait(50);
      await context.flush(backend);
      await context.expectArrived(80);
    },
  },

  {
    name: "advance throws what the write has failed with",
    needs: "fail",
    async run(context) {
      const backend = await context.create();
      if (backend.advance === undefined) return;
      await context.deliver(backend, context.batch(records(1)));
      await context.flush(backend);
      await context.subject.fail?.(0);
      const deadline = Date.now() + context.timeout;
      let failed = false;
      for (let from = 1; !failed && Date.now() < deadline; from++) {
        failed = failsNow(backend, context.batch(records(1, { from })), context);
        if (!failed) await wait(5);
      }
      expect(failed, "write or advance throws while the medium fails");
    },
  },

  // Within a log call nothing may wait.
  {
    name: "advance without patience returns at once while the medium stands still",
    needs: "stall",
    async run(context) {
      const backend = await context.create();
      if (backend.advance === undefined) return;
      const heal = await context.subject.stall?.();
      const batch = context.batch(...Array.from({ length: 40 }, (_, i) => records(10, { from: i * 10, size: 20_000 })));
      const pending = context.settle(backend.write(batch), "write");
      pending.catch(() => {});
      await wait(20);
      let took = Infinity;
      for (let attempt = 0; attempt < 3 && took >= AT_ONCE; attempt++) {
        const start = Date.now();
        for (const force of [false, true]) backend.advance({ patience: 0, force });
        took = Math.min(took, Date.now() - start);
      }
      await heal?.();
      expect(took < AT_ONCE, `advance returns within ${AT_ONCE} ms, and not ${took}`);
      await pending;
      await context.flush(backend);
      await context.expectArrived(400);
    },
  },
];

function advanceToEnd(context: BackendContext, backend: Backend): boolean {
  const deadline = Date.now() + context.timeout;
  while (Date.now() < deadline) if (backend.advance?.({ patience: 100, force: true })) return true;
  return false;
}

/** Whether a write that is driven on this thread throws. */
function failsNow(backend: Backend, batch: Batch, context: BackendContext): boolean {
  const urgency: Urgency = { patience: context.timeout, force: true };
  try {
    const result = backend.write(batch, urgency);
    result?.catch(() => {});
    backend.advance?.(urgency);
  } catch {
    return true;
  }
  return false;
}
