import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { it } from "node:test";
import { start } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";

/** Memory, in bytes, that 200 loggers may take which have logged a line each. */
const MOST = 30 << 20;

const skip = existsSync("/proc/self/status") ? false : "only Linux tells";

it("loggers that hardly log hardly take memory", { skip }, async () => {
  const { code, stdout, stderr } = await start(currentRuntime, "../process/idle_memory_program.ts").ended;
  assert.equal(code, 0, stderr);
  const taken = Number(stdout);
  assert.ok(taken < MOST, `200 loggers take ${Math.round(taken / 2 ** 20)} MiB`);
});
