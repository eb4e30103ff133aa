/**
 * Runs a program that logs to its standard streams, with all kinds of things at the other end.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Outcome, type RuntimeName, watch } from "../adapters/programs.ts";
import { binaries } from "../support/binaries.ts";
import type { ConsoleProgramConfig } from "./console_program.ts";

/** A runtime, and what it may do: without all permissions Deno has other ways to its streams. */
export interface Way {
  readonly name: string;
  readonly runtime: RuntimeName;
  readonly flags: readonly string[];
}

/** All ways in which the library writes to standard streams. */
export const ways: readonly Way[] = [
  { name: "node", runtime: "node", flags: ["--disable-warning=ExperimentalWarning"] },
  { name: "bun", runtime: "bun", flags: ["run"] },
  { name: "deno", runtime: "deno", flags: ["run", "-q", "--no-prompt", "-A"] },
  {
    name: "deno with few permissions",
    runtime: "deno",
    flags: ["run", "-q", "--no-prompt", "--allow-read", "--allow-write"],
  },
];

/** The command that runs a program of this directory. */
export function command({ runtime, flags }: Way, program: string, ...args: readonly string[]): string[] {
  return [binaries()[runtime], ...flags, fileURLToPath(new URL(program, import.meta.url)), ...args];
}

/** What the program has told. */
export interface Told {
  readonly errors: readonly string[];
  /** The last metrics. */
  readonly metrics: { logged: number; dropped: number; written: number; pending: number } | undefined;
  /** Lines it has logged, as far as it has told. */
  readonly count: number;
  /** Whether it has logged all. */
  readonly hasLogged: boolean;
}

/** How a run has gone. */
export interface ConsoleRun extends Outcome, Told {}

/** Options of {@linkcode runConsole}. */
export interface RunOptions extends Partial<Omit<ConsoleProgramConfig, "report">> {
  readonly way: Way;
  readonly directory: string;
  /** A shell command, with `"$@"` where the program stands. @default "$@" */
  readonly shell?: string;
  /** Variables of its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the child once it runs. */
  readonly during?: (child: ReturnType<typeof spawn>, told: () => Told, directory: string) => Promise<void>;
}

let runs = 0;

/** Runs the program in a shell command. */
export async function runConsole(options: RunOptions): Promise<ConsoleRun> {
  const { way, directory, shell = '"$@"', during } = options;
  const report = join(directory, `report-${runs++}`);
  const config: ConsoleProgramConfig = {
    report,
    options: { destinations: ["stdout:"], ...options.options },
    lines: options.lines ?? 10,
    size: options.size ?? 20,
    end: options.end ?? "close",
    ...(options.until === undefined ? {} : { until: options.until }),
    ...(options.pause === undefined ? {} : { pause: options.pause }),
    ...(options.otherLevel === undefined ? {} : { otherLevel: options.otherLevel }),
  };
  const env = { ...globalThis.process.env, ...options.env };
  const args = ["-c", shell, "sh", ...command(way, "./console_program.ts", JSON.stringify(config))];
  const child = spawn("sh", args, { cwd: directory, env });
  const { ended } = watch(child);
  const told = () => readReport(report);
  await during?.(child, told, directory);
  const outcome = await ended;
  return { ...outcome, ...told() };
}

function readReport(path: string): Told {
  const lines = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  const all = lines.filter((line) => line !== "").map((line) => JSON.parse(line));
  const last = all.findLast(({ metrics }) => metrics !== undefined);
  const count = all.findLast(({ count }) => count !== undefined)?.count ?? 0;
  const hasLogged = all.some((told) => told.hasLogged === true);
  return { errors: all.flatMap(({ error }) => error ?? []), metrics: last?.metrics, count, hasLogged };
}

/** Waits until a program has logged all; one that is held up by its reader never has. */
export async function untilLogged(told: () => Told): Promise<void> {
  for (const deadline = Date.now() + 60_000; !told().hasLogged;) {
    if (Date.now() > deadline) throw new Error("Expected that the program goes on");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Waits until nothing has come out of a program for ten looks in a row, between each two of which it has logged more. */
export async function untilStopped(child: ReturnType<typeof spawn>, told: () => Told): Promise<void> {
  let hasPrinted = false;
  const look = () => hasPrinted = true;
  child.stdout?.on("data", look);
  let { count } = told();
  const deadline = Date.now() + 60_000;
  for (let still = 0; still < 10;) {
    if (Date.now() > deadline) throw new Error("Expected that nothing comes out any more while the program goes on");
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (hasPrinted) still = 0;
    else if (told().count > count) still++;
    hasPrinted = false;
    count = told().count;
  }
  child.stdout?.off("data", look);
}

/** The reader that is slow, as the end of a pipeline. */
export function slowReader(out: string, firstPause: number, pause: number): string {
  const { flags } = ways[0];
  const path = fileURLToPath(new URL("./reader_program.ts", import.meta.url));
  return `"${binaries().node}" ${flags.join(" ")} "${path}" "${out}" ${firstPause} ${pause}`;
}

/** The numbers of the lines in a text, which must be whole lines. */
export function numbersIn(text: string): number[] {
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line).i as number);
}
