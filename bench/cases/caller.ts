import { join } from "node:path";
import { collectGarbage, nanoseconds } from "../support/clock.ts";
import { mean, median } from "../support/statistics.ts";
import { loadSubject } from "../subjects/mod.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/**
 * What a log call costs its caller: bursts that fit the queue, with everything that happens afterwards (formatting,
 * writing, garbage collection) outside of the timing.
 */
export async function startCaller({ subject, kind, directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  const logger = await open(join(directory, "caller.log"), kind);
  return {
    async round({ count, bursts = 1 }) {
      const times: number[] = [];
      for (let burst = 0; burst < bursts; burst++) {
        const start = nanoseconds();
        logger.log(count);
        times.push((nanoseconds() - start) / count);
        await logger.flush();
        collectGarbage();
      }
      return { ns: median(times), meanNs: mean(times) };
    },
  };
}
