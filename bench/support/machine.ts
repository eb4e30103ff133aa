import { readFileSync } from "node:fs";
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../tests/support/binaries.ts";

/** Where and when something was measured. */
export interface Provenance {
  readonly date: string;
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

const PEERS = ["pino", "@logtape/logtape", "@logtape/file", "winston", "bunyan", "log4js"];

/** Describes this machine and moment, without anything that names the machine. */
export function provenance(): Provenance {
  const packages: Record<string, string> = { "@omni/log": versionIn("deno.json") };
  for (const peer of PEERS) packages[peer] = versionIn(join("node_modules", peer, "package.json"));
  return {
    date: new Date().toISOString(),
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

function versionIn(path: string): string {
  return (JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as { readonly version: string }).version;
}
