import type { BackgroundOutput, OutputStream } from "../src/runtime.ts";
import { noneIfFull, openUnblocked, streamKind } from "./standard_stream.ts";
import { sleep } from "./timing.ts";

/** A write of so many bytes to a pipe goes out whole or not at all (`PIPE_BUF`). */
const ATOMIC_BYTES = 4_096;

/** How long, in milliseconds, a thread may take to begin a write. */
const THREAD_START = 250;

const streams = new Map<string, OutputStream>();

/**
 * A standard stream of Deno. A pipe is opened once more, where Deno has all permissions, and written without waiting;
 * everything else is written in the background, and at exit as the last resort by a call that waits for the reader.
 */
export function denoOutput(name: "stdout" | "stderr"): OutputStream {
  let stream = streams.get(name);
  if (stream === undefined) streams.set(name, stream = standardStream(name));
  return stream;
}

function standardStream(name: "stdout" | "stderr"): OutputStream {
  const sink = Deno[name];
  const fd = name === "stdout" ? 1 : 2;
  const background = backgroundOutput(sink);
  let found: { readonly own: number | undefined } | undefined;
  const own = () => (found ??= { own: ownPipe(fd) }).own;
  return {
    isTerminal: sink.isTerminal(),
    columns,
    write(bytes) {
      if (bytes.length === 0) return 0;
      const pipe = own();
      if (pipe !== undefined) return writeInPieces(pipe, bytes);
      try {
        return sink.writeSync(bytes);
      } catch (error) {
        return noneIfFull(error);
      }
    },
    get background() {
      return own() === undefined ? background : undefined;
    },
  };
}

/** Writes of a thread of Deno's. What has become of one can only be seen by its promise, or by its lock. */
function backgroundOutput(sink: typeof Deno.stdout): BackgroundOutput {
  let began = -Infinity;
  return {
    write(bytes) {
      began = performance.now();
      return sink.write(bytes).catch(noneIfFull);
    },
    finish() {
      // A millisecond passes until the thread holds the lock of the stream; on a busy machine 50 were not enough twice
      // in 300 runs.
      const wait = began + THREAD_START - performance.now();
      if (wait > 0) sleep(wait);
      // Then a synchronous write waits for it, even when it has nothing to write.
      sink.writeSync(new Uint8Array(0));
    },
  };
}

/** Whether Deno withholds nothing, which /proc takes. */
export function hasAllPermissions(): boolean {
  return (["read", "write", "env", "net", "sys", "run", "ffi"] as const)
    .every((name) => Deno.permissions.querySync({ name }).state === "granted");
}

/** A second way to a pipe, which never waits. It takes all permissions, since it goes through /proc. */
function ownPipe(fd: number): number | undefined {
  return hasAllPermissions() && streamKind(fd) === "pipe" ? openUnblocked(fd) : undefined;
}

/** Deno's `writeSync` goes on until it has written all, and forgets how much that was when the pipe is full. */
function writeInPieces(fd: number, bytes: Uint8Array): number {
  const fs = process.getBuiltinModule("node:fs");
  let written = 0;
  try {
    while (written < bytes.length) written += fs.writeSync(fd, bytes.subarray(written, written + ATOMIC_BYTES));
  } catch (error) {
    if (written === 0) return noneIfFull(error);
  }
  return written;
}

function columns(): number | undefined {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return undefined; // no terminal
  }
}
