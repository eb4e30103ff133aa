/**
 * What the security tests have in common: a directory like `/tmp`, and something planted in it.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { chmodSync, linkSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { createLogger, type DestinationOptions } from "../../mod.ts";
import { inDirectory } from "../logger/harness.ts";

/** What somebody wants to have read, changed or made. */
export const secret = "somebody else's\n";

/** Options of a test that needs links, pipes and modes. Windows has others. */
export const onUnix: { readonly skip: boolean } = { skip: process.platform === "win32" };
if (onUnix.skip) console.log("Skipped for want of links and modes as on Unix");

/** Where a test plants things. */
export interface Place {
  /** A directory that everybody may write. */
  readonly shared: string;
  /** A file elsewhere, with {@linkcode secret} in it. */
  readonly victim: string;
  /** A path elsewhere at which there is nothing, and must be nothing afterwards. */
  readonly absent: string;
  /** The log, in the directory that everybody may write. */
  readonly log: string;
}

/** Runs a test in a directory of its own. */
export function inSharedDirectory(mode: 0o777 | 0o1777, run: (place: Place) => void | Promise<void>): Promise<void> {
  return inDirectory(async (directory) => {
    const shared = join(directory, "shared");
    const elsewhere = join(directory, "elsewhere");
    for (const path of [shared, elsewhere]) mkdirSync(path);
    chmodSync(directory, 0o755);
    chmodSync(shared, mode);
    const victim = join(elsewhere, "victim");
    writeFileSync(victim, secret, { mode: 0o600 });
    await run({ shared, victim, absent: join(elsewhere, "absent"), log: join(shared, "app.log") });
  });
}

/** Things that can be planted at a path. */
export const plants = {
  "a symbolic link to a file": ({ victim }: Place, path: string) => symlinkSync(victim, path),
  "a dangling symbolic link": ({ absent }: Place, path: string) => symlinkSync(absent, path),
  "a hard link": ({ victim }: Place, path: string) => linkSync(victim, path),
  "a pipe": (_: Place, path: string) => void spawnSync("mkfifo", [path]),
} as const;

/** What happened to a logger. */
export interface Outcome {
  readonly errors: readonly Error[];
  readonly written: number;
  readonly dropped: number;
}

/** Logs records `{ i }`, each flushed, and closes. */
export async function logRecords(destination: DestinationOptions, count: number): Promise<Outcome> {
  const errors: Error[] = [];
  const log = createLogger({ destinations: [destination], onError: (error) => void errors.push(error) });
  for (let i = 0; i < count; i++) {
    log.info("x", { i });
    await log.flush().catch(() => {});
  }
  await log.close();
  const { written, dropped } = log.metrics().destinations[0]!;
  return { errors, written, dropped };
}

/** Names in a directory, sorted. */
export function namesIn(directory: string): string[] {
  return readdirSync(directory).sort();
}
