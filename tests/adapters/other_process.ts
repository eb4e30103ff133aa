import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import type { OtherProcess } from "../../src/conformance/mod.ts";
import { type Program, type RuntimeName, start, watch } from "./programs.ts";

/** A process of one of the runtimes that takes locks through our adapter. */
export function runtimeProcess(runtime: RuntimeName): OtherProcess {
  return {
    async hold(path) {
      const program = start(runtime, "./lock_program.ts", { args: ["hold", path] });
      await program.printed("held");
      return () => release(program);
    },
    async tryLock(path) {
      const { code, stdout, stderr } = await start(runtime, "./lock_program.ts", { args: ["try", path] }).ended;
      assert.equal(code, 0, stderr);
      return stdout.trim() === "true";
    },
  };
}

/** The `flock` program of util-linux, or `undefined` where it is not installed. */
export function flockProcess(): OtherProcess | undefined {
  if (spawnSync("flock", ["--version"]).status !== 0) return undefined;
  return {
    async hold(path) {
      // `cat` keeps the lock until its standard input ends.
      const program = watch(spawn("flock", ["--exclusive", path, "sh", "-c", "echo held; cat"]));
      await program.printed("held");
      return () => release(program);
    },
    async tryLock(path) {
      const { code } = await watch(spawn("flock", ["--exclusive", "--nonblock", path, "true"])).ended;
      return code === 0;
    },
  };
}

async function release(program: Program): Promise<void> {
  program.child.stdin?.end();
  await program.ended;
}
