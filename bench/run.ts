/**
 * The benchmarks: `deno task bench`. Measures the caller's cost, the dispatcher's, the delivered cost and the locking tax on Deno, Bun and
 * Node, peers beside us, prints tables and writes `bench/results.json`.
 *
 * `--only caller,dispatcher,delivered,locking` and `--runtimes deno,bun,node` choose; `--quick` measures less; `--out FILE` writes
 * elsewhere. A run that measures only a part, or quickly, does not touch `bench/results.json`.
 *
 * @module
 */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { projectRoot } from "../tests/support/binaries.ts";
import {
  type Cost,
  type DeliveredCost,
  type Effort,
  type LockingTax,
  measureCaller,
  measureDelivered,
  measureDispatcher,
  measureLockingTax,
} from "./measurements.ts";
import { callerTable, deliveredTable, dispatcherTable, goalsTable, lockingTable } from "./report.ts";
import { type Provenance, provenance } from "./support/machine.ts";
import { type RuntimeName, RUNTIMES, startWorker } from "./support/worker.ts";

/** What `results.json` holds. */
export interface Results extends Provenance {
  /** Versions of the runtimes, as they name themselves. */
  readonly runtimes: { readonly [name: string]: string };
  readonly effort: Effort;
  readonly caller: readonly Cost[];
  readonly dispatcher: readonly Cost[];
  readonly delivered: readonly DeliveredCost[];
  readonly locking: readonly LockingTax[];
}

const PARTS = ["caller", "dispatcher", "delivered", "locking"] as const;
const THOROUGH: Effort = { rounds: 7, lines: 200_000, bursts: 60, sharedLines: 150_000 };
const QUICK: Effort = { rounds: 3, lines: 50_000, bursts: 20, sharedLines: 50_000 };

const { values } = parseArgs({
  options: {
    only: { type: "string", default: PARTS.join() },
    runtimes: { type: "string", default: RUNTIMES.join() },
    quick: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const parts = choose("only", values.only, PARTS);
const names = choose("runtimes", values.runtimes, RUNTIMES);
const effort = values.quick ? QUICK : THOROUGH;
const isComplete = !values.quick && parts.length === PARTS.length && names.length === RUNTIMES.length;

const results = await measure();
console.log(goalsTable(results));
const out = values.out ?? (isComplete ? join(projectRoot, "bench", "results.json") : undefined);
if (out !== undefined) writeFileSync(out, `${JSON.stringify(results, rounded, 2)}\n`);

function choose<T extends string>(option: string, given: string, known: readonly T[]): T[] {
  const wanted = given.split(",");
  for (const name of wanted) {
    if (!known.some((one) => one === name)) {
      throw new RangeError(`Cannot use option "--${option}": expected some of ${known.join(",")}, got "${name}"`);
    }
  }
  return known.filter((one) => wanted.includes(one));
}

async function measure(): Promise<Results> {
  const before = provenance();
  console.log(describe(before));
  const runtimes: Record<string, string> = {};
  const caller: Cost[] = [];
  const dispatcher: Cost[] = [];
  const delivered: DeliveredCost[] = [];
  const locking: LockingTax[] = [];
  for (const name of names) {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), "omni-bench-")));
    try {
      const version = runtimes[name] = await versionOf(name, directory);
      console.log(`${version}\n`);
      if (parts.includes("caller")) caller.push(...shown(await measureCaller(name, directory, effort), callerTable));
      if (parts.includes("dispatcher")) {
        dispatcher.push(...shown(await measureDispatcher(name, directory, effort), dispatcherTable));
      }
      if (parts.includes("delivered")) {
        delivered.push(...shown(await measureDelivered(name, directory, effort), deliveredTable));
      }
      if (parts.includes("locking")) {
        locking.push(...shown(await measureLockingTax(name, directory, effort), lockingTable));
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  }
  return { ...before, runtimes, effort, caller, dispatcher, delivered, locking };
}

async function versionOf(name: RuntimeName, directory: string): Promise<string> {
  const worker = await startWorker(name, "caller", { subject: "floor", kind: "simple", directory });
  await worker.close();
  return worker.runtime;
}

/** Prints a table as soon as it is measured: a whole run takes its time. */
function shown<T>(rows: T[], toTable: (rows: readonly T[]) => string): T[] {
  console.log(`${toTable(rows)}\n`);
  return rows;
}

function describe({ date, machine, packages }: Provenance): string {
  const { cpu, cores, memoryGiB, system, load } = machine;
  const versions = Object.entries(packages).map((entry) => entry.join(" ")).join(", ");
  return `${date}  ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, load ${load}\n${versions}\n`;
}

/** More digits than this are noise. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(4)) : value;
}
