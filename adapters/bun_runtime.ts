import type { Runtime } from "../src/runtime.ts";
import { workerFiles } from "./bun_files.ts";
import { threadDescriptors } from "./bun_thread.ts";
import { bunLocks } from "./flock_bun.ts";
import { bunNetwork } from "./network_bun.ts";
import { type FileCalls, nodeFiles } from "./node_files.ts";
import { nodeLikeRuntime } from "./node_shared.ts";
import { nextTurnByTimer } from "./timing.ts";

let runtime: Runtime | undefined;

/** The runtime of Bun. */
export function bunRuntime(): Runtime {
  return runtime ??= nodeLikeRuntime({
    name: "bun",
    locks: bunLocks,
    files: files(),
    network: bunNetwork,
    nextTurn: nextTurnByTimer,
  });
}

function files(): FileCalls {
  const { isMainThread } = (globalThis as unknown as { readonly Bun: { readonly isMainThread: boolean } }).Bun;
  // The main thread ends with the process.
  const thread = isMainThread ? undefined : threadDescriptors();
  return thread === undefined ? nodeFiles(bunLocks) : workerFiles(bunLocks, thread);
}
