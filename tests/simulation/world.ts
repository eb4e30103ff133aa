import type { Calls } from "../../src/runtime.ts";
import { parseRotatedName } from "../../src/file/rotated_name.ts";
import { MemoryFileSystem } from "../support/memory_file_system.ts";
import type { Mutation } from "./mutations.ts";
import { OutsideHand } from "./outside.ts";
import { Deletions } from "./deletions.ts";
import { Disk } from "./disk.ts";
import { createRandom, type Random } from "./random.ts";
import { obstacleCode, type ObstructedCall } from "./obstacles.ts";
import { drawScenario, type Scenario } from "./scenario.ts";
import { VirtualProcess } from "./virtual_process.ts";

/** The log that all processes of a world write. */
export const LOG_PATH = "/logs/app.log";

/** Its name, and where it stands. */
export const BASE = "app.log";
export const DIRECTORY = "/logs";

/** Something that could happen next. */
export interface Move {
  readonly process: VirtualProcess;
  /** For the trace. */
  readonly name: string;
  /** Whether code of the process runs, which cannot be while some of it is on the stack already. */
  readonly runsCode: boolean;
  make(): void;
}

/** Processes that may be started in the place of those that died. */
const MOST_PROCESSES = 7;

/** Steps in which nothing may happen before that is called stuck. */
const MOST_IDLE_STEPS = 10;

/** What registers a process, and what is made to learn the time: with a number of its own, not that of a rotated file. */
const OF_THE_MOMENT = /^\.?app\.log\.(.*\.writer|inode-\d{9,}\.gz\.tmp)$/;

/** Milliseconds that one call of a slow disk takes at the most: nobody holds a lock for as long as others wait for it. */
const SLOW_FOR = 200;

/** How deep processes may interrupt each other. */
const MOST_DEPTH = 3;

/** What the simulator throws through a process whose call has killed it. */
export class ProcessGone extends Error {
  override readonly name = "ProcessGone";
}

/** Thrown when nothing that a process could do brings it to its end. */
export class StuckError extends Error {
  override readonly name = "StuckError";
}

/** One file system, one clock, some processes, and the dice that decide who goes on and what fails. */
export class World {
  readonly random: Random;
  readonly scenario: Scenario;
  readonly mutation: Mutation | undefined;
  /** Clock that never goes back, in milliseconds. */
  time = 0;
  /** What the wall clock shows beyond it. */
  wallOffset = Date.UTC(2026, 0, 1);
  readonly fs: MemoryFileSystem;
  readonly processes: VirtualProcess[] = [];
  readonly outside: OutsideHand;
  readonly deletions: Deletions;
  readonly disk: Disk;
  /** Whether calls fail, processes die and clocks jump. */
  isChaos = true;
  /** Whether all that the chaos has brought about is known to the processes. */
  isPeaceful = false;
  /** Fragments of lines that may be left: one for each death in the middle of a write, and where mending failed. */
  fragmentsAllowed = 0;
  /** Lines of the trace, if somebody wants to read them. */
  readonly trace: string[] | undefined;
  steps = 0;
  /** How often each trouble has come. */
  readonly troubles = new Map<string, number>();
  /** The process that ends last, in peace. */
  survivor: VirtualProcess | undefined;
  /** When it begins to end, in milliseconds since the epoch. */
  endsAt = 0;
  /** Whether nothing is in the way of housekeeping any more. */
  isFree = false;
  /** Files of the moment that were there until then, which could not be removed. */
  leftovers: readonly string[] = [];
  #depth = 0;
  #idleSteps = 0;
  #fullUntil = -Infinity;

  constructor(seed: number, options: { readonly trace?: boolean; readonly mutation?: Mutation } = {}) {
    this.random = createRandom(seed);
    const drawn = drawScenario(this.random);
    this.scenario = { ...drawn, ...options.mutation?.scenario };
    this.mutation = options.mutation;
    this.trace = options.trace === true ? [] : undefined;
    this.fs = new MemoryFileSystem({ now: () => this.fileTime, reusesInodes: this.scenario.reusesInodes });
    this.fs.calls().makeDirectory(DIRECTORY);
    this.outside = new OutsideHand(this);
    this.deletions = new Deletions(this);
    this.disk = new Disk(this);
  }

  /** What the wall clock shows: whole milliseconds, as everywhere. */
  get wall(): number {
    return Math.floor(this.time + this.wallOffset);
  }

  /** What the clock of the file system shows. */
  get fileTime(): number {
    return this.wall + this.scenario.fileClock;
  }

  /** Writes a line of the trace. */
  note(who: VirtualProcess | undefined, text: string): void {
    if (this.trace === undefined) return;
    const at = `${String(this.steps).padStart(5)} ${this.time.toFixed(1).padStart(8)} ${"  ".repeat(this.#depth)}`;
    this.trace.push(`${at}${who?.name ?? "world"}: ${text}`);
  }

  /** Counts a trouble. */
  count(trouble: string): void {
    this.troubles.set(trouble, (this.troubles.get(trouble) ?? 0) + 1);
  }

