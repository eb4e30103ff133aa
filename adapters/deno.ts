/**
 * The library bound to the adapter of Deno.
 *
 * @module
 */

import { type CreateLogger, createLoggerFactory } from "../src/mod.ts";
import { denoRuntime } from "./deno_runtime.ts";

export * from "../src/mod.ts";
export { denoRuntime };

/** Creates a logger on Deno. */
export const createLogger: CreateLogger = /* @__PURE__ */ createLoggerFactory(denoRuntime);
