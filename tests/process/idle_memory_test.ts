import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { it } from "node:test";
import { start } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";

/** Memory, in bytes, that a thousand loggers may take which have logged a line each. */
const MOST = 60 << 20;

/** Keeps the room for short-lived objects small, which V8 makes larger whenever much is made, whoever makes it. */
const flags =
  { deno: ["--v8-flags=--max-semi-space-size=4"], node: ["--max-semi-space-size=4"], bun: [] }[currentRuntime];

const skip = existsSync("/proc/self/status") ? false : "only Linux tells";

const places = { one: "in one directory", each: "in a directory each" };

for (const [place, words] of Object.entries(places)) {
  it(`a thousand loggers that hardly log hardly take memory, ${words}`, { skip }, async () => {
    const program = start(currentRuntime, "../process/idle_memory_program.ts", { args: [place], flags });
    const { code, stdout, stderr } = await program.ended;
    assert.equal(code, 0, stderr);
    const taken = Number(stdout);
    assert.ok(taken < MOST, `they take ${Math.round(taken / 2 ** 20)} MiB`);
  });
}
