import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { runtimeNames, start, temporaryDirectory } from "./programs.ts";

describe("the event loop", () => {
  for (const name of runtimeNames) {
    it(`of ${name} ends with an open log, timers, turns and hooks`, { timeout: 20_000 }, async () => {
      const directory = temporaryDirectory();
      const { code, signal, stderr } = await start(name, "./idle_program.ts", { args: [`${directory}/app.log`] }).ended;
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, stderr);
      rmSync(directory, { recursive: true });
    });
  }

  it("takes the next turn although nothing else happens", async () => {
    const { nextTurn } = detectRuntime();
    const keepAlive = setInterval(() => {}, 10_000);
    const begin = performance.now();
    await new Promise<void>((resolve) => nextTurn(resolve));
    const passed = performance.now() - begin;
    clearInterval(keepAlive);
    assert.ok(passed < 5_000, `it took ${passed} ms`);
  });
});
