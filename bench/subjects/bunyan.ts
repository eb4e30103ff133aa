import { createWriteStream } from "node:fs";
// @ts-types="./bunyan.d.ts"
import bunyan from "bunyan";
import { workOf } from "../records.ts";
import { nextTurn } from "../support/clock.ts";
import { loopOf, type OpenSubjectFunction, Unsupported } from "./subject.ts";

/** bunyan on a stream of Node's. */
export const openBunyan: OpenSubjectFunction = ({ path, kind, format, maxBytes }) => {
  if (format === "text") throw new Unsupported("writes JSON only; text is made by its command line program");
  if (maxBytes !== undefined) throw new Unsupported("rotates by time only");
  const stream = createWriteStream(path, { flags: "a" });
  const parent = bunyan.createLogger({ name: "bench", streams: [{ stream }], serializers: bunyan.stdSerializers });
  const { bound } = workOf(kind);
  const log = bound === undefined ? parent : parent.child(bound);
  return Promise.resolve({
    log: loopOf(kind, {
      disabled: (text) => void log.debug(text),
      plain: (text) => void log.info(text),
      fields: (text, fields) => void log.info(fields, text),
      error: (text, fields) => void log.error(fields, text),
    }),
    async flush() {
      while (stream.writableLength > 0) await nextTurn();
    },
    close: () => new Promise((resolve) => stream.end(() => resolve())),
  });
};
