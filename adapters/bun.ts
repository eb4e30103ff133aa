/**
 * The library bound to the adapter of Bun.
 *
 * @module
 */

import { type CreateLogger, createLoggerFactory } from "../src/mod.ts";
import { bunRuntime } from "./bun_runtime.ts";

export * from "../src/mod.ts";
export { bunRuntime };

/** Creates a logger on Bun. */
export const createLogger: CreateLogger = /* @__PURE__ */ createLoggerFactory(bunRuntime);
