/**
 * Would a worker take work off the program's thread, and what would it cost in all? For a record of five fields, in
 * nanoseconds: what it costs the program's thread; the processor time of the process, all its threads together; and the
 * time until all records of a round are encoded lines.
 *
 * - `encode`: as it is, the JSON line encoded into the buffer that is written (the write itself is off the thread);
 * - `ring`: the least that a worker behind a ring in shared memory would need: texts and numbers copied into it; the
 *   worker makes the lines from them, byte by byte;
 * - `post`: records handed over with `postMessage`, 256 at a time, to a worker that makes the lines.
 *
 * Runs on any of the runtimes: `deno run -A bench/questions/worker.ts`.
 *
 * @module
 */
import process from "node:process";
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { createLogger } from "../../mod.ts";

const RECORDS = 20_000;
const ROUNDS = 41;
/** Records between two times that the worker is woken, or messages to it. */
const TOGETHER = 256;
/** No record is longer; both sides begin anew where less than this is left. */
const LONGEST = 4_096;
const OUTPUT = 256 * 1024;

const fields = (n: number) => ({ user_id: n, path: "/orders/list", status: 200, took: 1.25, cached: false });

/** Memory of the ring, and how many records were pushed. */
interface Shared {
  readonly memory: SharedArrayBuffer;
  readonly counts: SharedArrayBuffer;
}

/** Copies records into shared memory, as a worker would need them. */
class Ring {
  readonly #bytes: Uint8Array;
  readonly #numbers: DataView;
  readonly #pushed: Int32Array<SharedArrayBuffer>;
  readonly #encoder = new TextEncoder();
  /** Where the runtime encodes into unshared memory only. */
  readonly #scratch: Uint8Array | undefined;
  #at = 0;

