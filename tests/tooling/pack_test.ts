import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runtimeNames, temporaryDirectory } from "../adapters/programs.ts";
import { binaries, projectRoot } from "../support/binaries.ts";

/** What is used of a manifest. */
interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
}

/** Logs a line, and prints what each entry point exports, and where a backend was called from. */
const PROGRAM = `
import { createLogger } from "@omni/log";
const entries = JSON.parse(process.argv[3]);
const names = {};
for (const entry of entries) names[entry] = Object.keys(await import(entry)).sort();
let stack = "";
const backend = { write: (batch) => void (stack = new Error().stack) };
const log = createLogger({ destinations: [process.argv[2], { backend }] });
log.info("line", { i: 1 });
await log.close();
console.log(JSON.stringify({ names, stack }));
`;

describe("the package for npm", () => {
  let directory: string;
  let packed: string;

  before(() => {
    directory = temporaryDirectory();
    const file = join(directory, "omni-log.tgz");
    run(binaries().deno, ["run", "-A", join(projectRoot, "tools", "pack.ts"), file], projectRoot);
    run("tar", ["xzf", file], directory);
    packed = join(directory, "node_modules", "@omni", "log");
    mkdirSync(dirname(packed), { recursive: true });
    renameSync(join(directory, "package"), packed);
    writeFileSync(join(directory, "package.json"), '{ "dependencies": { "@omni/log": "*" } }');
    writeFileSync(join(directory, "program.mjs"), PROGRAM);
  });
  after(() => rmSync(directory, { recursive: true }));

  function run(command: string, args: readonly string[], cwd: string): string {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return stdout;
  }

  for (const runtime of runtimeNames) {
    it(`has on ${runtime} what the sources have, and logs`, async () => {
      const { exports } = JSON.parse(readFileSync(join(projectRoot, "deno.json"), "utf8")) as Manifest;
      // The command is a program, not a module to import.
      const entries = Object.entries(exports).filter(([name]) => name !== "./verify-cli");
      const specifiers = entries.map(([name]) => name.replace(/^\./, "@omni/log"));
      const flags = {
        deno: ["run", "--quiet", "-A", "--node-modules-dir=manual"],
        bun: [],
        node: ["--disable-warning=ExperimentalWarning", "--enable-source-maps"],
      }[runtime];
      const path = join(directory, `${runtime}.log`);
      const args = [...flags, join(directory, "program.mjs"), path, JSON.stringify(specifiers)];
      const { names, stack } = JSON.parse(run(binaries()[runtime], args, directory));
      for (const [index, [, source]] of entries.entries()) {
        const expected = Object.keys(await import(join(projectRoot, source))).sort();
        assert.deepEqual(names[specifiers[index] as string], expected, source);
      }
      assert.equal(JSON.parse(readFileSync(path, "utf8")).msg, "line");
      if (runtime === "node") assert.match(stack, /log\/source\/src\/dispatch\/writer\.ts:\d+/);
    });
  }

  it("needs one module beside the main entry point, with names and lines as written", () => {
    const imported = (module: string) =>
      [...readFileSync(join(packed, "dist", module), "utf8").matchAll(/^(?:import|export)\b.* from "(.+)";$/gm)]
        .map(([, name]) => name);
    assert.deepEqual(imported("mod.js"), ["./shared/log.js"]);
    assert.deepEqual(imported("shared/log.js"), []);
    assert.match(readFileSync(join(packed, "dist", "shared", "log.js"), "utf8"), /^var BoundLogger = class .*\{$/m);
  });

  it("has the sources that its source maps lead to, and no path of a machine", () => {
    const maps = globSync("dist/**/*.map", { cwd: packed });
    assert.ok(maps.length > 5);
    for (const map of maps) {
      const { sources, sourcesContent } = JSON.parse(readFileSync(join(packed, map), "utf8")) as {
        readonly sources: readonly string[];
        readonly sourcesContent?: unknown;
      };
      assert.equal(sourcesContent, undefined);
      for (const source of sources) {
        if (source.includes("rolldown")) continue;
        assert.ok(existsSync(join(packed, dirname(map), source)), `${map} leads to ${source}`);
      }
    }
    for (const file of globSync(["dist/**/*.js*", "package.json"], { cwd: packed })) {
      assert.ok(!readFileSync(join(packed, file), "utf8").includes(projectRoot), file);
    }
  });
});
