import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Outcome, type RuntimeName, runtimeNames, start } from "./programs.ts";

async function send(runtime: RuntimeName, mode: string, signal: "SIGTERM" | "SIGINT" | "SIGHUP"): Promise<Outcome> {
  const program = start(runtime, "./signal_program.ts", { args: [mode] });
  await program.printed("ready");
  // Not `child.kill`: Deno's notes the signal as the end of the child, whatever the child makes of it.
  process.kill(program.child.pid!, signal);
  return await program.ended;
}

for (const runtime of runtimeNames) {
  describe(`signal hooks on ${runtime}`, () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      it(`run at ${signal}, which then takes its default action`, async () => {
        const outcome = await send(runtime, "", signal);
        assert.equal(outcome.stdout, "ready\nflushed\n", outcome.stderr);
        assert.equal(outcome.signal, signal);
      });
    }

    it("leave the action to listeners of the program's own", async () => {
      const outcome = await send(runtime, "own", "SIGTERM");
      assert.equal(outcome.stdout, "ready\nflushed\nown\n", outcome.stderr);
      assert.equal(outcome.code, 7);
    });

    it("do nothing once taken back", async () => {
      const outcome = await send(runtime, "stopped", "SIGTERM");
      assert.equal(outcome.stdout, "ready\n", outcome.stderr);
      assert.equal(outcome.signal, "SIGTERM");
    });
  });
}
