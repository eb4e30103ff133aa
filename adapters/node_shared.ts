import { errorCode, type OutputStream, type Runtime } from "../src/runtime.ts";
import type { Locks } from "./flock.ts";
import { inPool, nodeBackgroundCalls, nodeCalls } from "./node_files.ts";
import { absolutePath, onProcessExit, onProcessSignal } from "./node_process.ts";
import { asyncStore } from "./async_store.ts";
import { clearTimer, keepAlive, setTimer, sleep } from "./timing.ts";
import { zlibCompressor } from "./zlib_compressor.ts";

/** Where Bun and Node differ. */
export interface NodeLikeOptions {
  /** Name of the runtime. */
  readonly name: string;
  /** Its file locks. */
  readonly locks: Locks;
  /** Its way to the next turn of the event loop. */
  readonly nextTurn: Runtime["nextTurn"];
}

/** Makes the runtime of Bun or Node. */
export function nodeLikeRuntime({ name, locks, nextTurn }: NodeLikeOptions): Runtime {
  return {
    name,
    pid: process.pid,
    calls: nodeCalls(locks),
    background: nodeBackgroundCalls(),
    lockProblem: () => locks.problem(),
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep,
    setTimer,
    clearTimer,
    nextTurn,
    keepAlive,
    onExit: onProcessExit,
    onSignal: onProcessSignal,
    absolutePath,
    compressor: (format) => zlibCompressor(format),
    hostname: () => process.getBuiltinModule("node:os").hostname(),
    asyncStore,
    readText: (path) => process.getBuiltinModule("node:fs").readFileSync(path, "utf8"),
    environment: (name) => process.env[name],
    output: (stream) => standardStream(stream === "stdout" ? 1 : 2),
  };
}

/** A standard stream by descriptor: `process.stdout` would queue without bound and finish in its own time. */
function standardStream(fd: number): OutputStream {
  const fs = process.getBuiltinModule("node:fs");
  return {
    isTerminal: process.getBuiltinModule("node:tty").isatty(fd),
    columns: () => (fd === 1 ? process.stdout : process.stderr).columns,
    write(bytes) {
      try {
        return fs.writeSync(fd, bytes);
      } catch (error) {
        return noneIfFull(error);
      }
    },
    writeInBackground: (bytes) =>
      inPool<number>((done) => fs.write(fd, bytes, 0, bytes.byteLength, null, done)).catch(noneIfFull),
  };
}

/** No byte went out when the pipe was full; any other error stays one. */
function noneIfFull(error: unknown): number {
  if (errorCode(error) === "EAGAIN") return 0;
  throw error;
}
