import { createLogger } from "../../mod.ts";
import { fiveFields, TEXT } from "../records.ts";
import { nanoseconds, nextTurn } from "../support/clock.ts";
import type { RunningCase } from "./case.ts";

/**
 * One of several processes that write at the same time, to one file or each to its own; whoever has started them counts
 * the lines.
 */
export function startSharedFile(): Promise<RunningCase> {
  return Promise.resolve({
    async round({ count, turnEvery = count, path = "", maxBytes }) {
      const rotate = maxBytes === undefined ? undefined : { maxBytes };
      const log = createLogger({
        destinations: [{ uri: path, ...(rotate && { rotate }) }],
        onError(error) {
          throw error;
        },
      });
      const start = nanoseconds();
      for (let number = 0; number < count;) {
        const end = Math.min(number + turnEvery, count);
        for (; number < end; number++) log.info(TEXT, fiveFields(number));
        await nextTurn();
      }
      await log.close();
      return { ns: (nanoseconds() - start) / count };
    },
  });
}
