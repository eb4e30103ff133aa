/**
 * Several writers of one file: processes, and threads of one process.
 *
 * @module
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { RoundOptions } from "../cases/case.ts";
import { workOf } from "../records.ts";
import type { TogetherRow } from "../results.ts";
import { noteOf } from "../support/compare.ts";
import type { Effort } from "../support/effort.ts";
import { countLines } from "../support/lines.ts";
import { interleave } from "../support/rounds.ts";
import { spreadOf } from "../support/statistics.ts";
import { startWorker, withWorkers, type Worker } from "../support/worker.ts";
import { type Place, TURN_EVERY } from "./part.ts";

/** How many write at the same time. */
const WRITERS = 4;
/** Small enough that each file is rotated several times where each writer has its own, so that both ways rotate as often. */
const ROTATION_BYTES = 5_000_000;
const LINES = 288_000;
/** Peers that keep lines whole without a lock: each write is whole lines, appended. They cannot rotate. */
const PEERS = ["pino sync", "pino async", "logtape non-blocking"];
const PEER_ROUNDS = 3;

interface Cell {
  readonly subject: string;
  readonly writers: TogetherRow["writers"];
  readonly maxBytes?: number;
  readonly compress?: boolean;
}

/** Measures lines per second of four writers on one file, and on four. */
export async function measureTogether({ runtime, directory, effort }: Place): Promise<TogetherRow[]> {
  const cells: Cell[] = [
    { subject: "omni", writers: "processes" },
    { subject: "omni", writers: "processes", maxBytes: ROTATION_BYTES },
    { subject: "omni", writers: "processes", maxBytes: ROTATION_BYTES, compress: true },
    ...(effort.quick ? [] : PEERS).map((subject) => ({ subject, writers: "processes" as const })),
    { subject: "omni", writers: "threads" },
    ...(effort.quick ? [] : PEERS).map((subject) => ({ subject, writers: "threads" as const })),
    { subject: "omni", writers: "threads", maxBytes: ROTATION_BYTES },
  ];
  const rows: TogetherRow[] = [];
  for (const { subject, writers, ...rotation } of cells) {
    const processes = writers === "processes" ? WRITERS : 1;
    const name = writers === "processes" ? "writer" : "threads";
    const start = Array.from(
      { length: processes },
      () => () => startWorker(runtime, name, { subject, kind: "five", directory }),
    );
    const base = { subject, writers, count: WRITERS, ...rotation };
    try {
      const measured = await withWorkers(
        start,
        (workers) =>
          measureCell(workers, {
            threads: WRITERS / processes,
            ...rotation,
            directory,
            effort,
            rounds: subject === "omni" ? effort.longRounds : PEER_ROUNDS,
          }),
      );
      rows.push({ ...base, ...measured });
    } catch (error) {
      rows.push({ ...base, rounds: 0, rejected: 0, note: noteOf(error, subject) });
    }
  }
  return rows;
}

async function measureCell(
  workers: readonly Worker[],
  { effort, rounds, ...rest }: {
    readonly threads: number;
    readonly maxBytes?: number;
    readonly compress?: boolean;
    readonly directory: string;
    readonly effort: Effort;
    readonly rounds: number;
  },
): Promise<Pick<TogetherRow, "own" | "shared" | "ratio" | "rounds" | "rejected">> {
  const lines = effort.quick ? LINES / 20 : LINES;
  const once = (own: boolean, count = lines) => writeTogether(workers, { ...rest, own, count });
  for (const own of [true, false, true, false]) await once(own, lines / 3);
  const measured = await interleave<number>([
    { name: "own", run: () => once(true) },
    { name: "shared", run: () => once(false) },
  ], {
    rounds: Math.min(effort.longRounds, rounds),
    // What four files take is as good as a floor here: no writer waits for another.
    reference: (name, speed) => name === "own" ? speed : undefined,
  });
  const own = measured.results.get("own") ?? [];
  const shared = measured.results.get("shared") ?? [];
  const ratios = shared.map((speed, round) => speed / (own[round] ?? NaN));
  return {
    own: spreadOf(own),
    shared: spreadOf(shared),
    ratio: spreadOf(ratios),
    rounds: measured.rounds,
    rejected: measured.rejected,
  };
}

/** Lines per second of all writers together, so many threads in each process. All lines are counted. */
export async function writeTogether(
  workers: readonly Worker[],
  { own, count, threads, directory: parent, ...rotation }: {
    readonly own: boolean;
    /** Lines of each writer. */
    readonly count: number;
    readonly threads: number;
    readonly maxBytes?: number;
    readonly compress?: boolean;
    readonly directory: string;
  },
): Promise<number> {
  const directory = join(parent, "together");
  // A peer that lost lines has left its files.
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const start = performance.now();
  await Promise.all(workers.map((worker, index) => {
    const path = join(directory, own ? `own-${index}.log` : "app.log");
    const round: RoundOptions = { count, turnEvery: TURN_EVERY, path, own, ...rotation };
    return worker.round(round);
  }));
  const seconds = (performance.now() - start) / 1000;
  const counted = countLines(directory, workOf("five"));
  const expected = count * workers.length * threads;
  if (counted !== expected) throw new Error(`Cannot use this measurement: ${counted} lines instead of ${expected}`);
  rmSync(directory, { recursive: true });
  return counted / seconds;
}
