/**
 * What is to be reached, and what was measured.
 *
 * @module
 */
import { titleOf } from "../records.ts";
import type { CostRow, LatencyRow, PartName, Results, RowOf, Spread } from "../results.ts";
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

/** What the Go original takes per line; its published number, on another machine, not a measurement of ours. */
export const GO_ORIGINAL_NS = 5_687;

const CALLER_NS: { readonly [kind: string]: number } = { disabled: 3, simple: 45, five: 70 };
const TO_PINO_CALLER = 1 / 20;
const TO_PINO = 6;
const TO_LOGTAPE = 10;
const TO_GO = 15;
const TO_FLOOR = 2.5;
const SHARED = 0.9;
const P999 = 1.05;

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
      add("import to first line", `<= pino, ${digits(pinos)} ms`, `${digits(ours)} ms`, ours <= pinos);
    }
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

function callerGoals({ subject, kind, format, ns, ratio }: CostRow, add: Add): void {
  const goal = CALLER_NS[kind];
  if (subject !== "omni" || format !== "json" || ns === undefined || goal === undefined) return;
  const what = `caller, ${titleOf(kind)}`;
  add(what, `<= ${goal} ns`, `${digits(ns.median)} ns`, ns.median <= goal);
  if (kind === "disabled" || ratio?.pino === undefined) return;
  add(what, "<= 1/20 of pino", `1/${(1 / ratio.pino).toFixed(1)}`, ratio.pino <= TO_PINO_CALLER);
}

function deliveredGoals({ subject, kind, format, loop, ns, ratio, cpuRatio }: CostRow, add: Add): void {
  if (subject !== "omni" || format !== "json" || ns === undefined || ratio === undefined) return;
  if (kind !== "simple" && kind !== "five") return;
  const what = `delivered, ${titleOf(kind)}, ${loop} loop`;
  const withCpu = (measured: number, cpu: number | undefined) =>
    cpu === undefined ? times(measured) : `${times(measured)} (cpu ${times(cpu)})`;
  const faster = (name: string, goal: number, measured: number, cpu?: number) =>
    add(what, `>= ${goal} times ${name}`, withCpu(measured, cpu), measured >= goal);
  if (ratio.pino !== undefined) faster("pino", TO_PINO, 1 / ratio.pino, inverse(cpuRatio?.pino));
  if (ratio.logtape !== undefined) faster("LogTape", TO_LOGTAPE, 1 / ratio.logtape, inverse(cpuRatio?.logtape));
  faster("the Go original", TO_GO, GO_ORIGINAL_NS / ns.median);
  if (ratio.floor !== undefined) {
    add(what, `<= ${TO_FLOOR} times the floor`, withCpu(ratio.floor, cpuRatio?.floor), ratio.floor <= TO_FLOOR);
  }
}

function inverse(ratio: number | undefined): number | undefined {
  return ratio === undefined ? undefined : 1 / ratio;
}

function steadyGoal(rows: readonly CostRow[], add: Add): void {
  const ours = rows.find(({ subject }) => subject === "omni")?.cpuNs?.median;
  const pinos = rows.find(({ subject }) => subject === "pino async")?.cpuNs?.median;
  if (ours === undefined || pinos === undefined) return;
  add("cpu per line, 10,000 lines/s", `<= pino async, ${digits(pinos)} ns`, `${digits(ours)} ns`, ours <= pinos);
}
