/**
 * Runs schedules of the simulation: `deno task simulate [--seed N] [--schedules N] [--minutes M] [--from N]`.
 *
 * With `--seed` one schedule is replayed, with its trace. Otherwise schedules run from the seed `--from` (1) on, so many
 * as `--schedules` says (20,000) or for as long as `--minutes` says, and the first one that fails ends it.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { explain, simulate } from "../tests/simulation/simulate.ts";

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    seed: { type: "string" },
    schedules: { type: "string" },
    minutes: { type: "string" },
    from: { type: "string", default: "1" },
  },
});

async function main(): Promise<boolean> {
  if (values.seed !== undefined) {
    const seed = number("seed", values.seed);
    const { problems, trace } = await simulate(seed, { trace: true });
    console.log(
      problems.length === 0 ? [...trace, "", `Seed ${seed} keeps the promise`].join("\n") : await explain(seed),
    );
    return problems.length === 0;
  }
  const first = number("from", values.from);
  const minutes = values.minutes === undefined ? Infinity : number("minutes", values.minutes);
  const count = values.schedules === undefined
    ? (minutes === Infinity ? 20_000 : Infinity)
    : number("schedules", values.schedules);
  const start = performance.now();
  const end = start + minutes * 60_000;
  let told = start;
  let seed = first;
  let steps = 0;
  for (; seed < first + count && performance.now() < end; seed++) {
    const outcome = await simulate(seed);
    steps += outcome.steps;
    if (outcome.problems.length > 0) {
      console.error(await explain(seed));
      return false;
    }
    if (performance.now() - told > 10_000) {
      told = performance.now();
      console.log(`${seed - first + 1} schedules, ${steps} steps`);
    }
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${seed - first} schedules kept the promise: seeds ${first} to ${seed - 1}, ${steps} steps, ${seconds} s`,
  );
  return true;
}

function number(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0) || (name !== "minutes" && !Number.isInteger(value))) {
    throw new RangeError(`Cannot use --${name}: expected a number, got "${text}"`);
  }
  return value;
}

try {
  process.exitCode = await main() ? 0 : 1;
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
