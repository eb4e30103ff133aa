import type { Durability, RotateOptions } from "../../src/destination_options.ts";
import { drawObstacles, type Obstacle } from "./obstacles.ts";
import type { Random } from "./random.ts";

/** What one schedule is about: the options of its loggers and what is done to them. */
export interface Scenario {
  /** Processes at the start. */
  readonly processes: number;
  /** Loggers of each process on the one path. */
  readonly loggers: number;
  /** Steps of the program of each process. */
  readonly programSteps: number;
  readonly rotate: RotateOptions;
  /** Other settings that some of the processes have; `undefined` stands for one that does not rotate. */
  readonly others: readonly (RotateOptions | undefined)[];
  /** What processes may have as `durability`. */
  readonly durabilities: readonly Durability[];
  /** Bytes of the disk that are left free. */
  readonly minFreeBytes: number;
  readonly lockTimeout: number;
  readonly flushInterval: number;
  /** Bytes that may wait in a destination. Little room makes log calls write by themselves, and drop. */
  readonly queueBytes: number;
  readonly queueCapacity: number;
  readonly overflow: "drop" | "block";
  /** Whether the number of a file that is gone goes to the next new one. */
  readonly reusesInodes: boolean;
  /** Milliseconds that the clock by which files are dated is ahead of the wall clock. */
  readonly fileClock: number;
  /** Probability that a call kills its process. */
  readonly crashes: number;
  /** Probability that a call fails. */
  readonly faults: number;
  /** Probability, at each step, that the disk fills up, beside that of the other faults. */
  readonly fullness: number;
  /** What is in the way of all that is not writing. */
  readonly obstacles: readonly Obstacle[];
  /** Whether the one that closes last was there from the beginning. */
  readonly isSurvivorOld: boolean;
  /** Probability that a write is short. */
  readonly shortWrites: number;
  /** Probability, at each step, that the wall clock jumps. */
  readonly clockJumps: number;
  /** Probability, at each step, that somebody renames, deletes or empties the log. */
  readonly outside: number;
  /** Probability that a call in the background is still not carried out while others run. */
  readonly slowness: number;
  /** Probability that another process runs in the middle of a direct call. */
  readonly interleaving: number;
  /** Probability that a step of the calm end is an exit instead of `close()`. */
  readonly exits: number;
}

/** Draws a scenario. Many have only some of the troubles, so that each meets the others in every mixture. */
export function drawScenario(random: Random): Scenario {
  const rarely = (...rates: number[]) => random.chance(0.5) ? 0 : random.pick(rates);
  const tight = random.chance(0.25);
  const limit = () => ({
    ...(random.chance(0.4) ? { maxFiles: random.pick([0, 1, 2, 5]) } : {}),
    ...(random.chance(0.15) ? { maxAge: random.pick([5, 100, 2_000, 3_600_000]) } : {}),
    ...(random.chance(0.15) ? { maxTotalBytes: random.pick([100, 600, 1_500]) } : {}),
  });
  const noLimit = { maxFiles: undefined, maxAge: undefined, maxTotalBytes: undefined };
  const every = (): RotateOptions => ({
    every: random.pick(["hour" as const, 5, 20, 100]),
    ...(random.chance(0.5) ? { maxBytes: 2_000 } : {}),
  });
  const draw = (): RotateOptions => ({
    maxBytes: random.pick([200, 300, 300, 600, 2_000]),
    naming: random.chance(0.5) ? "timestamp" : "numbered",
    ...(random.chance(0.6) ? { compress: "gzip" as const } : {}),
    ...(random.chance(0.2) ? every() : {}),
    ...limit(),
  });
  const rotate = draw();
  const overflow = random.chance(0.1) ? "block" : "drop";
  const obstacles = drawObstacles(random);
  return {
    obstacles,
    isSurvivorOld: random.chance(0.5),
    processes: random.between(1, 4),
    loggers: random.chance(0.2) ? 2 : 1,
    programSteps: random.between(2, 7),
    rotate,
    // Others altogether, those that differ in what they keep alone, or a process that rotates nothing.
    others: random.chance(0.3)
      ? [random.pick([draw, draw, () => ({ ...rotate, ...noLimit, ...limit() }), () => undefined])()]
      : [],
    durabilities: random.pick([["os"], ["os"], ["disk"], ["memory", "os", "disk"]]),
    minFreeBytes: random.chance(0.15) ? random.pick([200, 1_000]) : 0,
    lockTimeout: random.pick([20, 200, 10_000]),
    flushInterval: random.pick([0, 1, 10]),
    queueBytes: tight ? random.pick([200, 500, 1_500]) : 1_000_000,
    queueCapacity: tight ? random.between(1, 6) : 512,
    overflow,
    reusesInodes: random.chance(0.7),
    crashes: rarely(0.002, 0.01, 0.03),
    faults: rarely(0.005, 0.02, 0.1),
    fullness: rarely(0.005, 0.02),
    shortWrites: rarely(0.1, 0.5),
    clockJumps: rarely(0.01, 0.1),
    // What takes the log away where none can be made leaves nothing to write to.
    outside: obstacles.length > 0 ? 0 : rarely(0.005, 0.02),
    slowness: random.pick([0, 0.2, 0.8]),
    interleaving: random.pick([0, 0.2, 0.5]),
    exits: random.pick([0, 0.3, 1]),
    fileClock: random.chance(0.3) ? random.pick([-86_400_000, -100, -3, 3, 100, 86_400_000]) : 0,
  };
}
