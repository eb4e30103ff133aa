/**
 * Rotates a log that has thousands of rotated files and prints, for each rotation, the longest time in milliseconds in
 * which the event loop did not turn until the oldest file was deleted:
 * `rotation_delay_program.ts '{"path": "/tmp/app.log", "rotate": {"maxFiles": 2}, "oldest": [...], "enough": 10}'`.
 */
import { fstatSync, openSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type RotateOptions } from "../../mod.ts";

/** What it does. Must survive JSON. */
export interface RotationDelayConfig {
  /** Path of the log. */
  readonly path: string;
  /** Must delete a file for each that is rotated. */
  readonly rotate: RotateOptions;
  /** Paths of the files that are deleted, in that order: one for each rotation that it makes at the most. */
  readonly oldest: readonly string[];
  /** It ends, after its first rotation, with the second that delays the event loop by less than so many milliseconds. */
  readonly enough: number;
}

/** Those in which the code is compiled. */
const FIRST = 1;

/** Good rotations, of those that may be spoilt by what the machine does besides or by the collection of garbage. */
const ENOUGH = 2;

/** How often, in milliseconds, the event loop is looked at. */
const TICK = 1;

const LINE = "x".repeat(500);

const { path, rotate, oldest, enough } = JSON.parse(process.argv[2]) as RotationDelayConfig;
const log = createLogger({ destinations: [{ uri: path, rotate: { ...rotate, maxBytes: 400 } }] });
// Open, they can be seen to have no name any more, whichever it was.
const files = oldest.map((path) => openSync(path, "r"));

let [last, longest] = [performance.now(), 0];
const look = (): void => {
  const now = performance.now();
  longest = Math.max(longest, now - last - TICK);
  last = now;
};
const ticking = setInterval(look, TICK);

const delays: number[] = [];
// The first line makes the log; each one after it is too much for the file.
log.info(LINE);
await log.flush();
for (const file of files) {
  if (delays.slice(FIRST).filter((delay) => delay < enough).length === ENOUGH) break;
  [last, longest] = [performance.now(), 0];
  log.info(LINE);
  while (fstatSync(file).nlink > 0) await wait(2);
  look();
  delays.push(Math.round(longest * 10) / 10);
}
clearInterval(ticking);
console.log(JSON.stringify(delays));
await log.close();
