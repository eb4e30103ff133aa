import type { OpenSubjectFunction } from "./subject.ts";

/** The loggers that are measured, by name; each is loaded only in the process that measures it. */
export const SUBJECTS: { readonly [name: string]: () => Promise<OpenSubjectFunction> } = {
  "record alone": async () => (await import("./floor.ts")).openRecordAlone,
  "record and clock": async () => (await import("./floor.ts")).openRecordAndClock,
  "floor": async () => (await import("./floor.ts")).openFloor,
  "hand-written": async () => (await import("./hand_written.ts")).openHandWritten,
  "omni": async () => (await import("./omni.ts")).openOmni("flock"),
  "omni unlocked": async () => (await import("./omni.ts")).openOmni("none"),
  "pino sync": async () => (await import("./pino.ts")).openPino("sync"),
  "pino async": async () => (await import("./pino.ts")).openPino("async"),
  "logtape blocking": async () => (await import("./logtape.ts")).openLogTape("blocking"),
  "logtape non-blocking": async () => (await import("./logtape.ts")).openLogTape("nonBlocking"),
  "winston": async () => (await import("./winston.ts")).openWinston,
  "bunyan": async () => (await import("./bunyan.ts")).openBunyan,
  "log4js": async () => (await import("./log4js.ts")).openLog4js,
};

/** Loads a subject by its name. */
export async function loadSubject(name: string): Promise<OpenSubjectFunction> {
  const load = SUBJECTS[name];
  if (load === undefined) {
    throw new RangeError(`Cannot measure "${name}": known are ${Object.keys(SUBJECTS).join(", ")}`);
  }
  return await load();
}
