/**
 * Measurements as tables.
 *
 * @module
 */
import { titleOf } from "../records.ts";
import type {
  CostRow,
  GrowthRow,
  LatencyRow,
  MemoryRow,
  PartName,
  Ratios,
  RowOf,
  SizeRow,
  StartupRow,
  TogetherRow,
} from "../results.ts";
import { table } from "../support/table.ts";
import { digits, growthTitle, growthUnit, percent, range, times } from "./numbers.ts";

/** What a table says of each part. */
export const TABLE_TITLES: { readonly [P in PartName]: string } = {
  caller: "Caller's cost, per call",
  dispatcher: "Formatting and encoding on the program's thread, per line",
  delivered: "Delivered cost, per line until it is in the file",
  together: "Several writers of one file",
  rotation: "Delivered cost with rotation, with the time that the compression takes",
  steady: "Processor time per line at 10,000 lines per second",
  latency: "Delay of an HTTP server's responses in microseconds, five records with each request",
  "latency-rotation":
    "Delay of an HTTP server's responses in microseconds while logs of 100 MB are rotated and compressed",
  startup: "From import to the first line in the file, in milliseconds",
  size: "Minified bundle",
  memory: "Most resident memory of a program that logs a million records of five fields as fast as it can, in MiB",
  growth: "Delivered cost as one thing grows, in nanoseconds per record, or milliseconds per rotation",
};

/** The rows of a part on one runtime as a table, with notes below. */
export function partTable<P extends PartName>(part: P, rows: readonly RowOf<P>[]): string {
  const notes = new Map<string, string[]>();
  for (const row of rows) {
    if (row.note === undefined) continue;
    const text = `${row.subject}: ${row.note}`;
    const where = "format" in row ? `${titleOf(row.kind)}, ${row.format}, ${row.loop}` : "";
    notes.set(text, [...notes.get(text) ?? [], where]);
  }
  const lines = [...notes].map(([text, where]) => `- ${text}${where.join() === "" ? "" : ` (${where.join("; ")})`}`);
  return lines.length === 0 ? TABLES[part](rows) : `${TABLES[part](rows)}\n\n${lines.join("\n")}`;
}

const TABLES: { readonly [P in PartName]: (rows: readonly RowOf<P>[]) => string } = {
  caller: callerTable,
  dispatcher: costTable,
  delivered: costTable,
  together: togetherTable,
  rotation: costTable,
  steady: steadyTable,
  latency: latencyTable,
  "latency-rotation": latencyTable,
  startup: startupTable,
  size: sizeTable,
  memory: memoryTable,
  growth: growthTable,
};

function callerTable(rows: readonly CostRow[]): string {
  return table(
    ["record", "format", "subject", "ns", "least - greatest", "with gc", "bytes", "x floor", "x pino", "rounds"],
    rows.filter(isMeasured).map((row) => [
      titleOf(row.kind),
      row.format,
      row.subject,
      digits(row.ns?.median),
      range(row.ns),
      digits(row.meanNs),
      row.bytes === undefined ? "-" : row.bytes.toFixed(0),
      times(row.ratio?.floor),
      times(row.ratio?.pino),
      roundsOf(row),
    ]),
    { left: 3 },
  );
}

function costTable(rows: readonly CostRow[]): string {
  const isByHand = rows.some(({ ratio }) => ratio?.handWritten !== undefined);
  const ratios = ["x floor", ...(isByHand ? ["x hand-written"] : []), "x pino"];
  const ratiosOf = (ratio: Ratios | undefined) => [
    times(ratio?.floor),
    ...(isByHand ? [times(ratio?.handWritten)] : []),
    times(ratio?.pino),
  ];
  return table(
    ["record", "format, loop", "subject", "ns", "least - greatest", ...ratios, "cpu ns", ...ratios, "rounds"],
    rows.filter(isMeasured).map((row) => [
      titleOf(row.kind),
      `${row.format}, ${row.loop}`,
      row.subject,
      digits(row.ns?.median),
      range(row.ns),
      ...ratiosOf(row.ratio),
      digits(row.cpuNs?.median),
      ...ratiosOf(row.cpuRatio),
      roundsOf(row),
    ]),
    { left: 3 },
  );
}

