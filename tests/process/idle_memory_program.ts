/**
 * Makes a thousand loggers, each of which logs one line, in one directory or each in its own, and prints how many bytes of
 * memory they have taken: `idle_memory_program.ts one|each`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createLogger, type Logger } from "../../mod.ts";

const LOGGERS = 1_000;
const [place] = process.argv.slice(2);
const directory = mkdtempSync(join(tmpdir(), "omni-log-"));

function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}

async function make(count: number, name: string): Promise<Logger[]> {
  const logs: Logger[] = [];
  for (let i = 0; i < count; i++) {
    const log = createLogger(join(directory, place === "each" ? join(`${name}${i}`, "app.log") : `${name}${i}.log`));
    log.info("started", { i });
    logs.push(log);
    if (i % 50 === 49) await log.flush();
  }
  await Promise.all(logs.map((log) => log.flush()));
  return logs;
}

// What the runtime makes of the code itself is no matter of the loggers.
const logs = await make(50, "first");
const before = residentBytes();
logs.push(...await make(LOGGERS, "log"));
console.log(residentBytes() - before);
rmSync(directory, { recursive: true });
// The logs are in use until here, and are not closed one by one.
process.exit(logs.length > LOGGERS ? 0 : 1);
