import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runtimeNames, temporaryDirectory } from "../adapters/programs.ts";
import { binaries, projectRoot } from "../support/binaries.ts";

const PROGRAM = `
import { createLogger } from ${JSON.stringify(join(projectRoot, "mod.ts"))};
const log = createLogger({ destinations: [{ uri: process.argv[2], rotate: { maxBytes: "1MB" } }] });
for (let i = 0; i < 10; i++) log.info("line", { i });
`;

describe("a program and the library in one file", () => {
  let directory: string;
  let bundle: string;
  let compiled: string;

  before(() => {
    directory = temporaryDirectory();
    const program = join(directory, "program.ts");
    bundle = join(directory, "bundle.mjs");
    compiled = join(directory, "compiled");
    writeFileSync(program, PROGRAM);
    for (const flags of [["--target=node", `--outfile=${bundle}`], ["--compile", `--outfile=${compiled}`]]) {
      const { status, stderr } = spawnSync(binaries().bun, ["build", ...flags, program], { cwd: directory });
      assert.equal(status, 0, String(stderr));
    }
  });
  after(() => rmSync(directory, { recursive: true }));

  function checkLines(command: string, front: readonly string[]): void {
    const path = join(directory, `${front.length}-${command.replace(/\W/g, "_")}.log`);
    const { status, stderr } = spawnSync(command, [...front, path], { cwd: directory, encoding: "utf8" });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    assert.equal(readFileSync(path, "utf8").trim().split("\n").length, 10);
  }

  for (const runtime of runtimeNames) {
    it(`runs on ${runtime}, file lock and all`, () => {
      const flags =
        { deno: ["run", "--quiet", "-A"], bun: [], node: ["--disable-warning=ExperimentalWarning"] }[runtime];
      checkLines(binaries()[runtime], [...flags, bundle]);
    });
  }

  it("runs as an executable of Bun", () => checkLines(compiled, []));

  it("leaves out what the program does not name", () => {
    const functions = new Set(readFileSync(bundle, "utf8").match(/(?<=^(?:async )?function )\w+/gm));
    assert.ok(functions.has("createLoggerFactory"));
    const unused = [
      "createConfigure",
      "createLoadPlugin",
      "createPatchConsole",
      "createUse",
      "createVerifyLog",
      "createWatchConfig",
      "otlpBackend",
      "prometheusText",
      "tickSampler",
      "timeFilter",
    ];
    assert.deepEqual(unused.filter((name) => functions.has(name)), []);
  });
});
