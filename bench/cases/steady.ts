import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { workOf } from "../records.ts";
import { processorTime } from "../support/clock.ts";
import { countLines } from "../support/lines.ts";
import { loadSubject } from "../subjects/mod.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/** A program that logs so many records per second, and how much processor time it takes per record. */
export async function startSteady({ subject, kind, format = "json", directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  let number = 0;
  return {
    async round({ count, rate = 10_000 }) {
      const own = join(directory, `steady-${++number}`);
      mkdirSync(own);
      const logger = await open({ path: join(own, "app.log"), kind, format });
      const startCpu = processorTime();
      const start = performance.now();
      for (let done = 0; done < count;) {
        await delay(1);
        const due = Math.min(count, Math.floor((performance.now() - start) / 1000 * rate));
        logger.log(due - done);
        done = due;
      }
      await logger.close();
      const cpuNs = (processorTime() - startCpu) / count;
      const ns = (performance.now() - start) * 1e6 / count;
      const missing = subject === "record alone" ? 0 : count - countLines(own, workOf(kind));
      rmSync(own, { recursive: true });
      return { ns, cpuNs, ...(missing !== 0 && { missing }) };
    },
  };
}
