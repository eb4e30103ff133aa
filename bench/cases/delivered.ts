import { rmSync } from "node:fs";
import { join } from "node:path";
import { collectGarbage, nanoseconds, nextTurn, processorTime } from "../support/clock.ts";
import { checkLines } from "../support/lines.ts";
import { loadSubject } from "../subjects/mod.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/** What a line costs until it is in the file: the whole time of a loop and of the close after it. */
export async function startDelivered({ subject, kind, directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  let number = 0;
  return {
    async round({ count, turnEvery }) {
      const path = join(directory, `delivered-${++number}.log`);
      const logger = await open(path, kind);
      collectGarbage();
      const startCpu = processorTime();
      const start = nanoseconds();
      if (turnEvery === undefined) logger.log(count);
      else {
        for (let done = 0; done < count; done += turnEvery) {
          logger.log(Math.min(turnEvery, count - done));
          await nextTurn();
        }
      }
      await logger.close();
      const ns = (nanoseconds() - start) / count;
      const cpuNs = (processorTime() - startCpu) / count;
      checkLines([path], count);
      rmSync(path);
      return { ns, cpuNs };
    },
  };
}
