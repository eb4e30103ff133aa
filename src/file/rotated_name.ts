import type { CompressionFormat } from "../runtime.ts";

/**
 * How rotated files are named.
 *
 * - `timestamp`: `app.log.20261123T110215.123Z-000`, the time of the rotation in UTC and a counter; sorts by age;
 * - `numbered`: `app.log.1` is the newest, and all move up for a newer one. From its rotation until it has its number, a
 *   moment later, a file is called `app.log.unnumbered.20261123T110215.123Z-000`.
 */
export type RotationNaming = "timestamp" | "numbered";

/** One file that a rotation has left behind, as its name tells. */
export interface RotatedFile {
  /** Name within the directory. */
  readonly name: string;
  /** The name without the ending of a compression. */
  readonly stem: string;
  /** Sorts by age, the smallest is the oldest; equal for a file and its compressed form. */
  readonly order: number;
  /** What it is compressed with, if it is. */
  readonly compression: CompressionFormat | undefined;
}

/** Endings of compressed files. */
export const COMPRESSION_SUFFIX: { readonly [K in CompressionFormat]: string } = { gzip: ".gz", zstd: ".zst" };

/** Ending of a compressed file that is not complete yet. */
export const TEMPORARY_SUFFIX = ".tmp";

const COUNTER_LIMIT = 1_000;

/**
 * Names from then on are none of ours. Orders are exact up to the year 2255 (2^53 / 10^3 milliseconds); beyond it, no
 * next one could be found after a name that somebody has planted.
 */
const LAST_TIME = Date.UTC(2250);

const STAMPED = /^\d{8}T\d{6}\.\d{3}Z-\d{3}$/;
// At most seven digits: `app.log.20261123` is somebody's date, not our piece number twenty million.
const NUMBERED = /^[1-9]\d{0,6}$/;

/** What is before the time in the name of a file that has no number yet. Sorts after digits, as the file is the newest. */
const UNNUMBERED = "unnumbered.";

/** Reads the name of a rotated file of the log `base`; `undefined` for names that are none of ours. */
export function parseRotatedName(name: string, base: string, naming: RotationNaming): RotatedFile | undefined {
  if (!name.startsWith(base + ".")) return undefined;
  let compression: CompressionFormat | undefined;
  let stem = name;
  for (const format of ["gzip", "zstd"] as const) {
    if (name.endsWith(COMPRESSION_SUFFIX[format])) {
      compression = format;
      stem = name.slice(0, -COMPRESSION_SUFFIX[format].length);
    }
  }
  let mark = stem.slice(base.length + 1);
  if (naming === "numbered") {
    if (NUMBERED.test(mark)) return { name, stem, order: -Number(mark), compression };
    if (!mark.startsWith(UNNUMBERED)) return undefined;
    mark = mark.slice(UNNUMBERED.length);
  }
  const order = STAMPED.test(mark) ? stampedOrder(mark) : undefined;
  return order === undefined ? undefined : { name, stem, order, compression };
}

/** The order that a stamp tells; `undefined` where it is no time. Leaves no garbage behind: there may be thousands. */
function stampedOrder(stamp: string): number | undefined {
  const [year, month, day] = [digits(stamp, 0, 4), digits(stamp, 4, 2), digits(stamp, 6, 2)];
  const [hour, minute, second] = [digits(stamp, 9, 2), digits(stamp, 11, 2), digits(stamp, 13, 2)];
  // Years before 100 are those of the twentieth century to `Date.UTC`.
  if (year < 100 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  const time = Date.UTC(year, month - 1, day, hour, minute, second, digits(stamp, 16, 3));
  return time < LAST_TIME ? time * COUNTER_LIMIT + digits(stamp, 21, 3) : undefined;
}

function digits(text: string, from: number, count: number): number {
  let number = 0;
  for (let at = from; at < from + count; at++) number = 10 * number + text.charCodeAt(at) - 48;
  return number;
}

/**
 * Names, by the inode of its source, a file of the log at `path` that is not complete yet, where the source may be
 * renamed at any time, or that is about to be removed.
 */
export function unfinishedName(path: string, inode: number, format: CompressionFormat): string {
  return `${path}.inode-${inode}${COMPRESSION_SUFFIX[format]}${TEMPORARY_SUFFIX}`;
}

const INODE_NAMED = /^\.inode-\d+\.(gz|zst)$/;

/**
 * Reads the name of a compressed file of the log `base` that is not complete yet, in either naming: returns the stem of
 * its source, which is empty where the name does not tell it, or `undefined` for names that are none of ours.
 */
export function sourceOfUnfinished(name: string, base: string): string | undefined {
  if (!name.endsWith(TEMPORARY_SUFFIX) || !name.startsWith(base + ".")) return undefined;
  const compressed = name.slice(0, -TEMPORARY_SUFFIX.length);
  if (INODE_NAMED.test(compressed.slice(base.length))) return "";
  const rotated = parseRotatedName(compressed, base, "timestamp");
  return rotated?.compression === undefined ? undefined : rotated.stem;
}

/** The rotated files of the log `base` among names, the oldest first; of two forms of one file the plain one. */
export function rotatedAmong(names: readonly string[], base: string, naming: RotationNaming): RotatedFile[] {
  const rotated: RotatedFile[] = [];
  for (const name of names) {
    const file = parseRotatedName(name, base, naming);
    if (file !== undefined) rotated.push(file);
  }
  return rotated.sort(compareByAge);
}

/** Compares rotated files: the oldest comes first; of two forms of one file the plain one. */
export function compareByAge(a: RotatedFile, b: RotatedFile): number {
  return a.order - b.order || a.name.length - b.name.length;
}

/**
 * The order of the newest file, among names, that has a time in its name, as all have from their rotation on and lose
 * only for a number; `undefined` when there is none. Such names sort by age, so few of them need be read.
 */
export function newestStamped(names: readonly string[], base: string, naming: RotationNaming): number | undefined {
  const start = `${base}.${naming === "numbered" ? UNNUMBERED : ""}`;
  let newest: RotatedFile | undefined;
  for (const name of names) {
    if (!name.startsWith(start) || (newest !== undefined && name <= newest.stem)) continue;
    newest = parseRotatedName(name, base, naming) ?? newest;
  }
  return newest?.order;
}

/** The newest rotated file of the log `base` among names, in its last form: compressed, if it is that as well. */
export function newestAmong(names: readonly string[], base: string, naming: RotationNaming): RotatedFile | undefined {
  let newest: RotatedFile | undefined;
  for (const name of names) {
    const rotated = parseRotatedName(name, base, naming);
    if (rotated !== undefined && (newest === undefined || compareByAge(rotated, newest) > 0)) newest = rotated;
  }
  return newest;
}

/** Makes the stem that a file gets by its rotation, from its order; the reverse of {@linkcode parseRotatedName}. */
export function stampedName(base: string, order: number, naming: RotationNaming): string {
  const time = new Date(Math.floor(order / COUNTER_LIMIT)).toISOString().replaceAll(/[-:]/g, "");
  const mark = naming === "numbered" ? UNNUMBERED : "";
  return `${base}.${mark}${time}-${String(order % COUNTER_LIMIT).padStart(3, "0")}`;
}

/** The first order at a time. */
export function orderAt(time: number): number {
  return Math.max(0, Math.floor(time)) * COUNTER_LIMIT;
}

/** The time, in milliseconds since the epoch, that an order of the timestamp naming stands for. */
export function timeOfOrder(order: number): number {
  return Math.floor(order / COUNTER_LIMIT);
}
