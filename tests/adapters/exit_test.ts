import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runtimeNames, start } from "./programs.ts";

const ways = {
  "end of script": 0,
  "process.exit": 3,
  "Deno.exit": 3,
  "uncaught throw": 1,
  "throw at the top": 1,
  "unhandled rejection": 1,
};

for (const runtime of runtimeNames) {
  describe(`exit hooks on ${runtime}`, () => {
    for (const [way, status] of Object.entries(ways)) {
      if (way === "Deno.exit" && runtime !== "deno") continue;

      it(`fire in a process that ends by ${way}`, async () => {
        const { code, stdout, stderr } = await start(runtime, "./exit_program.ts", { args: ["main", way] }).ended;
        assert.match(stdout, /^first hook\nsecond hook\n/, stderr);
        assert.doesNotMatch(stdout, /stopped/);
        assert.equal(code, status);
      });

      it(`fire in a worker thread that ends by ${way}`, async () => {
        const { stdout, stderr } = await start(runtime, "./exit_program.ts", { args: ["worker", way] }).ended;
        assert.match(stdout, /^first hook\nsecond hook\n/, stderr);
      });
    }
  });
}
