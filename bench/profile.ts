/**
 * Where the time of a case goes: `deno run -A bench/profile.ts [case] [kind] [subject] [runtime]`, such as
 * `delivered five omni bun`. Prints the functions with the most time of their own; `ns` is their share of the time that a
 * record takes, the median of the rounds that count. What the case does outside of the time that it measures, such as
 * counting lines, is left out, and so is waiting. Node and Bun have a profiler; Deno runs on the same engine as Node.
 *
 * @module
 */
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import type { RoundOptions } from "./cases/case.ts";
import type { CaseName } from "./cases/mod.ts";
import { TURN_EVERY } from "./parts/part.ts";
import type { Kind } from "./records.ts";
import { median } from "./support/statistics.ts";
import { table } from "./support/table.ts";
import { type RuntimeName, startWorker } from "./support/worker.ts";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROUNDS = 12;
const SHOWN = 30;
/** The share of the time, at its beginning, that is left out: modules are loaded and compiled in it. */
const WARM_UP = 0.4;
/** What is done before the clock of a round is started and after it is stopped: functions, and files of them. */
const OUTSIDE = new Set(["collectGarbage", "rmSync", "mkdirSync", "processorTime"]);
const OUTSIDE_FILES = new Set(["lines.ts"]);

const [, , name = "delivered", kind = "five", subject = "omni", runtime = "node"] = process.argv;
const directory = realpathSync(mkdtempSync(join(tmpdir(), "omni-profile-")));
const rounds: { readonly [name: string]: RoundOptions } = {
  caller: { count: 2_000, bursts: 100 },
  dispatcher: { count: 2_000, bursts: 100 },
  delivered: { count: 200_000, turnEvery: TURN_EVERY },
  steady: { count: 10_000, rate: 10_000 },
};
try {
  const worker = await startWorker(runtime as RuntimeName, name as CaseName, {
    subject,
    kind: kind as Kind,
    directory,
    flags: ["--cpu-prof", `--cpu-prof-dir=${directory}`, "--cpu-prof-interval=250"],
  });
  const results: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { ns, cpuNs } = await worker.round(rounds[name] ?? { count: 100_000 });
    results.push(name === "steady" ? cpuNs ?? ns : ns);
  }
  await worker.close();
  console.log(`ns per record, round by round: ${results.map((ns) => ns.toFixed(0)).join(" ")}\n`);
  const file = readdirSync(directory).find((file) => file.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error("Cannot show a profile: none was written");
  const counting = results.slice(Math.ceil(ROUNDS * WARM_UP));
  console.log(summary(JSON.parse(readFileSync(join(directory, file), "utf8")), median(counting)));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** The numbers of all frames that are outside of what is measured: those of functions of ours, and all below them. */
function outsideOf(nodes: Profile["nodes"]): ReadonlySet<number> {
  const childrenOf = new Map(nodes.map(({ id, children = [] }) => [id, children]));
  const outside = new Set<number>();
  const add = (id: number) => {
    if (outside.has(id)) return;
    outside.add(id);
    for (const child of childrenOf.get(id) ?? []) add(child);
  };
  for (const { id, callFrame: { functionName, url } } of nodes) {
    if (OUTSIDE.has(functionName) || OUTSIDE_FILES.has(basename(url))) add(id);
  }
  return outside;
}

function summary({ nodes, samples, timeDeltas }: Profile, ns: number): string {
  const outside = outsideOf(nodes);
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
    id,
    `${functionName || "(anonymous)"} ${url === "" ? "" : `${basename(url)}:${lineNumber + 1}`}`.trim(),
  ]));
  const times = new Map<string, number>();
  const all = timeDeltas.reduce((sum, microseconds) => sum + microseconds, 0);
  let elapsed = 0;
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const where = names.get(id) ?? "?";
    const microseconds = timeDeltas[index] ?? 0;
    elapsed += microseconds;
    if (where === "(idle)" || elapsed < all * WARM_UP || outside.has(id)) continue;
    times.set(where, (times.get(where) ?? 0) + microseconds);
    total += microseconds;
  }
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  return table(
    ["function", "ms", "share", "ns"],
    sorted.map(([where, us]) => [
      where,
      (us / 1000).toFixed(0),
      `${(us / total * 100).toFixed(1)}%`,
      (us / total * ns).toFixed(0),
    ]),
  );
}
