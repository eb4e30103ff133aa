import type { Runtime } from "../src/runtime.ts";
import type { Network } from "../src/network.ts";
import type { Locks } from "./flock.ts";
import type { FileCalls } from "./node_files.ts";
import { sharedByCopies } from "./copies.ts";
import { nodeOutput } from "./node_output.ts";
import { absolutePath, onProcessExit, onProcessSignal } from "./node_process.ts";
import { asyncStore } from "./async_store.ts";
import { endsUntold } from "./test_runner.ts";
import { clearTimer, keepAlive, setTimer, sleep } from "./timing.ts";
import { zlibCompressor } from "./zlib_compressor.ts";

/** Where Bun and Node differ. */
export interface NodeLikeOptions {
  /** Name of the runtime. */
  readonly name: string;
  /** Its file locks. */
  readonly locks: Locks;
  /** Its file calls. */
  readonly files: FileCalls;
  /** Its sockets. */
  readonly network: Network;
  /** Its way to the next turn of the event loop. */
  readonly nextTurn: Runtime["nextTurn"];
}

/**
 * Bytes that a thread of the pool compresses at a time: half a millisecond of its work. A thread that works for longer
 * is left its processor for a whole slice of some milliseconds, though the event loop has something to do there.
 */
const BYTES_PER_TURN = 64 * 1024;

/** Makes the runtime of Bun or Node. */
export function nodeLikeRuntime({ name, locks, files, network, nextTurn }: NodeLikeOptions): Runtime {
  return {
    name,
    pid: process.pid,
    ...files,
    lockProblem: () => locks.problem(),
    freeSpaceProblem: () => undefined,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep,
    setTimer,
    clearTimer,
    nextTurn,
    keepAlive,
    onExit: onProcessExit,
    endsUntold: () => endsUntold(environment),
    // Node's watcher runs the program in a process of its own.
    onSignal: onProcessSignal(() => name === "bun" && process.execArgv.includes("--watch")),
    shared: sharedByCopies(),
    absolutePath,
    compressor: (format) => zlibCompressor(format, { bytesPerTurn: BYTES_PER_TURN }),
    hmacSha256,
    hostname: () => process.getBuiltinModule("node:os").hostname(),
    asyncStore,
    readText: (path) => process.getBuiltinModule("node:fs").readFileSync(path, "utf8"),
    environment,
    network,
    output: (stream) => nodeOutput(stream === "stdout" ? 1 : 2),
  };
}

function environment(name: string): string | undefined {
  return process.env[name];
}

function hmacSha256(key: Uint8Array): (message: string | Uint8Array) => string {
  const { createHmac, createSecretKey } = process.getBuiltinModule("node:crypto");
  // A key object: Node 24 takes 8 us more where it is given bytes.
  const secret = createSecretKey(key);
  return (message) => createHmac("sha256", secret).update(message).digest("base64url");
}
