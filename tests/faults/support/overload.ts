/**
 * Starts a program that is overloaded and reads what it tells.
 *
 * @module
 */
import type { RuntimeName } from "../../adapters/programs.ts";
import { startWriterProgram, type Writer } from "../../support/spawn.ts";
import type { OverloadConfig } from "./overload_program.ts";

/** What one second of overload looked like. */
export interface OverloadSecond {
  readonly second: number;
  /** Resident memory, in bytes. */
  readonly rss: number;
  /** Records that wait, of all destinations together. */
  readonly pending: number;
  /** Records that were dropped so far. */
  readonly dropped: number;
}

/** Starts the program. */
export function startOverload(runtime: RuntimeName, config: OverloadConfig): Writer {
  return startWriterProgram("../faults/support/overload_program.ts", runtime, config);
}

/** The seconds that it told of. */
export function toldSeconds(stdout: string): OverloadSecond[] {
  return [...stdout.matchAll(/^rss (\d+) (\d+) (\d+) (\d+)$/gm)].map((match) => {
    const [second, rss, pending, dropped] = match.slice(1).map(Number) as [number, number, number, number];
    return { second, rss, pending, dropped };
  });
}
