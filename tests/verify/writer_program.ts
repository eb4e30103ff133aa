/**
 * A process that writes a log that can be verified: `writer_program.ts '{"path": "/tmp/app.log", "id": "a", ...}'`.
 * It prints `ready` and, at the end, `done`.
 */
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { createLogger, format, type RotateOptions } from "../../mod.ts";

/** What it does. */
export interface VerifiedWriterConfig {
  readonly path: string;
  readonly id: string;
  readonly key: string;
  /** Records of each logger. */
  readonly count: number;
  /** Loggers in the process, and threads with one more each. */
  readonly loggers: number;
  readonly threads: number;
  readonly rotate: RotateOptions;
}

async function write({ path, id, key, count, loggers, rotate }: VerifiedWriterConfig): Promise<void> {
  const logs = Array.from({ length: loggers }, () =>
    createLogger({
      destinations: [{
        uri: path,
        rotate,
        format: format.json({ sequence: true, chain: { key } }),
      }],
      onError: (error) => console.error(error),
    }));
  for (let n = 0; n < count; n++) {
    for (const log of logs) log.info("line", { id, n, pad: "x".repeat(n % 200) });
    if (n % 20 === 19) await wait(2);
  }
  for (const log of logs) await log.close();
}

const config = (isMainThread ? JSON.parse(process.argv[2]) : workerData) as VerifiedWriterConfig;
if (isMainThread) console.log("ready");
const threads = Array.from({ length: isMainThread ? config.threads : 0 }, () => {
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...config, loggers: 1 } });
  return new Promise<void>((resolve, reject) => worker.on("exit", () => resolve()).on("error", reject));
});
await write(config);
await Promise.all(threads);
if (isMainThread) console.log("done");
