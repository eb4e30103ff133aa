/**
 * Starts steady writers on any of the runtimes.
 *
 * @module
 */
import assert from "node:assert/strict";
import { type RuntimeName, start, type StartOptions } from "../../adapters/programs.ts";
import type { Writer } from "../../support/spawn.ts";
import type { SteadyConfig } from "./steady_writer.ts";
import process from "node:process";

/** Starts a writer of `steady_writer.ts`. */
export function startSteady(runtime: RuntimeName, config: SteadyConfig, options: StartOptions = {}): Writer {
  const program = start(runtime, "../faults/support/steady_writer.ts", {
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
    kill: (signal) => void process.kill(program.child.pid as number, signal),
  };
}

/** When the event loop of a writer was late, and by how many milliseconds. */
export function toldDelays(stdout: string): [at: number, milliseconds: number][] {
  return JSON.parse(/^delays (.*)$/m.exec(stdout)?.[1] ?? "null");
}

/** The errors that `onError` of a writer was told, with their codes in front. */
export function toldErrors(stdout: string): string[] {
  return [...stdout.matchAll(/^error (.*)$/gm)].map(([, error]) => error);
}
