import type { Runtime } from "../src/runtime.ts";
import { nodeLocks } from "./flock_node.ts";
import { nodeNetwork } from "./network_node.ts";
import { type FileCalls, listInSlices, nodeFiles } from "./node_files.ts";
import { nodeLikeRuntime } from "./node_shared.ts";
import { nextTurnWithWakeUp } from "./timing.ts";

let runtime: Runtime | undefined;

/** The runtime of Node. */
export function nodeRuntime(): Runtime {
  return runtime ??= nodeLikeRuntime({
    name: "node",
    locks: nodeLocks,
    files: files(),
    network: nodeNetwork,
    nextTurn: nextTurnWithWakeUp,
  });
}

function files(): FileCalls {
  const { calls, background } = nodeFiles(nodeLocks);
  return { calls, background: { ...background, list: listInSlices } };
}
