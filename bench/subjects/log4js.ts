import log4js from "log4js";
import { setTimeout as delay } from "node:timers/promises";
import { workOf } from "../records.ts";
import { loopOf, type OpenSubjectFunction, Unsupported } from "./subject.ts";

/** log4js with its file appender; JSON is the layout that its documentation shows. */
export const openLog4js: OpenSubjectFunction = ({ path, kind, format, maxBytes, compress = false }) => {
  if (kind === "error" && format === "json") {
    throw new Unsupported("has no layout for errors in JSON; the documented one writes {}");
  }
  if (format === "text" && workOf(kind).fields !== undefined) {
    throw new Unsupported("its text layout writes fields on lines of their own");
  }
  log4js.addLayout("json", () => (event) => JSON.stringify(event));
  const rotation = maxBytes === undefined ? {} : { maxLogSize: maxBytes, backups: 1000, compress };
  const layout = format === "json" ? { type: "json", separator: "" } : { type: "basic" };
  log4js.configure({
    appenders: { file: { type: "file", filename: path, layout, ...rotation } },
    categories: { default: { appenders: ["file"], level: "info" } },
  });
  const log = log4js.getLogger("bench");
  const { bound } = workOf(kind);
  for (const [key, value] of Object.entries(bound ?? {})) log.addContext(key, value);
  return Promise.resolve({
    log: loopOf(kind, {
      disabled: (text) => log.debug(text),
      plain: (text) => log.info(text),
      fields: (text, fields) => log.info(text, fields),
      error: (text, { err }) => log.error(text, err),
    }),
    // It tells nobody when its stream has drained.
    flush: () => delay(20),
    close: () => new Promise((resolve, reject) => log4js.shutdown((error) => error ? reject(error) : resolve())),
  });
};
