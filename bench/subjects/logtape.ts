import { getFileSink, getRotatingFileSink } from "@logtape/file";
import { configure, dispose, getLogger, getTextFormatter, jsonLinesFormatter } from "@logtape/logtape";
import { workOf } from "../records.ts";
import { loopOf, type OpenSubjectFunction, Unsupported } from "./subject.ts";

/** LogTape's file sink with a buffer of 64 KiB, as its documentation recommends for speed. */
export function openLogTape(mode: "blocking" | "nonBlocking"): OpenSubjectFunction {
  return async ({ path, kind, format, maxBytes, compress }) => {
    if (compress) throw new Unsupported("does not compress rotated files");
    const formatter = format === "json" ? jsonLinesFormatter : getTextFormatter({ format: withProperties });
    const options = { bufferSize: 64 * 1024, nonBlocking: mode === "nonBlocking", formatter };
    const sink = maxBytes === undefined
      ? getFileSink(path, options)
      : getRotatingFileSink(path, { ...options, maxSize: maxBytes, maxFiles: 1000 });
    await configure({
      reset: true,
      sinks: { file: sink },
      loggers: [
        { category: "bench", lowestLevel: "info", sinks: ["file"] },
        { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["file"] },
      ],
    });
    const parent = getLogger("bench");
    const { bound } = workOf(kind);
    const log = bound === undefined ? parent : parent.with(bound);
    const loop = loopOf(kind, {
      disabled: (text) => log.debug(text),
      plain: (text) => log.info(text),
      fields: (text, fields) => log.info(text, fields),
      error: (text, fields) => log.error(text, fields),
    });
    // Its sinks have no flush: what is gathered goes out with the next lines, after five seconds, or at the end.
    return { log: loop, flush: () => Promise.resolve(), close: () => dispose() };
  };
}

/** Its text format leaves the properties out unless they are put there. */
function withProperties(
  { timestamp, level, message, record }: {
    readonly timestamp: string | null;
    readonly level: string;
    readonly message: string;
    readonly record: { readonly properties: Record<string, unknown> };
  },
): string {
  let line = `${timestamp} [${level}] ${message}`;
  for (const key in record.properties) line += ` ${key}=${record.properties[key]}`;
  return line;
}
