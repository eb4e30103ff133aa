import type { CompressionFormat } from "../src/runtime.ts";

/**
 * Decompresses with `node:zlib`, which all three runtimes have, no faster than the result is taken. Throws when the
 * bytes end too early, or are damaged.
 */
export function zlibDecompress(
  format: CompressionFormat,
  source: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  const { pipeline, Readable } = process.getBuiltinModule("node:stream");
  // Node before 22.15 has no zstd.
  if (format === "zstd" && typeof zlib.createZstdDecompress !== "function") return undefined;
  const stream = format === "zstd" ? zlib.createZstdDecompress() : zlib.createGunzip();
  // The error comes out of the iteration, too.
  pipeline(Readable.from(source), stream, () => {});
  return stream;
}
