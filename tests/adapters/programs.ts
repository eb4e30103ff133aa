/**
 * Starts programs of this directory on any of the runtimes.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Binaries, binaries } from "../support/binaries.ts";

/** Name of a runtime. */
export type RuntimeName = keyof Binaries;

/** All of them. */
export const runtimeNames: readonly RuntimeName[] = ["deno", "bun", "node"];

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@linkcode start}. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** What Deno may do; everything by default. */
  readonly permissions?: readonly string[];
  /** Further flags of the runtime. */
  readonly flags?: readonly string[];
  readonly cwd?: string;
  /** Path of another executable, such as an older version of the runtime. */
  readonly executable?: string;
}

/** A program that runs. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves once a text has appeared in what it printed; rejects when it ends before. */
  printed(text: string): Promise<void>;
  /** Resolves once a text has appeared so many times more than by now, once by default; rejects when it ends before. */
  more(text: string, times?: number): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<Outcome>;
}

/** A new directory of the test's own. */
export function temporaryDirectory(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "omni-log-")));
}

/** Starts a program of this directory on a runtime. */
export function start(runtime: RuntimeName, program: string, options: StartOptions = {}): Program {
  const { args = [], permissions = ["-A"], flags = [], cwd } = options;
  const path = fileURLToPath(new URL(program, import.meta.url));
  const front = runtime === "deno" ? ["run", "--quiet", "--no-prompt", ...permissions] : [];
  return watch(spawn(options.executable ?? binaries()[runtime], [...front, ...flags, path, ...args], { cwd }));
}

/** Collects what a child prints and how it ends. */
export function watch(child: ChildProcess): Program {
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    waiting.forEach((check) => check());
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr += text);
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  const count = (text: string): number => stdout.split(text).length - 1;
  function counted(text: string, target: number): Promise<void> {
    return new Promise((resolve, reject) => {
      function check(): void {
        if (count(text) < target) return;
        waiting.delete(check);
        resolve();
      }
      waiting.add(check);
      check();
      ended.then(() => reject(new Error(`The program ended before it printed ${text}: ${stderr}`)), reject);
    });
  }
  const printed = (text: string): Promise<void> => counted(text, 1);
  const more = (text: string, times = 1): Promise<void> => counted(text, count(text) + times);
  return { child, printed, more, ended };
}
