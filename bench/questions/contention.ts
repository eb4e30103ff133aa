/**
 * Do many processes on one log keep up, whatever its naming? Each logs 100 lines a second to files of 50 kB, so that
 * somebody rotates about every tenth of a second and all the others find the log gone. For each naming: lines that were
 * dropped, rotations, and how long a process has waited for the lock, in all and in one wait on average.
 *
 * Runs on any of the runtimes, which the processes run on too: `deno run -A bench/questions/contention.ts [processes]
 * [seconds]`.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { createLogger, type RotateOptions } from "../../mod.ts";

const PER_SECOND = 100;
/** Milliseconds between two lines. */
const TICK = 1_000 / PER_SECOND;

const ROTATIONS: readonly RotateOptions[] = [
  { naming: "timestamp" },
  { naming: "numbered" },
  { naming: "timestamp", maxFiles: 20 },
  { naming: "numbered", maxFiles: 20 },
  { naming: "timestamp", maxFiles: 20, compress: "gzip" },
  { naming: "numbered", maxFiles: 20, compress: "gzip" },
];

/** What one process is told. */
interface Task {
  readonly path: string;
  readonly gate: string;
  readonly seconds: number;
  readonly rotate: RotateOptions;
}

/** What it tells. */
interface Told {
  readonly logged: number;
  readonly dropped: number;
  readonly rotations: number;
  readonly waits: number;
  readonly waited: number;
  readonly errors: readonly string[];
}

async function write({ path, gate, seconds, rotate }: Task): Promise<void> {
  const errors: string[] = [];
  const log = createLogger({
    destinations: [{ uri: path, rotate: { maxBytes: 50_000, ...rotate } }],
    onError: (error) => void (errors.length < 3 && errors.push(error.message)),
  });
  console.log("ready");
  while (!existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 20));
  let logged = 0;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const due = Math.min(seconds * 1_000, performance.now() - start) / TICK;
      for (; logged < due; logged++) log.info("request handled", { n: logged, pid: process.pid, path: "/orders/list" });
      if (logged < seconds * PER_SECOND) return;
      clearInterval(timer);
      resolve();
    }, TICK);
  });
  await log.close();
  const [{ dropped, rotations, lockWaits }] = log.metrics().destinations as unknown as [
    { dropped: number; rotations: number; lockWaits: { count: number; milliseconds: number } },
  ];
  const told: Told = { logged, dropped, rotations, waits: lockWaits.count, waited: lockWaits.milliseconds, errors };
  console.log(JSON.stringify(told));
}

async function measure(rotate: RotateOptions, processes: number, seconds: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "omni-contention-"));
  mkdirSync(join(directory, "logs"));
  const task: Task = { path: join(directory, "logs", "app.log"), gate: join(directory, "gate"), seconds, rotate };
  const flags = "Deno" in globalThis ? ["run", "--quiet", "-A", "--no-check"] : [];
  const self = fileURLToPath(import.meta.url);
  let ready = 0;
  const ends = Array.from({ length: processes }, () => {
    const child = spawn(process.execPath, [...flags, self, JSON.stringify(task)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (data) => {
      if (text === "" && ++ready === processes) writeFileSync(task.gate, "");
      text += data;
    });
    return new Promise<Told>((resolve) => child.on("close", () => resolve(JSON.parse(text.split("\n")[1] as string))));
  });
  const start = performance.now();
  const told = await Promise.all(ends);
  const sum = (of: (told: Told) => number) => told.reduce((all, one) => all + of(one), 0);
  const logged = sum(({ logged }) => logged);
  const dropped = sum(({ dropped }) => dropped);
  const waits = sum(({ waits }) => waits);
  const waited = sum(({ waited }) => waited);
  console.log(
    `${JSON.stringify(rotate).padEnd(62)} dropped ${(100 * dropped / logged).toFixed(1).padStart(5)} %, ` +
      `${sum(({ rotations }) => rotations)} rotations, waited ${(waited / processes / 1_000).toFixed(1)} s each, ` +
      `${(waited / Math.max(1, waits)).toFixed(1)} ms a time, ${((performance.now() - start) / 1_000).toFixed(1)} s, ` +
      `${readdirSync(join(directory, "logs")).length} files`,
  );
  for (const error of new Set(told.flatMap(({ errors }) => errors).slice(0, 3))) console.log(`  ${error}`);
  rmSync(directory, { recursive: true });
}

const [first = "50", second = "10", only = ""] = process.argv.slice(2);
if (first.startsWith("{")) {
  await write(JSON.parse(first));
} else {
  for (const rotate of ROTATIONS) {
    if (JSON.stringify(rotate).includes(only)) await measure(rotate, Number(first), Number(second));
  }
}
