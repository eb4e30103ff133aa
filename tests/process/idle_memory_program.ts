/** Makes many loggers, each of which logs one line, and prints how many bytes of memory they have taken. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createLogger, type Logger } from "../../mod.ts";

const LOGGERS = 200;
const directory = mkdtempSync(join(tmpdir(), "omni-log-"));

function residentBytes(): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;
}

async function make(count: number, name: string): Promise<Logger[]> {
  const logs: Logger[] = [];
  for (let i = 0; i < count; i++) {
    const log = createLogger(join(directory, `${name}${i}`, "app.log"));
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
