import { decompress } from "./compressor.ts";
import type { VirtualProcess } from "./virtual_process.ts";
import { padOf, type WatchedLogger } from "./watched_logger.ts";
import { parseRotatedName, timeOfOrder } from "../../src/file/rotated_name.ts";
import type { HousekeepingTask } from "../../src/errors.ts";
import { NEIGHBOURS } from "./deletions.ts";
import { isTotal, type ObstacleKind } from "./obstacles.ts";
import { BASE, DIRECTORY, type World } from "./world.ts";

const MARKS = {
  timestamp: /^\d{8}T\d{6}\.\d{3}Z-\d{3}$/,
  numbered: /^([1-9]\d*|unnumbered\.\d{8}T\d{6}\.\d{3}Z-\d{3})$/,
} as const;
const LINE = /^\{"time":"[-\d]{10}T[:.\d]{12}Z","level":"(info|fatal)","msg":"(p\d+[ab]):(\d+):(x*)"\}$/;
const TIME = '"[-\\d]{10}T[:.\\d]{12}Z"';
const NOTICE = new RegExp(
  `^\\{"time":${TIME},"level":"warn","msg":"log records dropped",` +
    `"dropped":(\\d+),"reason":"(?:[^"\\\\]|\\\\.)+","since":${TIME},"until":${TIME}\\}$`,
);
const START = '{"time":"';

/** Files beside the log that a process may leave where it can remove none: each try to make one would leave another. */
const LEFTOVERS = 2;

interface Piece {
  readonly name: string;
  readonly text: string;
  /** Where it has a place among the others, the oldest first: in the files of one naming, or after all, as the log. */
  readonly chain: "timestamp" | "numbered" | "log" | undefined;
}

/** What stands in the files. */
interface Found {
  /** Numbers of the lines of each logger, in the order of the files. */
  readonly lines: Map<string, number[]>;
  /** Those of them that are fatal, as `name:number`. */
  readonly fatal: Set<string>;
  /** How often each notice of drops is there. */
  readonly notices: Map<string, number>;
}

/** Reads everything that a world has left and returns what is wrong with it. */
export function check(world: World): string[] {
  const problems: string[] = [];
  const found = countLines(readPieces(world, problems), world, problems);
  for (const process of world.processes) {
    for (const watched of process.loggers) checkLogger(world, process, watched, found, problems);
  }
  checkNotices(world, found, problems);
  for (const process of world.processes) checkHousekeeping(world, process, problems);
  const most = LEFTOVERS * world.processes.length;
  if (world.leftovers.length > most) {
    problems.push(`${world.leftovers.length} files are left beside the log of ${most}`);
  }
  const open = world.fs.openFiles() - world.outside.deleted.length;
  if (open > 0) problems.push(`${open} files are left open`);
  return problems;
}

function readPieces(world: World, problems: string[]): Piece[] {
  const { naming = "timestamp", compress } = world.scenario.rotate;
  const names = world.fs.calls().list(DIRECTORY);
  const stems = { timestamp: new Map<string, string>(), numbered: new Map<string, string>() };
  for (const name of names) {
    if (name === BASE || name.includes(".outside-") || NEIGHBOURS.includes(name)) continue;
    const stem = name.endsWith(".gz") ? name.slice(0, -3) : name;
    const mark = stem.slice(BASE.length + 1);
    const chain = MARKS.timestamp.test(mark) ? "timestamp" : "numbered";
    if (!MARKS[chain].test(mark)) {
      problems.push(`${name} is left`);
      continue;
    }
    if (name === stem) {
      // The survivor has compressed what is named as it names.
      if (compress !== undefined && chain === naming) problems.push(`${name} is not compressed`);
      if (stems[chain].has(stem)) continue;
    }
    // The survivor has given all a number, unless one of its loggers has waited too short for the other one.
    const isWaitedFor = world.scenario.lockTimeout >= PATIENT || world.survivor?.loggers.length === 1;
    if (mark.startsWith("unnumbered") && naming === "numbered" && isWaitedFor) problems.push(`${name} has no number`);
    if (/-00[1-9]$/.test(stem)) world.count("two rotations within a millisecond");
    stems[chain].set(stem, name);
  }
  checkLimits(world, [...stems[naming].values()], problems);
  for (const name of world.deletions.harmedNeighbours()) problems.push(`${name} of somebody else's has been touched`);
  problems.push(...world.deletions.problems);
  const order = (stem: string, chain: "timestamp" | "numbered") => parseRotatedName(stem, BASE, chain)?.order ?? NaN;
  const read = (name: string) => textOf(world, name, problems);
  const pieces: Piece[] = [];
  for (const chain of ["timestamp", "numbered"] as const) {
    const ordered = [...stems[chain].keys()].sort((a, b) => order(a, chain) - order(b, chain));
    for (const stem of ordered) pieces.push({ name: stem, text: read(stems[chain].get(stem)!), chain });
  }
  const { survivor } = world;
  if (survivor?.hasWrittenLast === true && names.includes(BASE)) {
    const { length } = read(BASE);
    const isOneLine = read(BASE).indexOf("\n") === length - 1;
    const { maxBytes } = survivor.rotate!;
    if (length > Number(maxBytes) && !isOneLine) {
      problems.push(`${BASE} is not rotated, ${length} bytes of ${maxBytes}`);
    }
  }
  if (names.includes(BASE)) pieces.push({ name: BASE, text: read(BASE), chain: "log" });
  else problems.push(`${BASE} is not there`);
  const decoder = new TextDecoder();
  const apart = (name: string, text: string) => pieces.push({ name, text, chain: undefined });
  for (const path of world.outside.renamed) apart(path, world.fs.readText(path));
  world.outside.cut.forEach((bytes, index) => apart(`cut off ${index}`, decoder.decode(bytes)));
  world.outside.deletedContent().forEach((bytes, index) => apart(`deleted ${index}`, decoder.decode(bytes)));
  for (const { name, text } of world.deletions.texts) apart(name, text);
  return pieces;
}

