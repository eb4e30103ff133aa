/**
 * What is to be reached, and what was measured.
 *
 * @module
 */
import { titleOf } from "../records.ts";
import type { CostRow, LatencyRow, MemoryRow, PartName, Ratios, Results, RowOf, Spread } from "../results.ts";
import { table } from "../support/table.ts";
import { digits, growthTitle, percent, times } from "./numbers.ts";

/** A goal on one runtime. */
export interface Goal {
  readonly runtime: string;
  readonly what: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
  /** Between what the same thing lay, measured against itself, where that is too wide to say whether the goal is met. */
  readonly noise?: Spread;
}

const CALLER_NS: { readonly [kind: string]: number } = { disabled: 3, simple: 45, five: 70 };
const TO_PINO_CALLER = 1 / 20;
/** How many times as fast as others, and how many times the time of the logger by hand at the most. */
const DELIVERED: { readonly [kind: string]: Ratios } = {
  simple: { pinoDefault: 8, pino: 5, handWritten: 1.3 },
  five: { pinoDefault: 6, pino: 4.5, logtape: 10, handWritten: 1.3 },
  nested: { pino: 1 },
  "fields:20": { pino: 1 },
  unicode: { pino: 1 },
  error: { pino: 1 },
};
const NAMES: { readonly [K in keyof Ratios]-?: string } = {
  floor: "the floor",
  handWritten: "the hand-written logger",
  pino: "pino's best mode",
  pinoDefault: "pino's default",
  logtape: "LogTape",
};
const SHARED = 0.9;
/** How much later than pino's the first line may be in the file, in milliseconds. */
const STARTUP_MS = 5;
/** How much more memory than pino's a flood of records may take, in MiB. */
const MEMORY_MIB = 64;
/** How many times the percentile of a server that logs nothing that of one that logs may be. */
const P999 = 1.2;

/** Computes the goals of what was measured, runtime by runtime. */
export function goalsOf(results: Results): Goal[] {
  const goals: Goal[] = [];
  for (const runtime of ["deno", "bun", "node"]) {
    const add: Add = (what, wanted, measured, isMet, noise) =>
      goals.push({ runtime, what, wanted, measured, isMet, ...(noise !== undefined && { noise }) });
    const rows = <P extends PartName>(part: P): readonly RowOf<P>[] =>
      (results[part]?.[runtime]?.rows ?? []) as readonly RowOf<P>[];
    for (const row of rows("caller")) callerGoals(row, add);
    for (const row of rows("delivered")) deliveredGoals(row, add);
    for (const { subject, writers, maxBytes, compress, ratio } of rows("together")) {
      if (subject !== "omni" || ratio === undefined) continue;
      const what = `four ${writers} on one file${
        maxBytes === undefined ? "" : compress ? ", rotating, gzip" : ", rotating"
      }`;
      add(what, `>= ${percent(SHARED)} of four files`, percent(ratio.median), ratio.median >= SHARED);
    }
    steadyGoal(rows("steady"), add);
    const latency = [...rows("latency"), ...rows("latency-rotation")];
    for (const row of latency) if (row.subject === "omni") latencyGoal(row, latency, add);
    const startup = rows("startup");
    const ours = startup.find(({ subject }) => subject === "omni")?.firstLineMs.median;
    const pinos = startup.find(({ subject }) => subject === "pino")?.firstLineMs.median;
    if (ours !== undefined && pinos !== undefined) {
      const wanted = `<= pino + ${STARTUP_MS} ms, ${digits(pinos + STARTUP_MS)} ms`;
      add("import to first line", wanted, `${digits(ours)} ms`, ours <= pinos + STARTUP_MS);
    }
    for (const row of rows("memory")) if (row.subject === "omni") memoryGoal(row, rows("memory"), add);
    for (const row of rows("growth")) {
      if (row.subject !== "omni") continue;
      const { worst, isLinear } = row;
      add(`growth: ${growthTitle(row)}`, "no step worse than linear", `${times(worst.factor)} linear`, isLinear);
    }
  }
  return goals;
}

