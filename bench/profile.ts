/**
 * Where the time of a case goes: `deno run -A bench/profile.ts [case] [kind] [subject] [runtime]`, such as
 * `delivered five omni bun`. Prints the functions with the most time of their own. Node and Bun have a profiler; Deno
 * runs on the same engine as Node.
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
import { table } from "./support/table.ts";
import { type RuntimeName, startWorker } from "./support/worker.ts";

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const ROUNDS = 12;
const SHOWN = 30;
/** The share of the time, at its beginning, that is left out: modules are loaded and compiled in it. */
const WARM_UP = 0.4;

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
  const results: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { ns, cpuNs } = await worker.round(rounds[name] ?? { count: 100_000 });
    results.push((name === "steady" ? cpuNs ?? ns : ns).toFixed(0));
  }
  await worker.close();
  console.log(`ns per record, round by round: ${results.join(" ")}\n`);
  const file = readdirSync(directory).find((file) => file.endsWith(".cpuprofile"));
  if (file === undefined) throw new Error("Cannot show a profile: none was written");
  console.log(summary(JSON.parse(readFileSync(join(directory, file), "utf8"))));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function summary({ nodes, samples, timeDeltas }: Profile): string {
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
    if (where === "(idle)" || elapsed < all * WARM_UP) continue;
    times.set(where, (times.get(where) ?? 0) + microseconds);
    total += microseconds;
  }
  const sorted = [...times].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  return table(
    ["function", "ms", "share"],
    sorted.map(([where, us]) => [where, (us / 1000).toFixed(0), `${(us / total * 100).toFixed(1)}%`]),
  );
}
