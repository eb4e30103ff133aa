import { createLogger, registerBackend } from "../../mod.ts";
import { BOUND, fiveFields, TEXT, twoFields } from "../records.ts";
import { collectGarbage, nanoseconds } from "../support/clock.ts";
import { mean, median } from "../support/statistics.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

/**
 * What our dispatcher does with a line on the program's thread, formatting and encoding, without the file: the backend
 * takes the bytes and forgets them. Bursts are short, so this is steady even on a busy machine.
 */
export function startDispatcher({ kind }: CaseOptions): Promise<RunningCase> {
  registerBackend("nowhere", () => ({ supportsAtomic: true, write() {} }));
  const parent = createLogger({ destinations: ["nowhere:"], flushInterval: 1_000_000 });
  const log = kind === "child" ? parent.with(BOUND) : parent;
  function fill(count: number): void {
    for (let i = 0; i < count; i++) {
      if (kind === "five") log.info(TEXT, fiveFields(i));
      else if (kind === "child") log.info(TEXT, twoFields(i));
      else log.info(TEXT);
    }
  }
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
