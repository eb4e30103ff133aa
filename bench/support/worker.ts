/**
 * Processes that measure, seen from the one that directs them.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Binaries, binaries } from "../../tests/support/binaries.ts";
import type { CaseOptions, RoundOptions, RoundResult } from "../cases/case.ts";
import type { CaseName } from "../cases/mod.ts";

/** Name of a runtime. */
export type RuntimeName = keyof Binaries;

/** All of them. */
export const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "node"];

/** Flags that a runtime needs to run and measure the cases. */
const FLAGS: { readonly [K in RuntimeName]: readonly string[] } = {
  deno: ["run", "--quiet", "-A", "--v8-flags=--expose-gc"],
  bun: [],
  node: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
};

/** A process that measures. */
export interface Worker {
  /** What it says that it runs on, such as `node 26.10.0`. */
  readonly runtime: string;
  /** Has it measure one round. */
  round(options: RoundOptions): Promise<RoundResult>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Options of {@linkcode startWorker}. */
export interface WorkerOptions extends CaseOptions {
  /** Further flags of the runtime, such as those of its profiler. */
  readonly flags?: readonly string[];
}

/** Starts a process that measures a case; resolves once it is ready. */
export async function startWorker(
  runtime: RuntimeName,
  name: CaseName,
  { flags = [], ...options }: WorkerOptions,
): Promise<Worker> {
  const program = fileURLToPath(new URL("../child.ts", import.meta.url));
  const args = [...FLAGS[runtime], ...flags, program, name, JSON.stringify(options)];
  const child = spawn(binaries()[runtime], args, { cwd: options.directory, stdio: ["pipe", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code));
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  async function answer<T>(): Promise<T> {
    const { value, done } = await answers.next();
    if (done !== true) return JSON.parse(value) as T;
    throw new Error(`Cannot measure ${name} of ${options.subject} on ${runtime}: ended with ${await ended}\n${stderr}`);
  }
  const ready = await answer<{ readonly runtime: string }>();
  if (!ready.runtime.startsWith(runtime)) throw new Error(`Cannot measure ${runtime}: it is ${ready.runtime}`);
  return {
    runtime: ready.runtime,
    round(options) {
      child.stdin.write(`${JSON.stringify(options)}\n`);
      return answer<RoundResult>();
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Starts the processes of one comparison, one after the other, and ends them afterwards, whatever happens. */
export async function withWorkers<T>(
  start: readonly (() => Promise<Worker>)[],
  use: (workers: readonly Worker[]) => Promise<T>,
): Promise<T> {
  const workers: Worker[] = [];
  try {
    for (const one of start) workers.push(await one());
    return await use(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}
