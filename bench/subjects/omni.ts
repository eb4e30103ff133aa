import { createLogger } from "../../mod.ts";
import { workOf } from "../records.ts";
import { loopOf, type OpenSubjectFunction } from "./subject.ts";

/** Omni, its lock on or off. Everything else is as it comes. */
export function openOmni(lock: "flock" | "none"): OpenSubjectFunction {
  return ({ path, kind, format, maxBytes, compress, naming, maxFiles, destinations = 1, capacity, overflow }) => {
    const rotate = maxBytes === undefined
      ? {}
      : { rotate: { maxBytes, naming, maxFiles, ...(compress && { compress: "gzip" as const }) } };
    const uris = destinations === 1 ? [path] : Array.from({ length: destinations }, (_, index) => `${path}.${index}`);
    let reported: Error | undefined;
    const parent = createLogger({
      destinations: uris.map((uri) => ({ uri, lock, format, ...rotate })),
      queue: { capacity, overflow },
      onError: (error) => reported ??= error,
    });
    const { bound } = workOf(kind);
    const log = bound === undefined ? parent : parent.with(bound);
    const loop = loopOf(kind, {
      disabled: (text) => log.debug(text),
      plain: (text) => log.info(text),
      fields: (text, fields) => log.info(text, fields),
      error: (text, fields) => log.error(text, fields),
    });
    return Promise.resolve({
      log: loop,
      flush: () => parent.flush(),
      async close() {
        await parent.close();
        const { dropped, droppedBy } = parent.metrics();
        if (dropped === 0) return;
        // What `onError` throws reaches nobody.
        throw new Error(`Cannot use this measurement: dropped ${JSON.stringify(droppedBy)}`, { cause: reported });
      },
    });
  };
}
