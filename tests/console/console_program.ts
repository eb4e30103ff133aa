/**
 * Logs to the standard streams as its one argument says, and tells on a file how that went.
 *
 * @module
 */
import { appendFileSync, existsSync } from "node:fs";
import process from "node:process";
import { detectRuntime } from "../../adapters/detect.ts";
import type { LoggerOptions } from "../../src/options.ts";
import { createLogger } from "../../mod.ts";

/** What the program does. */
export interface ConsoleProgramConfig {
  /** Where it tells. */
  readonly report: string;
  readonly options: LoggerOptions;
  readonly lines: number;
  /** Logs as long as there is no such file instead, and tells the count each 100 lines. */
  readonly until?: string;
  /** Bytes of the padding of each line. */
  readonly size: number;
  /** Logs so many lines, then lets the event loop turn for so many milliseconds. */
  readonly pause?: readonly [every: number, milliseconds: number];
  /** Level of every other line. */
  readonly otherLevel?: "warn";
  /** How it ends. */
  readonly end: "process.exit" | "uncaught throw" | "end of script" | "close";
}

const config: ConsoleProgramConfig = JSON.parse(process.argv[2] as string);
const log = createLogger({ ...config.options, onError: (error) => tell({ error: error.message }) });
detectRuntime().onExit(() => {
  const { logged, dropped, droppedBy, destinations: [{ written, pending }] } = log.metrics();
  tell({ metrics: { logged: logged.info + logged.warn, dropped, droppedBy, written, pending } });
});

const pad = "x".repeat(config.size);
let i = 0;
for (; config.until === undefined ? i < config.lines : !existsSync(config.until); i++) {
  log[i % 2 === 1 ? config.otherLevel ?? "info" : "info"]("line", { i, pad });
  if (config.pause !== undefined && i % config.pause[0] === config.pause[0] - 1) await wait(config.pause[1]);
  if (config.until !== undefined && i % 100 === 99) tell({ count: i + 1 });
}
tell({ hasLogged: true, count: i });
switch (config.end) {
  case "process.exit":
    process.exit(0);
    break;
  case "uncaught throw":
    throw new Error("thrown on purpose");
  case "close":
    await log.close();
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function tell(what: object): void {
  appendFileSync(config.report, JSON.stringify(what) + "\n");
}
