import { createLogger } from "../../mod.ts";
import { BOUND, fiveFields, type RecordKind, TEXT, twoFields } from "../records.ts";
import type { OpenSubject } from "./subject.ts";

/** Omni with JSON lines, its lock on or off. Everything else is as it comes. */
export function openOmni(lock: "flock" | "none"): (path: string, kind: RecordKind) => Promise<OpenSubject> {
  return (path, kind) => {
    const parent = createLogger({ destinations: [{ uri: path, lock }], onError: fail });
    const log = kind === "child" ? parent.with(BOUND) : parent;
    const loops: { readonly [K in RecordKind]: (count: number) => void } = {
      disabled(count) {
        for (let i = 0; i < count; i++) log.debug(TEXT);
      },
      simple(count) {
        for (let i = 0; i < count; i++) log.info(TEXT);
      },
      five(count) {
        for (let i = 0; i < count; i++) log.info(TEXT, fiveFields(i));
      },
      child(count) {
        for (let i = 0; i < count; i++) log.info(TEXT, twoFields(i));
      },
    };
    return Promise.resolve({ log: loops[kind], flush: () => parent.flush(), close: () => parent.close() });
  };
}

function fail(error: Error): void {
  throw error;
}
