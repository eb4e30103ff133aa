/**
 * Reads a log with all its rotated pieces and counts what became of the lines of each writer. It shares no code with
 * the library, so that both cannot be wrong in the same way.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";

/** One file of a log. */
export interface Piece {
  readonly name: string;
  /** Its content, decompressed. */
  readonly text: string;
  /** Length of the content in bytes. */
  readonly size: number;
  /** Lines in it. */
  readonly lines: number;
  readonly compressed: boolean;
}

/** What became of the lines of one writer. */
export interface WriterCount {
  /** Different lines that are there. */
  readonly found: number;
  /** Lines that should be there and are not. */
  readonly lost: number;
  /** Lines that are there more than once, counted for each time too many. */
  readonly doubled: number;
  /** Lines that stand after one with a higher number. */
  readonly disordered: number;
}

/** What became of a log. */
export interface LogCheck {
  /** The counts by writer. */
  readonly writers: { readonly [writer: string]: WriterCount };
  /** Lines that are no whole record. */
  readonly torn: readonly string[];
  /** All files, the oldest first. */
  readonly pieces: readonly Piece[];
  /** Names of compressions that were begun and not finished. */
  readonly unfinished: readonly string[];
}

/** Options of {@linkcode checkLog}. */
export interface CheckOptions {
  /** Lines that each writer has logged. What is missing here counts as lost only up to the highest number found. */
  readonly expected?: { readonly [writer: string]: number };
  /** Content that was taken away from outside and is older than what is there. */
  readonly before?: readonly string[];
}

/** Reads the files of a log, the oldest first. Where a piece exists plain and compressed, only the latter counts. */
export function readPieces(path: string): Piece[] {
  const names = new Set(readdirSync(dirname(path)));
  const base = basename(path);
  const stems = new Map<string, string>();
  for (const name of names) {
    const match = /^(.*\.(?:\d{8}T\d{6}\.\d{3}Z-\d{3}|\d{1,9}))(?:\.(?:gz|zst))?$/.exec(name);
    if (match === null || !name.startsWith(base + ".")) continue;
    const [, stem] = match;
    if (name !== stem || !(names.has(stem + ".gz") || names.has(stem + ".zst"))) stems.set(stem, name);
  }
  const mark = (stem: string) => stem.slice(base.length + 1);
  const isNumber = (stem: string) => !mark(stem).includes("T");
  const ordered = [...stems.keys()].sort((a, b) =>
    isNumber(a) && isNumber(b) ? Number(mark(b)) - Number(mark(a)) : a < b ? -1 : 1
  );
  const files = ordered.map((stem) => stems.get(stem) as string);
  if (existsSync(path)) files.push(base);
  return files.map((name) => {
    const raw = readFileSync(join(dirname(path), name));
    const compressed = /\.(gz|zst)$/.test(name);
    const bytes = name.endsWith(".gz") ? gunzipSync(raw) : name.endsWith(".zst") ? zstdDecompressSync(raw) : raw;
    const text = bytes.toString();
    return { name, text, size: bytes.length, lines: text.split("\n").length - 1, compressed };
  });
}

/** Counts the lines of a log. */
export function checkLog(path: string, { expected = {}, before = [] }: CheckOptions = {}): LogCheck {
  const pieces = readPieces(path);
  const seen = new Map<string, { numbers: Set<number>; highest: number; doubled: number; disordered: number }>();
  const torn: string[] = [];
  const of = (writer: string) => {
    let entry = seen.get(writer);
    if (entry === undefined) {
      seen.set(writer, entry = { numbers: new Set<number>(), highest: -1, doubled: 0, disordered: 0 });
    }
    return entry;
  };
  Object.keys(expected).forEach(of);
  for (const text of [...before, ...pieces.map((piece) => piece.text)]) {
    const lines = text.split("\n");
    // Nothing follows the last newline, unless the last line has none: that one counts as well.
    if (lines.at(-1) === "") lines.pop();
    for (const line of lines) {
      const record = parse(line);
      if (record === undefined) {
        torn.push(line);
        continue;
      }
      const entry = of(record.w);
      if (entry.numbers.has(record.n)) entry.doubled++;
      else if (record.n < entry.highest) entry.disordered++;
      entry.numbers.add(record.n);
      entry.highest = Math.max(entry.highest, record.n);
    }
  }
  const writers: Record<string, WriterCount> = {};
  for (const [writer, { numbers, highest, doubled, disordered }] of seen) {
    const lost = Math.max(expected[writer] ?? 0, highest + 1) - numbers.size;
    writers[writer] = { found: numbers.size, lost, doubled, disordered };
  }
  const unfinished = readdirSync(dirname(path)).filter((name) => name.endsWith(".tmp"));
  return { writers, torn, pieces, unfinished };
}

/** Fails unless each writer has all its lines there, once, whole and in order. */
export function assertComplete(check: LogCheck, expected: { readonly [writer: string]: number }): void {
  const wanted = Object.fromEntries(
    Object.entries(expected).map(([writer, count]) => [writer, { found: count, lost: 0, doubled: 0, disordered: 0 }]),
  );
  assert.deepEqual({ ...check.writers }, wanted);
  assert.deepEqual(check.torn, []);
}

/** Fails unless every rotated piece is compressed and nothing half-done lies about. */
export function assertAllCompressed({ pieces, unfinished }: LogCheck, path: string): void {
  const plain = pieces.filter(({ name, compressed }) => !compressed && name !== basename(path));
  assert.deepEqual(plain.map(({ name }) => name), []);
  assert.deepEqual(unfinished, []);
  const twice = readdirSync(dirname(path)).filter((name) => existsSync(join(dirname(path), name + ".gz")));
  assert.deepEqual(twice, [], "plain and compressed");
}

/** Fails unless every piece keeps to a size, but for those of a single line. */
export function assertPieceSizes({ pieces }: LogCheck, maxBytes: number): void {
  const large = pieces.filter(({ size, lines }) => size > maxBytes && lines > 1);
  assert.deepEqual(large.map(({ name, size }) => ({ name, size })), []);
}

/** The record of a whole line, or `undefined` for a torn one. */
function parse(line: string): { readonly w: string; readonly n: number } | undefined {
  try {
    const record = JSON.parse(line);
    const { w, n, size, pad } = record;
    const isWhole = typeof w === "string" && Number.isInteger(n) && size === pad.length &&
      pad === w.slice(0, 1).repeat(size);
    return isWhole ? record : undefined;
  } catch {
    return undefined;
  }
}
