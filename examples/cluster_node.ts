/** The processes of a Node cluster share one log file; no primary has to collect the records. */
import cluster from "node:cluster";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import process from "node:process";
import { createLogger } from "../mod.ts";

const path = "cluster.log";
const log = createLogger({ fields: { pid: process.pid }, destinations: [path] });

if (cluster.isPrimary) {
  log.info("primary started");
  const workers = Array.from({ length: 3 }, () => cluster.fork());
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  log.info("primary stopping");
  await log.close();
  const counts = new Map<number, number>();
  for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) {
    const { pid } = JSON.parse(line);
    counts.set(pid, (counts.get(pid) ?? 0) + 1);
  }
  console.log(`${counts.size} processes: ${[...counts.values()].sort((a, b) => a - b).join(", ")} lines`);
} else {
  for (let number = 1; number <= 1000; number++) log.info("request served", { number });
  await log.close();
  cluster.worker?.disconnect();
}
