import { createLogger, registerBackend } from "../../mod.ts";
import { workOf } from "../records.ts";
import { collectGarbage, nanoseconds } from "../support/clock.ts";
import { mean, median } from "../support/statistics.ts";
import { loopOf } from "../subjects/subject.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/**
 * What our dispatcher does with a line on the program's thread, formatting and encoding, without the file: the backend
 * takes the bytes and forgets them. Bursts are short, so this is steady even on a busy machine.
 */
export function startDispatcher({ kind, format = "json" }: CaseOptions): Promise<RunningCase> {
  registerBackend("nowhere", () => ({ supportsAtomic: true, write() {} }));
  const parent = createLogger({ destinations: [{ uri: "nowhere:", format }], flushInterval: 1_000_000 });
  const { bound } = workOf(kind);
  const log = bound === undefined ? parent : parent.with(bound);
  const fill = loopOf(kind, {
    disabled: (text) => log.debug(text),
    plain: (text) => log.info(text),
    fields: (text, fields) => log.info(text, fields),
    error: (text, fields) => log.error(text, fields),
  });
  return Promise.resolve({
    async round({ count, bursts = 1 }) {
      const times: number[] = [];
      for (let burst = 0; burst < bursts; burst++) {
        fill(count);
        const start = nanoseconds();
        // The dispatcher's turn is made before `flush` returns its promise.
        const flushed = parent.flush();
        times.push((nanoseconds() - start) / count);
        await flushed;
        collectGarbage();
      }
      return { ns: median(times), meanNs: mean(times) };
    },
  });
}
