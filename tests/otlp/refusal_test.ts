import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Batch, type Refusal } from "../../src/dispatch/batch.ts";
import { Ledger } from "../../src/dispatch/ledger.ts";
import { createLogger } from "../../mod.ts";

function batchOf(
  runs: readonly (readonly string[])[],
  onCommit?: (...args: [number, number, Refusal?]) => void,
): Batch {
  const chunks = runs.filter((lines) => lines.length > 0).map((lines) => ({
    bytes: new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")),
    lines: lines.length,
  }));
  return new Batch(chunks, onCommit);
}

describe("Batch.peek()", () => {
  it("gives whole lines within both limits, but at least one, and as many as there is room for", () => {
    const runs = fc.array(fc.array(fc.string({ unit: fc.constantFrom("a", "ü"), maxLength: 20 }), { maxLength: 8 }));
    fc.assert(
      fc.property(runs, fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 20 }), (lines, limit, most) => {
        const batch = batchOf(lines);
        const seen: string[] = [];
        while (batch.byteLength > 0) {
          const { pieces, byteLength, count } = batch.peek(limit, most);
          const text = pieces.map((piece) => new TextDecoder().decode(piece)).join("");
          assert.equal(new TextEncoder().encode(text).length, byteLength);
          assert.ok(text.endsWith("\n"));
          const got = text.slice(0, -1).split("\n");
          assert.equal(got.length, count);
          assert.ok(count === 1 || (count <= most && byteLength <= limit));
          const next = lines.flat()[seen.length + count];
          const wouldFit = next !== undefined && count < most &&
            byteLength + new TextEncoder().encode(`${next}\n`).length <= limit;
          assert.ok(!wouldFit, `${JSON.stringify(next)} would have fitted`);
          seen.push(...got);
          batch.commit(byteLength);
        }
        assert.deepEqual(seen, lines.flat());
        assert.deepEqual(batch.peek(limit, most), { pieces: [], byteLength: 0, count: 0 });
      }),
    );
  });
});

describe("lines that are refused for good", () => {
  it("are told of with the commit", () => {
    const told: unknown[] = [];
    const batch = batchOf([["a", "b"], ["c"]], (...args) => told.push(args));
    const refusal = { count: 1, reason: "bad" };
    batch.commit(4, refusal);
    batch.commit();
    assert.deepEqual(told, [[2, 4, refusal], [1, 2, undefined]]);
  });

  it("count as dropped, and not as written", () => {
    const ledger = new Ledger();
    for (let i = 0; i < 10; i++) ledger.queue(0);
    assert.equal(ledger.write(4, 40, { now: 5, refused: 3 }), 3);
    assert.equal(ledger.write(2, 20, { now: 5, refused: 2 }), 2);
    assert.equal(ledger.write(4, 40, { now: 5 }), 0);
    const { accepted, written, dropped, droppedBy, pending, bytes, latency } = ledger.metrics();
    assert.deepEqual([accepted, written, dropped, droppedBy.refused, pending, bytes], [10, 5, 5, 5, 0, 80]);
    assert.equal(latency.count, 8);
  });

  it("are no records where they are notices", () => {
    const ledger = new Ledger();
    ledger.queue(0);
    ledger.queueNotice(0);
    ledger.queue(0);
    assert.equal(ledger.write(3, 30, { now: 5, refused: 3 }), 2);
    const { accepted, written, dropped, pending } = ledger.metrics();
    assert.deepEqual([accepted, written, dropped, pending], [2, 0, 2, 0]);
  });

  it("make flush reject, and are reported with the reason", async () => {
    const errors: string[] = [];
    const log = createLogger({
      destinations: [{
        name: "strict",
        backend: {
          supportsAtomic: true,
          write: (batch) => batch.commit(batch.byteLength, { count: batch.count, reason: "no, thank you" }),
        },
      }],
      onError: (error) => void errors.push(error.message),
    });
    log.info("a");
    log.info("b");
    const expected = 'Dropped 2 records for destination "strict": no, thank you';
    await assert.rejects(log.flush(), { message: expected, dropped: 2 });
    assert.deepEqual(errors, [expected]);
    await log.flush();
    const { dropped, droppedBy } = log.metrics();
    assert.deepEqual([dropped, droppedBy], [2, { full: 0, undelivered: 0, afterClose: 0, refused: 2 }]);
    await log.close();
  });
});
