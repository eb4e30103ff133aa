/**
 * Writes a thousand logs in one directory, closes them, and prints the longest time in milliseconds in which the event
 * loop did not turn, and what was reported: `many_logs_program.ts <directory>`.
 */
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type Logger } from "../../mod.ts";
import { longestOf, watchStalls } from "../support/stalls.ts";

const LOGS = 1_000;

/** Loggers that the program itself makes, and writes to, in one turn of the event loop. */
const TOGETHER = 10;

const [directory] = process.argv.slice(2);
const errors: string[] = [];
const stop = watchStalls(1);

const logs: Logger[] = [];
for (let number = 0; number < LOGS; number++) {
  const log = createLogger({
    destinations: [{ uri: join(directory, `${number}.log`), rotate: { maxBytes: "1MB", maxFiles: 3 } }],
    onError: (error) => void errors.push(error.message),
  });
  log.info("first");
  logs.push(log);
  if (number % TOGETHER === 0) await wait(1);
}
await Promise.all(logs.map((log) => log.flush()));
for (const [number, log] of logs.entries()) {
  log.info("second");
  if (number % TOGETHER === 0) await wait(1);
}
await Promise.all(logs.map((log) => log.close()));
console.log(JSON.stringify({ longest: Math.round(longestOf(stop())), errors: errors.slice(0, 3) }));
