import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { binaries, node24, projectRoot } from "../support/binaries.ts";
import { temporaryDirectory, watch } from "./programs.ts";

/** A copy of the sources from where no koffi can be found. */
const elsewhere = temporaryDirectory();
for (const part of ["adapters", "src", "tests/adapters/lock_program.ts"]) {
  cpSync(join(projectRoot, part), join(elsewhere, part), { recursive: true });
}

/** What a Node says about locks: standard output and standard error. */
async function ask(node: string, root: string, flags: readonly string[] = []): Promise<[string, string]> {
  const program = join(root, "tests/adapters/lock_program.ts");
  const args = [...flags, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", program];
  const said = [];
  for (const command of ["problem", "try"]) {
    const { stdout, stderr } = await watch(
      spawn(node, [...args, command, join(elsewhere, "app.log")], { cwd: elsewhere }),
    ).ended;
    said.push([stdout.trim(), stderr.trim()]);
  }
  const [[problem, warnings], [taken, failure]] = said;
  if (problem === "none") assert.equal(taken, "true", failure);
  else assert.match(failure, new RegExp(problem.slice(0, 20)));
  return [problem, warnings];
}

describe("locks on Node", () => {
  after(() => rmSync(elsewhere, { recursive: true }));

  it("come with Node 26, without a warning", async () => {
    assert.deepEqual(await ask(binaries().node, elsewhere), ["none", ""]);
  });

  it("come with koffi on Node 24", async () => {
    assert.deepEqual(await ask(node24(), projectRoot), ["none", ""]);
  });

  it("come with koffi that only the program has", async () => {
    const program = join(elsewhere, "program");
    mkdirSync(join(program, "node_modules"), { recursive: true });
    for (const name of ["koffi", "@koromix"]) {
      symlinkSync(join(projectRoot, "node_modules", name), join(program, "node_modules", name));
    }
    const code = `
      import { nodeRuntime } from ${JSON.stringify(join(elsewhere, "adapters/node_runtime.ts"))};
      console.log(nodeRuntime().lockProblem() ?? "none");
    `;
    const { stdout, stderr } = await watch(
      spawn(node24(), ["--input-type=module", "--eval", code], { cwd: program }),
    ).ended;
    assert.equal(stdout.trim(), "none", stderr);
  });

  it("are missed on Node 24 alone, with a sentence that names the remedy", async () => {
    const [problem] = await ask(node24(), elsewhere);
    assert.match(
      problem,
      /^Node 24\.\S+ has no file locks; install koffi, or use Node 26 or newer, or set lock: "none"$/,
    );
  });

  it("are missed where node:ffi is turned off", async () => {
    const [problem] = await ask(binaries().node, elsewhere, ["--no-experimental-ffi"]);
    assert.match(
      problem,
      /^Node 26\.\S+ has no file locks; install koffi, or use Node 26 or newer, or set lock: "none"$/,
    );
  });

  it("are missed where Node's permissions withhold node:ffi", async () => {
    const [problem] = await ask(binaries().node, elsewhere, [
      "--permission",
      "--allow-fs-read=*",
      "--allow-fs-write=*",
    ]);
    assert.match(
      problem,
      /^node:ffi could not load the C library \(.*\); allow what a lock takes with --allow-ffi \(with koffi --allow-addons\)/,
    );
  });
});
