/**
 * A logger for servers on Deno, Bun and Node: several processes, on any mix of the three, write one rotating file, and
 * no line is torn, lost or doubled.
 *
 * @example Log to a file
 * ```ts
 * import { createLogger } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger(`${directory}/app.log`);
 * log.info("user logged in", { user_id: 42 });
 * ```
 *
 * @module
 */
import { detectRuntime } from "./adapters/detect.ts";
import { type CreateLogger, createLoggerFactory } from "./src/logger.ts";

export * from "./src/api.ts";

/**
 * Makes a logger, with the adapter of the runtime it runs on.
 *
 * Returns at once; files are opened with the first record. Bad options throw a `TypeError` or `RangeError` that names
 * the option.
 *
 * @example Rotation, a second destination, and children
 * ```ts
 * import { createLogger } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * const log = createLogger({
 *   level: "debug",
 *   fields: { service: "api" },
 *   destinations: [
 *     { uri: `${directory}/app.log`, rotate: { maxBytes: "10MB", every: "day", maxFiles: 7, compress: "gzip" } },
 *     { uri: "stderr:", level: "warn" },
 *   ],
 * });
 * log.with({ request_id: "r-1" }).info("request", { path: "/" });
 * await log.close();
 * ```
 */
export const createLogger: CreateLogger = createLoggerFactory(detectRuntime);
