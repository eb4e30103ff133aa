import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { workOf } from "../records.ts";
import { collectGarbage, nanoseconds, processorTime } from "../support/clock.ts";
import { countLines } from "../support/lines.ts";
import { loadSubject } from "../subjects/mod.ts";
import { logInTurns } from "../subjects/subject.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/**
 * What a line costs until it is in the file: the whole time of a loop and of the close after it. All lines are counted
 * then.
 */
export async function startDelivered(
  { subject, kind, format = "json", directory }: CaseOptions,
): Promise<RunningCase> {
  const open = await loadSubject(subject);
  const { text } = workOf(kind);
  let number = 0;
  return {
    async round({ count, turnEvery, maxBytes, compress, destinations, capacity }) {
      const own = join(directory, `delivered-${++number}`);
      mkdirSync(own);
      const path = join(own, "app.log");
      const logger = await open({ path, kind, format, maxBytes, compress, destinations, capacity });
      collectGarbage();
      const startCpu = processorTime();
      const start = nanoseconds();
      if (turnEvery === undefined) logger.log(count);
      else await logInTurns(logger, count, turnEvery);
      await logger.close();
      const ns = (nanoseconds() - start) / count;
      const cpuNs = (processorTime() - startCpu) / count;
      const missing = subject === "record alone"
        ? 0
        : count * (destinations ?? 1) - countLines(own, { text, json: format === "json" });
      rmSync(own, { recursive: true });
      return { ns, cpuNs, ...(missing !== 0 && { missing }) };
    },
  };
}
