/**
 * Where the runtimes under test are. Works on Deno, Bun and Node alike, so that a test on any of them can start a
 * program on all of them.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Absolute paths of the runtimes' executables. */
export interface Binaries {
  /** Deno. */
  readonly deno: string;
  /** Bun. */
  readonly bun: string;
  /** Node, the newest that is supported. */
  readonly node: string;
}

/** The project's own directory, without a trailing separator. */
export const projectRoot: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/[\\/]$/, "");

/**
 * Returns the executables that the development dependencies brought.
 *
 * They are named by their paths because names do not tell the truth here: in a `deno task` the word `node` may be
 * Deno's own stand-in, `node_modules/.bin/node` belongs to whichever of the two `node` packages was linked last, and
 * what is on `PATH` is the machine's.
 *
 * @throws Error when one of them is not installed.
 */
export function binaries(): Binaries {
  return {
    deno: executable("deno", "deno"),
    bun: executable("bun", "bin/bun.exe"),
    node: executable("node", "bin/node"),
  };
}

/** Returns the executable of Node 24, which has no lock call of its own and therefore needs koffi. */
export function node24(): string {
  return executable("node24", "bin/node");
}

function executable(packageName: string, path: string): string {
  // Bun's package names its program `bun.exe` on every platform.
  const suffix = globalThis.process.platform === "win32" && !path.endsWith(".exe") ? ".exe" : "";
  const found = join(projectRoot, "node_modules", packageName, path + suffix);
  if (!existsSync(found)) throw new Error(`Cannot find ${packageName}: "${found}" does not exist; run "npm ci"`);
  return found;
}
