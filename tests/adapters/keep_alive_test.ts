import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { runtimeNames, start, temporaryDirectory } from "./programs.ts";

// Node would end with exit code 13, "unsettled top-level await", and in an exit hook do what is left of the program.
describe("a process that waits for nothing but", () => {
  for (const name of runtimeNames) {
    for (const call of ["flush", "close"]) {
      it(`a ${call} stays alive on ${name} until it is done`, { timeout: 20_000 }, async () => {
        const directory = temporaryDirectory();
        const path = `${directory}/app.log`;
        const { code, stdout, stderr } = await start(name, "./keep_alive_program.ts", { args: [path, call] }).ended;
        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "done\n", stderr: "" });
        assert.match(readFileSync(path, "utf8"), /"msg":"late"\}\n$/);
        rmSync(directory, { recursive: true });
      });
    }
  }
});