/** The survivor has deleted what its limits say, and nobody else was there to keep it. */
function checkLimits(world: World, names: readonly string[], problems: string[]): void {
  const { naming = "timestamp" } = world.scenario.rotate;
  const survivor = world.survivor!;
  const { maxFiles, maxAge, maxTotalBytes } = survivor.limits;
  if (names.length > maxFiles) problems.push(`${names.length} rotated files are left of ${maxFiles}`);
  if (names.length === 0) return;
  const infos = [BASE, ...names].map((name) => world.fs.calls().stat(`${DIRECTORY}/${name}`));
  const bytes = infos.reduce((sum, info) => sum + (info?.size ?? 0), 0);
  if (bytes > maxTotalBytes) problems.push(`${bytes} bytes are left of ${maxTotalBytes}`);
  names.forEach((name, index) => {
    const rotated = parseRotatedName(name, BASE, naming)!;
    const time = naming === "timestamp"
      ? timeOfOrder(rotated.order)
      : infos[index + 1]!.modifiedAt - world.scenario.fileClock;
    const age = world.endsAt - time;
    if (age > maxAge) problems.push(`${name} is left, ${age} ms old of ${maxAge}`);
  });
}

function textOf(world: World, name: string, problems: string[]): string {
  const path = `${DIRECTORY}/${name}`;
  let bytes: Uint8Array | undefined = world.fs.readFile(path);
  if (name.endsWith(".gz")) {
    if (!world.disk.has(world.fs.calls().stat(path)!)) problems.push(`${name} is not known to be on the disk`);
    bytes = decompress(bytes);
  }
  if (bytes === undefined) problems.push(`${name} is broken`);
  return new TextDecoder().decode(bytes);
}

function countLines(pieces: readonly Piece[], world: World, problems: string[]): Found {
  let fragments = 0;
  const found: Found = { lines: new Map(), fatal: new Set(), notices: new Map() };
  // Two namings tell nothing of the order between them.
  const highest = { timestamp: new Map<string, number>(), numbered: new Map<string, number>() };
  const limit = Math.max(...world.processes.map(({ rotate }) => Number(rotate?.maxBytes ?? Infinity)));
  for (const { name, text, chain } of pieces) {
    const chains = chain === undefined
      ? [new Map<string, number>()]
      : chain === "log"
      ? Object.values(highest)
      : [highest[chain]];
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (text.length > limit && lines.length > 1 && !isOverdue(world, lines, limit)) {
      problems.push(`${name} has ${text.length} bytes of ${limit}`);
    }
    for (const line of lines) {
      const [, level, writer, digits, pad] = LINE.exec(line) ?? [];
      const number = Number(digits);
      if (writer === undefined || pad.length !== padOf(writer, number)) {
        if (NOTICE.test(line)) found.notices.set(line, (found.notices.get(line) ?? 0) + 1);
        else if (isFragment(line)) fragments++;
        else problems.push(`${name} has a torn line: ${line}`);
        continue;
      }
      if (level === "fatal") found.fatal.add(`${writer}:${number}`);
      for (const within of chains) {
        if (number < (within.get(writer) ?? -1)) problems.push(`${name}: ${writer}:${number} is out of order`);
        within.set(writer, Math.max(number, within.get(writer) ?? -1));
      }
      const numbers = found.lines.get(writer);
      if (numbers === undefined) found.lines.set(writer, [number]);
      else numbers.push(number);
    }
  }
  if (fragments > world.fragmentsAllowed) {
    problems.push(`${fragments} fragments of lines, of at most ${world.fragmentsAllowed}`);
  }
  return found;
}

