import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { start, temporaryDirectory } from "./programs.ts";

describe("Deno's permissions", () => {
  it("file logging takes no more than the directory, and what is withheld has the code EPERM", async () => {
    const directory = temporaryDirectory();
    const permissions = [`--allow-read=${directory}`, `--allow-write=${directory}`];
    const { code, stdout, stderr } = await start("deno", "./permission_program.ts", { args: [directory], permissions })
      .ended;
    rmSync(directory, { recursive: true });
    assert.equal(code, 0, stderr);
    const [written, report] = stdout.trim().split("\n");
    assert.equal(written, "written");
    assert.deepEqual(JSON.parse(report), {
      open: "EPERM",
      stat: "EPERM",
      makeDirectory: "EPERM",
      rename: "EPERM",
      background: "EPERM",
    });
  });
});
