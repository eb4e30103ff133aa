import { closeSync, openSync, writeSync } from "node:fs";
import { workOf } from "../records.ts";
import type { OpenOptions, OpenSubject } from "./subject.ts";

const BLOCK = 64 * 1024;

/** What no logger can beat: a ready-made line is put together with others and written in blocks of 64 KiB. */
export function openFloor(options: OpenOptions): Promise<OpenSubject> {
  const file = openSync(options.path, "a");
  const line = readyMadeLine(options);
  let block = "";
  function flush(): Promise<void> {
    writeSync(file, block);
    block = "";
    return Promise.resolve();
  }
  return Promise.resolve({
    log(count) {
      for (let i = 0; i < count; i++) {
        block += line;
        if (block.length >= BLOCK) {
          writeSync(file, block);
          block = "";
        }
      }
    },
    flush,
    async close() {
      await flush();
      closeSync(file);
    },
  });
}

/** What makes the records, and logs nowhere: what the loop costs before any logger has a part in it. */
export function openRecordAlone({ kind }: OpenOptions): Promise<OpenSubject> {
  const { text, fields } = workOf(kind);
  return Promise.resolve({
    log(count) {
      for (let i = 0; i < count; i++) made = fields === undefined ? text : fields(i);
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

/** The same with the one thing that every logger's call must do: look at the clock. */
export function openRecordAndClock({ kind }: OpenOptions): Promise<OpenSubject> {
  const { text, fields } = workOf(kind);
  return Promise.resolve({
    log(count) {
      for (let i = 0; i < count; i++) {
        made = fields === undefined ? text : fields(i);
        times[i & 1023] = Date.now();
      }
    },
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });
}

const times = new Float64Array(1024);

/** Keeps the last record, so that no engine leaves its making out. */
export let made: unknown;

function readyMadeLine({ kind, format }: OpenOptions): string {
  const { level, text, bound, fields } = workOf(kind);
  const time = "2026-11-23T11:02:15.123Z";
  const all: Record<string, unknown> = { ...bound, ...fields?.(123_456) };
  if (all.err instanceof Error) all.err = { type: "Error", message: all.err.message, stack: all.err.stack };
  if (format === "json") return `${JSON.stringify({ time, level, msg: text, ...all })}\n`;
  const pairs = Object.entries(all).map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `[${time}] [${level.toUpperCase()}] ${text}${pairs.join("")}\n`;
}
