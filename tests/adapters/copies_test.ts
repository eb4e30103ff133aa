import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { projectRoot } from "../support/binaries.ts";
import { runtimeNames, start, temporaryDirectory } from "./programs.ts";

const copy = temporaryDirectory();
for (const part of ["mod.ts", "adapters", "src"]) {
  cpSync(join(projectRoot, part), join(copy, part), { recursive: true });
}

const messagesIn = (path: string): string[] =>
  readFileSync(path, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).msg).sort();

describe("two copies of the library in one program", () => {
  after(() => rmSync(copy, { recursive: true }));

  for (const runtime of runtimeNames) {
    it(`write one file at exit without waiting for each other's lock on ${runtime}`, async () => {
      const path = join(copy, `${runtime}-exit.log`);
      const program = start(runtime, "./copies_program.ts", { args: [copy, "exit", path] });
      await program.printed("exiting");
      const began = performance.now();
      const { code, stderr } = await program.ended;
      const took = performance.now() - began;
      assert.equal(code, 3, stderr);
      assert.deepEqual(messagesIn(path), ["first", "second"]);
      assert.ok(took < 9_000, `it took ${took} ms`);
    });

    it(`end at a signal, which no copy takes for the program's own business, on ${runtime}`, async () => {
      const path = join(copy, `${runtime}-signal.log`);
      const program = start(runtime, "./copies_program.ts", { args: [copy, "signal", path] });
      await program.printed("ready");
      process.kill(program.child.pid as number, "SIGTERM");
      const { signal, stderr } = await program.ended;
      assert.equal(signal, "SIGTERM", stderr);
      assert.deepEqual(messagesIn(path), ["first", "second"]);
    });
  }
});
