/**
 * Writes a thousand logs in one directory, closes them, and prints the longest time in milliseconds in which the event
 * loop did not turn, and what was reported: `many_logs_program.ts <directory>`.
 */
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type Logger } from "../../mod.ts";

const LOGS = 1_000;

/** Loggers that the program itself makes, and writes to, in one turn of the event loop. */
const TOGETHER = 10;

/** How often, in milliseconds, the event loop is looked at. */
const TICK = 1;

const [directory] = process.argv.slice(2);
const errors: string[] = [];
let last = performance.now();
let longest = 0;
const ticking = setInterval(() => {
  const now = performance.now();
  longest = Math.max(longest, now - last - TICK);
  last = now;
}, TICK);

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
clearInterval(ticking);
console.log(JSON.stringify({ longest: Math.round(longest), errors: errors.slice(0, 3) }));
