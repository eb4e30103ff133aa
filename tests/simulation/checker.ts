import { decompress } from "./compressor.ts";
import { padOf, type VirtualProcess, type WatchedLogger } from "./virtual_process.ts";
import { NEIGHBOURS } from "./deletions.ts";
import { BASE, DIRECTORY, type World } from "./world.ts";

const MARKS = { timestamp: /^\d{8}T\d{6}\.\d{3}Z-\d{3}$/, numbered: /^\d+$/ } as const;
const LINE = /^\{"time":"[-\d]{10}T[:.\d]{12}Z","level":"info","msg":"(p\d+[ab]):(\d+):(x*)"\}$/;
const TIME = '"[-\\d]{10}T[:.\\d]{12}Z"';
const NOTICE = new RegExp(
  `^\\{"time":${TIME},"level":"warn","msg":"log records dropped",` +
    `"dropped":(\\d+),"reason":"(?:[^"\\\\]|\\\\.)+","since":${TIME},"until":${TIME}\\}$`,
);
const START = '{"time":"';

interface Piece {
  readonly name: string;
  readonly text: string;
  /** Where it has a place among the others, the oldest first: in the files of one naming, or after all, as the log. */
  readonly chain: "timestamp" | "numbered" | "log" | undefined;
}

/** Reads everything that a world has left and returns what is wrong with it. */
export function check(world: World): string[] {
  const problems: string[] = [];
  const pieces = readPieces(world, problems);
  const lines = new Map<string, number[]>();
  const notices = countLines(pieces, lines, world, problems);
  for (const process of world.processes) {
    for (const watched of process.loggers) {
      checkLogger(world, process, watched, lines.get(watched.name) ?? [], problems);
    }
  }
  const told = world.processes.flatMap(({ loggers }) => loggers).reduce((sum, { metrics }) => sum + metrics.dropped, 0);
  if (told > 0) world.count("dropped");
  if (notices > told) problems.push(`notices tell of ${notices} dropped lines, the metrics of ${told}`);
  const open = world.fs.openFiles() - world.outside.deleted.length;
  if (open > 0) problems.push(`${open} files are left open`);
  return problems;
}

function readPieces(world: World, problems: string[]): Piece[] {
  const { naming = "timestamp", compress, maxFiles = Infinity } = world.scenario.rotate;
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
    if (/-00[1-9]$/.test(stem)) world.count("two rotations within a millisecond");
    stems[chain].set(stem, name);
  }
  if (stems[naming].size > maxFiles) problems.push(`${stems[naming].size} rotated files are left of ${maxFiles}`);
  for (const name of world.deletions.harmedNeighbours()) problems.push(`${name} of somebody else's has been touched`);
  problems.push(...world.deletions.problems);
  const number = (stem: string) => Number(stem.slice(BASE.length + 1));
  const read = (name: string) => textOf(world, name, problems);
  const pieces: Piece[] = [];
  for (const chain of ["timestamp", "numbered"] as const) {
    const ordered = [...stems[chain].keys()]
      .sort((a, b) => chain === "numbered" ? number(b) - number(a) : a < b ? -1 : 1);
    for (const stem of ordered) pieces.push({ name: stem, text: read(stems[chain].get(stem)!), chain });
  }
  pieces.push({ name: BASE, text: read(BASE), chain: "log" });
  const decoder = new TextDecoder();
  const apart = (name: string, text: string) => pieces.push({ name, text, chain: undefined });
  for (const path of world.outside.renamed) apart(path, world.fs.readText(path));
  world.outside.cut.forEach((bytes, index) => apart(`cut off ${index}`, decoder.decode(bytes)));
  world.outside.deletedContent().forEach((bytes, index) => apart(`deleted ${index}`, decoder.decode(bytes)));
  for (const { name, text } of world.deletions.texts) apart(name, text);
  return pieces;
}

function textOf(world: World, name: string, problems: string[]): string {
  const path = `${DIRECTORY}/${name}`;
  let bytes: Uint8Array | undefined = world.fs.readFile(path);
  if (name.endsWith(".gz")) {
    if (world.unsynced.has(world.fs.calls().stat(path)!.inode)) problems.push(`${name} is not known to be on the disk`);
    bytes = decompress(bytes);
  }
  if (bytes === undefined) problems.push(`${name} is broken`);
  return new TextDecoder().decode(bytes);
}

