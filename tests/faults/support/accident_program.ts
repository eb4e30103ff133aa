/**
 * Logs lines and then has an accident: `accident_program.ts '{"path": "app.log", "id": "a", "lines": 100, ...}'`.
 *
 * Its lines are those of `tests/support/writer_program.ts`, for the same checker.
 *
 * @module
 */
import { existsSync } from "node:fs";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createLogger, type FileDestinationOptions } from "../../../mod.ts";
import { say } from "../../support/writer_program_run.ts";

/** What happens, and how. Must survive JSON. */
export interface AccidentConfig {
  readonly id: string;
  /** Path of the log. */
  readonly path: string;
  /** Lines it logs. */
  readonly lines: number;
  /**
   * What it does before the accident: nothing, `flush`, a while of waiting, waiting until the lines have arrived by
   * themselves, or a last line with `fatal`.
   */
  readonly before: "nothing" | "flush" | "wait" | "arrive" | "fatal";
  /** How it ends: by kill -9, `process.exit`, an exception; or it prints `done` and waits for what comes. */
  readonly accident: "kill" | "exit" | "throw" | "none";
  /** File whose appearance lets it go on after its first line. @default it goes on at once */
  readonly gate?: string;
  /** Options of the destination. */
  readonly destination: FileDestinationOptions;
}

/** Far more than `flushInterval`, far less than the time that `durability: "memory"` waits at the most. */
const A_WHILE = 300;

/** How long, in milliseconds, it waits for lines to arrive; then the accident shows that they have not. */
const MOST_PATIENCE = 20_000;

const { id, path, lines, gate, before, accident, destination } = JSON.parse(process.argv[2]) as AccidentConfig;
const log = createLogger({ destinations: [{ ...destination, uri: path }] });
// Something is in the file, open and known to be well, as it is in a server that has run for a while.
log.info("line", { w: id, n: 0, size: 3, pad: "www" });
await log.flush();
say("ready");
while (gate !== undefined && !existsSync(gate)) await wait(5);
for (let n = 1; n < lines; n++) log.info("line", { w: id, n, size: 3, pad: "www" });
if (before === "flush") await log.flush();
if (before === "wait") await wait(A_WHILE);
if (before === "arrive") await arrive();
if (before === "fatal") log.fatal("line", { w: id, n: lines, size: 3, pad: "www" });
if (accident === "kill") process.kill(process.pid, "SIGKILL");
if (accident === "exit") process.exit(3);
if (accident === "throw") throw new Error("an accident");
say("done");
await wait(60_000);

/** Waits, without a flush, for the lines to be written and, with `durability: "disk"`, to be on the disk. */
async function arrive(): Promise<void> {
  await areWritten(lines);
  if (destination.durability !== "disk") return;
  // They count as written before the fsync. One more line is only written when that has ended.
  log.info("line", { w: id, n: lines, size: 3, pad: "www" });
  await areWritten(lines + 1);
}

async function areWritten(count: number): Promise<void> {
  const giveUpAt = performance.now() + MOST_PATIENCE;
  while (log.metrics().destinations[0].written < count && performance.now() < giveUpAt) await wait(10);
}
