import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { binaries, node24, projectRoot } from "../support/binaries.ts";
import { temporaryDirectory, watch } from "./programs.ts";

const { bun, deno, node } = binaries();

/** A test runner: where its `test` comes from, and how it runs a file. */
interface Runner {
  readonly imports: string;
  readonly run: (file: string) => ChildProcess;
}

/** Programs of packages. */
const vitest = join(projectRoot, "node_modules/vitest/vitest.mjs");
const jest = join(projectRoot, "node_modules/jest/bin/jest.js");

/** Without what the runner of this very test has put into the environment. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  return env;
}

function command(executable: string, args: readonly string[]): (file: string) => ChildProcess {
  return (file) => spawn(executable, [...args, file], { cwd: join(file, ".."), env: environment() });
}

const runners: Record<string, Runner> = {
  "bun test": { imports: "bun:test", run: command(bun, ["test", "--timeout", "60000"]) },
  "node --test": { imports: "node:test", run: command(node, ["--test"]) },
  "node --test in one process": { imports: "node:test", run: command(node, ["--test", "--test-isolation=none"]) },
  "vitest with processes": { imports: "vitest", run: command(node, [vitest, "run", "--pool", "forks"]) },
  "vitest with threads": { imports: "vitest", run: command(node, [vitest, "run", "--pool", "threads"]) },
  "jest": { imports: "@jest/globals", run: jestOn(node) },
  "jest on Node 24": { imports: "@jest/globals", run: jestOn(node24()) },
  "deno test": { imports: "node:test", run: command(deno, ["test", "-A", "--no-check"]) },
};

/** Jest has to be told how to read TypeScript, and how long to wait on a busy machine. */
function jestOn(executable: string): (file: string) => ChildProcess {
  return (file) => {
    const directory = join(file, "..");
    const transform = join(directory, "strip.cjs");
    writeFileSync(
      transform,
      `const { stripTypeScriptTypes } = require("node:module");
       const process = (code) => ({ code: stripTypeScriptTypes(code) });
       module.exports = { process, processAsync: async (code) => process(code) };\n`,
    );
    const config = {
      rootDir: directory,
      testMatch: ["**/*.test.mjs"],
      extensionsToTreatAsEsm: [".ts"],
      moduleFileExtensions: ["mjs", "js", "ts", "cjs", "json"],
      transform: { "\\.ts$": transform },
      transformIgnorePatterns: [],
      testTimeout: 60_000,
    };
    const flags = ["--experimental-vm-modules", "--no-warnings"];
    const options = ["--runInBand", "--no-cache", "--config", JSON.stringify(config)];
    return spawn(executable, [...flags, jest, ...options, file], { cwd: directory, env: environment() });
  };
}

/** A module with the tests, in TypeScript-free text, so that no runner needs to be told how to read it. */
function testFile(imports: string, log: string): string {
  const cases = pathToFileURL(join(projectRoot, "tests/adapters/runner_cases.mjs")).href;
  return `import { test } from ${JSON.stringify(imports)};
    import { declare } from ${JSON.stringify(cases)};
    declare(test, ${JSON.stringify(log)});\n`;
}

describe("a test that logs and does not close the logger", () => {
  for (const [name, { imports, run }] of Object.entries(runners)) {
    it(`passes under ${name}, and every line is in the file`, async () => {
      const directory = temporaryDirectory();
      const log = join(directory, "app.log");
      const file = join(directory, "one.test.mjs");
      // Where packages that bring a runner find themselves.
      symlinkSync(join(projectRoot, "node_modules"), join(directory, "node_modules"));
      writeFileSync(file, testFile(imports, log));
      const { code, stdout, stderr } = await watch(run(file)).ended;
      assert.equal(code, 0, stdout + stderr);
      assert.ok(existsSync(log), stdout + stderr);
      assert.deepEqual(
        readFileSync(log, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line).msg).sort(),
        ["after a wait", "at the end of a test", "by a logger of its own", "while the file is loaded"],
      );
      rmSync(directory, { recursive: true });
    });
  }

  it("is sanitized by deno test without a complaint about the logger", async () => {
    const directory = temporaryDirectory();
    const file = join(directory, "one_test.ts");
    const library = pathToFileURL(join(projectRoot, "mod.ts")).href;
    writeFileSync(
      file,
      `import { createLogger } from ${JSON.stringify(library)};
       Deno.test("logs", () => createLogger(${JSON.stringify(join(directory, "app.log"))}).info("logged"));
       Deno.test("logs and closes", async () => {
         const log = createLogger(${JSON.stringify(join(directory, "closed.log"))});
         log.info("logged");
         await log.close();
       });\n`,
    );
    const run = watch(spawn(deno, ["test", "-A", "--no-check", file], { cwd: directory, env: environment() }));
    const { code, stdout, stderr } = await run.ended;
    assert.equal(code, 0, stdout + stderr);
    assert.equal(readFileSync(join(directory, "app.log"), "utf8").split("logged").length - 1, 1);
    rmSync(directory, { recursive: true });
  });
});
