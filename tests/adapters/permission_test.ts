import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

/** Runs the logger of `permission_log_program.ts` with permissions; a row of docs/permissions.md. */
async function logWith(
  runtime: "deno" | "node",
  permissions: (directory: string) => readonly string[],
  lock = "flock",
): Promise<{ readonly errors: readonly string[]; readonly names: readonly string[] }> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "app.log"), "");
  const allowed = permissions(directory);
  const { code, stdout, stderr } = await start(runtime, "./permission_log_program.ts", {
    args: [directory, lock],
    ...(runtime === "deno" ? { permissions: allowed } : { flags: allowed }),
  }).ended;
  rmSync(directory, { recursive: true });
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const limits = { timeout: 60_000 };

describe("a file destination under narrow permissions", () => {
  const inPlace = { errors: ["written 3"], compressed: 2 };
  const told = ({ errors, names }: Awaited<ReturnType<typeof logWith>>) => ({
    errors,
    compressed: names.filter((name) => name.endsWith(".gz")).length,
  });

  it("of Deno rotates and compresses with those for its directory", limits, async () => {
    assert.deepEqual(told(await logWith("deno", (path) => [`--allow-read=${path}`, `--allow-write=${path}`])), inPlace);
  });

  it("of Deno writes all lines with those for its file, and tells that it cannot rotate", limits, async () => {
    const { errors } = await logWith(
      "deno",
      (path) => [`--allow-read=${path}/app.log`, `--allow-write=${path}/app.log`],
    );
    assert.equal(errors.at(-1), "written 3");
    assert.ok(errors.some((error) => error.startsWith("Cannot rotate")), errors.join("\n"));
  });

  const node = (path: string) => ["--permission", "--allow-fs-read=*", `--allow-fs-write=${path}`];

  it("of Node rotates and compresses with --allow-ffi, though fsync is forbidden", limits, async () => {
    assert.deepEqual(told(await logWith("node", (path) => [...node(path), "--allow-ffi"])), inPlace);
  });

  it("of Node does so without a lock, and says what a lock takes", limits, async () => {
    assert.deepEqual(told(await logWith("node", node, "none")), inPlace);
    const { errors } = await logWith("node", node);
    assert.equal(errors.length, 1);
    assert.match(
      errors[0],
      /^thrown Cannot use option .*; allow what a lock takes with --allow-ffi \(with koffi --allow-addons\), or set lock: "none"$/,
    );
  });
});
