/**
 * The measurements: which processes are started for each, and how their rounds alternate. What is compared is measured
 * in the same minutes, a round of each in turn, because the machine may be shared.
 *
 * @module
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RoundOptions, RoundResult } from "./cases/case.ts";
import type { CaseName } from "./cases/mod.ts";
import { RECORD_KINDS, type RecordKind } from "./records.ts";
import { checkLines } from "./support/lines.ts";
import { median } from "./support/statistics.ts";
import { type RuntimeName, startWorker, withWorkers, type Worker } from "./support/worker.ts";

/** How thorough a run is. */
export interface Effort {
  /** Rounds of each, of which the median counts. */
  readonly rounds: number;
  /** Records of one round of the delivered cost. */
  readonly lines: number;
  /** Bursts of one round of the caller's cost. */
  readonly bursts: number;
  /** Records that each of several processes writes in one round. */
  readonly sharedLines: number;
}

/** The cost of one subject. */
export interface Cost {
  readonly runtime: RuntimeName;
  readonly kind: RecordKind;
  readonly subject: string;
  /** Nanoseconds per record, median of the rounds. */
  readonly ns: number;
  /** The least of any round. */
  readonly best: number;
  /** Nanoseconds per record with the garbage collections that fell into the bursts; the caller's cost only. */
  readonly meanNs?: number;
  /** Nanoseconds of processor time per record, median of the rounds; the delivered cost only. */
  readonly cpuNs?: number;
  /** How many times the first subject's time this is: median of the ratios within each round. */
  readonly ratio: number;
  /** The same of the processor time, on which other programs of the machine have less influence. */
  readonly cpuRatio?: number;
}

/** The delivered cost of one subject. */
export interface DeliveredCost extends Cost {
  /** Records between two turns of the event loop; 0: the loop never turned. */
  readonly turnEvery: number;
}

/** Four processes on one file against four on four files. */
export interface LockingTax {
  readonly runtime: RuntimeName;
  readonly rotation: number | undefined;
  /** Lines per second, all processes together. */
  readonly own: number;
  /** Lines per second, all processes together. */
  readonly shared: number;
  /** Shared to own, median of the ratios of rounds next to each other. */
  readonly ratio: number;
  /** All of these ratios. */
  readonly ratios: readonly number[];
}

/** Records in one burst: they fit the queue. */
const BURST = 4_000;
/** A disabled level queues nothing, so its bursts can be long enough for the clock. */
const DISABLED_BURST = 1_000_000;
const CALLER_WARM_UP_BURSTS = 60;
const WARM_UP_ROUNDS = 2;
const PROCESSES = 4;
/** Records that a busy server logs between two turns of its event loop. */
const TURN_EVERY = 100;
const ROTATION_BYTES = 10_000_000;

const CALLER_SUBJECTS = ["omni", "pino async", "logtape nonBlocking"];
const DELIVERED_SUBJECTS = [
  "omni",
  "omni, lock none",
  "floor",
  "pino sync",
  "pino async",
  "logtape blocking",
  "logtape nonBlocking",
];

/** Measures what the calls cost. */
export async function measureCaller(runtime: RuntimeName, directory: string, effort: Effort): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const kind of RECORD_KINDS) {
    const count = kind === "disabled" ? DISABLED_BURST : BURST;
    const bursts = kind === "disabled" ? Math.ceil(effort.bursts / 10) : effort.bursts;
    costs.push(
      ...await compare(CALLER_SUBJECTS, "caller", { runtime, kind, directory }, {
        warmUp: [{ count, bursts: kind === "disabled" ? 5 : CALLER_WARM_UP_BURSTS }],
        rounds: effort.rounds,
        round: { count, bursts },
      }),
    );
  }
  return costs;
}

/** Measures what our dispatcher does with a line on the program's thread; the peers do that within the call. */
export async function measureDispatcher(runtime: RuntimeName, directory: string, effort: Effort): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const kind of ["simple", "five", "child"] as const) {
    costs.push(
      ...await compare(["omni"], "dispatcher", { runtime, kind, directory }, {
        warmUp: [{ count: BURST, bursts: CALLER_WARM_UP_BURSTS }],
        rounds: effort.rounds,
        round: { count: BURST, bursts: effort.bursts },
      }),
    );
  }
  return costs;
}

/** Measures what lines cost until they are in the file: in a loop without end, and with turns of the event loop. */
export async function measureDelivered(
  runtime: RuntimeName,
  directory: string,
  effort: Effort,
): Promise<DeliveredCost[]> {
  const costs: DeliveredCost[] = [];
  for (const turnEvery of [0, TURN_EVERY]) {
    for (const kind of ["simple", "five"] as const) {
      const round = { count: effort.lines, ...(turnEvery > 0 && { turnEvery }) };
      const rows = await compare(DELIVERED_SUBJECTS, "delivered", { runtime, kind, directory }, {
        warmUp: new Array<RoundOptions>(WARM_UP_ROUNDS).fill(round),
        rounds: effort.rounds,
        round,
      });
      costs.push(...rows.map((row) => ({ ...row, turnEvery })));
    }
  }
  return costs;
}

