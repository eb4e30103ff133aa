import type { BackendMetrics } from "../backend.ts";
import { Batch } from "../dispatch/batch.ts";
import { type BackendCase, expectInOrder, records, recordText } from "./backend_case.ts";
import { expect, expectEqual } from "./expect.ts";

/** Bytes of the text of a record beside its payload, and the most that its last character may be too long. */
const BRACKETS = 40;

/** What the dispatcher expects of deliveries where nothing is wrong. */
export const deliveryCases: readonly BackendCase[] = [
  // The promise of the whole library.
  {
    name: "every record arrives once, whole and in order",
    async run(context) {
      const backend = await context.create();
      let from = 0;
      for (let round = 0; round < 30; round++) {
        const count = 1 + (round * 7) % 40;
        const size = [0, 30, 300, 3_000][round % 4] as number;
        await context.deliver(backend, context.batch(records(count, { from, size })));
        from += count;
      }
      await context.flush(backend);
      await context.expectArrived(from);
    },
  },

  // A batch gathers in buffers of 256 KiB.
  {
    name: "a batch may lie in several pieces of memory",
    async run(context) {
      const backend = await context.create();
      const pieces = [1, 5, 1, 3].map((count, index) => records(count, { from: [0, 1, 6, 7][index], size: 1_000 }));
      await context.deliver(backend, context.batch(...pieces));
      await context.flush(backend);
      await context.expectArrived(10);
    },
  },

  {
    name: "the largest record arrives whole",
    async run(context) {
      const backend = await context.create();
      const { largest = 100_000 } = context.subject;
      const size = Math.max(0, largest - BRACKETS);
      await context.deliver(backend, context.batch(records(1), [recordText("a", 1, size)], records(1, { from: 2 })));
      await context.flush(backend);
      await context.expectArrived(3);
    },
  },

  // After a failure the dispatcher hands over the same batch, without what was committed.
  {
    name: "what a batch says is committed is not delivered again",
    async run(context) {
      const backend = await context.create();
      const batch = context.batch(records(3), records(5, { from: 3 }));
      for (let i = 0; i < 4; i++) batch.commit(batch.nextLineLength);
      await context.deliver(backend, batch);
      await context.flush(backend);
      const { numbers, fragments } = await context.arrived(4);
      expectEqual(fragments, [], "what is no whole record");
      expectEqual(numbers.get("a"), [4, 5, 6, 7], "what has arrived");
    },
  },

  // The same bytes are written again when the write fails, and may belong to several destinations.
  {
    name: "the bytes of a batch stay as they are",
    async run(context) {
      const backend = await context.create();
      const pieces = context.pieces([records(10, { size: 500 }), records(10, { from: 10, size: 50 })]);
      const copies = pieces.map(({ bytes }) => bytes.slice());
      const views = pieces.map(({ bytes }) => bytes);
      await context.deliver(backend, new Batch(pieces));
      await context.flush(backend);
      for (const [index, view] of views.entries()) {
        expect(view.every((byte, at) => byte === copies[index]?.[at]), `piece ${index} holds what it held before`);
      }
      await context.expectArrived(20);
    },
  },

  // `log.flush()` promises it to the program.
  {
    name: "what was written has arrived when flush has ended",
    async run(context) {
      const backend = await context.create();
      for (let from = 0; from < 5; from++) {
        await context.deliver(backend, context.batch(records(1, { from })));
        await context.flush(backend);
        await context.expectArrived(from + 1);
      }
    },
  },

  // Whoever says so is believed: by whom several processes write to one medium.
  {
    name: "records of several writers stay whole if the backend says that it is atomic",
    async run(context) {
      const backends = await Promise.all(["a", "b", "c", "d"].map(async (writer) => {
        return { writer, backend: await context.create() };
      }));
      if (!backends.every(({ backend }) => backend.supportsAtomic)) return;
      const sizes = [10, 70_000, 2_000].map((size) => Math.min(size, (context.subject.largest ?? 100_000) - 200));
      await Promise.all(backends.map(async ({ writer, backend }) => {
        for (let from = 0; from < 60; from += 3) {
          const texts = sizes.map((size, index) => recordText(writer, from + index, size));
          await context.deliver(backend, context.batch(texts.slice(0, 2), texts.slice(2)));
        }
        await context.flush(backend);
      }));
      const { numbers, fragments } = await context.arrived(60 * backends.length);
      expect(fragments.length === 0, `every record arrives whole, and not as ${JSON.stringify(fragments[0])}`);
      for (const { writer } of backends) expectInOrder(numbers.get(writer) ?? [], 60);
    },
  },

  // They are read while the backend works, and by whoever still holds the logger afterwards.
  {
    name: "the metrics can be read at any time and never go back",
    async run(context) {
      const backend = await context.create();
      if (backend.metrics === undefined) return;
      const looks = [numbersOf(backend.metrics())];
      await context.deliver(backend, context.batch(records(10)));
      looks.push(numbersOf(backend.metrics()));
      await context.flush(backend);
      await context.close(backend);
      looks.push(numbersOf(backend.metrics()));
      for (const [index, look] of looks.entries()) {
        for (const [name, value] of look) {
          expect(Number.isFinite(value) && value >= 0, `${name} is a number from 0 on, and not ${value}`);
          const before = looks[index - 1]?.get(name) ?? 0;
          expect(!COUNTS.test(name) || value >= before, `${name} does not go back from ${before} to ${value}`);
        }
      }
    },
  },
];

/** Numbers that only grow; others, such as the length of a queue, may do what they like. */
const COUNTS = /^(rotations|lockWaits)/;

/** All numbers of the metrics, by their paths. */
function numbersOf(metrics: BackendMetrics): Map<string, number> {
  const found = new Map<string, number>();
  function look(value: unknown, path: string): void {
    if (typeof value === "number") found.set(path, value);
    else if (typeof value === "object" && value !== null) {
      for (const [name, inner] of Object.entries(value)) look(inner, path === "" ? name : `${path}.${name}`);
    }
  }
  look(metrics, "");
  return found;
}
