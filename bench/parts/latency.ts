/**
 * The delay that logging adds to an HTTP server's responses.
 *
 * @module
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { detectRuntime } from "../../adapters/detect.ts";
import { workOf } from "../records.ts";
import type { LatencyRow } from "../results.ts";
import { countLines } from "../support/lines.ts";
import { interleave } from "../support/rounds.ts";
import { bucketsOf, percentile, spreadOf } from "../support/statistics.ts";
import { startProgram, startWorker, withWorkers, type Worker } from "../support/worker.ts";
import type { Place } from "./part.ts";

/** The second one without logging shows how far two measurements of the same thing lie apart. */
const CONTROL = "no logging, again";
const SUBJECTS = ["no logging", "omni", "pino async", "logtape non-blocking", CONTROL];
const RATE = 2_000;
const PER_REQUEST = 5;
const ROUNDS = 5;
/** The log that is rotated and compressed while the load comes, once in so many seconds. */
const OLD_BYTES = 100_000_000;
const SECONDS_PER_ROTATION = 2;
/** A machine that stands still may keep a compression from ending in its round. */
const MOST_TRIES = 5;
const HISTOGRAM = [1, 5, 10, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99, 100];

/** Measures the delays of a server that logs five records with each request. */
export function measureLatency(place: Place): Promise<LatencyRow[]> {
  return measureScenario("plain", place);
}

/** Measures them while a log is rotated and compressed, of a size at which that takes a good part of a second. */
export function measureLatencyRotation(place: Place): Promise<LatencyRow[]> {
  return measureScenario("rotation", place);
}

async function measureScenario(
  scenario: LatencyRow["scenario"],
  { runtime, directory, effort }: Place,
): Promise<LatencyRow[]> {
  const seconds = effort.latencySeconds;
  const subjects = SUBJECTS.slice(0, effort.quick ? 2 : undefined);
  const start = subjects.map((subject) => () =>
    startWorker(runtime, "server", {
      subject: subject === CONTROL ? "no logging" : subject,
      kind: "five",
      directory,
    })
  );
  return await withWorkers(start, async (workers) => {
    const old = scenario === "rotation"
      ? makeOldLog(join(directory, "old"), effort.quick ? OLD_BYTES / 100 : OLD_BYTES)
      : undefined;
    const notes = new Map<string, string>();
    const run = (index: number, time: number) =>
      measureRound(workers[index] as Worker, subjects[index] as string, { seconds: time, directory, old, notes });
    for (const index of effort.quick ? [] : workers.keys()) await run(index, seconds / 3);
    const { results, rounds, rejected } = await interleave<Round>(
      subjects.map((name, index) => ({
        name,
        run: () => insideOf(() => run(index, seconds), `${name} on ${runtime}`),
      })),
      {
        rounds: effort.quick ? 1 : ROUNDS,
        reference: (name, { delays }) => name === "no logging" ? percentile(delays, 50) : undefined,
      },
    );
    const without = results.get("no logging") ?? [];
    return subjects.map((subject) => {
      const note = notes.get(subject);
      const base = { subject, scenario, rounds, rejected, ...(note !== undefined && { note }) };
      return { ...base, ...summary(results.get(subject) ?? [], without) };
    });
  });
}

/** Measures a round until all of its compressions lie in its window. */
async function insideOf(run: () => Promise<Round>, what: string): Promise<Round> {
  for (let tries = 1;; tries++) {
    const round = await run();
    if (round.outside === undefined) return round;
    if (tries === MOST_TRIES) throw new Error(`Cannot measure ${what}: ${round.outside}, ${tries} times in a row`);
  }
}

interface RoundContext {
  readonly seconds: number;
  /** Takes what is to be known of a subject. */
  readonly notes: Map<string, string>;
  readonly directory: string;
  /** The log that is rotated and compressed; absent: none. */
  readonly old: { readonly path: string; readonly bytes: number; readonly lines: number } | undefined;
}

interface Round {
  /** Delays of the requests in microseconds, sorted. */
  readonly delays: readonly number[];
  /** How long the requests were measured, in milliseconds. */
  readonly windowMs: number;
  /** How long each rotation and compression took, in milliseconds; all of it was inside the window. */
  readonly compressionsMs: readonly number[];
  /** Why the round does not count: a compression that was not, or not wholly, in the window. */
  readonly outside?: string;
}

async function measureRound(
  server: Worker,
  subject: string,
  { seconds, directory: parent, old, notes }: RoundContext,
): Promise<Round> {
  const directory = join(parent, "round");
  const beside = join(parent, "beside");
  for (const one of [directory, beside]) mkdirSync(one);
  const path = join(directory, "app.log");
  const rotates = subject === "omni" && old !== undefined;
  const moments = old === undefined ? [] : momentsIn(seconds);
  const olds = moments.map((_, index) => join(beside, `old-${index}.log`));
  for (const one of olds) copyFileSync(old?.path as string, one);
  const { port } = await server.round({
    count: 0,
    path,
    perRequest: PER_REQUEST,
    ...(rotates && { maxBytes: old.bytes, compress: true }),
  });
  // For a logger that does not compress, a program beside it does, as logrotate would, and at the same moments.
  const compressor = olds.length > 0 && !rotates ? startCompressor(beside) : undefined;
  const begun: number[] = [];
  const start = (index: number) => {
    begun.push(Date.now());
    if (rotates) putInPlace(olds[index] as string, path, { earlier: join(directory, `earlier-${index}`) });
    else compressor?.compress(olds[index] as string);
  };
  const { delays, from, to } = await load(Number(port), { seconds, directory: parent, moments, start });
  const { missing: logged = 0 } = await server.round({ count: 0 });
  await compressor?.end();
  const ended = compressedAt(rotates ? directory : beside);
  if (logged > 0) {
    // What was put in its place is there too, whatever became of it.
    const lines = countLines(directory, workOf("five")) - (rotates ? old.lines * begun.length : 0);
    const note = `${lines} lines instead of ${logged} in a round`;
    if (lines !== logged && subject === "omni") throw new Error(`Cannot use this measurement: ${note}`);
    if (lines !== logged) notes.set(subject, note);
  }
  rmSync(beside, { recursive: true });
  rmSync(directory, { recursive: true });
  const inside = begun.length === ended.length && begun.every((time) => time >= from) &&
    ended.every((time) => time <= to);
  return {
    delays: delays.toSorted((a, b) => a - b),
    windowMs: to - from,
    compressionsMs: ended.map((time, index) => time - (begun[index] ?? NaN)),
    ...((!inside || begun.length < moments.length) && {
      outside: `of ${moments.length} compressions ${ended.filter((time) => time <= to).length} ended in the window`,
    }),
  };
}

