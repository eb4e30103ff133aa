/**
 * Measurements as tables.
 *
 * @module
 */
import type { Cost, DeliveredCost, LockingTax } from "./measurements.ts";
import { RECORD_TITLES } from "./records.ts";
import { table } from "./support/table.ts";

/** The caller's cost, one row per subject and record. */
export function callerTable(costs: readonly Cost[]): string {
  const rows = costs.map(({ runtime, kind, subject, ns, meanNs = NaN, best, ratio }) => [
    runtime,
    RECORD_TITLES[kind],
    subject,
    ns.toFixed(1),
    best.toFixed(1),
    meanNs.toFixed(1),
    times(ratio),
  ]);
  return table(["caller's cost, ns per call", "record", "subject", "median", "best", "mean", "x omni"], rows);
}

/** What happens to a line between the call and the write, one row per record. */
export function dispatcherTable(costs: readonly Cost[]): string {
  const rows = costs.map(({ runtime, kind, ns, meanNs = NaN, best }) => [
    runtime,
    RECORD_TITLES[kind],
    ns.toFixed(1),
    best.toFixed(1),
    meanNs.toFixed(1),
  ]);
  return table(["format and encode, ns per line", "record", "median", "best", "mean"], rows);
}

/** The delivered cost, one row per subject and record. */
export function deliveredTable(costs: readonly DeliveredCost[]): string {
  const rows = costs.map(({ runtime, turnEvery, kind, subject, ns, best, cpuNs = NaN, ratio, cpuRatio = NaN }) => [
    runtime,
    turnEvery === 0 ? "tight loop" : `turn every ${turnEvery}`,
    RECORD_TITLES[kind],
    subject,
    ns.toFixed(0),
    best.toFixed(0),
    (1e9 / ns).toFixed(0),
    times(ratio),
    cpuNs.toFixed(0),
    times(cpuRatio),
  ]);
  return table(
    [
      "delivered cost, ns per line",
      "event loop",
      "record",
      "subject",
      "median",
      "best",
      "lines/s",
      "x omni",
      "cpu ns",
      "x omni",
    ],
    rows,
  );
}

/** The locking tax, one row per runtime and rotation. */
export function lockingTable(taxes: readonly LockingTax[]): string {
  const rows = taxes.map(({ runtime, rotation, own, shared, ratio, ratios }) => [
    runtime,
    rotation === undefined ? "none" : `${rotation / 1e6} MB`,
    own.toFixed(0),
    shared.toFixed(0),
    percent(ratio),
    `${percent(Math.min(...ratios))} - ${percent(Math.max(...ratios))}`,
  ]);
  return table(["four processes, lines/s", "rotation", "four files", "one file", "one/four", "range"], rows);
}

/** What is asked for and what was measured. */
export function goalsTable(
  { caller, delivered, locking }: {
    readonly caller: readonly Cost[];
    readonly delivered: readonly DeliveredCost[];
    readonly locking: readonly LockingTax[];
  },
): string {
  const rows: string[][] = [];
  const add = (runtime: string, what: string, goal: string, measured: string, reached: boolean) =>
    rows.push([runtime, what, goal, measured, reached ? "yes" : "NO"]);
  for (const { runtime, kind, subject, ns } of caller) {
    const goal = { disabled: undefined, simple: 60, five: 100, child: undefined }[kind];
    if (subject !== "omni" || goal === undefined) continue;
    add(runtime, `caller's cost, ${RECORD_TITLES[kind]}`, `<= ${goal} ns`, `${ns.toFixed(1)} ns`, ns <= goal);
  }
  for (const { runtime, kind, turnEvery, subject, ratio } of delivered) {
    if (subject !== "pino sync" && subject !== "pino async") continue;
    const loop = turnEvery === 0 ? "tight" : "turning";
    add(runtime, `delivered, ${RECORD_TITLES[kind]}, ${loop}`, `>= 4 x ${subject}`, times(ratio), ratio >= 4);
  }
  for (const { runtime, rotation, ratio } of locking) {
    const what = `one file to four, ${rotation === undefined ? "no rotation" : "rotation"}`;
    add(runtime, what, ">= 80%", percent(ratio), ratio >= 0.8);
  }
  return table(["goal", "measure", "wanted", "measured", "reached"], rows);
}

function times(ratio: number): string {
  return `${ratio.toFixed(ratio < 1 ? 2 : 1)} x`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)}%`;
}
