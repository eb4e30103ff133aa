/**
 * The library bound to the adapter of Node.
 *
 * @module
 */

import { type CreateLogger, createLoggerFactory } from "../src/mod.ts";
import { nodeRuntime } from "./node_runtime.ts";

export * from "../src/mod.ts";
export { nodeRuntime };

/** Creates a logger on Node. */
export const createLogger: CreateLogger = /* @__PURE__ */ createLoggerFactory(nodeRuntime);