/** When rotations begin, in seconds: early enough for what they begin to end before the next, and in the window. */
function momentsIn(seconds: number): number[] {
  const count = Math.max(1, Math.floor(seconds / SECONDS_PER_ROTATION));
  return Array.from({ length: count }, (_, index) => (index + 0.1) * seconds / count);
}

/**
 * Puts a full log in the place of the one that is written, whose lines get another name, as if other processes had
 * filled it: under the lock, and without a moment at which no log stands there, in which a new one would be made.
 */
function putInPlace(full: string, path: string, { earlier }: { readonly earlier: string }): void {
  const { calls } = detectRuntime();
  const file = calls.open(path, { access: "append" });
  try {
    // Its holder writes a batch; this process measures nothing that waiting could disturb.
    while (!calls.tryLock(file)) continue;
    linkSync(path, earlier);
    renameSync(full, path);
  } finally {
    calls.close(file);
  }
}

/** When the compressed files of a directory were written to for the last time, the first one first. */
function compressedAt(directory: string): number[] {
  return readdirSync(directory).filter((name) => name.endsWith(".gz"))
    .map((name) => statSync(join(directory, name)).mtimeMs).toSorted((a, b) => a - b);
}

interface LoadOptions {
  readonly seconds: number;
  readonly directory: string;
  /** Moments of the measured window, in seconds from its beginning. */
  readonly moments: readonly number[];
  /** Is called at each of them with its index. */
  readonly start: (index: number) => void;
}

/** What load has measured: delays in microseconds, and the window in milliseconds since the epoch. */
interface Load {
  readonly delays: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Loads a server from a process of its own. */
async function load(port: number, { seconds, directory, moments, start }: LoadOptions): Promise<Load> {
  // Always the same runtime, whatever the server runs on.
  const child = startProgram("node", "support/load.ts", { args: [port, RATE, seconds].map(String), directory });
  const output = outputOf(child);
  const timers: ReturnType<typeof setTimeout>[] = [];
  child.stdout?.once("data", () => {
    for (const [index, moment] of moments.entries()) timers.push(setTimeout(() => start(index), moment * 1000));
  });
  try {
    const [from, rest] = (await output).split("\n") as [string, string];
    return { ...JSON.parse(rest), from: Number(from) };
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

/** A program that compresses files with gzip, one after the other. */
function startCompressor(directory: string): { compress(path: string): void; end(): Promise<string> } {
  const child = startProgram("node", "support/compress.ts", { directory });
  const output = outputOf(child);
  return {
    compress: (path) => void child.stdin?.write(`${path}\n`),
    end() {
      child.stdin?.end();
      return output;
    },
  };
}

/** What a program prints, once it has ended well. */
export function outputOf(child: ReturnType<typeof startProgram>): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => output += text);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => said += text);
    child.on("error", reject);
    child.on(
      "close",
      (code) => code === 0 ? resolve(output) : reject(new Error(`A program ended with ${code}: ${said}`)),
    );
  });
}

/** Writes a log of about so many bytes. */
function makeOldLog(path: string, bytes: number): { path: string; bytes: number; lines: number } {
  let text = "";
  let lines = 0;
  while (text.length < bytes) {
    const fields = workOf("five").fields?.(lines++);
    const time = new Date(1_764_000_000_000 + lines).toISOString();
    text += `${JSON.stringify({ time, level: "info", msg: workOf("five").text, ...fields })}\n`;
  }
  writeFileSync(path, text);
  return { path, bytes: text.length, lines };
}

function summary(
  rounds: readonly Round[],
  without: readonly Round[],
): Omit<LatencyRow, "subject" | "scenario" | "rounds" | "rejected"> {
  const delays = rounds.map((round) => round.delays);
  const of = (percent: number) => spreadOf(delays.map((round) => percentile(round, percent)));
  const ratios = delays.map((round, index) => percentile(round, 99.9) / percentile(without[index]?.delays ?? [], 99.9));
  const all = delays.flat().toSorted((a, b) => a - b);
  const times = rounds[0]?.compressionsMs.length ?? 0;
  return {
    rate: RATE,
    linesPerRequest: PER_REQUEST,
    p50: of(50),
    p99: of(99),
    p999: of(99.9),
    greatest: of(100),
    p999Ratio: spreadOf(ratios),
    histogram: HISTOGRAM.map((percent) => [percent, percentile(all, percent)] as const),
    buckets: bucketsOf(all),
    ...(times > 0 && {
      compressing: {
        times,
        ms: spreadOf(rounds.map(({ compressionsMs }) => compressionsMs.reduce((sum, ms) => sum + ms, 0))),
        windowMs: spreadOf(rounds.map(({ windowMs }) => windowMs)),
      },
    }),
  };
}
