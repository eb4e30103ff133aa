import assert from "node:assert/strict";
import { it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";

// The first one of a process: on Deno it used to sleep until something else woke the loop.
it("nextTurn() wakes a loop that has nothing else to do, from the first call on", async () => {
  const runtime = detectRuntime();
  for (let round = 0; round < 5; round++) {
    let giveUp: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => giveUp = setTimeout(() => resolve("late"), 30_000));
    const called = new Promise<string>((resolve) => runtime.nextTurn(() => resolve("called")));
    assert.equal(await Promise.race([called, late]), "called");
    clearTimeout(giveUp);
  }
});
