import type { RoundOptions } from "../cases/case.ts";
import { type Kind, KINDS } from "../records.ts";
import type { Worker } from "./worker.ts";

/** How thorough a run is. */
export interface Effort {
  /** A smoke run: few cases, few rounds, numbers that mean little. */
  readonly quick: boolean;
  /** Rounds of each subject. */
  readonly rounds: number;
  /** The same where a round takes long, because it is a certain number of lines or of seconds. */
  readonly longRounds: number;
  /** About how long a round takes. */
  readonly roundMs: number;
  /** How long a subject runs before. */
  readonly warmUpMs: number;
  /** Kinds of records whose calls are measured. */
  readonly callerKinds: readonly Kind[];
  /** Bursts in which it is counted what a call allocates. */
  readonly memoryBursts: number;
  /** How long a program logs at a steady rate in a round. */
  readonly steadySeconds: number;
  /** How long the delays of a server are measured in a round: a thousandth of the requests is to be a few at least. */
  readonly latencySeconds: number;
}

/** A run whose numbers count: of servers that have run for a while, so engines get a second to optimise the code. */
export const THOROUGH: Effort = {
  quick: false,
  rounds: 7,
  longRounds: 5,
  roundMs: 80,
  warmUpMs: 1_000,
  callerKinds: KINDS,
  memoryBursts: 60,
  steadySeconds: 2,
  latencySeconds: 6,
};
/** A run whose numbers count, but vary more. */
export const BRIEF: Effort = {
  quick: false,
  rounds: 5,
  longRounds: 3,
  roundMs: 50,
  warmUpMs: 300,
  callerKinds: ["disabled", "simple", "five"],
  memoryBursts: 10,
  steadySeconds: 1,
  latencySeconds: 3,
};
/** A smoke run. */
export const QUICK: Effort = {
  quick: true,
  rounds: 2,
  longRounds: 1,
  roundMs: 5,
  warmUpMs: 5,
  callerKinds: ["five"],
  memoryBursts: 5,
  steadySeconds: 0.2,
  latencySeconds: 0.6,
};

/** Records in one burst: they fit the queue. */
const BURST = 2_000;
/** A disabled level queues nothing, so its bursts can be long enough for the clock. */
const DISABLED_BURST = 200_000;
const BURST_MS = 20;
const MOST_BURSTS = 40;
const MOST_LINES = 400_000;
/** Enough for a few turns of the event loop, and for what is done once in a round to be small beside it. */
const FEWEST_LINES = 2_000;
/** Even a short warm-up has so many rounds: optimising compilers need them. */
const WARM_UP_ROUNDS = 3;

/** Warms up a process that measures bursts; returns the options of a round that takes as long as it should. */
export async function prepareBursts(worker: Worker, kind: string, effort: Effort): Promise<RoundOptions> {
  const { ns } = await worker.round({ count: 100 });
  const wanted = kind === "disabled" ? DISABLED_BURST : BURST;
  const count = kind === "disabled" ? wanted : Math.round(clamp(BURST_MS * 1e6 / ns, 50, wanted));
  const start = performance.now();
  let bursts = 0;
  for (let round = 0; round < WARM_UP_ROUNDS || performance.now() - start < effort.warmUpMs; round++) {
    await worker.round({ count, bursts: 3 });
    bursts += 3;
  }
  const burstMs = (performance.now() - start) / bursts;
  return { count, bursts: Math.round(clamp(effort.roundMs / burstMs, 3, MOST_BURSTS)) };
}

/** Warms up a process that writes files; returns the options of a round that takes as long as it should. */
export async function prepareLines(
  worker: Worker,
  round: Omit<RoundOptions, "count">,
  effort: Effort,
): Promise<RoundOptions> {
  const start = performance.now();
  let count = FEWEST_LINES;
  for (let turn = 0; turn < WARM_UP_ROUNDS || performance.now() - start < effort.warmUpMs; turn++) {
    const { ns } = await worker.round({ ...round, count });
    count = Math.round(clamp(effort.roundMs * 1e6 / ns, FEWEST_LINES, MOST_LINES));
  }
  return { ...round, count };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
