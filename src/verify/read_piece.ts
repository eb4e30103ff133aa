import type { CompressionFormat, Runtime, RuntimeFile } from "../runtime.ts";
import { wait } from "./log_view.ts";
import type { Lines } from "./lines.ts";

/**
 * Decompresses bytes as they come, in pieces of its own, holding little; `undefined` when it does not know the format.
 * Throws when the bytes end too early, or are damaged.
 */
export type Decompress = (
  format: CompressionFormat,
  source: AsyncIterable<Uint8Array>,
) => AsyncIterable<Uint8Array> | undefined;

/** Bytes that are read at a time. */
const PIECE_BYTES = 256 * 1024;

/** How long, in milliseconds, a line that another process is about to write may take. */
const OPEN_LINE_PATIENCE = 500;
const PAUSE = 5;

/** What {@linkcode readPiece} reads. */
export interface Source {
  readonly file: RuntimeFile;
  readonly compression: CompressionFormat | undefined;
  /** Bytes that count. */
  readonly size: number;
  /** Whether a writer may be in the middle of the last line. */
  readonly mayGrow: boolean;
}

/** Reads a file to its end into lines; returns its length, decompressed, and whether it ends with a newline. */
export async function readPiece(
  runtime: Runtime,
  { file, compression, size, mayGrow }: Source,
  lines: Lines,
  decompress: Decompress,
): Promise<{ readonly bytes: number; readonly isWhole: boolean }> {
  let bytes = 0;
  const take = (piece: Uint8Array) => {
    bytes += piece.length;
    lines.push(piece);
  };
  const pieces = contentOf(runtime, file, size);
  if (compression === undefined) {
    for await (const piece of pieces) take(piece);
    if (mayGrow && lines.isOpen) await readOpenLine(runtime, file, bytes, take);
  } else {
    const content = decompress(compression, pieces);
    if (content === undefined) throw new Error(`Cannot read ${compression} on ${runtime.name}`);
    for await (const piece of content) take(piece);
  }
  const isWhole = !lines.isOpen;
  lines.finish();
  return { bytes, isWhole };
}

async function* contentOf(runtime: Runtime, file: RuntimeFile, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size;) {
    // A new one each time: a decompression may hold on to it.
    const buffer = new Uint8Array(Math.min(PIECE_BYTES, size - position));
    const count = await runtime.background.readAt(file, buffer, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

/** Reads on to the next newline, as long as there is a hope for one. */
async function readOpenLine(
  runtime: Runtime,
  file: RuntimeFile,
  position: number,
  take: (piece: Uint8Array) => void,
): Promise<void> {
  const deadline = runtime.monotonic() + OPEN_LINE_PATIENCE;
  while (runtime.monotonic() < deadline) {
    const buffer = new Uint8Array(PIECE_BYTES);
    const count = await runtime.background.readAt(file, buffer, position);
    const end = buffer.subarray(0, count).indexOf(10);
    take(buffer.subarray(0, end < 0 ? count : end + 1));
    if (end >= 0) return;
    position += count;
    if (count === 0) await wait(runtime, PAUSE);
  }
}
