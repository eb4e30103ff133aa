/**
 * The benchmarks: `deno task bench`. Measures on Deno, Bun and Node, peers beside us, puts what it has measured into
 * `bench/results.json`, and makes the tables and charts from it.
 *
 * `--only caller,delivered,...` and `--runtimes deno,bun,node` choose parts; the others stay as they are in the results,
 * so that a long run can be made in pieces: `--only latency-rotation --runtimes bun`. `--brief` takes half as long.
 * `--quick` is a smoke run, which leaves the results alone. `--out FILE` keeps the results elsewhere. `--report`
 * measures nothing.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../tests/support/binaries.ts";
import { MEASURES } from "./parts/mod.ts";
import { charts } from "./report/charts.ts";
import { goalsOf, goalsTable } from "./report/goals.ts";
import { toMarkdown } from "./report/markdown.ts";
import { partTable, TABLE_TITLES } from "./report/tables.ts";
import { type PartName, PARTS, readResults, type Results, type RowOf, withPart, writeResults } from "./results.ts";
import { BRIEF, type Effort, QUICK, THOROUGH } from "./support/effort.ts";
import { provenance } from "./support/machine.ts";
import { type RuntimeName, RUNTIMES, startWorker } from "./support/worker.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", default: PARTS.join() },
    runtimes: { type: "string", default: RUNTIMES.join() },
    quick: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const bench = join(projectRoot, "bench");
const parts = choose("only", values.only, PARTS);
const runtimes = choose("runtimes", values.runtimes, RUNTIMES);
const effort = values.quick ? QUICK : values.brief ? BRIEF : THOROUGH;
const file = values.out ?? (values.quick ? undefined : join(bench, "results.json"));

let results: Results = file === undefined ? {} : readResults(file);
if (values.report && Object.keys(results).length === 0) throw new Error(`Cannot report: there are no results yet`);
if (!values.report) {
  for (const runtime of runtimes) {
    for (const part of parts) {
      results = await measured(results, part, runtime);
      // After each part, so that a run that is broken off has not measured for nothing.
      if (file !== undefined) writeResults(file, results);
    }
  }
}
console.log(`\n${goalsTable(goalsOf(results))}`);
if (values.out === undefined && !values.quick) writeReport(results);

function choose<T extends string>(option: string, given: string, known: readonly T[]): T[] {
  const wanted = given.split(",");
  for (const name of wanted) {
    if (!known.some((one) => one === name)) {
      throw new RangeError(`Cannot use option "--${option}": expected some of ${known.join(",")}, got "${name}"`);
    }
  }
  return known.filter((one) => wanted.includes(one));
}

async function measured<P extends PartName>(before: Results, part: P, runtime: RuntimeName): Promise<Results> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "omni-bench-")));
  try {
    const from = provenance();
    const { load, cores } = from.machine;
    if (load > cores / 2) console.log(`\nThe machine is busy (load ${load} on ${cores} cores): mind the spread`);
    const started = performance.now();
    const version = await versionOf(runtime, directory);
    const own = join(directory, part);
    mkdirSync(own);
    const rows = await measureRows(part, { runtime, directory: own, effort });
    const seconds = (performance.now() - started) / 1000;
    console.log(`\n${TABLE_TITLES[part]}: ${version} (${seconds.toFixed(1)} s)\n${partTable(part, rows)}`);
    return withPart(before, part, runtime, {
      ...from,
      runtime: version,
      quick: effort.quick,
      brief: effort === BRIEF,
      seconds,
      rows,
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function measureRows<P extends PartName>(
  part: P,
  place: { readonly runtime: RuntimeName; readonly directory: string; readonly effort: Effort },
): Promise<RowOf<P>[]> {
  return MEASURES[part](place);
}

async function versionOf(runtime: RuntimeName, directory: string): Promise<string> {
  const worker = await startWorker(runtime, "caller", { subject: "record alone", kind: "simple", directory });
  await worker.close();
  return worker.runtime;
}

function writeReport(results: Results): void {
  writeFileSync(join(bench, "RESULTS.md"), toMarkdown(results));
  for (const [name, svg] of Object.entries(charts(results))) writeFileSync(join(bench, name), svg);
}