/** What each task fails by, each time. */
const ALWAYS: { readonly [K in HousekeepingTask]: readonly ObstacleKind[] } = {
  rotation: [
    "directory that may not be written",
    "directory that may not be read",
    "rename that fails",
    "rename of the log that fails",
  ],
  compression: ["directory that may not be read"],
  retention: ["directory that may not be read"],
  registration: [
    "directory that may not be written",
    "files beside the log that cannot be made",
    "files beside the log that cannot be locked",
    "files beside the log that fail",
  ],
};

/** After a rename, some processes may not be able to make the log, and have no other file to write to. */
const MAY_TAKE_LOG: readonly ObstacleKind[] = ["directory that may not be written", "log that cannot be made"];

/** And these may keep them from the newest rotated file, where lines go on as long as no log can be made. */
const MAY_TAKE_NEWEST: readonly ObstacleKind[] = [
  "directory that may not be read",
  "files beside the log that cannot be locked",
  "files beside the log that fail",
];

/** Milliseconds of waiting for a lock after which nobody gives up whom others have only made wait. */
const PATIENT = 10_000;

/** Whether there may be no file at all that some processes can write to. */
function mayTakeAll({ scenario: { obstacles } }: World): boolean {
  return [MAY_TAKE_LOG, MAY_TAKE_NEWEST].every((kinds) => obstacles.some(({ kind }) => kinds.includes(kind)));
}

/** What fails in housekeeping is told once, and counted, and stops no line. */
function checkHousekeeping(world: World, process: VirtualProcess, problems: string[]): void {
  const { scenario, survivor } = world;
  const { name, rotate, told, loggers, failedWrites } = process;
  const { obstacles, faults, fullness, minFreeBytes, outside, processes, durabilities, crashes } = scenario;
  loggers.forEach(({ housekeepingFailures }, index) => {
    for (const [task, count] of Object.entries(housekeepingFailures) as [HousekeepingTask, number][]) {
      const times = told[index].get(task) ?? 0;
      if (count < times) problems.push(`${name} counts ${count} failures of ${task} and tells of ${times}`);
      if (count > 0 && times === 0 && (rotate !== undefined || task === "rotation")) {
        problems.push(`${name} does not tell that ${task} has failed ${count} times`);
      }
      // What is in the way of each call, and never goes, is one episode; and so is what nothing else disturbs.
      const isOne = faults === 0 && fullness === 0 && obstacles.length === 1 && isTotal(obstacles[0]);
      const isLasting = isOne && ALWAYS[task].includes(obstacles[0].kind) && process !== survivor;
      // While one of two loggers registers both, the other one has nothing to complain of.
      if (isLasting && loggers.length === 1 && times > 1) {
        problems.push(`${name} tells ${times} times that ${task} fails`);
      }
    }
  });
  // Nothing was done to the log itself, so nothing may have kept a line from it.
  const isUndisturbed = faults === 0 && fullness === 0 && minFreeBytes === 0 && outside === 0 &&
    !durabilities.includes("disk");
  const mayBeGone = obstacles.some(({ kind }) => MAY_TAKE_LOG.includes(kind));
  const isAlone = processes === 1 && crashes === 0 && !scenario.isSurvivorOld;
  if (isUndisturbed && !mayTakeAll(world) && (!mayBeGone || isAlone)) {
    for (const message of failedWrites) problems.push(`${name} was kept from writing by housekeeping: ${message}`);
  }
}

/** Whether all that stands behind the limit comes from processes that could not rotate the file. */
function isOverdue({ processes }: World, lines: readonly string[], limit: number): boolean {
  let end = 0;
  return lines.every((line) => {
    end += line.length + 1;
    const writer = LINE.exec(line)?.[2];
    const process = processes.find(({ name }) => name === writer?.slice(0, -1));
    return end <= limit || process === undefined || process.housekeepingFailures.rotation > 0;
  });
}

/** Whether it is the beginning of one line, with nothing of another. */
function isFragment(line: string): boolean {
  return line.length <= START.length ? START.startsWith(line) : line.startsWith(START) && line.indexOf(START, 1) < 0;
}

