/**
 * How many bytes a call allocates, as well as each engine can tell.
 *
 * - V8 (Node, Deno): growth of the used heap over a short burst. A collection before each burst makes room, so that none
 *   falls into it; the median of many bursts leaves out those where one did nevertheless, and what the question itself
 *   takes is subtracted. Buffers outside of the heap are not counted.
 * - JavaScriptCore (Bun) tells the capacity of its heap only, in blocks of 16 KiB: it grows by what is allocated while
 *   nothing is collected, less what finds room in blocks that are partly free. Characters of strings lie outside of
 *   the heap and are not counted. So the number is a lower bound, and compares subjects on Bun with each other alone.
 *
 * @module
 */
import process from "node:process";
import { collectGarbage } from "./clock.ts";
import { mean, median } from "./statistics.ts";

interface V8 {
  getHeapStatistics(): { readonly used_heap_size: number };
}
interface JavaScriptCore {
  heapStats(): { readonly heapCapacity: number };
}

const isBun = "Bun" in globalThis;
/** Calls in a burst: few enough to stay below a collection in V8, enough for a few blocks in JavaScriptCore. */
const CALLS = isBun ? 2_000 : 100;

/** Bytes that a call allocates, from so many bursts. */
export async function bytesPerCall(
  log: (count: number) => void,
  { flush, bursts }: { readonly flush: () => Promise<void>; readonly bursts: number },
): Promise<number> {
  const used = isBun ? capacityInJavaScriptCore() : usedInV8();
  const nothing: number[] = [];
  const sizes: number[] = [];
  for (let burst = 0; burst < bursts; burst++) {
    collectGarbage();
    nothing.push(-used() + used());
    const before = used();
    log(CALLS);
    sizes.push(used() - before);
    await flush();
  }
  // In blocks, one burst may pay for several: there the mean is right.
  const size = isBun ? mean(sizes) : median(sizes) - median(nothing);
  return Math.max(0, size / CALLS);
}

function usedInV8(): () => number {
  const v8 = process.getBuiltinModule("node:v8") as V8;
  return () => v8.getHeapStatistics().used_heap_size;
}

function capacityInJavaScriptCore(): () => number {
  const jsc = process.getBuiltinModule("bun:jsc" as "node:v8") as unknown as JavaScriptCore;
  return () => jsc.heapStats().heapCapacity;
}
