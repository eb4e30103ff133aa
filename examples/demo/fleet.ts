/**
 * The processes that write.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Binaries, binaries } from "../../tests/support/binaries.ts";
import type { Assignment, Progress } from "./record.ts";

/** Runtimes in the order in which the writers are spread over them. */
const runtimes: readonly (keyof Binaries)[] = ["deno", "bun", "node"];

/** A fleet in which nobody gets any further for so many milliseconds has failed. */
const STUCK_AFTER = 30_000;

/** The victim dies within so many milliseconds of its half-way mark. */
const KILL_WITHIN = 50;

/** What is known of a process that writes. */
export interface Writer {
  /** From 1. */
  readonly number: number;
  readonly runtime: keyof Binaries;
  readonly pid: number;
  /** Records that it has to write. */
  readonly lines: number;
  /** Whether it is the one to be killed half-way. */
  readonly isVictim: boolean;
  /** Records that it knows to be with the operating system. */
  written: number;
  /** Rotations that it has carried out. */
  rotations: number;
  /** When it was started, by `performance.now`. */
  readonly startedAt: number;
  /** When it ended. */
  endedAt: number | undefined;
  /** How it ended, unless well: an exit code or a signal. */
  failure: string | undefined;
  /** What it said on standard error. */
  readonly complaints: string[];
}

/** A number of processes that write into the same file. */
export interface Fleet {
  readonly writers: readonly Writer[];
  /** Resolves when all have ended. */
  readonly ended: Promise<void>;
  /** Ends all of them at once. */
  stop(): void;
}

/** Starts the writers, all at the same time. The last one is the victim where there is to be one. */
export function startFleet(options: {
  readonly path: string;
  readonly writers: number;
  readonly lines: number;
  readonly maxBytes: number;
  readonly kill: boolean;
}): Fleet {
  const { path, lines, maxBytes, kill } = options;
  const started = Array.from({ length: options.writers }, (_, index) => {
    const isVictim = kill && index === options.writers - 1;
    // The victim is never done by itself: however fast it is, it dies at work.
    const assignment: Assignment = { path, writer: index + 1, lines: isVictim ? 100 * lines : lines, maxBytes };
    return startWriter(runtimes[index % runtimes.length], assignment, { lines, isVictim });
  });
  const stop = () => started.forEach(({ child }) => void child.kill("SIGKILL"));
  const writers = started.map(({ writer }) => writer);
  return { writers, ended: untilEnded(started, stop), stop };
}

interface Started {
  readonly writer: Writer;
  readonly child: ChildProcess;
  readonly ended: Promise<void>;
}

function startWriter(
  runtime: keyof Binaries,
  assignment: Assignment,
  { lines, isVictim }: { readonly lines: number; readonly isVictim: boolean },
): Started {
  const directory = dirname(assignment.path);
  // All that the library needs.
  const permissions = [`--allow-read=${directory}`, `--allow-write=${directory}`];
  const front = runtime === "deno" ? ["run", "--quiet", "--no-prompt", ...permissions] : [];
  const program = fileURLToPath(new URL("./writer.ts", import.meta.url));
  const child = spawn(binaries()[runtime], [...front, program, JSON.stringify(assignment)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const writer: Writer = {
    number: assignment.writer,
    runtime,
    pid: child.pid ?? 0,
    lines,
    isVictim,
    written: 0,
    rotations: 0,
    startedAt: performance.now(),
    endedAt: undefined,
    failure: undefined,
    complaints: [],
  };
  let isDoomed = false;
  createInterface({ input: child.stdout }).on("line", (line: string) => {
    Object.assign(writer, JSON.parse(line) as Progress);
    if (!isVictim || writer.written < lines / 2 || isDoomed) return;
    isDoomed = true;
    // At any moment: in the middle of a write, a rotation or a compression as well as between them.
    setTimeout(() => child.kill("SIGKILL"), KILL_WITHIN * Math.random());
  });
  createInterface({ input: child.stderr }).on("line", (line: string) => {
    if (line.trim() !== "") writer.complaints.push(line);
  });
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error: Error) => {
      writer.complaints.push(error.message);
      writer.failure = "did not start";
      resolve();
    });
    child.once("close", (code: number | null, signal: string | null) => {
      writer.endedAt = performance.now();
      if (code !== 0) writer.failure = signal ?? `exit code ${code}`;
      resolve();
    });
  });
  return { writer, child, ended };
}

async function untilEnded(started: readonly Started[], stop: () => void): Promise<void> {
  let progress = "";
  let progressAt = performance.now();
  const watchdog = setInterval(() => {
    const now = started.map(({ writer }) => `${writer.written} ${writer.failure}`).join();
    if (now !== progress) progressAt = performance.now();
    else if (performance.now() - progressAt > STUCK_AFTER) stop();
    progress = now;
  }, 1_000);
  await Promise.all(started.map(({ ended }) => ended));
  clearInterval(watchdog);
}
