import type { Calls } from "../../src/runtime.ts";
import type { RetentionPolicy } from "../../src/file/retention.ts";
import { parseRotatedName, type RotatedFile, type RotationNaming, timeOfOrder } from "../../src/file/rotated_name.ts";
import { numbersPath } from "../../src/file/numbers.ts";
import { parseWriterName } from "../../src/file/writer_name.ts";
import { decompress } from "./compressor.ts";
import type { VirtualProcess } from "./virtual_process.ts";
import { BASE, DIRECTORY, LOG_PATH, type World } from "./world.ts";

/** Files of others beside the log, which nobody may touch. */
export const NEIGHBOURS: readonly string[] = ["app.log.bak", "app.log2", "app.log2.1", ".app.log2.1-a.nt.writer"];

/** How many of its last looks at the directory a process may go by when it decides. */
const LOOKS = 6;

/** The same of beginnings of its maintenance: while one deletes many files, that of its other logger begins again. */
const BEGINNINGS = 8;

/** Bytes that a line has at the most, one that tells of drops included. */
const LONGEST_LINE = 500;

/** What is made to learn the clock of the files: with a number of its own, not that of a rotated file. */
const PROBE = /\.inode-\d{9,}\.gz\.tmp$/;

/** What a process wants to be deleted: nothing that one of them keeps. */
export type Limits = Pick<RetentionPolicy, "maxFiles" | "maxAge" | "maxTotalBytes">;

/** What was to be seen at one time. */
interface Look {
  readonly time: number;
  readonly registered: ReadonlySet<string>;
  /** What the wall clock has shown at the most since. */
  wall: number;
}

/** A rotated file about to be deleted. */
interface Rotated extends RotatedFile {
  readonly naming: RotationNaming;
  /** When its age begins, in milliseconds since the epoch. */
  readonly madeAt: number;
}

/** What a process could know when it deletes. */
interface Knowledge {
  /** Registrations that stood when it looked at the directory the last times. */
  readonly looks: Look[];
  /** The same when its maintenance began, that of each of its loggers. */
  readonly maintenances: Look[];
  /** Stems of files at which a call of it has failed, and when: it could not know, lock or remove them. */
  readonly failed: Map<string, number>;
  /** Whether a call has told it that the disk is full, and nothing was deleted since. */
  mayPrune: boolean;
}

/**
 * Watches what processes delete: which files, by which right. What is deleted by right is kept, so that its lines can
 * be counted; what is not is a problem.
 */
export class Deletions {
  /** Content of what was deleted, with its name. */
  readonly texts: { readonly name: string; readonly text: string }[] = [];
  readonly problems: string[] = [];
  /** Paths of the hidden files, with the process that holds the lock. */
  readonly #registered = new Map<string, VirtualProcess>();
  readonly #knowledge = new Map<VirtualProcess, Knowledge>();
  readonly #world: World;
  readonly #calls: Calls;
  /** Times of the deletions; time is counted in calls here. */
  readonly #times: number[] = [];
  /** Bytes that the log and its rotated files have lost, in any way, and when. */
  readonly #losses: { readonly time: number; readonly bytes: number; readonly countedBy?: RotationNaming }[] = [];
  #time = 0;
  /** Periods in which the log was rotated by time. */
  readonly #periods = new Set<string>();
  /** Processes that have not got to know the clock of the files: what is made to learn it could not be made. */
  readonly #untold = new Set<VirtualProcess>();

  constructor(world: World) {
    this.#world = world;
    this.#calls = world.fs.calls();
    for (const name of NEIGHBOURS) world.fs.writeFile(`${DIRECTORY}/${name}`, name);
  }

