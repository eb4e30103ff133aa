/**
 * Starts writers on any of the runtimes and waits for them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import {
  type Outcome,
  type Program,
  type RuntimeName,
  start,
  type StartOptions,
  temporaryDirectory,
} from "../adapters/programs.ts";
import type { WriterConfig } from "./writer_program_run.ts";

/** The runtime that runs this test. */
export const currentRuntime: RuntimeName = "Deno" in globalThis ? "deno" : "Bun" in globalThis ? "bun" : "node";

/** A writer that runs. */
export interface Writer extends Program {
  readonly id: string;
  readonly runtime: RuntimeName;
  /** Resolves when it has ended; rejects when it has ended otherwise than with status 0. */
  finished(): Promise<Outcome>;
  /** Kills it with a signal. */
  kill(signal: NodeJS.Signals): void;
}

/** Starts a writer. */
export function startWriter(runtime: RuntimeName, config: WriterConfig, options: StartOptions = {}): Writer {
  return startWriterProgram("../support/writer_program.ts", runtime, config, options);
}

/** Starts a program that writes a log, with its configuration as its one argument. */
export function startWriterProgram(
  path: string,
  runtime: RuntimeName,
  config: { readonly id: string },
  options: StartOptions = {},
): Writer {
  const program = start(runtime, path, {
    ...options,
    flags: [...(runtime === "node" ? ["--disable-warning=ExperimentalWarning"] : []), ...options.flags ?? []],
    args: [JSON.stringify(config)],
  });
  return {
    ...program,
    id: config.id,
    runtime,
    async finished() {
      const outcome = await program.ended;
      const { code, signal, stderr } = outcome;
      assert.deepEqual({ code, signal }, { code: 0, signal: null }, `writer ${config.id} on ${runtime}: ${stderr}`);
      return outcome;
    },
    // Not `child.kill`: Deno's notes the signal as the end of the child, whatever the child makes of it.
    kill: (signal) => void process.kill(program.child.pid as number, signal),
  };
}

/** Starts writers that begin at the same moment, named after their runtimes: `deno0`, `bun1`, ... */
export async function startTogether(
  runtimes: readonly RuntimeName[],
  config: Omit<WriterConfig, "id" | "gate">,
): Promise<Writer[]> {
  const gate = `${config.path}-gate`;
  const writers = runtimes.map((runtime, index) => startWriter(runtime, { ...config, gate, id: `${runtime}${index}` }));
  await Promise.all(writers.map((writer) => writer.printed("ready\n")));
  writeFileSync(gate, "");
  return writers;
}

/** Calls a test with the path of a log in a directory of its own, which stays for inspection when the test fails. */
export async function withLog(test: (path: string, directory: string) => Promise<void>): Promise<void> {
  const directory = temporaryDirectory();
  try {
    await test(join(directory, "app.log"), directory);
  } catch (error) {
    console.error(`The log is in ${directory}`);
    throw error;
  }
  rmSync(directory, { recursive: true });
}

/** The last number that a writer has told after a word, such as `ack`; 0 when there is none. */
export function lastTold(stdout: string, word: string): number {
  // Only whole lines: the last one may be cut in a kill.
  const told = stdout.slice(0, stdout.lastIndexOf("\n") + 1).matchAll(new RegExp(`^${word} (\\d+)$`, "gm"));
  return Number([...told].at(-1)?.[1] ?? 0);
}

/** The metrics that a writer has told at its end. */
export function toldMetrics(stdout: string): { dropped: number; errors: number } {
  return JSON.parse(/^metrics (.*)$/m.exec(stdout)?.[1] ?? "null");
}