function checkLogger(
  world: World,
  process: VirtualProcess,
  watched: WatchedLogger,
  { lines, fatal }: Found,
  problems: string[],
): void {
  watched.settle();
  problems.push(...watched.problems);
  const { name, formatted, dropped, acknowledged, written } = watched;
  const { metrics } = watched.account;
  const found = lines.get(name) ?? [];
  const there = new Set(found);
  if (there.size !== found.length) {
    const twice = found.filter((number, index) => found.indexOf(number) !== index);
    problems.push(`${name}:${twice} are there more than once`);
  }
  for (const number of there) {
    if (fatal.has(`${name}:${number}`) !== watched.fatal.has(number)) {
      problems.push(`${name}:${number} is of another level`);
    }
    if (dropped.has(number)) problems.push(`${name}:${number} counts as dropped, and is there`);
  }
  if (dropped.size > 0) world.count("dropped");
  checkSums(process, watched, problems);
  // What finds room is written in its order, so it is there up to somewhere, and nothing of it behind that.
  const taken = Array.from({ length: formatted }, (_, number) => number).filter((number) => !dropped.has(number));
  const missing = taken.slice(0, there.size).filter((number) => !there.has(number));
  if (missing.length > 0) problems.push(`${name}:${missing} are missing before later lines`);
  const lost = taken.filter((number) => number < acknowledged.count && !there.has(number));
  if (lost.length > 0) problems.push(`${name}:${lost} are lost, although ${acknowledged.by} said that they are safe`);
  if (there.size < written) problems.push(`${name} has written ${written}, but only ${there.size} are there`);
  const pending = metrics.queue.length + metrics.destinations[0].pending;
  if (process.ending === "closed") {
    if (pending > 0) problems.push(`${name} is closed with ${pending} records pending`);
    if (there.size !== written) problems.push(`${name} has written ${written}, but ${there.size} are there`);
  }
  if (endsInPeace(world, process)) {
    if (pending > 0) problems.push(`${name} has ended with ${pending} records pending`);
    if (there.size !== written) problems.push(`${name} has written ${written}, but ${there.size} are there`);
    if (metrics.droppedBy.undelivered > 0) {
      problems.push(`${name} has given up ${metrics.droppedBy.undelivered} records without need`);
    }
  }
}

/** Each record waits in the queue, or was formatted; and that waits, is written, or was dropped. */
function checkSums(process: VirtualProcess, watched: WatchedLogger, problems: string[]): void {
  const { name, logged, formatted, dropped, written, notices } = watched;
  const { metrics, untold } = watched.account;
  const [{ pending }] = metrics.destinations;
  const sum = written + metrics.dropped + pending;
  // Who dies within a call may have been about to take the record that was formatted last, and to format others.
  const isOpen = process.diedInside;
  if (sum > formatted || sum < formatted - (isOpen ? 1 : 0)) {
    problems.push(
      `${name} has taken ${formatted}, but ${written} written, ${metrics.dropped} dropped, ${pending} pending`,
    );
  }
  const waiting = logged - formatted;
  if (metrics.queue.length > waiting || (!isOpen && metrics.queue.length < waiting)) {
    problems.push(`${name} has ${metrics.queue.length} in its queue, not ${waiting}`);
  }
  const told = notices.reduce((all, notice) => all + notice.dropped, 0);
  if (told + untold !== dropped.size) {
    problems.push(`${name} has dropped ${dropped.size}, but tells of ${told}, and is to tell of ${untold}`);
  }
}

/** Each notice is there once, unless its process may have ended before it was written. */
function checkNotices(world: World, found: Found, problems: string[]): void {
  const most = new Map<string, number>();
  const least = new Map<string, number>();
  for (const process of world.processes) {
    for (const { name, notices, account } of process.loggers) {
      const isWritten = endsInPeace(world, process);
      if (isWritten && account.untold > 0) {
        problems.push(`${name} has ended without a notice of ${account.untold} drops`);
      }
      for (const { line } of notices) {
        most.set(line, (most.get(line) ?? 0) + 1);
        if (isWritten) least.set(line, (least.get(line) ?? 0) + 1);
      }
    }
  }
  for (const [line, count] of found.notices) {
    if (count > (most.get(line) ?? 0)) problems.push(`a notice is there ${count} times: ${line}`);
  }
  for (const [line, count] of least) {
    if ((found.notices.get(line) ?? 0) < count) problems.push(`a notice is not there: ${line}`);
  }
}

/** Whether a process had nothing in its way when it ended. */
function endsInPeace(world: World, process: VirtualProcess): boolean {
  return process.endsInPeace && world.scenario.lockTimeout >= PATIENT && !mayTakeAll(world);
}
