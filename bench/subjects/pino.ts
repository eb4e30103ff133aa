import { once } from "node:events";
import { pino } from "pino";
import { BOUND, fiveFields, type RecordKind, TEXT, twoFields } from "../records.ts";
import type { OpenSubject } from "./subject.ts";

/**
 * pino on its own file destination: `sync` writes each line at once, otherwise 4 KiB are gathered as its documentation
 * on asynchronous logging shows. Its process id, host name and ISO times are left out, all in its favour.
 */
export function openPino(mode: "sync" | "async"): (path: string, kind: RecordKind) => Promise<OpenSubject> {
  return async (path, kind) => {
    const sync = mode === "sync";
    const destination = pino.destination({ dest: path, sync, minLength: sync ? 0 : 4096 });
    if (!sync) await once(destination, "ready");
    const parent = pino({ base: null }, destination);
    const log = kind === "child" ? parent.child(BOUND) : parent;
    const loops: { readonly [K in RecordKind]: (count: number) => void } = {
      disabled(count) {
        for (let i = 0; i < count; i++) log.debug(TEXT);
      },
      simple(count) {
        for (let i = 0; i < count; i++) log.info(TEXT);
      },
      five(count) {
        for (let i = 0; i < count; i++) log.info(fiveFields(i), TEXT);
      },
      child(count) {
        for (let i = 0; i < count; i++) log.info(twoFields(i), TEXT);
      },
    };
    return {
      log: loops[kind],
      flush: () => new Promise((resolve, reject) => destination.flush((error) => error ? reject(error) : resolve())),
      async close() {
        const closed = once(destination, "close");
        destination.end();
        await closed;
      },
    };
  };
}