  /** Says which of the neighbours are not as they were. */
  harmedNeighbours(): string[] {
    const there = new Set(this.#names());
    return NEIGHBOURS.filter((name) => !there.has(name) || this.#world.fs.readText(`${DIRECTORY}/${name}`) !== name);
  }

  /** A process looks at the directory. */
  listed(process: VirtualProcess): void {
    const { looks } = this.#of(process);
    looks.push(this.#look());
    if (looks.length > LOOKS) looks.shift();
  }

  /** A process looks at its own hidden file, or makes it: maintenance begins with that. */
  looked(process: VirtualProcess, path: unknown): void {
    if (!isHidden(path)) return;
    this.#blameUnregistered();
    const holder = this.#registered.get(path);
    if (holder === process || holder === undefined && parse(path)?.pid === process.pid) {
      const { maintenances } = this.#of(process);
      maintenances.push(this.#look());
      if (maintenances.length > BEGINNINGS * process.loggers.length) maintenances.shift();
    }
  }

  /** The wall clock is about to show another time. */
  clockJumps(): void {
    this.#periods.clear();
    for (const { looks, maintenances } of this.#knowledge.values()) {
      for (const look of [...looks, ...maintenances]) look.wall = Math.max(look.wall, this.#world.wall);
    }
  }

  /** The log has become shorter, or has lost its name. */
  shrunk(bytes: number): void {
    this.#losses.push({ time: ++this.#time, bytes });
  }

  /** The log is about to get a rotated name, under which processes of the other naming do not count it. */
  rotating(process: VirtualProcess, to: string): void {
    this.#countPeriod(process);
    const naming = namingOf(to.slice(DIRECTORY.length + 1));
    this.#losses.push({ time: ++this.#time, bytes: this.#calls.stat(LOG_PATH)?.size ?? 0, countedBy: naming });
  }

  /**
   * Has the log been rotated by time before in the same period? Where calls fail, a process cannot know the time of the
   * files, and where the clock is set back, a period comes twice. One that somebody empties in the middle of a rotation
   * by size looks as if it were rotated by time.
   */
  #countPeriod(process: VirtualProcess): void {
    const { fileTime, scenario } = this.#world;
    const { every, maxBytes } = process.rotate ?? {};
    const size = this.#calls.stat(LOG_PATH)?.size ?? 0;
    if (every === undefined || scenario.faults > 0 || scenario.outside > 0 || size + LONGEST_LINE > Number(maxBytes)) {
      return;
    }
    if (this.#untold.has(process)) return;
    const period = `${every} ${Math.floor(fileTime / (every === "hour" ? 3_600_000 : Number(every)))}`;
    this.#world.count("rotated by time");
    if (this.#periods.has(period)) this.problems.push(`${process.name} rotates a second time in a period of ${every}`);
    this.#periods.add(period);
  }

  /** A call of a process has failed, or its lock was refused. */
  failed(process: VirtualProcess, path: string | undefined, code: string): void {
    const knowledge = this.#of(process);
    if (code === "ENOSPC") knowledge.mayPrune = true;
    if (path !== undefined) knowledge.failed.set(stemOf(path), ++this.#time);
    if (path !== undefined && PROBE.test(path)) this.#untold.add(process);
  }

  /** A process has the lock of its hidden file. */
  locked(process: VirtualProcess, path: string | undefined): void {
    if (isHidden(path) && parse(path)?.pid === process.pid) this.#registered.set(path, process);
  }

  /** A process is no longer there, or gives a hidden file up. */
  released(process: VirtualProcess, path?: string): void {
    for (const [other, holder] of this.#registered) {
      if (holder === process && (path === undefined || path === other)) this.#registered.delete(other);
    }
  }

  /** A process is about to remove a file. */
  removing(process: VirtualProcess, path: string): void {
    const name = path.slice(DIRECTORY.length + 1);
    if (!this.#names().includes(name)) return;
    if (isHidden(path)) {
      const holder = this.#registered.get(path);
      if (holder !== undefined && holder !== process) this.#blame(process, `${name}, whose writer lives`);
      this.#registered.delete(path);
      return;
    }
    if (name.startsWith(`${BASE}.`) && name.endsWith(".tmp")) return;
    if (path === numbersPath(LOG_PATH)) {
      if (!process.holdsLock(path)) this.#blame(process, `${name} without its lock`);
      return;
    }
    const naming = namingOf(name);
    const rotated = rotatedOf(name, naming);
    if (rotated === undefined) return this.#blame(process, `${name}, which is none of its rotated files`);
    const { size, modifiedAt } = this.#calls.stat(path)!;
    if (this.#forms(rotated.stem) > 1) return this.shrunk(size);
    this.texts.push({ name: `deleted ${name}`, text: this.#text(path) });
    if (!process.holdsLock(path)) this.#blame(process, `${name} without its lock`);
    const knowledge = this.#of(process);
    const madeAt = naming === "timestamp" ? timeOfOrder(rotated.order) : modifiedAt - this.#world.scenario.fileClock;
    if (this.#mayRetain(process, knowledge, { ...rotated, naming, madeAt })) {
      const { maxFiles, maxAge } = process.limits;
      const only = maxFiles < Infinity ? "its limits" : maxAge < Infinity ? "its age or the bytes" : "the bytes of all";
      this.#world.count(`deleted by ${only}`);
    } else if (this.#mayPrune(process, knowledge, rotated, naming)) {
      this.#world.count("deleted to make room");
      knowledge.mayPrune = false;
    } else {
      this.#blame(process, `${name}, which should have been kept`);
    }
    this.#times.push(++this.#time);
    this.shrunk(size);
  }

  /** Whether all that it must know of would delete the file as well. It may have looked at any time since it began. */
  #mayRetain(process: VirtualProcess, { looks, maintenances }: Knowledge, file: Rotated): boolean {
    const newer = this.#stems(file.naming).filter(({ order }) => order >= file.order);
    const sizes = [BASE, ...newer.flatMap(({ names }) => names)].map((name) =>
      this.#calls.stat(`${DIRECTORY}/${name}`)?.size ?? 0
    );
    // While one logger of a process registers, the maintenance of another does not look at the hidden file.
    return (maintenances.length > 0 ? maintenances : looks).some(({ time, registered, wall }) => {
      const count = newer.length + this.#times.filter((other) => other > time).length;
      const bytes = sum(sizes) + sum(
        this.#losses.filter((loss) => loss.time > time && loss.countedBy !== file.naming).map(({ bytes }) => bytes),
      );
      // Who cannot learn the time of the files for the moment goes by its own clock, which may have jumped.
      const age = file.naming === "numbered" && this.#untold.has(process)
        ? Infinity
        : Math.max(wall, this.#world.wall) - file.madeAt;
      return this.#limits(process, registered).every(({ maxFiles, maxTotalBytes, maxAge }) =>
        count > maxFiles || bytes > maxTotalBytes || age > maxAge
      );
    });
  }

  /** Whether the disk is full, all have set limits, and no older file could have been taken. */
  #mayPrune(process: VirtualProcess, knowledge: Knowledge, file: RotatedFile, naming: RotationNaming): boolean {
    const { looks, failed, mayPrune } = knowledge;
    if (!mayPrune) return false;
    const always = [...looks[0]?.registered ?? []].filter((path) => looks.every((look) => look.registered.has(path)));
    if (!this.#limits(process, new Set(always)).every(hasOne)) return false;
    const since = looks[0]?.time ?? 0;
    return this.#stems(naming).every(({ order, names }) =>
      order >= file.order || names.some((name) => {
        const path = `${DIRECTORY}/${name}`;
        return (failed.get(stemOf(path)) ?? 0) > since || this.#world.fs.holderOf(path) !== undefined;
      })
    );
  }

  /** The limits of a process, and of those others that are registered still. */
  #limits(process: VirtualProcess, registered: ReadonlySet<string>): Limits[] {
    const others = [...registered].filter((path) => (this.#registered.get(path) ?? process) !== process);
    return [process.limits, ...others.map((path) => this.#registered.get(path)!.limits)];
  }

  /** Nobody can spare what somebody keeps who has not said so. */
  #blameUnregistered(): void {
    const registered = new Set(this.#registered.values());
    for (const process of this.#world.processes) {
      if (process.rotate !== undefined || !process.isSettled || registered.has(process)) continue;
      this.problems.push(`${process.name} rotates nothing, keeps everything and has not registered`);
    }
  }

  #of(process: VirtualProcess): Knowledge {
    let knowledge = this.#knowledge.get(process);
    if (knowledge === undefined) {
      knowledge = {
        looks: [],
        maintenances: [],
        failed: new Map(),
        mayPrune: false,
      };
      this.#knowledge.set(process, knowledge);
    }
    return knowledge;
  }

  #look(): Look {
    return { time: ++this.#time, registered: new Set(this.#registered.keys()), wall: this.#world.wall };
  }

  #names(): string[] {
    return this.#calls.list(DIRECTORY);
  }

  #forms(stem: string): number {
    return this.#names().filter((name) => name === stem || name === `${stem}.gz`).length;
  }

  #stems(naming: RotationNaming): { readonly order: number; readonly names: readonly string[] }[] {
    const stems = new Map<number, string[]>();
    for (const name of this.#names()) {
      const rotated = rotatedOf(name, naming);
      if (rotated !== undefined) stems.set(rotated.order, [...stems.get(rotated.order) ?? [], name]);
    }
    return [...stems].map(([order, names]) => ({ order, names }));
  }

  #text(path: string): string {
    const bytes = this.#world.fs.readFile(path);
    return new TextDecoder().decode(path.endsWith(".gz") ? decompress(bytes) : bytes);
  }

  #blame(process: VirtualProcess, what: string): void {
    this.problems.push(`${process.name} removes ${what}`);
  }
}

function hasOne({ maxFiles, maxAge, maxTotalBytes }: Limits): boolean {
  return [maxFiles, maxAge, maxTotalBytes].some(Number.isFinite);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}

/** Whether a call takes a file away: removes it, or gives it the name of one that is about to be removed. */
export function takesAway(name: keyof Calls, args: readonly unknown[]): boolean {
  return name === "remove" || name === "rename" && (args[1] as string).endsWith(".tmp");
}

/** A compression may end between the look at a file and the deletion of the next one. */
function stemOf(path: string): string {
  return path.endsWith(".gz") ? path.slice(0, -3) : path;
}

function rotatedOf(name: string, naming: RotationNaming): RotatedFile | undefined {
  return parseRotatedName(name, BASE, naming);
}

function parse(path: string): ReturnType<typeof parseWriterName> {
  return parseWriterName(path.slice(DIRECTORY.length + 1), BASE);
}

/** Whether a path is that of a hidden file by which a writer of the log registers. */
export function isHidden(path: unknown): path is string {
  return typeof path === "string" && path !== LOG_PATH && parse(path) !== undefined;
}

function namingOf(name: string): RotationNaming {
  return /^\.\d+T/.test(name.slice(BASE.length)) ? "timestamp" : "numbered";
}
