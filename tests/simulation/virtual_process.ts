import { DestinationError, HousekeepingError, type HousekeepingTask, SettingsMismatchError } from "../../src/errors.ts";
import type { Formatter } from "../../src/message.ts";
import { createLoggerFactory } from "../../src/mod.ts";
import type { BackgroundCalls, Calls, OpenOptions, Runtime, RuntimeFile } from "../../src/runtime.ts";
import { createMemoryRuntime, type MemoryRuntime, systemError } from "../support/memory_runtime.ts";
import { createCompressor } from "./compressor.ts";
import { takesAway } from "./deletions.ts";
import type { Durability, RotateOptions } from "../../src/destination_options.ts";
import type { Limits } from "./deletions.ts";
import { WatchedLogger } from "./watched_logger.ts";
import { LOG_PATH, type Move, ProcessGone, type World } from "./world.ts";

const BACKGROUND: readonly (keyof BackgroundCalls)[] = [
  "open",
  "rename",
  "remove",
  "makeDirectory",
  "list",
  "freeBytes",
  "write",
  "readAt",
  "truncate",
  "sync",
];

/** How long, in milliseconds, a fatal record may take: for what is under way, and for its own. */
const FATAL_PATIENCE = 2_000;

/** What a process does otherwise than the others. */
interface ProcessOptions {
  readonly programSteps: number;
  readonly rotate: RotateOptions | undefined;
  readonly durability: Durability;
}

/** A call in the thread pool. */
interface PendingCall {
  readonly name: keyof Calls;
  readonly args: readonly unknown[];
  /** A copy of the bytes that it was given to write: nobody may change them until it has come back. */
  readonly bytes: Uint8Array | undefined;
  outcome: { readonly value: unknown } | { readonly error: unknown } | undefined;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

interface Timer {
  readonly due: number;
  readonly callback: () => void;
}

/** A process: the real code on a runtime whose every call is a point where anything may happen. */
export class VirtualProcess {
  readonly name: string;
  readonly pid: number;
  readonly rotate: RotateOptions | undefined;
  readonly #durability: Durability;
  readonly loggers: WatchedLogger[] = [];
  readonly errors: Error[] = [];
  /** How it has ended. */
  ending: "closed" | "exited" | "crashed" | undefined;
  /** Whether its code was on the stack when it died, so that its numbers were about to change. */
  diedInside = false;
  /** Whether it is time to close or exit. */
  isEnding = false;
  /** Whether it has begun to end in peace, so that it may give up nothing. */
  endsInPeace = false;
  /** Indices of the obstacles that it meets. */
  readonly obstacles: readonly number[];
  /** Whether it has written when nothing was in the way of anything any more. */
  hasWrittenLast = false;
  /** What it has told of housekeeping, for each of its loggers. */
  readonly told: Map<HousekeepingTask, number>[] = [];
  /** Writes that have failed though nothing was done to the log. */
  readonly failedWrites: string[] = [];
  /** Whether it ends by closing, never by an exit. */
  closesAlways = false;
  readonly #world: World;
  readonly #memory: MemoryRuntime;
  readonly #calls: Calls;
  readonly #pending: PendingCall[] = [];
  readonly #turns: (() => void)[] = [];
  readonly #timers: Timer[] = [];
  readonly #exitHooks = new Set<() => void>();
  #programSteps: number;
  #onStack = 0;
  /** Files whose last write was short, and what it has begun was neither finished nor taken back. */
  readonly #fragments = new Set<unknown>();
  /** Where its files were opened. */
  readonly #paths = new WeakMap<object, string>();
  #isAlive = true;
  #hasMetFaults = false;

