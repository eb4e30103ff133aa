/**
 * The delay that logging adds to an HTTP server's responses.
 *
 * @module
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { workOf } from "../records.ts";
import type { LatencyRow } from "../results.ts";
import { BRIEF } from "../support/effort.ts";
import { countLines } from "../support/lines.ts";
import { interleave } from "../support/rounds.ts";
import { percentile, spreadOf } from "../support/statistics.ts";
import { startProgram, startWorker, withWorkers, type Worker } from "../support/worker.ts";
import type { Place } from "./part.ts";

/** The second one without logging shows how far two measurements of the same thing lie apart. */
const CONTROL = "no logging, again";
const SUBJECTS = ["no logging", "omni", "pino async", "logtape non-blocking", CONTROL];
const RATE = 2_000;
const PER_REQUEST = 5;
/** A thousandth of the requests should be more than a handful. */
const SECONDS = 6;
const BRIEF_SECONDS = 3;
const ROUNDS = 5;
/** The log that is rotated and compressed while the load comes. */
const OLD_BYTES = 100_000_000;
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
  const seconds = effort.quick ? 0.3 : effort === BRIEF ? BRIEF_SECONDS : SECONDS;
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
    const { results, rounds, rejected } = await interleave<readonly number[]>(
      subjects.map((name, index) => ({ name, run: () => run(index, seconds) })),
      {
        rounds: effort.quick ? 1 : ROUNDS,
        reference: (name, delays) => name === "no logging" ? percentile(delays, 50) : undefined,
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

interface RoundContext {
  readonly seconds: number;
  /** Takes what is to be known of a subject. */
  readonly notes: Map<string, string>;
  readonly directory: string;
  /** The log that is there already; absent: none. */
  readonly old: { readonly path: string; readonly bytes: number; readonly lines: number } | undefined;
}

/** The delays of one round's requests in microseconds, sorted. */
async function measureRound(
  server: Worker,
  subject: string,
  { seconds, directory: parent, old, notes }: RoundContext,
): Promise<readonly number[]> {
  const directory = join(parent, "round");
  const beside = join(parent, "beside");
  for (const one of [directory, beside]) mkdirSync(one);
  const path = join(directory, "app.log");
  const rotates = subject === "omni" && old !== undefined;
  const oldPath = rotates ? path : join(beside, "app.log");
  if (old !== undefined) copyFileSync(old.path, oldPath);
  const rotation = rotates ? { maxBytes: old.bytes, compress: true } : {};
  const { port } = await server.round({ count: 0, path, perRequest: PER_REQUEST, ...rotation });
  // Omni rotates with its first batch. For a logger that does not, a program beside it compresses, as logrotate does.
  const compression = old !== undefined && !rotates ? compressBeside(oldPath, beside) : undefined;
  const delays = await load(Number(port), seconds, parent);
  const { missing: logged = 0 } = await server.round({ count: 0 });
  await compression;
  if (logged > 0) {
    const lines = countLines(directory, workOf("five")) - (rotates ? old.lines : 0);
    const note = `${lines} lines instead of ${logged} in a round`;
    if (lines !== logged && subject === "omni") throw new Error(`Cannot use this measurement: ${note}`);
    if (lines !== logged) notes.set(subject, note);
  }
  rmSync(beside, { recursive: true });
  rmSync(directory, { recursive: true });
  return delays.toSorted((a, b) => a - b);
}

/** Loads a server from a process of its own; returns the delays in microseconds. */
async function load(port: number, seconds: number, directory: string): Promise<number[]> {
  // Always the same runtime, whatever the server runs on.
  return JSON.parse(
    await outputOf(
      startProgram("node", "support/load.ts", { args: [port, RATE, seconds].map(String), directory }),
    ),
  );
}

async function compressBeside(path: string, directory: string): Promise<void> {
  await outputOf(startProgram("node", "support/compress.ts", { args: [path], directory }));
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
  delays: readonly (readonly number[])[],
  without: readonly (readonly number[])[],
): Omit<LatencyRow, "subject" | "scenario" | "rounds" | "rejected"> {
  const of = (percent: number) => spreadOf(delays.map((round) => percentile(round, percent)));
  const ratios = delays.map((round, index) => percentile(round, 99.9) / percentile(without[index] ?? [], 99.9));
  const all = delays.flat().toSorted((a, b) => a - b);
  return {
    rate: RATE,
    linesPerRequest: PER_REQUEST,
    p50: of(50),
    p99: of(99),
    p999: of(99.9),
    greatest: of(100),
    p999Ratio: spreadOf(ratios),
    histogram: HISTOGRAM.map((percent) => [percent, percentile(all, percent)] as const),
  };
}
