import type { Runtime } from "../runtime.ts";
import { type Case, makeFile } from "./case.ts";
import { expect, expectEqual } from "./expect.ts";

/** A case about the runtime alone. */
function plain(name: string, run: Case["run"]): Case {
  return { name, run };
}

/** What the library expects of time, the process and compression. */
export const processCases: readonly Case[] = [
  // Waiting times are measured with it; a clock that is set back must not make a wait endless.
  plain("the monotonic clock never goes back", async ({ runtime, elapse }) => {
    let last = runtime.monotonic();
    for (let i = 0; i < 1000; i++) {
      const next = runtime.monotonic();
      expect(next >= last, `${next} does not come before ${last}`);
      last = next;
    }
    await elapse(20);
    const passed = runtime.monotonic() - last;
    expect(passed >= 15 && passed < 5000, `20 ms are about 20 ms on it, and not ${passed}`);
  }),

  // At exit, and with `overflow: "block"`, the thread waits for a lock or a write.
  plain("sleep stops the thread", ({ runtime }) => {
    const start = runtime.monotonic();
    runtime.sleep(20);
    const passed = runtime.monotonic() - start;
    expect(passed >= 15, `a sleep of 20 ms takes 20 ms, and not ${passed}`);
    return Promise.resolve();
  }),

  // `flushInterval`, back-off, and reports are timers.
  plain("timers go off in time and in order, once, unless cancelled", async ({ runtime, elapse }) => {
    const gone: string[] = [];
    const start = runtime.monotonic();
    let at = 0;
    runtime.setTimer(() => gone.push("late"), 40);
    runtime.setTimer(() => {
      gone.push("early");
      at = runtime.monotonic() - start;
    }, 10);
    const cancelled = runtime.setTimer(() => gone.push("cancelled"), 20);
    expectEqual(gone, [], "what has gone off at once");
    runtime.clearTimer(cancelled);
    await elapse(100);
    expectEqual(gone, ["early", "late"], "what has gone off");
    expect(at >= 9, `a timer of 10 ms takes 10 ms, and not ${at}`);
    runtime.clearTimer(cancelled);
  }),

  // A file that rotates every month has a timer that is longer than 2 ** 31 ms, which the runtimes' own take for 1 ms.
  plain("a timer of a month does not go off at once", async ({ runtime, elapse }) => {
    let gone = false;
    const timer = runtime.setTimer(() => gone = true, 31 * 86_400_000);
    await elapse(30);
    runtime.clearTimer(timer);
    expect(!gone, "it has not gone off after 30 ms");
  }),

  // `flushInterval: 0`: what one turn logs goes out together.
  plain("the next turn comes after all that waits on promises, in order", async ({ runtime, elapse }) => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      runtime.nextTurn(() => order.push("first turn"));
      runtime.nextTurn(() => {
        order.push("second turn");
        resolve();
      });
      Promise.resolve().then(() => {}).then(() => order.push("promise"));
      order.push("now");
      elapse(1);
    });
    expectEqual(order, ["now", "promise", "first turn", "second turn"], "the order");
  }),

  // Closing a logger must leave nothing behind, and may happen twice.
  plain("exit and signal hooks can be taken back, twice", ({ runtime }) => {
    for (let i = 0; i < 20; i++) {
      const stop = runtime.onExit(() => {});
      stop();
      stop();
      const stopSignals = runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], () => {});
      stopSignals();
      stopSignals();
    }
    return Promise.resolve();
  }),

  // The pid goes into reports; two loggers find out by the path that they write one file.
  plain("the process has a name, a number and absolute paths", async ({ runtime, directory, calls }) => {
    expect(runtime.name.length > 0, "the runtime has a name");
    expect(Number.isInteger(runtime.pid) && runtime.pid > 0, "the pid is a positive whole number");
    await makeFile(calls, `${directory}/app.log`, "");
    expectEqual(runtime.absolutePath(`${directory}/app.log`), `${directory}/app.log`, "an absolute path made absolute");
    const absolute = runtime.absolutePath("app.log");
    expect(absolute.length > "app.log".length && absolute.endsWith("app.log"), "a relative path becomes absolute");
    expectEqual(runtime.absolutePath(absolute), absolute, "and stays what it is from then on");
  }),

  // The console backend.
  plain("the standard streams are there", ({ runtime }) => {
    for (const stream of ["stdout", "stderr"] as const) {
      const output = runtime.output(stream);
      expectEqual(typeof output.isTerminal, "boolean", "the type of isTerminal");
      expectEqual(output.write(new Uint8Array(0)), 0, "the count of an empty write");
    }
    return Promise.resolve();
  }),

  // Rotated files: any gunzip must be able to read them, and one buffer serves for all pieces.
  plain("gzip is read back by others", async ({ runtime }) => {
    const text = "a line of a log that is like many others\n".repeat(20_000);
    const compressed = await compress(runtime, "gzip", text);
    expect(compressed.byteLength < text.length / 10, "the pieces become smaller");
    const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
    expect(await new Response(stream).text() === text, "the text comes back as it went");
    const nothing = await compress(runtime, "gzip", "");
    const empty = new Blob([nothing]).stream().pipeThrough(new DecompressionStream("gzip"));
    expectEqual(await new Response(empty).text(), "", "the text of an empty file");
  }),

  // Where the runtime has it; the frame starts with the magic number of RFC 8878, section 3.1.1.
  plain("zstd makes a zstd frame or is not there", async ({ runtime }) => {
    if (runtime.compressor("zstd") === undefined) return;
    const compressed = await compress(runtime, "zstd", "a line\n".repeat(10_000));
    expectEqual([...compressed.subarray(0, 4)], [0x28, 0xb5, 0x2f, 0xfd], "the first four bytes");
    expect(compressed.byteLength < 10_000, "the pieces become smaller");
  }),

  // The program goes on while a rotated file is compressed.
  plain("the event loop turns while a file is compressed", async ({ runtime, elapse }) => {
    const compressor = runtime.compressor("gzip");
    expect(compressor !== undefined, "gzip is there");
    // Pseudo-random, so that it is work: what repeats itself is compressed within a single turn.
    let state = 1;
    const piece = new Uint8Array(1 << 20).map(() => (state = Math.imul(state, 1_103_515_245) + 12_345) >>> 24 & 0x3f);
    let turns = 0;
    let done = false;
    function turn(): void {
      turns++;
      if (!done) runtime.nextTurn(turn);
    }
    runtime.nextTurn(turn);
    for (let i = 0; i < 4; i++) await compressor.push(piece);
    await compressor.finish();
    done = true;
    await elapse(5);
    expect(turns >= 2, `there is more than one turn, and not ${turns}`);
  }),
];

async function compress(runtime: Runtime, format: "gzip" | "zstd", text: string): Promise<Uint8Array<ArrayBuffer>> {
  const compressor = runtime.compressor(format);
  expect(compressor !== undefined, `${format} is there`);
  const bytes = new TextEncoder().encode(text);
  const buffer = new Uint8Array(100_000);
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.byteLength; at += buffer.byteLength) {
    const piece = bytes.subarray(at, at + buffer.byteLength);
    buffer.set(piece);
    pieces.push((await compressor.push(buffer.subarray(0, piece.byteLength))).slice());
  }
  pieces.push(await compressor.finish());
  return new Uint8Array(await new Blob(pieces.map((piece) => new Uint8Array(piece))).arrayBuffer());
}
