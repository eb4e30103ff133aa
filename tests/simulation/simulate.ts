import { check } from "./checker.ts";
import type { Mutation } from "./mutations.ts";
import { createRandom } from "./random.ts";
import { spoilReusedMemory } from "./spoil_memory.ts";
import { World } from "./world.ts";

spoilReusedMemory();

/** What a schedule has shown. */
export interface Outcome {
  readonly seed: number;
  /** What is wrong; empty when all promises were kept. */
  readonly problems: readonly string[];
  readonly steps: number;
  /** How often each trouble came. */
  readonly troubles: ReadonlyMap<string, number>;
  /** What happened, if asked for. */
  readonly trace: readonly string[];
}

/** Options of {@linkcode simulate}. */
export interface SimulateOptions {
  /** Whether to record the trace. */
  readonly trace?: boolean;
  /** Breaks the protocol. */
  readonly mutation?: Mutation;
}

/** Runs the schedule of a seed. The same seed gives the same schedule each time, on each runtime. */
export async function simulate(seed: number, options: SimulateOptions = {}): Promise<Outcome> {
  const restore = options.mutation?.patch?.();
  try {
    return await run(seed, options);
  } finally {
    restore?.();
  }
}

async function run(seed: number, options: SimulateOptions): Promise<Outcome> {
  const world = new World(seed, options);
  const { random } = Math;
  const { stackTraceLimit } = Error;
  // Faults are errors, and nobody reads where most of them come from.
  if (options.trace !== true) Error.stackTraceLimit = 0;
  // The pauses between two tries of a lock are random.
  const pauses = createRandom(~seed);
  Math.random = () => pauses.next();
  const problems: string[] = [];
  try {
    await world.run();
  } catch (error) {
    problems.push(String(error instanceof Error ? error.stack ?? error.message : error));
  } finally {
    Math.random = random;
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (problems.length === 0) problems.push(...check(world));
  return { seed, problems, steps: world.steps, troubles: world.troubles, trace: world.trace ?? [] };
}

/** Tells of a failed schedule, with its trace. */
export async function explain(seed: number, options: SimulateOptions = {}): Promise<string> {
  const { problems, trace } = await simulate(seed, { ...options, trace: true });
  return [
    ...trace,
    "",
    `Seed ${seed} breaks the promise; replay it with: deno task simulate --seed ${seed}`,
    ...problems.map((problem) => `- ${problem}`),
  ].join("\n");
}
