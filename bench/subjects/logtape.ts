import { getFileSink } from "@logtape/file";
import { configure, dispose, getLogger, jsonLinesFormatter } from "@logtape/logtape";
import { BOUND, fiveFields, type RecordKind, TEXT, twoFields } from "../records.ts";
import type { OpenSubject } from "./subject.ts";

/** LogTape's file sink with JSON lines and a buffer of 64 KiB, as its documentation recommends for speed. */
export function openLogTape(
  mode: "blocking" | "nonBlocking",
): (path: string, kind: RecordKind) => Promise<OpenSubject> {
  return async (path, kind) => {
    const nonBlocking = mode === "nonBlocking";
    const sink = getFileSink(path, { bufferSize: 64 * 1024, nonBlocking, formatter: jsonLinesFormatter });
    await configure({
      reset: true,
      sinks: { file: sink },
      loggers: [
        { category: "bench", lowestLevel: "info", sinks: ["file"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["file"] },
      ],
    });
    const parent = getLogger("bench");
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
    // Its sinks have no flush: what is gathered goes out with the next lines, after five seconds, or at the end.
    return { log: loops[kind], flush: () => Promise.resolve(), close: () => dispose() };
  };
}
