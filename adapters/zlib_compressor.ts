import type { CompressionFormat, Compressor } from "../src/runtime.ts";

/** Options of {@linkcode zlibCompressor}. */
export interface ZlibOptions {
  /**
   * How many bytes are compressed at the most before the event loop gets a turn. While they are, the event loop waits
   * where zlib works on the program's thread, and where a thread of the pool has taken its processor.
   */
  readonly bytesPerTurn: number;
  /**
   * Whether zlib works on the program's thread: then it rests while the program has something else to do, since work that
   * waits behind its parts piles up.
   *
   * @default false
   */
  readonly isOnProgramThread?: boolean;
}

/** A turn of the event loop that takes longer, in milliseconds, had something else to do than to compress. */
const BUSY_TURN = 0.05;

/** How long it rests then, in milliseconds. */
const REST = 5;

/** Bytes that are compressed between two rests at the least, or a program that is always busy would never see the end. */
const BYTES_PER_REST = 64 * 1024;

/** Bytes of compressed output for which the program's thread is asked at a time. */
const chunkSize = 64 * 1024;

/** Starts a compression with `node:zlib`, which all three runtimes have. */
export function zlibCompressor(format: CompressionFormat, options: ZlibOptions): Compressor | undefined {
  const { bytesPerTurn, isOnProgramThread = false } = options;
  const zlib = process.getBuiltinModule("node:zlib");
  const { setImmediate, setTimeout } = process.getBuiltinModule("node:timers");
  // Node before 22.15 has no zstd.
  if (format === "zstd" && typeof zlib.createZstdCompress !== "function") return undefined;
  const stream = format === "zstd" ? zlib.createZstdCompress({ chunkSize }) : zlib.createGzip({ chunkSize });

  let ready: Uint8Array[] = [];
  let failure: Error | undefined;
  stream.on("data", (piece: Uint8Array) => ready.push(piece));
  stream.on("error", (error: Error) => failure = error);

  function take(): Uint8Array {
    const pieces = ready;
    ready = [];
    if (pieces.length === 1) return pieces[0];
    const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.byteLength;
    }
    return whole;
  }

  function feed(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure);
      stream.write(bytes, (error) => error ? reject(error) : resolve());
    });
  }

  let sinceRest = 0;

  async function letTurn(): Promise<void> {
    const asked = performance.now();
    await new Promise<void>((resolve) => setImmediate(resolve));
    sinceRest += bytesPerTurn;
    if (!isOnProgramThread || sinceRest < BYTES_PER_REST || performance.now() - asked < BUSY_TURN) return;
    await new Promise<void>((resolve) => setTimeout(resolve, REST));
    sinceRest = 0;
  }

  return {
    async push(bytes) {
      for (let at = 0; at < bytes.byteLength; at += bytesPerTurn) {
        await feed(bytes.subarray(at, at + bytesPerTurn));
        await letTurn();
      }
      return take();
    },
    finish() {
      return new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        stream.once("error", reject);
        stream.once("end", () => resolve(take()));
        stream.end();
      });
    },
    close: () => void stream.destroy(),
  };
}