  /** Starts a process, with the settings that all have or with others. */
  spawn(
    programSteps: number,
    rotate = this.random.pick([this.scenario.rotate, ...this.scenario.others]),
  ): VirtualProcess {
    const durability = this.random.pick(this.scenario.durabilities);
    const process = new VirtualProcess(this, this.processes.length + 1, { programSteps, rotate, durability });
    this.processes.push(process);
    return process;
  }

  /** Runs everything to its end: the chaos, the calm after it, and at last a survivor that passes by. */
  async run(): Promise<void> {
    const { scenario } = this;
    // Where nothing may be made, there is a log already.
    if (scenario.obstacles.length > 0) this.fs.writeFile(LOG_PATH, "");
    if (scenario.isSurvivorOld) {
      this.survivor = this.spawn(2, scenario.rotate);
      this.survivor.closesAlways = true;
    }
    for (let index = 0; index < scenario.processes; index++) this.spawn(scenario.programSteps);
    // The troubles go on for a while after the last line has been logged.
    for (let after = this.random.between(0, 150); after > 0 && this.steps < 5_000;) {
      await this.#step();
      this.#trouble();
      if (!this.processes.some((process) => process.hasProgram)) after--;
    }
    await this.#calmDown();
    this.leftovers = this.fs.calls().list(DIRECTORY).filter((name) => OF_THE_MOMENT.test(name));
    this.isFree = true;
    await this.#untilKnown();
    this.note(undefined, "the survivor passes");
    const isOld = this.survivor !== undefined;
    const survivor = this.survivor ??= this.spawn(0, scenario.rotate);
    survivor.closesAlways = true;
    const [watched] = survivor.loggers;
    // An old one that has written may have nothing more to do but to close.
    const isGone = this.fs.calls().stat(LOG_PATH) === undefined;
    if (!isOld || isGone || watched.written === 0 || this.random.chance(0.5)) {
      // Longer than any pause.
      this.time += 60_000;
      await this.#until(() => watched.isIdle);
      // There may be no room for a line and a notice of drops together.
      for (const { written } = watched; watched.written === written;) {
        watched.log();
        await this.#until(() => watched.isIdle);
      }
      survivor.hasWrittenLast = true;
    }
    // A clock that was set back makes files seem to be of the future.
    const canGrow = survivor.limits.maxAge < Infinity && scenario.clockJumps === 0;
    if (canGrow && this.random.chance(0.5)) await this.#grow(survivor);
    survivor.isEnding = true;
    this.endsAt = this.wall;
    await this.#until(() => survivor.hasEnded);
  }

  /** Whether other processes may interrupt a direct call; then some do. */
  interleave(process: VirtualProcess): void {
    if (this.#depth >= MOST_DEPTH || !this.random.chance(this.scenario.interleaving)) return;
    this.count("another process in the middle of a direct call");
    this.#nested(this.random.between(1, 3), process);
  }

  /** Lets the thread of a process sleep, while the others go on. */
  sleep(process: VirtualProcess, milliseconds: number): void {
    const end = this.time + milliseconds;
    this.#nested(4, process);
    this.time = Math.max(this.time, end);
  }

  /** How many bytes of a call's data still go through before the process dies, or `undefined`: it lives on. */
  deathAt(process: VirtualProcess, length: number): number | undefined {
    if (!this.isChaos || !this.random.chance(this.scenario.crashes)) return undefined;
    if (process === this.survivor) return undefined;
    if (!this.processes.some((other) => other !== process && other.isAlive)) return undefined;
    return this.random.between(0, length);
  }

  /** What is in the way of a call that is not for writing, if anything is. */
  obstacle(process: VirtualProcess, call: ObstructedCall): string | undefined {
    if (this.isFree) return undefined;
    for (const [index, obstacle] of this.scenario.obstacles.entries()) {
      if (!process.obstacles.includes(index)) continue;
      if (this.steps < obstacle.from || this.steps > obstacle.until) continue;
      if (!this.isChaos && obstacle.until < Infinity) continue;
      const code = obstacleCode(obstacle, call);
      if (code === undefined || !(obstacle.rate === 1 || this.random.chance(obstacle.rate))) continue;
      this.count(obstacle.kind);
      return code;
    }
    return undefined;
  }

  /** The error of the system that a call meets, if any. */
  fault(name: keyof Calls): string | undefined {
    if (!this.isChaos || !this.random.chance(this.scenario.faults)) return undefined;
    switch (name) {
      case "open":
        return this.random.pick(["EMFILE", "EACCES", "EIO", "ENOENT"]);
      case "write":
        return this.random.pick(["ENOSPC", "EIO", "EFBIG"]);
      case "rename":
      case "remove":
        return this.random.pick(["EACCES", "EIO", "ENOSPC"]);
      case "makeDirectory":
      case "list":
        return this.random.pick(["EACCES", "EIO"]);
      case "tryLock":
        return this.random.pick(["refused", "refused", "refused", "ENOLCK"]);
      default:
        return "EIO";
    }
  }

  #nested(count: number, process: VirtualProcess): void {
    if (this.#depth >= MOST_DEPTH) {
      // Nobody else can run, but the thread pool goes on.
      for (const move of this.#moves().filter((move) => !move.runsCode).slice(0, count)) move.make();
      return;
    }
    this.#depth++;
    for (let index = 0; index < count; index++) {
      const moves = this.#moves().filter((move) => move.process !== process || !move.runsCode);
      if (moves.length === 0) break;
      this.#make(this.random.pick(moves));
    }
    this.#depth--;
  }

  #moves(): Move[] {
    const moves: Move[] = [];
    for (const process of this.processes) process.addMoves(moves, this.#depth > 0);
    return moves;
  }

  #make(move: Move): void {
    this.steps++;
    this.note(move.process, move.name);
    move.make();
  }

