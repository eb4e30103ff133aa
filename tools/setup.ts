/**
 * Brings the development tools that the tasks need: the three runtimes, and the packages that tests and benchmarks
 * import.
 *
 * @module
 */
import { statSync } from "node:fs";
import { delimiter, join, sep } from "node:path";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { type Binaries, binaries, projectRoot } from "../tests/support/binaries.ts";

export { projectRoot };

/** Returns the absolute paths of the three runtimes' executables. Call {@linkcode ensureInstalled} before. */
export function runtimes(): Binaries {
  return binaries();
}

/**
 * Runs `npm ci` when `node_modules` is missing or older than `package-lock.json`.
 *
 * @throws Error when npm is missing or fails.
 */
export function ensureInstalled(): void {
  const locked = modifiedAt("package-lock.json");
  // npm writes this file last, so an interrupted installation counts as missing.
  if (modifiedAt(join("node_modules", ".package-lock.json")) >= locked) return;
  console.error("Installing the development tools (npm ci) ...");
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], {
    cwd: projectRoot,
    env: installEnvironment(),
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (result.error !== undefined) {
    throw new Error(`Cannot install the development tools: npm did not start (${result.error.message})`);
  }
  if (result.status !== 0) {
    throw new Error(`Cannot install the development tools: npm ended with ${result.signal ?? result.status}`);
  }
}

/** Milliseconds since the epoch, 0 for a file that is not there. */
function modifiedAt(path: string): number {
  return statSync(join(projectRoot, path), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/**
 * The environment without what `npx` and `deno task` put in it: npm would otherwise run on the very `node_modules/.bin`
 * that it is about to delete, and under the script settings of the `npx` call.
 */
function installEnvironment(): NodeJS.ProcessEnv {
  const own = join(projectRoot, "node_modules") + sep;
  const env: NodeJS.ProcessEnv = { ...process.env };
  env.PATH = (env.PATH ?? "").split(delimiter).filter((directory) => !directory.startsWith(own)).join(delimiter);
  delete env.npm_config_allow_scripts;
  return env;
}
