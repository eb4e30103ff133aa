import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { workOf } from "../records.ts";
import { collectGarbage, nanoseconds, nextTurn } from "../support/clock.ts";
import { countLines } from "../support/lines.ts";
import { loadSubject } from "../subjects/mod.ts";
import type { CaseOptions, RoundResult, RunningCase } from "./case.ts";

/** Lines that a file gets in a turn of the event loop. */
const TOGETHER = 10;

/**
 * What a line costs a process with many log files, a logger for each. In every turn of the event loop each file gets as
 * many lines, and the next turn waits until they are in the files: so at any number of files a line is part of as large a
 * write. The files are open before, and closed afterwards.
 */
export async function startFiles({ subject, kind, format = "json", directory }: CaseOptions): Promise<RunningCase> {
  const open = await loadSubject(subject);
  const own = join(directory, "files");
  return {
    async round({ count, files = 1 }): Promise<RoundResult> {
      mkdirSync(own);
      const loggers = await Promise.all(
        Array.from({ length: files }, (_, index) => open({ path: join(own, `tenant-${index}.log`), kind, format })),
      );
      const turns = Math.ceil(count / files / TOGETHER);
      await turn();
      collectGarbage();
      const start = nanoseconds();
      for (let done = 0; done < turns; done++) await turn();
      const lines = turns * files * TOGETHER;
      const ns = (nanoseconds() - start) / lines;
      await Promise.all(loggers.map((logger) => logger.close()));
      const missing = lines + files * TOGETHER - countLines(own, { ...workOf(kind), json: format === "json" });
      rmSync(own, { recursive: true });
      return { ns, ...(missing !== 0 && { missing }) };

      async function turn(): Promise<void> {
        for (const logger of loggers) logger.log(TOGETHER);
        await nextTurn();
        await Promise.all(loggers.map((logger) => logger.flush()));
      }
    },
  };
}
