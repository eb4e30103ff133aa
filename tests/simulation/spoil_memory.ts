import type { Batch } from "../../src/dispatch/batch.ts";
import { Outbox } from "../../src/dispatch/outbox.ts";

const NEWLINE = 10;
const SPOILED = 88;

const { take, takeBack } = Outbox.prototype;
const lent = new WeakMap<Batch, Uint8Array>();

/** Has the memory of a batch overwritten as soon as it may be used again: whoever still reads it writes nonsense. */
export function spoilReusedMemory(): void {
  Outbox.prototype.take = function (onCommit): Batch {
    const batch = take.call(this, onCommit);
    lent.set(batch, batch.bytes);
    return batch;
  };
  Outbox.prototype.takeBack = function (batch) {
    lent.get(batch)?.forEach((byte, index, bytes) => {
      if (byte !== NEWLINE) bytes[index] = SPOILED;
    });
    takeBack.call(this, batch);
  };
}
