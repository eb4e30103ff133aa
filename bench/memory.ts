/**
 * Resident memory while every destination of a logger is dead and the program logs on: `deno task memory --minutes 10`.
 * All runtimes at the same time. Writes `bench/memory.json`.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { type OverloadSecond, startOverload, toldSeconds } from "../tests/faults/support/overload.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    minutes: { type: "string", default: "10" },
    "per-second": { type: "string", default: "20000" },
    "max-bytes": { type: "string", default: String(8 << 20) },
  },
});
const [seconds, perSecond, maxBytes] = [
  Number(values.minutes) * 60,
  Number(values["per-second"]),
  Number(values["max-bytes"]),
];
const MIB = 1 << 20;

const results = await Promise.all((["deno", "bun", "node"] as const).map(async (runtime) => {
  const { stdout } = await startOverload(runtime, { id: runtime, seconds, perSecond, maxBytes }).finished();
  return { runtime, told: toldSeconds(stdout) };
}));

const curves = Object.fromEntries(results.map(({ runtime, told }) => {
  const tenth = Math.max(1, Math.floor(told.length / 10));
  const most = (list: OverloadSecond[]) => Math.max(...list.map(({ rss }) => rss)) / MIB;
  const curve = Array.from(
    { length: 10 },
    (_, index) => Number(most(told.slice(index * tenth, (index + 1) * tenth)).toFixed(1)),
  );
  return [runtime, { mebibytes: curve, dropped: told.at(-1)?.dropped }];
}));
console.log(`Most resident memory, in MiB, in each tenth of ${seconds} s, ${perSecond} calls a second:`);
for (const [runtime, { mebibytes, dropped }] of Object.entries(curves)) {
  console.log(
    `${runtime.padEnd(5)} ${mebibytes.map((value) => value.toFixed(0).padStart(5)).join("")}   dropped ${dropped}`,
  );
}
const made = { date: new Date().toISOString().slice(0, 10), seconds, perSecond, maxBytes, curves };
writeFileSync(new URL("memory.json", import.meta.url), JSON.stringify(made, undefined, 2) + "\n");
