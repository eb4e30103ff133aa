/**
 * What a line costs: its caller, our dispatcher, and until it is in the file.
 *
 * @module
 */
import { DELIVERED_KINDS, type Kind, KINDS } from "../records.ts";
import type { CostRow } from "../results.ts";
import type { Format } from "../subjects/subject.ts";
import { compare } from "../support/compare.ts";
import { prepareBursts, prepareLines } from "../support/effort.ts";
import { LOGGERS, loggersFor, type Place, TURN_EVERY } from "./part.ts";

/** Measures what the calls cost: time, and bytes allocated. */
export async function measureCaller({ runtime, directory, effort }: Place): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  const cells: readonly (readonly [Kind, Format])[] = effort.callerKinds.map((kind) => [kind, "json"]);
  for (const [kind, format] of effort.quick ? cells : [...cells, ["five", "text"] as const]) {
    rows.push(
      ...await compare({
        runtime,
        name: "caller",
        kind,
        format,
        loop: "turning",
        // The floor has no levels.
        subjects: [
          "record alone",
          "record and clock",
          ...LOGGERS.filter((subject) => kind !== "disabled" || subject !== "floor"),
        ],
        directory,
        rounds: effort.rounds,
        prepare: (worker) => prepareBursts(worker, kind, effort),
        finish: async (worker, { count }) => {
          const { bytes } = await worker.round({ count, bursts: effort.memoryBursts, memory: true });
          return bytes === undefined ? {} : { bytes };
        },
      }),
    );
  }
  return rows;
}

/** Measures what our dispatcher does with a line on the program's thread; most peers do that within the call. */
export async function measureDispatcher({ runtime, directory, effort }: Place): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  const kinds: readonly Kind[] = effort.quick ? ["five"] : KINDS.filter((kind) => kind !== "disabled");
  for (const format of ["json", "text"] as const) {
    for (const kind of kinds) {
      rows.push(
        ...await compare({
          runtime,
          name: "dispatcher",
          kind,
          format,
          loop: "turning",
          subjects: ["omni"],
          directory,
          rounds: effort.rounds,
          prepare: (worker) => prepareBursts(worker, kind, effort),
        }),
      );
    }
  }
  return rows;
}

interface DeliveredCell {
  readonly kind: Kind;
  readonly format: Format;
  readonly loop: CostRow["loop"];
}

/** Measures what lines cost until they are in the file: with turns of the event loop, and once in a loop without end. */
export async function measureDelivered({ runtime, directory, effort }: Place): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  for (const { kind, format, loop } of deliveredCells(effort.quick)) {
    const round = loop === "turning" ? { turnEvery: TURN_EVERY } : {};
    rows.push(
      ...await compare({
        runtime,
        name: "delivered",
        kind,
        format,
        loop,
        subjects: [...loggersFor(effort), ...(isPlain({ kind, format }) ? ["hand-written"] : [])],
        directory,
        rounds: effort.rounds,
        prepare: (worker) => prepareLines(worker, round, effort),
      }),
    );
  }
  return rows;
}

/** Whether the logger that is written for a few shapes by hand is compared too. */
function isPlain({ kind, format }: Omit<DeliveredCell, "loop">): boolean {
  return format === "json" && (kind === "simple" || kind === "five");
}

function deliveredCells(quick: boolean): readonly DeliveredCell[] {
  const turning = (kind: Kind, format: Format = "json"): DeliveredCell => ({ kind, format, loop: "turning" });
  if (quick) return [turning("five"), turning("five", "text")];
  return [
    { kind: "five", format: "json", loop: "tight" },
    ...DELIVERED_KINDS.map((kind) => turning(kind)),
    turning("simple", "text"),
    turning("five", "text"),
  ];
}

const ROTATION_BYTES = 5_000_000;
const ROTATION_LINES = 120_000;

/** Measures the delivered cost while files are rotated, and compressed with gzip; the time includes the compression. */
export async function measureRotation({ runtime, directory, effort }: Place): Promise<CostRow[]> {
  const rows: CostRow[] = [];
  const count = effort.quick ? ROTATION_LINES / 10 : ROTATION_LINES;
  const maxBytes = effort.quick ? ROTATION_BYTES / 10 : ROTATION_BYTES;
  for (const compress of [false, true]) {
    const measured = await compare({
      runtime,
      name: "delivered",
      kind: "five",
      loop: "turning",
      subjects: loggersFor(effort).filter((subject) => subject !== "floor"),
      directory,
      rounds: effort.longRounds,
      prepare: async (worker) => {
        const round = { count, turnEvery: TURN_EVERY, maxBytes, compress };
        await worker.round(round);
        return round;
      },
    });
    rows.push(...measured.map((row) => ({ ...row, kind: compress ? "rotation and gzip" : "rotation" })));
  }
  return rows;
}

const STEADY_RATE = 10_000;
const STEADY_ROUNDS = 3;
const STEADY_SUBJECTS = [
  "record alone",
  "omni",
  "omni unlocked",
  "pino sync",
  "pino async",
  "logtape blocking",
  "logtape non-blocking",
];

/** Measures the processor time per line of a program that logs 10,000 lines per second. */
export async function measureSteady({ runtime, directory, effort }: Place): Promise<CostRow[]> {
  const round = { count: STEADY_RATE * effort.steadySeconds, rate: STEADY_RATE };
  return await compare({
    runtime,
    name: "steady",
    kind: "five",
    loop: "turning",
    subjects: effort.quick ? ["record alone", "omni", "pino async"] : STEADY_SUBJECTS,
    directory,
    rounds: effort.quick ? 1 : STEADY_ROUNDS,
    prepare: async (worker) => {
      await worker.round({ ...round, count: round.count / 2 });
      return round;
    },
  });
}
