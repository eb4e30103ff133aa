/**
 * Subjects against each other, each in a process of its own.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RoundOptions, RoundResult } from "../cases/case.ts";
import type { CaseName } from "../cases/mod.ts";
import type { Kind } from "../records.ts";
import type { CostRow, Ratios } from "../results.ts";
import { type Format, Unsupported } from "../subjects/subject.ts";
import { interleave, type Rounds } from "./rounds.ts";
import { median, spreadOf } from "./statistics.ts";
import { type RuntimeName, startWorker, type Worker } from "./worker.ts";

/** What is compared. */
export interface Comparison {
  readonly runtime: RuntimeName;
  readonly name: CaseName;
  readonly kind: Kind;
  readonly format?: Format;
  readonly loop: "tight" | "turning";
  readonly subjects: readonly string[];
  /** A directory for all of them. */
  readonly directory: string;
  readonly rounds: number;
  /** Makes a worker warm, and returns the options of its rounds. */
  readonly prepare: (worker: Worker, subject: string) => Promise<RoundOptions>;
  /** Measures more once all rounds are done. */
  readonly finish?: (worker: Worker, round: RoundOptions) => Promise<{ readonly bytes?: number }>;
}

/** The result of a peer that has broken down; the others go on. */
const FAILED: RoundResult = { ns: NaN };

let directories = 0;

/** Measures all subjects, round by round, and returns a row for each; a subject that cannot do it has a note. */
export async function compare(comparison: Comparison): Promise<CostRow[]> {
  const { runtime, name, kind, format = "json", loop, subjects, directory, rounds, prepare, finish } = comparison;
  const workers = new Map<string, Worker>();
  const options = new Map<string, RoundOptions>();
  const notes = new Map<string, string>();
  const more = new Map<string, { readonly bytes?: number }>();
  try {
    for (const subject of subjects) {
      const own = join(directory, `${name}-${++directories}`);
      mkdirSync(own);
      try {
        const worker = await startWorker(runtime, name, { subject, kind, format, directory: own });
        workers.set(subject, worker);
        options.set(subject, await prepare(worker, subject));
      } catch (error) {
        notes.set(subject, noteOf(error, subject));
        options.delete(subject);
      }
    }
    const participants = [...options].map(([subject, round]) => ({
      name: subject,
      async run() {
        if (notes.has(subject)) return FAILED;
        try {
          return await (workers.get(subject) as Worker).round(round);
        } catch (error) {
          notes.set(subject, noteOf(error, subject));
          return FAILED;
        }
      },
    }));
    const measured = await interleave<RoundResult>(participants, {
      rounds,
      reference: (subject, { ns }) => subject === "floor" ? ns : undefined,
    });
    for (const [subject, round] of options) {
      if (notes.has(subject)) continue;
      try {
        more.set(subject, await finish?.(workers.get(subject) as Worker, round) ?? {});
      } catch (error) {
        // Its rounds count; what a much longer one would have told stays open.
        noteOf(error, subject);
      }
    }
    return subjects.map((subject) => ({
      ...rowOf(subject, measured, options.get(subject)?.count ?? 0, notes.get(subject)),
      ...more.get(subject),
      kind,
      format,
      loop,
    }));
  } finally {
    await Promise.all([...workers.values()].map((worker) => worker.close()));
  }
}

/** A peer that fails is told of; our own failure is one of the benchmark. */
export function noteOf(error: unknown, subject: string): string {
  if (error instanceof Unsupported) return error.message;
  if (subject.startsWith("omni") || ["floor", "hand-written", "record alone"].includes(subject)) throw error;
  return `failed: ${reasonOf((error as Error).message)}`;
}

/** What a message says that ends a process, without the colours and places that runtimes put into it. */
function reasonOf(message: string): string {
  // deno-lint-ignore no-control-regex -- colours
  const lines = message.replaceAll(/\x1b\[[0-9;]*m/g, "").split("\n");
  const line = lines.find((line) => /^(?:error: )?(?:Uncaught )?\w*Error\b|^error: /.test(line)) ?? lines[0] ?? "";
  return line.trim().replaceAll(/(?:file:\/\/)?\/[^\s'":]+\/([^\s'":/]+)/g, "$1").slice(0, 200);
}

function rowOf(
  subject: string,
  { results, rounds, rejected }: Rounds<RoundResult>,
  count: number,
  note: string | undefined,
): Omit<CostRow, "kind" | "format" | "loop"> {
  const own = results.get(subject);
  if (own === undefined || note !== undefined) return { subject, rounds: 0, rejected: 0, note: note ?? "not measured" };
  const cpu = numbersOf(own, ({ cpuNs }) => cpuNs);
  const means = numbersOf(own, ({ meanNs }) => meanNs);
  const missing = Math.max(0, ...own.map(({ missing }) => Math.abs(missing ?? 0)));
  if (missing > 0 && subject.startsWith("omni")) {
    throw new Error(`Cannot use this measurement: ${missing} lines are missing`);
  }
  return {
    subject,
    rounds,
    rejected,
    ns: spreadOf(own.map(({ ns }) => ns)),
    ...(means.length > 0 && { meanNs: median(means) }),
    ...(cpu.length > 0 && { cpuNs: spreadOf(cpu), cpuRatio: ratiosOf(own, results, ({ cpuNs }) => cpuNs) }),
    ratio: ratiosOf(own, results, ({ ns }) => ns),
    ...(missing > 0 && { note: `lines lost in a round: ${missing} of ${count}` }),
  };
}

function numbersOf(
  results: readonly RoundResult[],
  value: (result: RoundResult) => number | undefined,
): readonly number[] {
  return results.map(value).filter((number) => number !== undefined);
}

/** The subjects that a ratio is to: the best of them in each round. */
const MODES: { readonly [K in keyof Ratios]-?: readonly string[] } = {
  floor: ["floor"],
  handWritten: ["hand-written"],
  pino: ["pino sync", "pino async"],
  pinoDefault: ["pino sync"],
  logtape: ["logtape blocking", "logtape non-blocking"],
};

/** How many times the cost of others something is, in the middle of the rounds. */
export function ratiosOf(
  own: readonly RoundResult[],
  results: Rounds<RoundResult>["results"],
  cost: (result: RoundResult) => number | undefined,
): Ratios {
  const ratios: Record<string, number> = {};
  for (const [other, subjects] of Object.entries(MODES)) {
    const modes = [...results].filter(([subject]) => subjects.includes(subject)).map(([, rounds]) => rounds)
      .filter((rounds) => !rounds.includes(FAILED));
    if (modes.length === 0) continue;
    const best = (round: number) => Math.min(...modes.map((mode) => cost(mode[round] as RoundResult) ?? NaN));
    ratios[other] = median(own.map((result, round) => (cost(result) ?? NaN) / best(round)));
  }
  return ratios;
}
