import { once } from "node:events";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { nanoseconds, processorTime } from "../support/clock.ts";
import type { CaseOptions, RunningCase } from "./case.ts";

const THREADS = 4;

/** A process with four threads that write at the same time, to one file or each to its own. */
export async function startThreads(options: CaseOptions): Promise<RunningCase> {
  const threads: Worker[] = [];
  for (let index = 0; index < THREADS; index++) {
    const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData: options });
    thread.once("error", (error) => {
      console.error(error);
      process.exit(1);
    });
    await once(thread, "message");
    threads.push(thread);
  }
  return {
    async round({ path = "", own = false, ...round }) {
      const startCpu = processorTime();
      const start = nanoseconds();
      await Promise.all(threads.map((thread, index) => {
        const done = once(thread, "message");
        thread.postMessage({ ...round, path: own ? `${path}.${index}` : path });
        return done;
      }));
      const count = round.count * THREADS;
      return { ns: (nanoseconds() - start) / count, cpuNs: (processorTime() - startCpu) / count };
    },
  };
}
