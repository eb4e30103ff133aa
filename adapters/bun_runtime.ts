import type { Runtime } from "../src/runtime.ts";
import { bunLocks } from "./flock_bun.ts";
import { bunNetwork } from "./network_bun.ts";
import { nodeLikeRuntime } from "./node_shared.ts";
import { nextTurnByTimer } from "./timing.ts";

let runtime: Runtime | undefined;

/** The runtime of Bun. */
export function bunRuntime(): Runtime {
  return runtime ??= nodeLikeRuntime({ name: "bun", locks: bunLocks, network: bunNetwork, nextTurn: nextTurnByTimer });
}
