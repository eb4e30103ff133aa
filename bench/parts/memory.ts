/**
 * How large a program becomes that logs as fast as it can.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { MemoryRow } from "../results.ts";
import { countLines } from "../support/lines.ts";
import { workOf } from "../records.ts";
import { spreadOf } from "../support/statistics.ts";
import { startProgram } from "../support/worker.ts";
import { outputOf } from "./latency.ts";
import { type Place, TURN_EVERY } from "./part.ts";

const SUBJECTS = ["record alone", "hand-written", "omni", "pino sync", "pino async"];
const LOOPS = ["tight", "turning"] as const;
const RECORDS = 1_000_000;
const ROUNDS = 3;

/** Measures fresh processes that log records of five fields as fast as they can. */
export async function measureMemory({ runtime, directory, effort: { quick } }: Place): Promise<MemoryRow[]> {
  const records = quick ? 4 * TURN_EVERY : RECORDS;
  const rounds = quick ? 1 : ROUNDS;
  const path = join(directory, "app.log");
  const rows: MemoryRow[] = [];
  for (const loop of LOOPS) {
    for (const subject of SUBJECTS) {
      const sizes: number[] = [];
      while (sizes.length < rounds) {
        const args = [subject, loop, String(records), path];
        sizes.push(Number(await outputOf(startProgram(runtime, "support/flood.ts", { args, directory }))));
        const missing = subject === "record alone" ? 0 : records - countLines(directory, workOf("five"));
        if (missing !== 0) throw new Error(`Cannot use this measurement: ${missing} lines of ${subject} are missing`);
        rmSync(path, { force: true });
      }
      rows.push({ subject, loop, mib: spreadOf(sizes), rounds, rejected: 0 });
    }
  }
  return rows;
}
