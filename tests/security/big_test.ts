import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { describe, it } from "node:test";
import { start } from "../adapters/programs.ts";
import { currentRuntime } from "../support/spawn.ts";
import { inDirectory } from "../logger/harness.ts";

/** What a program takes that logs 100 MB four times over, and some room. */
const MEBIBYTES = 1_600;
const MILLISECONDS = 30_000;

/** The end of a file. */
function tail(path: string, length: number): string {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = new Uint8Array(Math.min(length, size));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    return new TextDecoder().decode(bytes);
  } finally {
    closeSync(file);
  }
}

describe("a string of 100 MB", () => {
  for (
    const [place, format] of [
      ["message", "json"],
      ["field", "json"],
      ["key", "json"],
      ["list", "json"],
      ["error", "json"],
      ["stack", "json"],
      ["name", "json"],
      ["all", "json"],
      ["all", "pretty"],
      ["all", "logfmt"],
    ]
  ) {
    it(`as ${place} in ${format} is cut, the rest of the record kept, and the program goes on`, () =>
      inDirectory(async (directory) => {
        const path = `${directory}/app.log`;
        const program = start(currentRuntime, "../security/big_program.ts", { args: [path, place!, format!] });
        const { code, stdout, stderr } = await program.ended;
        assert.equal(code, 0, stderr);
        const { errors, milliseconds, mebibytes } = JSON.parse(stdout);
        assert.deepEqual(errors, []);
        assert.ok(milliseconds < MILLISECONDS, `${milliseconds} ms`);
        assert.ok(mebibytes < MEBIBYTES, `${mebibytes} MiB`);
        const text = readFileSync(path, "latin1");
        assert.ok(text.length > 64e6 && text.length < 300e6, `${text.length} bytes`);
        assert.match(text, /\.\.\.\[\+\d+ chars\]/);
        assert.match(text, /"?first"?[:=]1/);
        assert.match(tail(path, 1_000), /after/);
        assert.match(text, /"?last"?[:=]2/);
        assert.equal(text.indexOf("\n") < text.length - 1, true);
      }));
  }
});
