/** A process, or a worker thread of one, that ends in the way it is told and prints what its exit hooks see. */
import { Worker, workerData } from "node:worker_threads";
import { detectRuntime } from "../../adapters/detect.ts";

const [, , place, way] = process.argv;
const how: string | undefined = workerData ?? (place === "main" ? way : undefined);

if (how === undefined) {
  const worker = new Worker(new URL(import.meta.url), { workerData: way });
  worker.on("error", () => {});
} else {
  const runtime = detectRuntime();
  const say = (text: string) => void runtime.output("stdout").write(new TextEncoder().encode(`${text}\n`));
  runtime.onExit(() => say("first hook"));
  runtime.onExit(() => say("second hook"));
  const stop = runtime.onExit(() => say("stopped hook"));
  stop();
  switch (how) {
    case "end of script":
      break;
    case "process.exit":
      setTimeout(() => process.exit(3), 5);
      break;
    case "Deno.exit":
      setTimeout(() => (globalThis as unknown as { Deno: { exit(code: number): void } }).Deno.exit(3), 5);
      break;
    case "uncaught throw":
      setTimeout(() => {
        throw new Error("thrown on purpose");
      }, 5);
      break;
    case "throw at the top":
      throw new Error("thrown on purpose");
    case "unhandled rejection":
      setTimeout(() => void Promise.reject(new Error("rejected on purpose")), 5);
      break;
  }
}
