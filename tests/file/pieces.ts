import type { MemoryRuntime } from "../support/memory_runtime.ts";
/**
 * Reads a log and its rotated files back.
 *
 * @module
 */
import { gunzipSync } from "node:zlib";
import { linesOf, logPath } from "../logger/harness.ts";
import type { MemoryFileSystem } from "../support/memory_runtime.ts";

/** A file system that can be read back: in memory or real. */
export interface Readable {
  list(directory: string): string[];
  read(path: string): Uint8Array;
}

/** The files in memory, to read back. */
export function inMemory(fs: MemoryFileSystem): Readable {
  return { list: (directory) => fs.calls().list(directory), read: (path) => fs.readFile(path) };
}

/** Content of a piece, decompressed, as text. */
export function contentOf(files: Readable, path: string): string {
  let bytes = files.read(path);
  if (path.endsWith(".gz")) bytes = gunzipSync(bytes);
  if (path.endsWith(".zst")) bytes = process.getBuiltinModule("node:zlib").zstdDecompressSync(bytes);
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}

/** Names of the rotated files of a log, the oldest first; anything else in the directory comes under `others`. */
export function rotatedNames(files: Readable, path: string = logPath): { rotated: string[]; others: string[] } {
  const at = path.lastIndexOf("/");
  const base = path.slice(at + 1);
  const names = files.list(path.slice(0, at)).filter((name) => name !== base).sort();
  const mark = (name: string) => name.slice(base.length + 1).replace(/\.(gz|zst)$/, "");
  const isOurs = (name: string) =>
    name.startsWith(`${base}.`) && /^((unnumbered\.)?\d{8}T\d{6}\.\d{3}Z-\d{3}|[1-9]\d*)$/.test(mark(name));
  const rotated = names.filter(isOurs);
  // A number counts back from the newest, a time stamp sorts as text, and what has no number yet is newer.
  const numbered = rotated.filter((name) => /^\d+$/.test(mark(name)));
  if (numbered.length > 0) {
    const stamped = rotated.filter((name) => !numbered.includes(name));
    numbered.sort((a, b) => Number(mark(b)) - Number(mark(a)));
    return { rotated: [...numbered, ...stamped], others: names.filter((name) => !isOurs(name)) };
  }
  return { rotated, others: names.filter((name) => !isOurs(name)) };
}

/** Lines of each piece of a log, the oldest first, the log itself last. */
export function pieces(files: Readable, path: string = logPath): string[][] {
  const directory = path.slice(0, path.lastIndexOf("/"));
  const paths = [...rotatedNames(files, path).rotated.map((name) => `${directory}/${name}`), path];
  return paths.map((piece) => linesOf(contentOf(files, piece)));
}

/** The field `i` of each record in all pieces. */
export function sequence(files: Readable, path: string = logPath): number[] {
  return pieces(files, path).flat().map((line) => JSON.parse(line).i as number);
}

/** The numbers from 0 to `count` - 1. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Closes a logger on a memory runtime while time passes: a compressor that finds a file held waits for a while. */
export async function closeInTime(
  log: { close(): Promise<void> },
  { clock }: Pick<MemoryRuntime, "clock">,
): Promise<void> {
  let isClosed = false;
  const closing = log.close().finally(() => isClosed = true);
  for (let step = 0; !isClosed && step < 1_000; step++) await clock.advance(1);
  await closing;
}
