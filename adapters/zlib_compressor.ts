import type { CompressionFormat, Compressor } from "../src/runtime.ts";

/** Options of {@linkcode zlibCompressor}. */
export interface ZlibOptions {
  /**
   * How many bytes are compressed at the most before the event loop gets a turn. While they are, the event loop waits
   * where zlib works on the program's thread, and where a thread of the pool has taken its processor.
   */
  readonly bytesPerTurn: number;
}

/** Bytes of compressed output for which the program's thread is asked at a time. */
const chunkSize = 64 * 1024;

/** Starts a compression with `node:zlib`, which all three runtimes have. */
export function zlibCompressor(format: CompressionFormat, { bytesPerTurn }: ZlibOptions): Compressor | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  const { setImmediate } = process.getBuiltinModule("node:timers");
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

  return {
    async push(bytes) {
      for (let at = 0; at < bytes.byteLength; at += bytesPerTurn) {
        await feed(bytes.subarray(at, at + bytesPerTurn));
        await new Promise<void>((resolve) => setImmediate(resolve));
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
