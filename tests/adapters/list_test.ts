import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { inDirectory } from "../logger/harness.ts";

describe("a directory", () => {
  it("is listed in the background whole, however many slices that takes", () =>
    inDirectory(async (directory) => {
      for (let number = 0; number < 2_100; number++) writeFileSync(join(directory, `app.log.${number}`), "");
      const { calls, background } = detectRuntime();
      const expected = readdirSync(directory).sort();
      assert.equal(expected.length, 2_100);
      assert.deepEqual((await background.list(directory)).sort(), expected);
      assert.deepEqual(calls.list(directory).sort(), expected);
    }));

  it("that is none fails to be listed by the code of the system", () =>
    inDirectory(async (directory) => {
      writeFileSync(join(directory, "file"), "");
      const { background } = detectRuntime();
      await assert.rejects(background.list(join(directory, "absent")), { code: "ENOENT" });
      await assert.rejects(background.list(join(directory, "file")), { code: "ENOTDIR" });
    }));
});
