/**
 * A process whose workers log, and are terminated at random moments, or (`natural`) end by themselves. The main thread
 * does not log. Tells then how many files of the log's directory it has open, and lives on until its input ends.
 */
import { readdirSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

interface Task {
  readonly path: string;
  readonly isNatural: boolean;
}

if (isMainThread) await terminate();
else await log(workerData as Task);

async function terminate(): Promise<void> {
  const [, , path, count, mode, atOnce = "2"] = process.argv as string[];
  const task: Task = { path: path as string, isNatural: mode === "natural" };
  let left = Number(count);
  const one = async () => {
    while (left-- > 0) {
      const worker = new Worker(new URL(import.meta.url), { workerData: task });
      const ended = new Promise((resolve) => worker.once("exit", resolve));
      await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
      if (!task.isNatural) {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
        await worker.terminate();
      }
      await ended;
    }
  };
  await Promise.all(Array.from({ length: Number(atOnce) }, one));
  // The thread ends some time after it was said to have ended.
  for (let looks = 0; looks < 500 && openFiles(dirname(path as string)) > 0 && task.isNatural; looks++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  console.log(`open: ${openFiles(dirname(path as string))}`);
  process.stdin.on("end", () => process.exit()).resume();
}

async function log({ path, isNatural }: Task): Promise<void> {
  const { createLogger } = await import("../../mod.ts");
  const logger = createLogger({
    destinations: [{ uri: path, rotate: { maxBytes: 100_000, maxFiles: 5, compress: "gzip" } }],
    flushInterval: 1,
  });
  let n = 0;
  const some = () => {
    for (let i = 0; i < 20; i++) logger.info("line", { n: n++, pad: "x".repeat(100) });
  };
  some();
  await logger.flush();
  parentPort?.postMessage("ready");
  if (isNatural) some();
  else setInterval(some, 1);
}

function openFiles(directory: string): number {
  const numbers = readdirSync("/proc/self/fd");
  return numbers.filter((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).startsWith(`${directory}/`);
    } catch {
      return false; // that of the listing itself
    }
  }).length;
}
