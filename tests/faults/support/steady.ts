/**
 * Starts steady writers on any of the runtimes.
 *
 * @module
 */
import type { RuntimeName, StartOptions } from "../../adapters/programs.ts";
import { startWriterProgram, type Writer } from "../../support/spawn.ts";
import type { SteadyConfig } from "./steady_writer.ts";

/** Starts a writer of `steady_writer.ts`. */
export function startSteady(runtime: RuntimeName, config: SteadyConfig, options: StartOptions = {}): Writer {
  return startWriterProgram("../faults/support/steady_writer.ts", runtime, config, options);
}

/** When the event loop of a writer was late, and by how many milliseconds. */
export function toldDelays(stdout: string): [at: number, milliseconds: number][] {
  return JSON.parse(/^delays (.*)$/m.exec(stdout)?.[1] ?? "null");
}

/** The errors that `onError` of a writer was told, with their codes in front. */
export function toldErrors(stdout: string): string[] {
  return [...stdout.matchAll(/^error (.*)$/gm)].map(([, error]) => error);
}
