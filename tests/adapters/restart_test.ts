import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { binaries, projectRoot } from "../support/binaries.ts";
import { temporaryDirectory, watch } from "./programs.ts";

/** How each is told to start a program anew when it changes; Node does so with a process of its own. */
const watchers = {
  "deno, all permissions": ["deno", "run", "-A", "--no-check", "--watch"],
  "deno, few permissions": [
    "deno",
    "run",
    "--no-check",
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-sys",
    "--watch",
  ],
  "bun": ["bun", "--watch"],
} as const;

const library = pathToFileURL(join(projectRoot, "mod.ts")).href;

describe("a program that a watcher starts anew, with flushOnSignal", () => {
  for (const [name, [runtime, ...flags]] of Object.entries(watchers)) {
    it(`goes on at a change, and ends at a signal, under ${name}`, async () => {
      const directory = temporaryDirectory();
      const path = join(directory, "main.mjs");
      const log = join(directory, "app.log");
      writeFileSync(
        path,
        `import { createLogger } from ${JSON.stringify(library)};
         const log = createLogger({ destinations: [${
          JSON.stringify(log)
        }], flushOnSignal: true, flushInterval: 60_000 });
         log.info("begun");
         setInterval(() => {}, 60_000);
         console.log("running");\n`,
      );
      const program = watch(spawn(binaries()[runtime], [...flags, path], { cwd: directory }));
      await program.printed("running");
      for (let times = 0; times < 2; times++) {
        let isAgain = false;
        const again = program.more("running").then(() => isAgain = true);
        // A change that comes before the watcher watches goes unnoticed.
        for (let looks = 0; !isAgain; looks++) {
          if (looks % 200 === 0) appendFileSync(path, "// changed\n");
          await Promise.race([again, wait(20)]);
        }
      }
      process.kill(program.child.pid as number, "SIGTERM");
      const { code, signal, stdout, stderr } = await program.ended;
      assert.deepEqual({ code, signal }, { code: null, signal: "SIGTERM" }, stderr);
      const times = (text: string, word: string) => text.split(word).length - 1;
      assert.ok(times(readFileSync(log, "utf8"), "begun") >= times(stdout, "running"), stderr);
      rmSync(directory, { recursive: true });
    });
  }
});
