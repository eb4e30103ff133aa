/**
 * How the cost of a line grows with one thing at a time.
 *
 * @module
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { RoundOptions, RoundResult } from "../cases/case.ts";
import type { CaseName } from "../cases/mod.ts";
import type { Kind } from "../records.ts";
import type { GrowthRow } from "../results.ts";
import type { Effort } from "../support/effort.ts";
import { interleave } from "../support/rounds.ts";
import { spreadOf } from "../support/statistics.ts";
import { startWorker, withWorkers, type Worker } from "../support/worker.ts";
import { type Place, TURN_EVERY } from "./part.ts";
import { writeTogether } from "./together.ts";

/** How much dearer a step may be than its size says, before it counts as worse than linear: noise of the machine. */
export const LINEAR_TOLERANCE = 1.25;

/** What grows, and what is compared to how much. */
interface Dimension {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly sizes: readonly number[];
  /** What measures it. @default "delivered" */
  readonly case?: CaseName;
  readonly kind: (size: number) => Kind;
  readonly round: (size: number) => RoundOptions;
  /**
   * What the cost of a line may grow with: the size, or nothing where a line is as much work at any size (the work as a
   * whole is then linear).
   */
  readonly grows: "with size" | "not";
}

const five = (): Kind => "five";

/** The log is rotated twice in a round. */
const ROTATED_BYTES = 8_000_000;
const ROTATED_LINES = 150_000;
/** Ten for each of the most files, ten times. */
const FILES_LINES = 100_000;

const DIMENSIONS: readonly Dimension[] = [
  {
    name: "fields",
    subjects: ["omni", "pino async"],
    sizes: [0, 1, 2, 5, 10, 20, 50],
    kind: (size) => `fields:${size}`,
    round: (size) => ({ count: Math.round(200_000 / (2 + size)), turnEvery: TURN_EVERY }),
    grows: "with size",
  },
  {
    name: "message bytes",
    subjects: ["omni", "pino async"],
    sizes: [10, 100, 1_000, 10_000, 100_000, 1_000_000],
    kind: (size) => `bytes:${size}`,
    // At most 40 MB a round, and no more between two turns than a destination may keep waiting.
    round: (size) => ({
      count: Math.round(Math.min(80_000, 40e6 / size)),
      turnEvery: Math.max(1, Math.min(TURN_EVERY, 4e6 / size)),
    }),
    grows: "with size",
  },
  {
    name: "destinations",
    subjects: ["omni"],
    sizes: [1, 2, 4, 8],
    kind: five,
    round: (size) => ({ count: 80_000 / size, turnEvery: TURN_EVERY, destinations: size }),
    grows: "with size",
  },
  {
    name: "queue depth",
    subjects: ["omni"],
    sizes: [1_000, 4_000, 16_000, 64_000, 256_000],
    kind: five,
    round: (size) => ({ count: Math.max(size, 64_000), turnEvery: size, capacity: size }),
    grows: "not",
  },
  rotatedFiles("rotated files", "timestamp"),
  rotatedFiles("numbered files", "numbered"),
  {
    name: "files of a process",
    subjects: ["omni"],
    sizes: [1, 10, 100, 1_000],
    case: "files",
    kind: five,
    round: (size) => ({ count: FILES_LINES, files: size }),
    grows: "not",
  },
];

/** Rotated files that lie in the directory. How many there are may not matter to a line, which waits for none of them. */
function rotatedFiles(name: string, naming: RoundOptions["naming"]): Dimension {
  return {
    name,
    subjects: ["omni"],
    sizes: [1, 10, 100, 1_000, 10_000],
    case: "rotated",
    kind: five,
    round: (size) => ({ count: ROTATED_LINES, turnEvery: TURN_EVERY, maxBytes: ROTATED_BYTES, naming, files: size }),
    grows: "not",
  };
}

const PROCESSES = [1, 2, 4, 8, 16];
const PROCESS_LINES = 1_920_000;
/** How many times smaller the rounds of a smoke run are. */
const QUICK_SHARE = 20;
const WARM_UP_ROUNDS = 2;

/**
 * Measures the delivered cost as fields, messages, destinations, the depth of the queue, rotated files, files and
 * processes grow, and what a rotation takes as rotated files grow.
 */
export async function measureGrowth(place: Place): Promise<GrowthRow[]> {
  const rows: GrowthRow[] = [];
  for (const dimension of DIMENSIONS) {
    const subjects = place.effort.quick ? ["omni"] : dimension.subjects;
    for (const subject of subjects) rows.push(...await measureDimension(dimension, subject, place));
  }
  rows.push(await measureProcesses(place));
  return rows;
}