  async #step(): Promise<void> {
    const { random, scenario } = this;
    if (random.chance(0.1)) this.time += random.next() * 3;
    let moves = this.#moves();
    // The disk is slow: timers go off meanwhile.
    if (moves.length > 0 && random.chance(scenario.slowness * 0.1)) this.#passTime(SLOW_FOR);
    if (moves.length === 0) {
      if (!this.#passTime()) {
        // A chain of promises may be longer than the turns of one step.
        if (!this.isChaos && ++this.#idleSteps > MOST_IDLE_STEPS) {
          throw new StuckError("Nothing is left that could happen");
        }
        return await turns();
      }
      this.#idleSteps = 0;
      moves = this.#moves();
    }
    if (moves.length > 0) {
      let move = random.pick(moves);
      if (!move.runsCode && random.chance(scenario.slowness)) move = random.pick(moves);
      this.#make(move);
    }
    await turns();
  }

  /** Lets time pass until the next timer is due; returns whether there is one within so many milliseconds. */
  #passTime(longest = Infinity): boolean {
    let due = Infinity;
    for (const process of this.processes) due = Math.min(due, process.nextDue);
    if (due === Infinity || due - this.time > longest) return false;
    this.time = Math.max(this.time, due);
    return true;
  }

  #trouble(): void {
    const { random, scenario } = this;
    if (random.chance(scenario.clockJumps)) {
      const jump = random.pick([-7_200_000, -60_000, -5, -1, 1, 5, 60_000, 7_200_000]);
      this.deletions.clockJumps();
      this.wallOffset += jump;
      this.count(jump < 0 ? "clock set back" : "clock set forward");
      this.note(undefined, `the wall clock jumps by ${jump} ms`);
    }
    if (random.chance(scenario.outside)) this.outside.act();
    if (this.time >= this.#fullUntil) this.fs.capacity = Infinity;
    if (random.chance(scenario.faults * 0.1 + scenario.fullness)) {
      this.#fullUntil = this.time + random.between(1, 200);
      this.fs.capacity = this.fs.used + random.between(0, 300);
      this.count("disk full");
      this.note(undefined, "the disk is filling up");
    }
    const alive = this.processes.filter((process) => process.isAlive).length;
    if (alive < scenario.processes && this.processes.length < MOST_PROCESSES && random.chance(0.05)) {
      this.note(this.spawn(random.between(1, 4)), "starts");
    }
  }

  async #calmDown(): Promise<void> {
    this.isChaos = false;
    this.fs.capacity = Infinity;
    this.note(undefined, "all troubles end");
    await this.#untilKnown();
    // By then a look at the free space is no longer relied on.
    this.time += 200;
    this.isPeaceful = true;
    const others = this.processes.filter((process) => process !== this.survivor);
    for (const process of others) process.isEnding = true;
    await this.#until(() => {
      // Where processes may not make the log, somebody else does so in the end.
      if (this.scenario.obstacles.length > 0 && this.fs.calls().stat(LOG_PATH) === undefined) {
        this.note(undefined, "the log is made");
        this.fs.writeFile(LOG_PATH, "");
      }
      return others.every((process) => process.hasEnded);
    });
  }

  /** Lets the rotated files grow so old that all are deleted, though nothing is written. */
  async #grow(survivor: VirtualProcess): Promise<void> {
    const { naming = "timestamp" } = this.scenario.rotate;
    const ours = () =>
      this.fs.calls().list(DIRECTORY).filter((name) => parseRotatedName(name, BASE, naming) !== undefined);
    if (ours().length === 0) return;
    this.time += survivor.limits.maxAge;
    await this.#until(() => ours().length === 0);
    this.count("too old without a write");
  }

  /** Lets each process hear what has become of the calls that it has in the thread pool now. */
  async #untilKnown(): Promise<void> {
    const watches = this.processes.map((process) => process.watchCalls());
    await this.#until(() => watches.every((areOver) => areOver()));
  }

  async #until(condition: () => boolean): Promise<void> {
    const limit = this.steps + 200_000;
    while (!condition()) {
      await this.#step();
      if (this.steps > limit) throw new StuckError("It goes on for ever");
    }
  }
}

/** Lets everything that waits on promises run. A chain that is longer goes on in the next step, the same in each run. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await undefined;
}
