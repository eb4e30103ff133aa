import { once } from "node:events";
import winston from "winston";
import { workOf } from "../records.ts";
import { nextTurn } from "../support/clock.ts";
import { loopOf, type OpenSubjectFunction } from "./subject.ts";

/** winston with its file transport, and the time stamps that its examples show. */
export const openWinston: OpenSubjectFunction = ({ path, kind, format, maxBytes, compress = false }) => {
  const { combine, errors, json, printf, timestamp } = winston.format;
  const rotation = maxBytes === undefined ? {} : { maxsize: maxBytes, zippedArchive: compress };
  const transport = new winston.transports.File({ filename: path, ...rotation });
  const parent = winston.createLogger({
    level: "info",
    format: format === "json"
      ? combine(errors({ stack: true, cause: true }), timestamp(), json())
      : combine(timestamp(), printf(toText)),
    transports: [transport],
  });
  const { bound } = workOf(kind);
  const log = bound === undefined ? parent : parent.child(bound);
  const loop = loopOf(kind, {
    disabled: (text) => log.debug(text),
    plain: (text) => log.info(text),
    fields: (text, fields) => log.info(text, fields),
    // An error in a field comes out as {}.
    error: (text, { err }) => log.error(text, err),
  });
  /** It has no flush of its own, but tells how much waits. */
  async function flush(): Promise<void> {
    while (parent.writableLength > 0 || transport.writableLength > 0) await nextTurn();
  }
  return Promise.resolve({
    log: loop,
    flush,
    async close() {
      // Ended while lines wait, its transport fails with "write after end".
      await flush();
      const finished = once(transport, "finish");
      parent.end();
      await finished;
    },
  });
};

function toText({ timestamp, level, message, ...fields }: winston.Logform.TransformableInfo): string {
  let line = `${timestamp} [${level}] ${message}`;
  for (const key in fields) line += ` ${key}=${fields[key]}`;
  return line;
}
