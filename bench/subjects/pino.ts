import { once } from "node:events";
import { pino } from "pino";
import { workOf } from "../records.ts";
import { loopOf, type OpenSubjectFunction, Unsupported } from "./subject.ts";

/**
 * pino on its own file destination: `sync` writes each line at once, otherwise 4 KiB are gathered as its documentation
 * on asynchronous logging shows. Its process id, host name and ISO times are left out, all in its favour.
 */
export function openPino(mode: "sync" | "async"): OpenSubjectFunction {
  return async ({ path, kind, format, maxBytes }) => {
    if (format === "text") throw new Unsupported("writes JSON only; text is made by another program, pino-pretty");
    if (maxBytes !== undefined) throw new Unsupported("does not rotate files");
    const sync = mode === "sync";
    const destination = pino.destination({ dest: path, sync, minLength: sync ? 0 : 4096 });
    if (!sync) await once(destination, "ready");
    const parent = pino({ base: null }, destination);
    const { bound } = workOf(kind);
    const log = bound === undefined ? parent : parent.child(bound);
    return {
      log: loopOf(kind, {
        disabled: (text) => log.debug(text),
        plain: (text) => log.info(text),
        fields: (text, fields) => log.info(fields, text),
        error: (text, fields) => log.error(fields, text),
      }),
      flush: () => new Promise((resolve, reject) => destination.flush((error) => error ? reject(error) : resolve())),
      async close() {
        const closed = once(destination, "close");
        destination.end();
        await closed;
      },
    };
  };
}
