import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { collectGarbage, nanoseconds } from "../support/clock.ts";
import { bytesPerCall } from "../support/memory.ts";
import { mean, median } from "../support/statistics.ts";
import { loadSubject } from "../subjects/mod.ts";
import type { CaseOptions, RoundOptions, RoundResult, RunningCase } from "./case.ts";

/**
 * What a log call costs its caller: bursts that fit the queue, with everything that happens afterwards (formatting,
 * writing, garbage collection) outside of the timing.
 */
export async function startCaller({ subject, kind, format = "json", directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  const path = join(directory, "caller.log");
  writeFileSync(path, "");
  const logger = await open({ path, kind, format });
  return { round: (options) => options.memory ? weigh(options) : time(options), close: () => logger.close() };

  async function time({ count, bursts = 1 }: RoundOptions): Promise<RoundResult> {
    const times: number[] = [];
    for (let burst = 0; burst < bursts; burst++) {
      const start = nanoseconds();
      logger.log(count);
      times.push((nanoseconds() - start) / count);
      await logger.flush();
      collectGarbage();
    }
    // The lines are of no use, and a disk that is busy with them disturbs the next round.
    truncateSync(path);
    return { ns: median(times), meanNs: mean(times) };
  }

  async function weigh({ bursts = 1 }: RoundOptions): Promise<RoundResult> {
    const bytes = await bytesPerCall((count) => logger.log(count), { flush: () => logger.flush(), bursts });
    return { ns: 0, bytes };
  }
}