function countLines(pieces: Piece[], found: Map<string, number[]>, world: World, problems: string[]): number {
  let fragments = 0;
  let notices = 0;
  // Two namings tell nothing of the order between them.
  const highest = { timestamp: new Map<string, number>(), numbered: new Map<string, number>() };
  const limit = Math.max(...world.processes.map(({ rotate }) => rotate.maxBytes as number));
  for (const { name, text, chain } of pieces) {
    const chains = chain === undefined
      ? [new Map<string, number>()]
      : chain === "log"
      ? Object.values(highest)
      : [highest[chain]];
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    if (text.length > limit && lines.length > 1) problems.push(`${name} has ${text.length} bytes of ${limit}`);
    for (const line of lines) {
      const [, writer, digits, pad] = LINE.exec(line) ?? [];
      const number = Number(digits);
      if (writer === undefined || pad.length !== padOf(writer, number)) {
        const notice = NOTICE.exec(line);
        if (notice !== null) notices += Number(notice[1]);
        else if (isFragment(line)) fragments++;
        else problems.push(`${name} has a torn line: ${line}`);
        continue;
      }
      for (const within of chains) {
        if (number < (within.get(writer) ?? -1)) problems.push(`${name}: ${writer}:${number} is out of order`);
        within.set(writer, Math.max(number, within.get(writer) ?? -1));
      }
      const numbers = found.get(writer);
      if (numbers === undefined) found.set(writer, [number]);
      else numbers.push(number);
    }
  }
  if (fragments > world.fragmentsAllowed) {
    problems.push(`${fragments} fragments of lines, of at most ${world.fragmentsAllowed}`);
  }
  return notices;
}

/** Whether it is the beginning of one line, with nothing of another. */
function isFragment(line: string): boolean {
  return line.length <= START.length ? START.startsWith(line) : line.startsWith(START) && line.indexOf(START, 1) < 0;
}

function checkLogger(
  world: World,
  process: VirtualProcess,
  watched: WatchedLogger,
  found: number[],
  problems: string[],
): void {
  const { name, logged, acknowledged, written, metrics } = watched;
  const there = new Set(found);
  if (there.size !== found.length) {
    const twice = found.filter((number, index) => found.indexOf(number) !== index);
    problems.push(`${name}:${twice} are there more than once`);
  }
  const { dropped, queue, destinations } = metrics;
  const pending = queue.length + destinations.reduce((sum, destination) => sum + destination.pending, 0);
  // Who dies within a log call has not had the time to count its record.
  if (!process.diedInside && logged !== written + dropped + pending) {
    problems.push(`${name} has logged ${logged}, but ${written} written, ${dropped} dropped, ${pending} pending`);
  }
  if (there.size < written) problems.push(`${name} has written ${written}, but only ${there.size} are there`);
  if (there.size > logged - dropped) {
    problems.push(`${name} has logged ${logged} and dropped ${dropped}, but ${there.size} are there`);
  }
  if (process.ending === "closed") {
    if (pending > 0) problems.push(`${name} is closed with ${pending} records pending`);
    if (there.size !== written) problems.push(`${name} has written ${written}, but ${there.size} are there`);
  }
  if (process.endsInPeace && world.scenario.lockTimeout >= 10_000) {
    if (pending > 0) problems.push(`${name} has ended with ${pending} records pending`);
    if (there.size !== written) problems.push(`${name} has written ${written}, but ${there.size} are there`);
    if (metrics.droppedBy.undelivered > 0) {
      problems.push(`${name} has given up ${metrics.droppedBy.undelivered} records without need`);
    }
  }
  if (dropped > 0) return;
  // Without drops the lines that are there are the first ones, without a gap.
  const missing = found.length === 0
    ? -1
    : Array.from({ length: there.size }, (_, i) => i).find((n) => !there.has(n)) ?? -1;
  if (missing >= 0) problems.push(`${name}:${missing} is missing before later lines`);
  if (there.size < acknowledged) {
    problems.push(`${name} was told that ${acknowledged} are safe: ${there.size} are there`);
  }
}
