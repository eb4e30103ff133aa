/** Threads that log into one file, each with a logger of its own. Runs on Deno, Bun and Node. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { createLogger } from "../mod.ts";

const path = "workers.log";

if (isMainThread) {
  const workers = ["a", "b"].map((name) => new Worker(new URL(import.meta.url), { workerData: { name } }));
  await Promise.all(workers.map((worker) => once(worker, "exit")));
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const names: string[] = lines.map((line) => JSON.parse(line).worker);
  for (const name of ["a", "b"]) console.log(name, names.filter((other) => other === name).length);
} else {
  const log = createLogger({ fields: { worker: workerData.name }, destinations: [path] });
  for (let number = 1; number <= 1000; number++) log.info("job done", { number });
  await log.close();
}