/** The goals as a table. */
export function goalsTable(goals: readonly Goal[]): string {
  return table(
    ["runtime", "goal", "wanted", "measured", "met"],
    goals.map((goal) => [goal.runtime, goal.what, goal.wanted, goal.measured, verdictOf(goal)]),
    { left: 3 },
  );
}

function verdictOf({ isMet, noise }: Goal): string {
  if (noise !== undefined) return `within the noise (control ${noise.min.toFixed(2)} to ${noise.max.toFixed(2)})`;
  return isMet ? "yes" : "NO";
}

type Add = (what: string, wanted: string, measured: string, isMet: boolean, noise?: Spread) => void;

function latencyGoal({ scenario, p999Ratio }: LatencyRow, rows: readonly LatencyRow[], add: Add): void {
  const control = rows.find((row) => row.scenario === scenario && row.subject === "no logging, again")?.p999Ratio;
  const measured = `${times(p999Ratio.median)} (the same again: ${times(control?.median)})`;
  const isWide = control !== undefined && (control.max > P999 || control.min < 1 / P999);
  // What is greater than the control ever was is no noise.
  const noise = isWide && p999Ratio.median <= Math.max(control.max, P999) ? control : undefined;
  add(`HTTP p99.9, ${scenario}`, `<= ${times(P999)} no logging`, measured, p999Ratio.median <= P999, noise);
}

function memoryGoal({ loop, mib }: MemoryRow, rows: readonly MemoryRow[], add: Add): void {
  const pinos = rows.find((row) => row.subject === "pino sync" && row.loop === loop)?.mib.median;
  if (pinos === undefined) return;
  const most = pinos + MEMORY_MIB;
  const wanted = `<= pino's default + ${MEMORY_MIB} MiB, ${digits(most)}`;
  add(`memory of a flood, ${loop} loop`, wanted, digits(mib.median), mib.median <= most);
}

function callerGoals({ subject, kind, format, ns, ratio }: CostRow, add: Add): void {
  const goal = CALLER_NS[kind];
  if (subject !== "omni" || format !== "json" || ns === undefined || goal === undefined) return;
  const what = `caller, ${titleOf(kind)}`;
  add(what, `<= ${goal} ns`, `${digits(ns.median)} ns`, ns.median <= goal);
  if (kind === "disabled" || ratio?.pino === undefined) return;
  add(what, "<= 1/20 of pino", `1/${(1 / ratio.pino).toFixed(1)}`, ratio.pino <= TO_PINO_CALLER);
}

function deliveredGoals({ subject, kind, format, loop, ratio, cpuRatio }: CostRow, add: Add): void {
  const goals = DELIVERED[kind];
  if (subject !== "omni" || format !== "json" || loop !== "turning" || goals === undefined) return;
  const what = `delivered, ${titleOf(kind)}`;
  for (const [other, goal] of Object.entries(goals) as [keyof Ratios, number][]) {
    const measured = ratio?.[other];
    if (measured === undefined) continue;
    const cpu = cpuRatio?.[other];
    if (other === "handWritten") {
      add(what, `<= ${goal} times ${NAMES[other]}`, withCpu(measured, cpu), measured <= goal);
    } else {
      const faster = 1 / measured;
      add(what, `>= ${goal} times ${NAMES[other]}`, withCpu(faster, cpu === undefined ? cpu : 1 / cpu), faster >= goal);
    }
  }
}

function withCpu(measured: number, cpu: number | undefined): string {
  return cpu === undefined ? times(measured) : `${times(measured)} (cpu ${times(cpu)})`;
}

function steadyGoal(rows: readonly CostRow[], add: Add): void {
  const ours = rows.find(({ subject }) => subject === "omni")?.cpuNs?.median;
  const pinos = rows.find(({ subject }) => subject === "pino async")?.cpuNs?.median;
  if (ours === undefined || pinos === undefined) return;
  add("cpu per line, 10,000 lines/s", `<= pino async, ${digits(pinos)} ns`, `${digits(ours)} ns`, ours <= pinos);
}