function steadyTable(rows: readonly CostRow[]): string {
  const alone = rows.find(({ subject }) => subject === "record alone")?.cpuNs?.median ?? NaN;
  return table(
    ["subject", "cpu ns", "least - greatest", "less the record alone", "rounds"],
    rows.filter(isMeasured).map((row) => [
      row.subject,
      digits(row.cpuNs?.median),
      range(row.cpuNs),
      digits((row.cpuNs?.median ?? NaN) - alone),
      roundsOf(row),
    ]),
  );
}

function isMeasured({ ns }: CostRow): boolean {
  return ns !== undefined;
}

function togetherTable(rows: readonly TogetherRow[]): string {
  return table(
    ["writers", "rotation", "subject", "own files, lines/s", "one file, lines/s", "one/own", "range", "rounds"],
    rows.map((row) => [
      `${row.count} ${row.writers}`,
      row.maxBytes === undefined ? "none" : `${row.maxBytes / 1e6} MB${row.compress ? ", gzip" : ""}`,
      row.subject,
      digits(row.own?.median),
      digits(row.shared?.median),
      percent(row.ratio?.median),
      row.ratio === undefined ? "-" : `${percent(row.ratio.min)} - ${percent(row.ratio.max)}`,
      roundsOf(row),
    ]),
    { left: 3 },
  );
}

function latencyTable(rows: readonly LatencyRow[]): string {
  const compresses = rows.some(({ compressing }) => compressing !== undefined);
  return table(
    [
      "subject",
      "p50",
      "p99",
      "p99.9",
      "range",
      "greatest",
      "p99.9 x none",
      "range",
      ...(compresses ? ["compressing"] : []),
      "rounds",
    ],
    rows.map((row) => [
      row.subject,
      digits(row.p50.median),
      digits(row.p99.median),
      digits(row.p999.median),
      range(row.p999),
      digits(row.greatest.max),
      times(row.p999Ratio.median),
      range(row.p999Ratio),
      ...(compresses ? [compressingText(row)] : []),
      roundsOf(row),
    ]),
  );
}

function compressingText({ compressing }: LatencyRow): string {
  if (compressing === undefined) return "-";
  const { times, ms, windowMs } = compressing;
  return `${times} x, ${digits(ms.median)} of ${digits(windowMs.median)} ms`;
}

function startupTable(rows: readonly StartupRow[]): string {
  return table(
    ["subject", "import", "first line", "least - greatest", "whole process", "samples"],
    rows.map((row) => [
      row.subject,
      digits(row.importMs.median),
      digits(row.firstLineMs.median),
      range(row.firstLineMs),
      digits(row.processMs.median),
      roundsOf(row),
    ]),
  );
}

function sizeTable(rows: readonly SizeRow[]): string {
  return table(
    ["program", "subject", "bytes", "gzip"],
    rows.map((row) => [row.program, row.subject, digits(row.bytes), digits(row.gzip)]),
    { left: 2 },
  );
}

function memoryTable(rows: readonly MemoryRow[]): string {
  return table(
    ["loop", "subject", "MiB", "least - greatest", "rounds"],
    rows.map((row) => [row.loop, row.subject, digits(row.mib.median), range(row.mib), roundsOf(row)]),
    { left: 2 },
  );
}

function growthTable(rows: readonly GrowthRow[]): string {
  return table(
    ["what grows", "subject", "cost at each size", "worst step", "to linear", "linear", "rounds"],
    rows.map((row) => [
      growthTitle(row),
      row.subject,
      row.steps.map(({ size, ns }) => `${size}: ${digits(ns.median / growthUnit(row))}`).join(", "),
      `${row.worst.from} to ${row.worst.to}`,
      times(row.worst.factor),
      row.isLinear ? "yes" : "NO",
      roundsOf(row),
    ]),
    { left: 3 },
  );
}

function roundsOf({ rounds, rejected }: { readonly rounds: number; readonly rejected: number }): string {
  return rejected === 0 ? String(rounds) : `${rounds} (${rejected} left out)`;
}
