import assert from "node:assert/strict";
import { chmodSync, chownSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import type { RotateOptions } from "../../src/destination_options.ts";
import { temporaryDirectory } from "../adapters/programs.ts";
import { memoryLogger } from "../logger/harness.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, systemError } from "../support/memory_runtime.ts";

const NOBODY = 65534;

/** Bits, user and group of everything that a log with such a first file has become after some rotations. */
async function likenesses(rotate: RotateOptions, prepare: (path: string) => void): Promise<number[][]> {
  const directory = temporaryDirectory();
  try {
    const path = join(directory, "app.log");
    writeFileSync(path, "first\n");
    prepare(path);
    const errors: Error[] = [];
    const log = createLogger({
      destinations: [{ uri: path, rotate: { maxBytes: 100, ...rotate } }],
      onError: (error) => errors.push(error),
    });
    for (let i = 0; i < 5; i++) {
      log.info("x".repeat(60), { i });
      await log.flush();
    }
    await log.close();
    assert.deepEqual(errors, []);
    const names = readdirSync(directory);
    assert.ok(names.length >= 5, names.join());
    return names.map((name) => statSync(join(directory, name))).map(({ mode, uid, gid }) => [mode & 0o777, uid, gid]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const kinds: readonly RotateOptions[] = [{}, { compress: "gzip" }, { naming: "numbered", compress: "gzip" }];

describe("the file after a rotation, and the compressed form of one", () => {
  for (const rotate of kinds) {
    for (const mode of [0o600, 0o640, 0o644, 0o664, 0o666]) {
      it(`has the mode ${mode.toString(8)} of the one before it, with ${JSON.stringify(rotate)}`, async () => {
        const all = await likenesses(rotate, (path) => chmodSync(path, mode));
        assert.deepEqual(new Set(all.map(([each]) => each.toString(8))), new Set([mode.toString(8)]));
      });
    }

    it(`has its owner and group, for root, with ${JSON.stringify(rotate)}`, {
      skip: process.getuid?.() !== 0,
    }, async () => {
      const all = await likenesses(rotate, (path) => {
        chownSync(path, NOBODY, NOBODY);
        chmodSync(path, 0o640);
      });
      for (const each of all) assert.deepEqual(each, [0o640, NOBODY, NOBODY]);
    });
  }

  it("is never more open than it, not even for a moment, and a failure is told once and stops nothing", async () => {
    const memory = createMemoryRuntime();
    const modes: (number | undefined)[] = [];
    const runtime = failing(memory, {
      changeOwner: () => systemError("EPERM", "fchown"),
      open(_path, { access, mode }) {
        if (access === "create" && !_path.endsWith(".writer")) modes.push(mode);
        return undefined;
      },
    });
    memory.fs.calls().makeDirectory("/logs");
    memory.fs.user = 7;
    memory.fs.writeFile("/logs/app.log", "first\n");
    const calls = memory.fs.calls();
    const file = calls.open("/logs/app.log", { access: "append" });
    calls.changeMode(file, 0o640);
    calls.close(file);
    memory.fs.user = 0;
    const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, compress: "gzip" } } });
    for (let i = 0; i < 5; i++) {
      log.info("x".repeat(60), { i });
      await log.flush();
    }
    await log.close();
    assert.ok(modes.length > 5 && modes.every((mode) => mode === 0o600), String(modes));
    assert.equal(errors.length, 1, errors.map(({ message }) => message).join("\n"));
    assert.match(errors[0].message, /^Cannot give ".*" the owner and permissions of the file before it: EPERM/);
    const rotated = calls.list("/logs").filter((name) => name !== "app.log");
    assert.ok(rotated.length >= 4, rotated.join());
    for (const name of rotated) {
      assert.ok([0o600, 0o640].includes(calls.stat(`/logs/${name}`)?.mode ?? -1), name);
    }
    assert.equal(log.metrics().destinations[0].written, 5);
  });
});
