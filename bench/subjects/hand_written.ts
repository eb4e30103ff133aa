import { setImmediate } from "node:timers";
import { detectRuntime } from "../../adapters/detect.ts";
import { workOf } from "../records.ts";
import { loopOf, type OpenOptions, type OpenSubject, Unsupported } from "./subject.ts";

/** UTF-16 units that are gathered at the most before they are written. */
const BLOCK = 64 * 1024;

const encoder = new TextEncoder();

/**
 * What plain JavaScript can do: a logger for nothing but these records, in one file, as a program would write it that
 * wants no library. It looks at the clock at each call, makes the date once a millisecond, looks whether a string must be
 * escaped, and writes under flock(2), as all of a block at once. It has no levels, no limits, no errors, and no memory
 * of what was not written.
 */
export function openHandWritten({ path, kind, format, maxBytes }: OpenOptions): Promise<OpenSubject> {
  const { level, bound } = workOf(kind);
  if (maxBytes !== undefined || format !== "json" || bound !== undefined || level !== "info") {
    throw new Unsupported("it can only write plain records as JSON");
  }
  const { calls } = detectRuntime();
  const file = calls.open(path, { access: "append" });
  let block = "";
  let time = NaN;
  let head = "";

  function beginning(): string {
    const now = Date.now();
    if (now !== time) {
      time = now;
      head = `{"time":"${new Date(now).toISOString()}","level":"info","msg":`;
    }
    return head;
  }

  function flush(): Promise<void> {
    if (block === "") return Promise.resolve();
    const bytes = encoder.encode(block);
    block = "";
    while (!calls.tryLock(file));
    calls.write(file, bytes);
    calls.unlock(file);
    return Promise.resolve();
  }

  function put(line: string): void {
    if (block === "") setImmediate(flush);
    block += line;
    if (block.length >= BLOCK) flush();
  }

  const log = loopOf(kind, {
    disabled: () => {},
    plain: (text) => put(`${beginning()}${string(text)}}\n`),
    fields: (text, fields) => {
      let line = beginning() + string(text);
      for (const key in fields) line += `,"${key}":${value(fields[key])}`;
      put(line + "}\n");
    },
    error: () => {},
  });
  return Promise.resolve({
    log,
    flush,
    async close() {
      await flush();
      calls.close(file);
    },
  });
}

// deno-lint-ignore no-control-regex -- what JSON and terminals want escaped
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]/;

function string(text: string): string {
  return UNSAFE.test(text) ? JSON.stringify(text) : `"${text}"`;
}

function value(value: unknown): string {
  switch (typeof value) {
    case "string":
      return string(value);
    case "number":
      return Number.isFinite(value) ? `${value}` : `"${value}"`;
    case "boolean":
      return value ? "true" : "false";
    default:
      return JSON.stringify(value);
  }
}
