/**
 * A process that writes a log, on any runtime: `writer_program.ts '{"path": "/tmp/app.log", "id": "a", "count": 10}'`.
 * It prints its progress, see `writer_program_run.ts`.
 */
import process from "node:process";
import { Worker as ThreadWorker } from "node:worker_threads";
import { run, say, type WriterConfig } from "./writer_program_run.ts";

const config = JSON.parse(process.argv[2]) as WriterConfig;
const { threads } = config;
if (threads === undefined) {
  // No `await`: an error in it shall meet the process like any other.
  void run(config);
} else {
  say("ready");
  for (let number = 0; number < threads.count; number++) {
    startThread(threads.kind, { ...config, threads: undefined, id: `${config.id}${number}` });
  }
}

function startThread(kind: "node" | "web", config: WriterConfig): void {
  if (kind === "node") {
    new ThreadWorker(new URL("./writer_program_thread.ts", import.meta.url), { workerData: config });
    return;
  }
  const worker = new Worker(new URL("./writer_program_web_worker.ts", import.meta.url).href, { type: "module" });
  worker.onmessage = () => worker.terminate();
  worker.postMessage(config);
}
