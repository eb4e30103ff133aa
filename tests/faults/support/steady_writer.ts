/**
 * A process that logs at a steady rate, as a server does, while something is done to its files:
 * `steady_writer.ts '{"path": "/tmp/app.log", "id": "a", "lines": 1000, "perSecond": 1000}'`.
 *
 * Its lines are those of `tests/support/writer_program.ts`, for the same checker. It prints:
 *
 * - `ready`: it begins now;
 * - `ack 7`: `flush` has resolved for lines 0 to 6;
 * - `rejected ENOSPC`: `flush` has rejected;
 * - `error ENOSPC: Cannot ...`: `onError` was called;
 * - `logged 9`: all lines, so many, are logged, and it waits for the file `end`;
 * - `delays [[1763894000000, 31.5]]`: when the event loop was late, and by how many milliseconds;
 * - `metrics {...}`: the numbers after `close`.
 *
 * @module
 */
import { closeSync, existsSync, openSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type DestinationOptions, type LoggerOptions } from "../../../mod.ts";
import { say } from "../../support/writer_program_run.ts";

/** What a steady writer does. Must survive JSON. */
export interface SteadyConfig {
  /** Path of the log. */
  readonly path: string;
  /** Name of the writer, on each of its lines as `w`. */
  readonly id: string;
  /** Lines it logs. @default as many as there are until `end` appears */
  readonly lines?: number;
  /** Lines it logs in a second. */
  readonly perSecond: number;
  /** Bytes of padding on each line. @default 60 */
  readonly padding?: number;
  /** Pause, in milliseconds, between two calls of `flush`. @default 100 */
  readonly flushEvery?: number;
  /** Options of the logger. */
  readonly options?: Omit<LoggerOptions, "destinations" | "onError">;
  /** Options of the destination. */
  readonly destination?: Omit<DestinationOptions, "uri">;
  /** Opens all files that it may, and lets go of them when this file appears. */
  readonly hoardUntil?: string;
  /** User id to become before the logger is made. */
  readonly user?: number;
  /** File whose appearance lets it end. @default it ends when all lines are logged */
  readonly end?: string;
  /** How it ends: `close` after a `flush` that resolved, or `process.exit` as things are. @default "close" */
  readonly manner?: "close" | "process.exit";
}

/** How often, in milliseconds, the event loop is looked at. */
const TICK = 5;

/** Delays, in milliseconds, that are worth telling. */
const NOTABLE = 1;

/** How long, in milliseconds, it tries to flush at its end. */
const MOST_PATIENCE = 20_000;

/** How long, in milliseconds, it lives at the most without `end`: a test that has failed does not tell it to end. */
const LONGEST_LIFE = 60_000;

const config = JSON.parse(process.argv[2]) as SteadyConfig;
const { path, id, lines = Infinity, perSecond, padding = 60, flushEvery = 100 } = config;
if (config.user !== undefined) process.setuid?.(config.user);
const logger = createLogger({
  ...config.options,
  destinations: [{ ...config.destination, uri: path }],
  onError: (error) => say(`error ${codeOf(error)}: ${error.message}`),
});
const pad = id.slice(0, 1).repeat(padding);

const hoard: number[] = [];
const letGo = (): void => hoard.splice(0).forEach((fd) => closeSync(fd));
if (config.hoardUntil !== undefined) {
  // Deno 2.9 panics, logger or not, when it finds no descriptor for its signals half a second after its start.
  await wait(1_500);
  fillHoard();
}

const delays: [at: number, milliseconds: number][] = [];
let n = 0;
say("ready");
const start = performance.now();
let last = start;
const ticking = setInterval(() => {
  const now = performance.now();
  const late = now - last - TICK;
  last = now;
  if (late >= NOTABLE) delays.push([Date.now(), Math.round(late * 10) / 10]);
  if (hoard.length > 0 && existsSync(config.hoardUntil as string)) letGo();
  const due = Math.min(lines, Math.floor((now - start) / 1000 * perSecond));
  while (n < due) logger.info("line", { w: id, n: n++, size: pad.length, pad });
}, TICK);

const isToldToEnd = (): boolean =>
  config.end !== undefined && (existsSync(config.end) || performance.now() - start > LONGEST_LIFE);
while (n < lines && !(lines === Infinity && isToldToEnd())) {
  await wait(flushEvery);
  await flush();
}
if (lines === Infinity) clearInterval(ticking);
say(`logged ${n}`);
while (config.end !== undefined && !isToldToEnd()) await wait(TICK);
if (config.manner === "process.exit") process.exit(3);
for (const giveUpAt = performance.now() + MOST_PATIENCE; !(await flush()) && performance.now() < giveUpAt;) {
  await wait(50);
}
clearInterval(ticking);
await logger.close();
say(`delays ${JSON.stringify(delays)}`);
say(`metrics ${JSON.stringify(logger.metrics())}`);

function fillHoard(): void {
  try {
    for (;;) hoard.push(openSync("/dev/null", "r"));
  } catch (error) {
    say(`hoarded ${hoard.length} ${codeOf(error)}`);
  }
}

async function flush(): Promise<boolean> {
  const sent = n;
  try {
    await logger.flush();
    say(`ack ${sent}`);
    return true;
  } catch (error) {
    say(`rejected ${codeOf(error)}`);
    return false;
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