/** Measures what sharing a file costs: lines per second of four processes on one file and on four. */
export async function measureLockingTax(
  runtime: RuntimeName,
  directory: string,
  effort: Effort,
): Promise<LockingTax[]> {
  const start = Array.from(
    { length: PROCESSES },
    () => () => startWorker(runtime, "sharedFile", { subject: "omni", kind: "five", directory }),
  );
  return await withWorkers(start, async (workers) => {
    const taxes: LockingTax[] = [];
    for (const rotation of [undefined, ROTATION_BYTES]) {
      const speeds = { own: [] as number[], shared: [] as number[] };
      for (let round = -WARM_UP_ROUNDS; round < effort.rounds; round++) {
        // Turn and turn about, so that neither always comes after the other.
        const order = round % 2 === 0 ? ["own", "shared"] as const : ["shared", "own"] as const;
        for (const mode of order) {
          const speed = await writeTogether(workers, mode, directory, effort.sharedLines, rotation);
          if (round >= 0) speeds[mode].push(speed);
        }
      }
      const ratios = speeds.shared.map((speed, round) => speed / (speeds.own[round] as number));
      taxes.push({
        runtime,
        rotation,
        own: median(speeds.own),
        shared: median(speeds.shared),
        ratio: median(ratios),
        ratios,
      });
    }
    return taxes;
  });
}

async function writeTogether(
  workers: readonly Worker[],
  mode: "own" | "shared",
  parent: string,
  lines: number,
  maxBytes: number | undefined,
): Promise<number> {
  const directory = join(parent, "together");
  mkdirSync(directory);
  const start = performance.now();
  await Promise.all(workers.map((worker, index) => {
    const path = join(directory, mode === "own" ? `own-${index}.log` : "shared.log");
    return worker.round({ count: lines, turnEvery: TURN_EVERY, path, ...(maxBytes !== undefined && { maxBytes }) });
  }));
  const seconds = (performance.now() - start) / 1000;
  const count = lines * workers.length;
  checkLines(readdirSync(directory).map((name) => join(directory, name)), count);
  rmSync(directory, { recursive: true });
  return count / seconds;
}

interface Schedule {
  readonly warmUp: readonly RoundOptions[];
  readonly rounds: number;
  readonly round: RoundOptions;
}

interface Place {
  readonly runtime: RuntimeName;
  readonly kind: RecordKind;
  readonly directory: string;
}

/** Measures subjects in processes of their own, a round of each in turn; the first is what the others are compared to. */
async function compare(
  subjects: readonly string[],
  name: CaseName,
  { runtime, kind, directory }: Place,
  { warmUp, rounds, round }: Schedule,
): Promise<Cost[]> {
  const start = subjects.map((subject, index) => () => {
    const own = join(directory, `${name}-${index}`);
    mkdirSync(own, { recursive: true });
    return startWorker(runtime, name, { subject, kind, directory: own });
  });
  return await withWorkers(start, async (workers) => {
    for (const [index, worker] of workers.entries()) {
      for (const options of warmUp) await worker.round(adapted(options, subjects[index] as string, kind));
    }
    const results: RoundResult[][] = workers.map(() => []);
    for (let number = 0; number < rounds; number++) {
      for (let turn = 0; turn < workers.length; turn++) {
        // Each starts a round as often as the others: what one has left to the disk is felt by the next.
        const index = (number + turn) % workers.length;
        results[index]?.push(await (workers[index] as Worker).round(adapted(round, subjects[index] as string, kind)));
      }
    }
    return subjects.map((subject, index) => costOf(subject, results[index] ?? [], results[0] ?? []));
  });

  function costOf(subject: string, own: readonly RoundResult[], first: readonly RoundResult[]): Cost {
    const times = own.map(({ ns }) => ns);
    const cpu = own.flatMap(({ cpuNs }) => cpuNs === undefined ? [] : [cpuNs]);
    const means = own.flatMap(({ meanNs }) => meanNs === undefined ? [] : [meanNs]);
    return {
      runtime,
      kind,
      subject,
      ns: median(times),
      best: Math.min(...times),
      ...(means.length > 0 && { meanNs: median(means) }),
      ...(cpu.length > 0 && {
        cpuNs: median(cpu),
        cpuRatio: median(cpu.map((ns, round) => ns / (first[round]?.cpuNs ?? NaN))),
      }),
      ratio: median(times.map((ns, round) => ns / (first[round]?.ns ?? NaN))),
    };
  }
}

/**
 * LogTape's blocking sink (2.3.10) writes and syncs a line of less than 200 bytes at once when its buffer is empty, so
 * that short lines never gather: 0.2 ms each, of which a full round would take a minute.
 */
function adapted(options: RoundOptions, subject: string, kind: RecordKind): RoundOptions {
  if (subject !== "logtape blocking" || kind === "five") return options;
  return { ...options, count: Math.ceil(options.count / 200) };
}
