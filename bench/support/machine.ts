import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../tests/support/binaries.ts";

/** Where and when something was measured. */
export interface Provenance {
  readonly date: string;
  /** The commit of the library, and whether files of it differed; absent where git does not tell. */
  readonly commit?: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGiB: number;
    readonly system: string;
    /** Processes that wanted to run in the minute before. */
    readonly load: number;
  };
  /** Versions of the library and of its peers. */
  readonly packages: { readonly [name: string]: string };
}

/** What a measurement depends on, within the project. */
const MEASURED = ["src", "adapters", "mod.ts", "bench/**/*.ts"];
const PEERS = ["pino", "@logtape/logtape", "@logtape/file", "winston", "bunyan", "log4js"];

/** Describes this machine and moment, without anything that names the machine. */
export function provenance(): Provenance {
  const packages: Record<string, string> = { "@omni/log": versionIn("deno.json") };
  for (const peer of PEERS) packages[peer] = versionIn(join("node_modules", peer, "package.json"));
  const commit = commitOf(projectRoot);
  return {
    date: new Date().toISOString(),
    ...(commit !== undefined && { commit }),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${platform()} ${release().split("-")[0]} ${arch()}`,
      load: Math.round((loadavg()[0] ?? NaN) * 100) / 100,
    },
    packages,
  };
}

/** The commit of a working tree, `undefined` where there is none or no git. */
export function commitOf(directory: string): string | undefined {
  const git = (...args: readonly string[]) =>
    execFileSync("git", args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    const commit = git("rev-parse", "--short=12", "HEAD");
    return git("status", "--porcelain", "--", ...MEASURED) === "" ? commit : `${commit}, changed`;
  } catch {
    return undefined;
  }
}

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as { readonly version: string }).version;
}
