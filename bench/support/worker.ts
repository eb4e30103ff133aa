/**
 * Processes that measure, seen from the one that directs them.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Binaries, binaries } from "../../tests/support/binaries.ts";
import type { CaseOptions, RoundOptions, RoundResult } from "../cases/case.ts";
import type { CaseName } from "../cases/mod.ts";
import { Unsupported } from "../subjects/subject.ts";

/** Name of a runtime. */
export type RuntimeName = keyof Binaries;

/** All of them. */
export const RUNTIMES: readonly RuntimeName[] = ["deno", "bun", "node"];

/** Flags that a runtime needs to run the programs, and to measure the cases. */
const FLAGS: { readonly [K in RuntimeName]: { readonly run: readonly string[]; readonly measure: readonly string[] } } =
  {
    deno: { run: ["run", "--quiet", "-A", "--no-check"], measure: ["--v8-flags=--expose-gc"] },
    bun: { run: [], measure: [] },
    node: { run: ["--disable-warning=ExperimentalWarning"], measure: ["--expose-gc"] },
  };

/** A round that takes longer hangs. */
const PATIENCE = 120_000;

/** A process that measures. */
export interface Worker {
  /** What it says that it runs on, such as `node 26.10.0`. */
  readonly runtime: string;
  /**
   * Has it measure one round.
   *
   * @throws Unsupported when the subject cannot do this.
   */
  round(options: RoundOptions): Promise<RoundResult>;
  /** Ends it. */
  close(): Promise<void>;
}

/** Options of {@linkcode startWorker}. */
export interface WorkerOptions extends CaseOptions {
  /** Further flags of the runtime, such as those of its profiler. */
  readonly flags?: readonly string[];
}

/** Starts a program of the benchmarks on a runtime. */
export function startProgram(
  runtime: RuntimeName,
  program: string,
  { args = [], flags = [], directory }: {
    readonly args?: readonly string[];
    readonly flags?: readonly string[];
    readonly directory: string;
  },
): ChildProcess {
  const path = program.startsWith("/") ? program : fileURLToPath(new URL(`../${program}`, import.meta.url));
  return spawn(binaries()[runtime], [...FLAGS[runtime].run, ...flags, path, ...args], {
    cwd: directory,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/**
 * Starts a process that measures a case; resolves once it is ready.
 *
 * @throws Unsupported when the subject cannot do this.
 */
export async function startWorker(
  runtime: RuntimeName,
  name: CaseName,
  { flags = [], ...options }: WorkerOptions,
): Promise<Worker> {
  const child = startProgram(runtime, "child.ts", {
    args: [name, JSON.stringify(options)],
    flags: [...FLAGS[runtime].measure, ...flags],
    directory: options.directory,
  });
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("Cannot measure: a child has no streams");
  let said = "";
  stderr.setEncoding("utf8").on("data", (text: string) => said += text);
  // A child that has died is noticed by what it does not answer.
  stdin.on("error", () => {});
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code));
  });
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  async function answer<T>(): Promise<T> {
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    const { value, done } = await answers.next();
    clearTimeout(timer);
    if (done === true) {
      const tail = said.trim().slice(-2000);
      throw new Error(`Cannot measure ${name} of ${options.subject} on ${runtime}: ended with ${await ended}\n${tail}`);
    }
    const given = JSON.parse(value) as T & { readonly unsupported?: string };
    if (given.unsupported !== undefined) throw new Unsupported(given.unsupported);
    return given;
  }
  async function close(): Promise<void> {
    stdin?.end();
    const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(timer);
  }
  let ready: { readonly runtime: string };
  try {
    ready = await answer();
  } catch (error) {
    await close();
    throw error;
  }
  if (!ready.runtime.startsWith(runtime)) throw new Error(`Cannot measure ${runtime}: it is ${ready.runtime}`);
  return {
    runtime: ready.runtime,
    round(options) {
      stdin.write(`${JSON.stringify(options)}\n`);
      return answer<RoundResult>();
    },
    close,
  };
}

/** Starts processes one after the other, and ends them afterwards, whatever happens. */
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