async function measureDimension(
  { name, sizes: all, case: measuring = "delivered", kind, round, grows }: Dimension,
  subject: string,
  { runtime, directory, effort }: Place,
): Promise<GrowthRow[]> {
  const sizes = chosen(all, effort);
  // The floor's process comes last.
  const start = [...sizes, "floor" as const].map((size, index) => () => {
    const own = join(directory, `${name}-${subject}-${index}`.replaceAll(/\W+/g, "-"));
    mkdirSync(own);
    return size === "floor"
      ? startWorker(runtime, "delivered", { subject: "floor", kind: five(), directory: own })
      : startWorker(runtime, measuring, { subject, kind: kind(size), directory: own });
  });
  return await withWorkers(start, async (workers) => {
    const optionsOf = (index: number): RoundOptions => {
      const size = sizes[index];
      const options = size === undefined ? { count: 200_000 } : round(size);
      return effort.quick ? smaller(options) : options;
    };
    for (const [index, worker] of workers.entries()) {
      for (let turn = 0; turn < (effort.quick ? 1 : WARM_UP_ROUNDS); turn++) await worker.round(optionsOf(index));
    }
    const { results, rounds, rejected } = await interleave<RoundResult>(
      workers.map((worker, index) => ({
        name: index < sizes.length ? String(index) : "floor",
        run: () => worker.round(optionsOf(index)),
      })),
      { rounds: effort.longRounds, reference: (name, { ns }) => name === "floor" ? ns : undefined },
    );
    const missing = [...results.values()].flat().find(({ missing = 0 }) => missing !== 0);
    if (missing !== undefined) throw new Error(`Cannot use this measurement: ${missing.missing} lines are missing`);
    const stepsOf = (costs: (results: readonly RoundResult[]) => readonly number[]) =>
      sizes.map((size, index) => ({ size, ns: spreadOf(costs(results.get(String(index)) ?? [])) }));
    const base = { subject, dimension: name, rounds, rejected };
    const lines = stepsOf((own) => own.map(({ ns }) => ns));
    const rows: GrowthRow[] = [{ ...base, per: "record", grows, steps: lines, ...judge(lines, grows) }];
    if (measuring === "rotated") {
      const rotations = stepsOf((own) => own.map(({ rotationNs = NaN }) => rotationNs));
      // Its names have to be read, and the numbered ones to be changed, which happens in the background.
      rows.push({ ...base, per: "rotation", grows: "with size", steps: rotations, ...judge(rotations, "with size") });
    }
    return rows;
  });
}

function smaller({ count, maxBytes, ...rest }: RoundOptions): RoundOptions {
  return {
    ...rest,
    count: Math.max(5, Math.round(count / QUICK_SHARE)),
    ...(maxBytes !== undefined && { maxBytes: maxBytes / QUICK_SHARE }),
  };
}

/** Processes on one file: a line may not become dearer by the company, all processes' time taken together. */
async function measureProcesses({ runtime, directory, effort }: Place): Promise<GrowthRow> {
  const sizes = chosen(PROCESSES, effort);
  const most = Math.max(...sizes);
  const start = Array.from(
    { length: most },
    () => () => startWorker(runtime, "writer", { subject: "omni", kind: "five", directory }),
  );
  return await withWorkers(start, async (workers) => {
    const lines = effort.quick ? PROCESS_LINES / QUICK_SHARE : PROCESS_LINES;
    const run = async (size: number) => {
      const group: readonly Worker[] = workers.slice(0, size);
      return 1e9 / await writeTogether(group, { own: false, count: lines / size, threads: 1, directory });
    };
    for (const size of [most, ...sizes]) await run(size);
    const { results, rounds, rejected } = await interleave<number>(
      sizes.map((size) => ({ name: String(size), run: () => run(size) })),
      { rounds: effort.longRounds, reference: (name, ns) => name === "1" ? ns : undefined },
    );
    const steps = sizes.map((size) => ({ size, ns: spreadOf(results.get(String(size)) ?? []) }));
    const base = { subject: "omni", dimension: "processes", per: "record", grows: "not" } as const;
    return { ...base, rounds, rejected, steps, ...judge(steps, "not") };
  });
}

function chosen(sizes: readonly number[], { quick }: Effort): readonly number[] {
  return quick ? sizes.slice(1, 3) : sizes;
}

/** Finds the worst step: how much the cost grew beyond what the size says. */
export function judge(
  steps: GrowthRow["steps"],
  grows: "with size" | "not",
): Pick<GrowthRow, "worst" | "isLinear"> {
  let worst = { from: NaN, to: NaN, factor: 0 };
  for (let index = 1; index < steps.length; index++) {
    const [before, after] = [steps[index - 1], steps[index]] as [typeof steps[number], typeof steps[number]];
    // From nothing to something there is no linear growth to compare with.
    if (before.size === 0) continue;
    const allowed = grows === "with size" ? after.size / before.size : 1;
    // The least of the rounds: what else the machine does only ever adds.
    const factor = after.ns.min / before.ns.min / allowed;
    if (factor > worst.factor) worst = { from: before.size, to: after.size, factor };
  }
  return { worst, isLinear: worst.factor <= LINEAR_TOLERANCE };
}
