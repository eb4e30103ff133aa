import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Batch } from "../../src/dispatch/batch.ts";
import { Outbox } from "../../src/dispatch/outbox.ts";

/** Hands over one line. */
function lineOf(outbox: Outbox, text: string): Batch {
  outbox.append(`${text}\n`);
  return outbox.take();
}

describe("an outbox", () => {
  it("fills the memory of a batch again once that is taken back", () => {
    const outbox = new Outbox();
    const first = lineOf(outbox, "first");
    const { bytes } = first;
    outbox.takeBack(first);
    const second = lineOf(outbox, "second");
    assert.equal(second.bytes.buffer, bytes.buffer);
    assert.equal(second.text, "second\n");
  });

  it("leaves that of a batch alone which was handed over while another one was written", () => {
    const outbox = new Outbox();
    const written = lineOf(outbox, "written");
    const moved = lineOf(outbox, "moved");
    outbox.takeBack(written);
    const others = Array.from({ length: 20 }, (_, number) => lineOf(outbox, `line ${number}`));
    assert.equal(moved.text, "moved\n");
    assert.ok(others.every(({ bytes }) => bytes.buffer !== moved.bytes.buffer));
  });

  it("writes into memory of its own while what it has handed over is not taken back", () => {
    const outbox = new Outbox();
    const texts = ["a", "b", "c"];
    const batches = texts.map((text) => lineOf(outbox, text));
    assert.deepEqual(batches.map(({ text }) => text), texts.map((text) => `${text}\n`));
  });
});
