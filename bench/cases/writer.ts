import { loadSubject } from "../subjects/mod.ts";
import { logInTurns } from "../subjects/subject.ts";
import { nanoseconds } from "../support/clock.ts";
import type { CaseOptions, RoundOptions, RoundResult, RunningCase } from "./case.ts";

/**
 * One of several processes or threads that write at the same time, to one file or each to its own; whoever has started
 * them counts the lines.
 */
export async function startWriter({ subject, kind, format = "json" }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  return {
    async round({ count, turnEvery = count, path = "", maxBytes, compress }: RoundOptions): Promise<RoundResult> {
      // However long the others keep the lock.
      const logger = await open({ path, kind, format, maxBytes, compress, overflow: "block" });
      const start = nanoseconds();
      await logInTurns(logger, count, turnEvery);
      await logger.close();
      return { ns: (nanoseconds() - start) / count };
    },
  };
}
