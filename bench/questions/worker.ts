/**
 * Would a worker take work off the program's thread? What a record of five fields costs that thread, in nanoseconds:
 *
 * - `encode`: as it is, the JSON line encoded into the buffer that is written (the write itself is off the thread);
 * - `ring`: the least that a worker behind a ring in shared memory would need: texts and numbers copied into it;
 * - `post`: records handed over with `postMessage`, 256 at a time, to a worker that drops them.
 *
 * Runs on any of the runtimes: `deno run -A bench/questions/worker.ts`.
 *
 * @module
 */
import { Worker } from "node:worker_threads";
import { createLogger } from "../../mod.ts";

const RECORDS = 20_000;
const ROUNDS = 41;

const fields = (n: number) => ({ user_id: n, path: "/orders/list", status: 200, took: 1.25, cached: false });

/** Copies records into shared memory, as a worker would need them. */
class Ring {
  readonly #bytes: Uint8Array;
  readonly #numbers: DataView;
  readonly #head: Int32Array;
  readonly #encoder = new TextEncoder();
  /** Where the runtime encodes into unshared memory only. */
  readonly #scratch: Uint8Array | undefined;
  #at = 0;

  constructor(size: number) {
    const memory = new SharedArrayBuffer(size);
    this.#bytes = new Uint8Array(memory);
    this.#numbers = new DataView(memory);
    this.#head = new Int32Array(new SharedArrayBuffer(4));
    try {
      this.#encoder.encodeInto("x", this.#bytes);
    } catch {
      this.#scratch = new Uint8Array(4096);
    }
  }

  #text(text: string): void {
    let written: number;
    if (this.#scratch === undefined) {
      written = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#at + 4)).written;
    } else {
      written = this.#encoder.encodeInto(text, this.#scratch).written;
      this.#bytes.set(this.#scratch.subarray(0, written), this.#at + 4);
    }
    this.#numbers.setUint32(this.#at, written);
    this.#at += 4 + written;
  }

  /** The keys are known on the other side by a number, as they are in the queue. */
  push(level: number, time: number, text: string, record: Record<string, unknown>): void {
    if (this.#at > this.#bytes.length - 4096) this.#at = 0;
    const numbers = this.#numbers;
    numbers.setUint8(this.#at++, level);
    numbers.setFloat64(this.#at, time);
    numbers.setUint32(this.#at + 8, 17);
    this.#at += 12;
    this.#text(text);
    for (const key in record) {
      const value = record[key];
      if (typeof value === "number") {
        numbers.setUint8(this.#at, 1);
        numbers.setFloat64(this.#at + 1, value);
        this.#at += 9;
      } else if (typeof value === "string") {
        numbers.setUint8(this.#at++, 2);
        this.#text(value);
      } else numbers.setUint8(this.#at++, value === true ? 3 : 4);
    }
    Atomics.store(this.#head, 0, this.#at);
  }
}

let taken = 0;
const log = createLogger({
  destinations: [{ backend: { supportsAtomic: true, write: (batch) => void (taken += batch.byteLength) } }],
  queue: { maxBytes: "1GB" },
});
const ring = new Ring(8 << 20);
const worker = new Worker("require('node:worker_threads').parentPort.on('message', () => {})", { eval: true });
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** Each gives the time that the thread has worked, in milliseconds. */
const ways: Record<string, () => Promise<number>> = {
  async encode() {
    const start = performance.now();
    for (let n = 0; n < RECORDS; n++) log.info("request handled", fields(n));
    await log.flush();
    return performance.now() - start;
  },
  ring() {
    const start = performance.now();
    for (let n = 0; n < RECORDS; n++) ring.push(30, Date.now(), "request handled", fields(n));
    return Promise.resolve(performance.now() - start);
  },
  async post() {
    let records: unknown[] = [];
    let worked = 0;
    let start = performance.now();
    for (let n = 0; n < RECORDS; n++) {
      records.push([30, Date.now(), "request handled", fields(n)]);
      if (records.length < 256) continue;
      worker.postMessage(records);
      records = [];
      worked += performance.now() - start;
      await turn();
      start = performance.now();
    }
    return worked + performance.now() - start;
  },
};

const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(ways)) times.get(name)?.push(await run());
}
for (const [name, list] of times) {
  list.sort((a, b) => a - b);
  console.log(
    `${name.padEnd(7)} ${((list[list.length >> 1] as number) * 1e6 / RECORDS).toFixed(0).padStart(5)} ns per record`,
  );
}
await worker.terminate();
await log.close();
if (taken === 0) throw new Error("nothing was encoded");
