import assert from "node:assert/strict";
import { closeSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { inDirectory, testBackend } from "../logger/harness.ts";

const calls = 1_000_000;

/** Checks that a file holds the records 0 to count - 1 in order, reading piece by piece. */
function checkSequence(path: string, count: number): void {
  const file = openSync(path, "r");
  const piece = new Uint8Array(1 << 20);
  let rest = "";
  let next = 0;
  for (let read = readSync(file, piece); read > 0; read = readSync(file, piece)) {
    const lines = (rest + new TextDecoder().decode(piece.subarray(0, read))).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) {
      const { i } = JSON.parse(line);
      if (i !== next) assert.fail(`Expected record ${next}, found ${i}`);
      next++;
    }
  }
  closeSync(file);
  assert.deepEqual([next, rest], [count, ""]);
}

describe("a million calls without a turn of the event loop", () => {
  it("all reach the file, in order", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const errors: Error[] = [];
      const log = createLogger({ destinations: [path], onError: (error) => void errors.push(error) });
      for (let i = 0; i < calls; i++) log.info("tight loop", { i, text: "some text", flag: true });
      await log.close();
      const { logged, dropped, destinations: [{ written }] } = log.metrics();
      assert.deepEqual([logged.info, written, dropped, errors], [calls, calls, 0, []]);
      checkSequence(path, calls);
    }));

  it("all reach a backend that takes them at once, in little memory", async () => {
    let count = 0;
    let most = 0;
    const backend = testBackend((batch) => {
      count += batch.count;
      most = Math.max(most, batch.byteLength);
      batch.commit();
    });
    const log = createLogger({ destinations: [backend.uri], queue: { maxBytes: "8MiB" } });
    for (let i = 0; i < calls; i++) log.info("tight loop", { i, text: "some text", flag: true });
    assert.ok(count > 0.9 * calls, `only ${count} delivered within the loop`);
    assert.ok(most < 16 << 20, `${most} bytes at once`);
    await log.close();
    assert.deepEqual([count, log.metrics().dropped], [calls, 0]);
  });
});
