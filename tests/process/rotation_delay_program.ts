/**
 * Rotates a log that has thousands of rotated files and prints, for each rotation, the longest time in milliseconds in
 * which the event loop did not turn until the oldest file was deleted, and the time that this must stay below:
 * `rotation_delay_program.ts '{"path": "/tmp/app.log", "rotate": {"maxFiles": 2}, "rotations": 20}'`.
 */
import { fstatSync, openSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type RotateOptions } from "../../mod.ts";
import { median } from "../../bench/support/statistics.ts";
import { rotatedAmong } from "../../src/file/rotated_name.ts";
import { longestOf, watchStalls } from "../support/stalls.ts";

/** What it does. Must survive JSON. */
export interface RotationDelayConfig {
  /** Path of the log. */
  readonly path: string;
  /** Must delete a file for each that is rotated. */
  readonly rotate: RotateOptions;
  /** Rotations that it makes at the most: it ends, after its first, with the second that is good. */
  readonly rotations: number;
}

/** What it prints, in milliseconds. */
export interface RotationDelays {
  /** How late the event loop was, for each rotation. */
  readonly delays: readonly number[];
  /** What reading and sorting all names in one go takes here and now: a good rotation delays less. */
  readonly most: number;
}

/** Those in which the code is compiled. */
const FIRST = 1;

/** Good rotations, of those that may be spoilt by what the machine does besides or by the collection of garbage. */
const ENOUGH = 2;

const LINE = "x".repeat(500);

const { path, rotate, rotations } = JSON.parse(process.argv[2]) as RotationDelayConfig;

/** The names in the directory, in no order. */
const names = readdirSync(dirname(path));

/** Reads and sorts all names, the oldest first. */
const readNames = () => rotatedAmong(names, basename(path), rotate.naming ?? "timestamp");

const times = Array.from({ length: 7 }, () => {
  const start = performance.now();
  readNames();
  return performance.now() - start;
});
const most = median(times);
const log = createLogger({ destinations: [{ uri: path, rotate: { ...rotate, maxBytes: 400 } }] });
// Open, they can be seen to have no name any more, whichever it was.
const files = readNames().slice(0, rotations).map(({ name }) => openSync(join(dirname(path), name), "r"));

const delays: number[] = [];
// The first line makes the log; each one after it is too much for the file.
log.info(LINE);
await log.flush();
for (const file of files) {
  if (delays.slice(FIRST).filter((delay) => delay < most).length === ENOUGH) break;
  const stop = watchStalls(1);
  log.info(LINE);
  while (fstatSync(file).nlink > 0) await wait(2);
  delays.push(Math.round(longestOf(stop()) * 10) / 10);
}
console.log(JSON.stringify({ delays, most: Math.round(most * 10) / 10 } satisfies RotationDelays));
await log.close();