  constructor(
    world: World,
    number: number,
    { programSteps, rotate, durability }: ProcessOptions,
  ) {
    this.#world = world;
    this.name = `p${number}`;
    this.pid = number;
    this.rotate = rotate;
    this.#durability = durability;
    this.#programSteps = programSteps;
    this.#memory = createMemoryRuntime({ fs: world.fs, pid: number });
    this.#calls = this.#wrap();
    const { scenario } = world;
    const createLogger = createLoggerFactory(() => this.#runtime);
    this.#runtime = this.#makeRuntime();
    this.obstacles = scenario.obstacles.flatMap(({ share }, index) => world.random.chance(share) ? [index] : []);
    const onError = (error: Error, logger: number) => {
      if (!this.#isAlive) return;
      this.errors.push(error);
      if (error instanceof SettingsMismatchError) world.count("different settings noticed");
      if (error instanceof HousekeepingError) {
        this.told[logger].set(error.task, (this.told[logger].get(error.task) ?? 0) + 1);
      }
      // A short write looks like one that goes on, as long as the event loop does not turn.
      const isTooSlow = error.message.includes(" at once: ") && this.#hasShortWrite;
      if (error instanceof DestinationError && error.dropped === 0 && error.code !== "ETIMEDOUT" && !isTooSlow) {
        this.failedWrites.push(error.message);
      }
      world.note(this, `reports: ${error.message}`);
    };
    for (let index = 0; index < scenario.loggers; index++) {
      this.told.push(new Map());
      const make = (format: Formatter) =>
        createLogger({
          destinations: [{
            uri: LOG_PATH,
            format,
            ...(rotate === undefined ? {} : { rotate: { timeZone: "utc", ...rotate } }),
            durability,
            minFreeBytes: scenario.minFreeBytes,
            lockTimeout: scenario.lockTimeout,
          }],
          flushInterval: scenario.flushInterval,
          // The clock jumps to the next timer whenever the disk is slow.
          closeTimeout: Infinity,
          queue: { maxBytes: scenario.queueBytes, capacity: scenario.queueCapacity, overflow: scenario.overflow },
          onError: (error) => onError(error, index),
        });
      this.loggers.push(new WatchedLogger(`${this.name}${"ab"[index]}`, make, { writes: index === 0 }));
    }
  }

  #runtime: Runtime;

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether its program has not come to its end. */
  get hasProgram(): boolean {
    return this.#isAlive && this.#programSteps > 0;
  }

  get hasEnded(): boolean {
    return !this.#isAlive || this.ending !== undefined;
  }

  /** What it wants to be deleted of rotated files. */
  get limits(): Limits {
    const { maxFiles = Infinity, maxAge = Infinity, maxTotalBytes = Infinity } = this.rotate ?? {};
    return { maxFiles, maxAge: Number(maxAge), maxTotalBytes: Number(maxTotalBytes) };
  }

  /** How often its housekeeping has failed, of all its loggers together. */
  get housekeepingFailures(): Record<HousekeepingTask, number> {
    const failures = { rotation: 0, compression: 0, retention: 0, registration: 0 };
    for (const watched of this.loggers) {
      for (const [task, count] of Object.entries(watched.housekeepingFailures)) {
        failures[task as HousekeepingTask] += count;
      }
    }
    return failures;
  }

  /** Whether it has written, has met no trouble, and has nothing more to do but what its program says. */
  get isSettled(): boolean {
    return this.#isAlive && !this.isEnding && !this.#hasMetFaults && this.#onStack === 0 && this.isQuiet &&
      this.#turns.length === 0 && this.#timers.length === 0 && this.loggers.some(({ written }) => written > 0);
  }

  /** Whether it holds the lock of what stands at a path. */
  holdsLock(path: string): boolean {
    return this.#world.fs.holderOf(path) === this.#memory.identity;
  }

  /** Whether nothing of it is in the thread pool. */
  get isQuiet(): boolean {
    return this.#pending.length === 0;
  }

  /** What is in the thread pool now; the function tells whether all of it has come to its end. */
  watchCalls(): () => boolean {
    const calls = [...this.#pending];
    return () => !calls.some((call) => this.#pending.includes(call));
  }

  /** Whether the thread pool has written only a part of what it was given, which is not known yet. */
  get #hasShortWrite(): boolean {
    return this.#pending.some(({ name, args, outcome }) =>
      name === "write" && outcome !== undefined && "value" in outcome &&
      outcome.value as number < (args[1] as Uint8Array).length
    );
  }

  /** Whether one of these calls waits in the thread pool. */
  isAbout(...names: (keyof Calls)[]): boolean {
    return this.#pending.some((call) => call.outcome === undefined && names.includes(call.name));
  }

  /** When its next timer is due. */
  get nextDue(): number {
    let due = Infinity;
    for (const timer of this.#timers) due = Math.min(due, timer.due);
    return due;
  }

  /** Says what it could do next. */
  addMoves(moves: Move[], isNested: boolean): void {
    if (!this.#isAlive) return;
    for (const call of this.#pending) {
      if (call.outcome === undefined) {
        moves.push(this.#move(`carries out ${call.name}`, () => this.#carryOut(call), false));
      }
    }
    if (this.#onStack > 0) return;
    for (const call of this.#pending) {
      if (call.outcome !== undefined) moves.push(this.#move(`hears of its ${call.name}`, () => this.#deliver(call)));
    }
    if (this.#turns.length > 0) moves.push(this.#move("next turn", () => this.#turns.shift()?.()));
    const timer = this.#dueTimer();
    if (timer !== undefined) {
      moves.push(this.#move("timer", () => {
        this.#timers.splice(this.#timers.indexOf(timer), 1);
        timer.callback();
      }));
    }
    const isIdle = moves.length === 0;
    if (this.#programSteps > 0 && !this.isEnding && (isIdle || this.#world.random.chance(0.15))) {
      moves.push(this.#move("program", () => this.#program(isNested)));
    }
    // An exit waits for others, so it must not interrupt them.
    if (this.isEnding && !isNested && this.#canEnd) moves.push(this.#move("ends", () => this.#end()));
  }

  /** Dies on the spot. */
  die(how: "exited" | "crashed"): void {
    if (!this.#isAlive) return;
    this.ending = how;
    this.#world.count(how);
    this.diedInside = how === "crashed" && this.#onStack > 0;
    for (const watched of this.loggers) watched.die();
    this.#isAlive = false;
    this.#timers.length = 0;
    this.#turns.length = 0;
    const write = this.#pending.find((call) => call.name === "write" && call.outcome === undefined);
    if (write !== undefined) {
      // The thread that writes dies in the middle of it.
      const [file, bytes] = write.args as [RuntimeFile, Uint8Array];
      const count = this.#world.random.between(0, bytes.length);
      this.#world.note(this, `its write of ${bytes.length} bytes is cut at ${count}`);
      let landed = 0;
      try {
        // Fewer where the disk is full as well.
        if (count > 0) landed = this.#do("write", [file, bytes.subarray(0, count)]) as number;
      } catch {
        // None, then.
      }
      if (landed > 0 && landed < bytes.length) {
        this.#world.count("write cut by the end of its process");
        this.#fragments.add(file);
      }
    }
    this.#world.fragmentsAllowed += this.#fragments.size;
    this.#pending.length = 0;
    this.#memory.crash();
    this.#world.deletions.released(this);
    this.#world.note(this, how);
  }

  #move(name: string, make: () => void, runsCode = true): Move {
    if (!runsCode) return { process: this, name, runsCode, make };
    return {
      process: this,
      name,
      runsCode,
      make: () => {
        this.#onStack++;
        try {
          make();
        } catch (error) {
          if (!(error instanceof ProcessGone)) throw error;
        } finally {
          this.#onStack--;
        }
      },
    };
  }

  #program(isNested: boolean): void {
    const { random } = this.#world;
    this.#programSteps--;
    const watched = random.pick(this.loggers);
    if (random.chance(0.25)) {
      this.#world.note(this, `flush of ${watched.logged}`);
      watched.flush((count) => this.#acknowledge(watched, count, "a flush"));
    } else if (this.#programSteps === 0 && this !== this.#world.survivor && random.chance(0.5)) {
      this.isEnding = true;
    } else {
      for (let count = random.between(1, 6); count > 0; count--) watched.log();
      // It waits for others, so it must not interrupt them.
      if (!isNested && random.chance(0.1)) this.#logFatal(watched);
      this.#world.note(this, `has logged ${watched.logged} as ${watched.name}`);
    }
  }

  /** Logs a fatal record: when that returns in time, and nothing has failed, all up to it is safe. */
  #logFatal(watched: WatchedLogger): void {
    const { errors } = this;
    const { time } = this.#world;
    const before = errors.length;
    watched.log("fatal");
    if (!this.#isAlive) return;
    watched.settle();
    if (this.#world.time - time >= FATAL_PATIENCE || errors.length > before) return;
    this.#world.count("fatal returned in time");
    this.#acknowledge(watched, watched.logged, "a fatal record");
  }

  #acknowledge(watched: WatchedLogger, count: number, by: string): void {
    const first = watched.acknowledged.count;
    if (count <= first) return;
    this.#world.note(this, `${by} has acknowledged ${count}`);
    watched.acknowledged = { count, by };
    // What could not be brought to the disk is told once: flushes that end later speak of the other lines.
    if (this.#durability !== "disk" || this.#hasMetFaults || this.errors.some(isLostSync)) return;
    const missing = this.#world.disk.missing(watched, first, count);
    if (missing.length === 0) return;
    watched.problems.push(`${watched.name}:${missing} are not on the disk, although ${by} said so`);
  }

  /** Whether it is not just waiting for a logger to be closed; an exit may come at any time. */
  get #canEnd(): boolean {
    if (this.ending !== undefined) return false;
    return this.loggers.some((watched) => !watched.isClosing) || this.loggers.every((watched) => watched.isClosed) ||
      (!this.closesAlways && this.#world.random.chance(this.#world.scenario.exits * 0.02));
  }

  /** Closes its loggers one by one, or exits. */
  #end(): void {
    const { random, scenario } = this.#world;
    this.#programSteps = 0;
    if (this.loggers.every((watched) => !watched.isClosing)) this.endsInPeace = this.#world.isPeaceful;
    if (!this.closesAlways && random.chance(scenario.exits)) {
      this.#world.note(this, "exits");
      if (this.isAbout("write")) this.#world.count("exit in the middle of a write");
      for (const hook of this.#exitHooks) hook();
      this.die("exited");
      return;
    }
    const open = this.loggers.find((watched) => !watched.isClosing);
    if (open === undefined) {
      if (this.loggers.every((watched) => watched.isClosed)) this.ending = "closed";
      return;
    }
    open.isClosing = true;
    open.logger.close().then(() => {
      if (this.#isAlive) open.isClosed = true;
    });
  }

  #dueTimer(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= this.#world.time && (first === undefined || timer.due < first.due)) first = timer;
    }
    return first;
  }

  #carryOut(call: PendingCall): void {
    call.outcome = { value: undefined };
    try {
      call.outcome = { value: this.#perform(call.name, call.args) };
    } catch (error) {
      call.outcome = { error };
    }
  }

  #deliver(call: PendingCall): void {
    this.#pending.splice(this.#pending.indexOf(call), 1);
    if (call.bytes?.some((byte, index) => byte !== (call.args[1] as Uint8Array)[index])) {
      this.loggers[0]!.problems.push(`the memory of a write by ${this.name} was used again before it had come back`);
    }
    const outcome = call.outcome!;
    if ("error" in outcome) call.reject(outcome.error);
    else call.resolve(outcome.value);
  }

  /** One call of the operating system, where the process may die and the call may fail. */
  #perform(name: keyof Calls, args: readonly unknown[]): unknown {
    const world = this.#world;
    const bytes = name === "write" ? args[1] as Uint8Array : undefined;
    const death = world.deathAt(this, bytes?.length ?? 1);
    if (death !== undefined) {
      world.note(this, `dies in ${name}, ${death} of ${bytes?.length ?? 1}`);
      try {
        if (bytes === undefined) {
          if (death > 0) this.#do(name, args);
        } else if (death > 0) {
          const landed = this.#do(name, [args[0], bytes.subarray(0, death)]) as number;
          this.#noteWrite(args[0], landed < bytes.length);
          if (landed < bytes.length) world.count("write cut by the end of its process");
        }
      } catch {
        // It would have failed anyway.
      }
      this.die("crashed");
      throw new ProcessGone();
    }
    const isCreation = name === "open" && (args[1] as OpenOptions).access === "create";
    if (name === "stat" || isCreation) world.deletions.looked(this, args[0]);
    const access = name === "open" ? (args[1] as OpenOptions).access : undefined;
    const obstacle = world.obstacle(this, { name, path: this.#pathOf(args), access });
    const fault = obstacle ?? world.fault(name);
    if (fault !== undefined && obstacle === undefined) {
      world.count(fault === "refused" ? "lock refused" : `${name} ${fault}`);
    }
    if (fault !== undefined) {
      this.#hasMetFaults = true;
      world.deletions.failed(this, this.#pathOf(args), fault);
    }
    if (fault === "refused") return false;
    if (fault !== undefined) {
      world.note(this, `${name} fails with ${fault}`);
      // Linux closes the file whatever it says.
      if (name === "close") this.#do(name, args);
      // Without them a fragment cannot be taken back.
      if ((name === "truncate" || name === "fstat") && this.#fragments.has(args[0])) world.fragmentsAllowed++;
      throw systemError(fault, name, typeof args[0] === "string" ? args[0] : undefined);
    }
    if (bytes !== undefined && world.isChaos && world.random.chance(world.scenario.shortWrites)) {
      const count = this.#do(name, [args[0], bytes.subarray(0, world.random.between(0, bytes.length))]) as number;
      this.#noteWrite(args[0], count < bytes.length);
      if (count < bytes.length) world.count("short write");
      return count;
    }
    const result = this.#do(name, args);
    if (bytes !== undefined) this.#noteWrite(args[0], result as number < bytes.length);
    if (name === "truncate") this.#noteWrite(args[0], false);
    return result;
  }

  #noteWrite(file: unknown, isShort: boolean): void {
    if (isShort) this.#fragments.add(file);
    else this.#fragments.delete(file);
  }

  #do(name: keyof Calls, args: readonly unknown[]): unknown {
    const world = this.#world;
    const change = world.mutation?.change;
    const call = (name: keyof Calls, ...args: readonly unknown[]) => this.#really(name, args);
    const result = change === undefined ? call(name, ...args) : change({ name, args, call, process: this });
    // What it takes for its lock, even if that is wrong.
    if (name === "tryLock" && result === true) world.deletions.locked(this, this.#pathOf(args));
    if (world.trace !== undefined) world.note(this, `  ${name}(${args.map(show).join(", ")}) = ${show(result)}`);
    return result;
  }

  #pathOf([first]: readonly unknown[]): string | undefined {
    return typeof first === "string" ? first : this.#paths.get(first as object);
  }

  #really(name: keyof Calls, args: readonly unknown[]): unknown {
    const { calls } = this.#memory;
    const { deletions, disk, scenario } = this.#world;
    const path = this.#pathOf(args);
    if (takesAway(name, args)) deletions.removing(this, path as string);
    if (name === "rename" && path === LOG_PATH) deletions.rotating(this, args[1] as string);
    let result: unknown;
    const before = name === "truncate" ? calls.fstat(args[0] as RuntimeFile).size : 0;
    try {
      result = (calls[name] as (...args: readonly unknown[]) => unknown)(...args);
    } catch (error) {
      deletions.failed(this, path, (error as { code: string }).code);
      throw error;
    }
    if (name === "open") this.#paths.set(result as object, path as string);
    if (name === "list") deletions.listed(this);
    if (name === "close" && path !== undefined) deletions.released(this, path);
    if (name === "tryLock" && result === false) deletions.failed(this, path, "refused");
    if (name === "freeBytes" && (result as number) < scenario.minFreeBytes + 5_000) {
      this.#world.count("less free than minFreeBytes");
      deletions.failed(this, undefined, "ENOSPC");
    }
    if (name === "open") disk.opened(calls.fstat(result as RuntimeFile));
    if (name === "sync") disk.sync(calls.fstat(args[0] as RuntimeFile));
    if (name === "truncate") {
      const info = calls.fstat(args[0] as RuntimeFile);
      disk.cut(info);
      deletions.shrunk(before - info.size);
    }
    return result;
  }

  /** The direct calls: others may come in between before each of them. */
  #wrap(): Calls {
    const calls: Record<string, unknown> = {};
    for (const name of Object.keys(this.#memory.calls) as (keyof Calls)[]) {
      calls[name] = (...args: readonly unknown[]) => {
        if (!this.#isAlive) throw new ProcessGone();
        // What runs when a promise is resolved makes calls as well, with none of our moves below it.
        this.#onStack++;
        try {
          this.#world.interleave(this);
          if (!this.#isAlive) throw new ProcessGone();
          return this.#perform(name, args);
        } finally {
          this.#onStack--;
        }
      };
    }
    return calls as unknown as Calls;
  }

  #makeRuntime(): Runtime {
    const world = this.#world;
    const background: Record<string, unknown> = {};
    for (const name of BACKGROUND) {
      background[name] = (...args: readonly unknown[]) => {
        const bytes = name === "write" ? (args[1] as Uint8Array).slice() : undefined;
        const call: PendingCall = { name, args, bytes, outcome: undefined, resolve() {}, reject() {} };
        if (this.#isAlive) this.#pending.push(call);
        // Not a promise: the one who waits is told in a step of the scheduler's, which may lie within another call.
        return {
          then(resolve: PendingCall["resolve"], reject: PendingCall["reject"]) {
            call.resolve = resolve;
            call.reject = reject;
          },
        };
      };
    }
    return {
      ...this.#memory,
      calls: this.#calls,
      background: background as unknown as BackgroundCalls,
      now: () => world.wall,
      monotonic: () => world.time,
      sleep: (milliseconds) => {
        if (this.#isAlive) world.sleep(this, milliseconds);
        // Its code would wait for ever for what nobody does any more.
        if (!this.#isAlive) throw new ProcessGone();
      },
      setTimer: (callback, milliseconds) => {
        const timer: Timer = { due: world.time + Math.max(0, milliseconds), callback };
        const isLost = world.mutation?.losesTimer?.(milliseconds) === true;
        if (this.#isAlive && !isLost) this.#timers.push(timer);
        return timer;
      },
      clearTimer: (timer) => {
        const index = this.#timers.indexOf(timer as Timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
      onExit: (callback) => {
        this.#exitHooks.add(callback);
        return () => void this.#exitHooks.delete(callback);
      },
      nextTurn: (callback) => void (this.#isAlive && this.#turns.push(callback)),
      compressor: createCompressor,
    };
  }
}

/** Whether a process has told that lines were rotated away before they could be brought to the disk. */
function isLostSync({ message }: Error): boolean {
  return message.startsWith("Cannot bring lines of");
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === "object" && value !== null) {
    if ("size" in value && "inode" in value && typeof value.inode === "number") return `#${value.inode} ${value.size}`;
    if ("inode" in value) return `file #${(value.inode as { number: number }).number}`;
    if (Array.isArray(value)) return `[${value.join(" ")}]`;
    return JSON.stringify(value);
  }
  return String(value);
}
