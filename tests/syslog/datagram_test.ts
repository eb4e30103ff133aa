import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { SyslogDatagramBackend } from "../../src/backends/syslog/datagram_backend.ts";
import { Batch } from "../../src/dispatch/batch.ts";

describe("a datagram that is tried by itself after a refusal", () => {
  // The timers of a backend keep no process alive.
  const alive = setInterval(() => {}, 1_000);
  after(() => clearInterval(alive));

  it("is accounted for once when the program goes on without the event loop meanwhile", async () => {
    let refuse: (error: unknown) => void = () => {};
    const sent: string[] = [];
    const backend = new SyslogDatagramBackend(detectRuntime(), {
      open(onError) {
        refuse = onError;
        return {
          pending: 0,
          send: (bytes) => sent.push(new TextDecoder().decode(bytes)) > 0,
          close() {},
        };
      },
      maxBytes: 1_024,
      isReliable: false,
    });
    let committed = 0;
    const batchOf = (text: string, lines: number) =>
      new Batch([{ bytes: new TextEncoder().encode(text), lines }], (count) => void (committed += count));
    await backend.write(batchOf("early\n", 1));
    refuse(Object.assign(new Error("nobody listens"), { code: "ECONNREFUSED" }));
    const batch = batchOf("one\ntwo\nthree\n", 3);
    await assert.rejects(async () => await backend.write(batch), { code: "ECONNREFUSED" });
    sent.length = 0;

    const written = backend.write(batch);
    while (sent.length === 0) await Promise.resolve();
    assert.deepEqual(sent, ["one"]);
    assert.equal(backend.advance({ patience: 0, force: true }), true);
    await written;
    assert.deepEqual(sent, ["one", "two", "three"]);
    assert.equal(committed, 4);
    assert.equal(batch.byteLength, 0);
    await backend.close();
  });
});