  constructor({ memory, counts }: Shared) {
    this.#bytes = new Uint8Array(memory);
    this.#numbers = new DataView(memory);
    this.#pushed = new Int32Array(counts);
    try {
      this.#encoder.encodeInto("x", this.#bytes);
    } catch {
      this.#scratch = new Uint8Array(LONGEST);
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
    if (this.#at > this.#bytes.length - LONGEST) this.#at = 0;
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
    const pushed = Atomics.add(this.#pushed, 0, 1) + 1;
    if (pushed % TOGETHER === 0) this.wake();
  }

  /** Has the worker look for records. */
  wake(): void {
    Atomics.notify(this.#pushed, 0);
  }
}

/** Takes records out of the ring and makes lines of them. */
class RingReader {
  readonly #bytes: Uint8Array;
  readonly #numbers: DataView;
  readonly #pushed: Int32Array<SharedArrayBuffer>;
  readonly #output = new Uint8Array(OUTPUT);
  readonly #keys = ['","user_id":', ',"path":"', '","status":', ',"took":', ',"cached":'].map(bytesOf);
  readonly #start = bytesOf('{"time":"');
  readonly #middle = bytesOf('","level":"info","msg":"');
  readonly #end = bytesOf("}\n");
  readonly #true = bytesOf("true");
  readonly #false = bytesOf("false");
  #time = NaN;
  #timeBytes: Uint8Array = new Uint8Array();
  #at = 0;
  #to = 0;
  #taken = 0;

  constructor({ memory, counts }: Shared) {
    this.#bytes = new Uint8Array(memory);
    this.#numbers = new DataView(memory);
    this.#pushed = new Int32Array(counts);
  }

  /** Works until a round's records are lines; returns how many bytes these have. */
  takeRound(): number {
    const end = this.#taken + RECORDS;
    let total = 0;
    while (this.#taken < end) {
      const pushed = Atomics.load(this.#pushed, 0);
      if (pushed === this.#taken) Atomics.wait(this.#pushed, 0, pushed);
      for (; this.#taken < pushed; this.#taken++) total += this.#takeOne();
    }
    return total;
  }

  #takeOne(): number {
    if (this.#at > this.#bytes.length - LONGEST) this.#at = 0;
    if (this.#to > OUTPUT - LONGEST) this.#to = 0;
    const from = this.#to;
    this.#at++;
    const time = this.#numbers.getFloat64(this.#at);
    this.#at += 12;
    if (time !== this.#time) this.#timeBytes = bytesOf(new Date(this.#time = time).toISOString());
    this.#put(this.#start);
    this.#put(this.#timeBytes);
    this.#put(this.#middle);
    this.#text();
    for (const key of this.#keys) {
      this.#put(key);
      const kind = this.#bytes[this.#at++];
      if (kind === 1) {
        this.#number(this.#numbers.getFloat64(this.#at));
        this.#at += 8;
      } else if (kind === 2) this.#text();
      else this.#put(kind === 3 ? this.#true : this.#false);
    }
    this.#put(this.#end);
    return this.#to - from;
  }

  #put(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index++) this.#output[this.#to++] = bytes[index] as number;
  }

  #text(): void {
    const end = this.#at + 4 + this.#numbers.getUint32(this.#at);
    for (let at = this.#at + 4; at < end; at++) {
      const byte = this.#bytes[at] as number;
      if (byte < 32 || byte === 34 || byte === 92) throw new Error("not plain");
      this.#output[this.#to++] = byte;
    }
    this.#at = end;
  }

  #number(value: number): void {
    const text = String(value);
    for (let index = 0; index < text.length; index++) this.#output[this.#to++] = text.charCodeAt(index);
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

type Posted = readonly [level: number, time: number, text: string, record: ReturnType<typeof fields>];

/** What a worker does: each round it says how many bytes of lines it has made. */
function work(port: MessagePort, { shared }: { readonly shared?: Shared }): void {
  if (shared !== undefined) {
    const reader = new RingReader(shared);
    port.on("message", () => port.postMessage(reader.takeRound()));
    return;
  }
  const encoder = new TextEncoder();
  const output = new Uint8Array(OUTPUT);
  let taken = 0;
  let total = 0;
  let lastTime = NaN;
  let iso = "";
  port.on("message", (records: readonly Posted[]) => {
    let text = "";
    for (const [, time, message, { user_id, path, status, took, cached }] of records) {
      if (time !== lastTime) iso = new Date(lastTime = time).toISOString();
      text += '{"time":"' + iso + '","level":"info","msg":"' + message + '","user_id":' + user_id + ',"path":"' + path +
        '","status":' + status + ',"took":' + took + ',"cached":' + cached + "}\n";
    }
    total += encoder.encodeInto(text, output).written;
    taken += records.length;
    if (taken < RECORDS) return;
    port.postMessage(total);
    taken = total = 0;
  });
}

/** What a way took in a round, in nanoseconds for each record. */
interface Cost {
  readonly thread: number;
  readonly cpu: number;
  readonly delivered: number;
}

async function measure(): Promise<void> {
  let taken = 0;
  const log = createLogger({
    destinations: [{ backend: { supportsAtomic: true, write: (batch) => void (taken += batch.byteLength) } }],
    queue: { maxBytes: "1GB" },
  });
  const shared = { memory: new SharedArrayBuffer(8 << 20), counts: new SharedArrayBuffer(4) };
  const ring = new Ring(shared);
  const reader = new Worker(new URL(import.meta.url), { workerData: { shared } });
  const receiver = new Worker(new URL(import.meta.url), { workerData: {} });
  const made = (worker: Worker) => new Promise<number>((resolve) => worker.once("message", resolve));
  const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

  /** Each logs a round's records; gives the milliseconds that the thread has worked, and the bytes of the lines. */
  const ways: Record<string, () => Promise<readonly [worked: number, bytes: number]>> = {
    async encode() {
      const before = taken;
      const start = performance.now();
      for (let n = 0; n < RECORDS; n++) log.info("request handled", fields(n));
      await log.flush();
      return [performance.now() - start, taken - before];
    },
    async ring() {
      const bytes = made(reader);
      const start = performance.now();
      reader.postMessage("round");
      for (let n = 0; n < RECORDS; n++) ring.push(30, Date.now(), "request handled", fields(n));
      ring.wake();
      return [performance.now() - start, await bytes];
    },
    async post() {
      const bytes = made(receiver);
      let records: Posted[] = [];
      let worked = 0;
      let start = performance.now();
      for (let n = 1; n <= RECORDS; n++) {
        records.push([30, Date.now(), "request handled", fields(n - 1)]);
        if (records.length < TOGETHER && n < RECORDS) continue;
        receiver.postMessage(records);
        records = [];
        worked += performance.now() - start;
        await turn();
        start = performance.now();
      }
      return [worked, await bytes];
    },
  };

  const costs = new Map<string, Cost[]>(Object.keys(ways).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    const lengths = new Set<number>();
    for (const [name, run] of Object.entries(ways)) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      const [worked, bytes] = await run();
      const delivered = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      const each = 1e6 / RECORDS;
      costs.get(name)?.push({ thread: worked * each, cpu: (user + system) / 1000 * each, delivered: delivered * each });
      lengths.add(bytes);
    }
    if (lengths.size !== 1) throw new Error(`Cannot compare: the lines have ${[...lengths].join(", ")} bytes`);
  }
  console.log("nanoseconds per record");
  console.log("way        thread  all threads  until encoded");
  const middle = (list: readonly Cost[], of: keyof Cost) =>
    (list.map((cost) => cost[of]).toSorted((a, b) => a - b)[list.length >> 1] as number).toFixed(0);
  for (const [name, list] of costs) {
    console.log(
      `${name.padEnd(8)} ${middle(list, "thread").padStart(8)} ${middle(list, "cpu").padStart(12)} ` +
        `${middle(list, "delivered").padStart(14)}`,
    );
  }
  await Promise.all([reader.terminate(), receiver.terminate()]);
  await log.close();
}

if (isMainThread) await measure();
else work(parentPort as MessagePort, workerData);
