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
import { type CreateLogger, createLoggerFactory, type Logger } from "./src/logger.ts";
import type { Fields } from "./src/message.ts";
import { type ConfigureOptions, createConfigure } from "./src/named.ts";
import { runWithContext } from "./src/pipeline/ambient.ts";

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

/**
 * Configures what becomes of the records of all loggers that were got, or will be got, by `getLogger`. Returns the
 * logger of the application itself; closing it silences the named ones again. A later call takes the place of an
 * earlier one, whose logger goes on by itself until it is closed.
 *
 * @example Silence one library, listen closely to another
 * ```ts
 * import { configure, getLogger } from "@omni/log";
 *
 * await using log = configure({ destinations: ["stdout:"], levels: { "http": "off", "db.*": "debug" } });
 * getLogger("db.pool").debug("connection opened");
 * log.info("started");
 * ```
 */
export const configure: (options: string | ConfigureOptions) => Logger = createConfigure(detectRuntime);

/**
 * Runs a function; every record that is made inside of it, also after awaits and in callbacks, carries the fields.
 * Contexts nest; fields of the logger and of the call count before those of the context.
 *
 * @example The fields of a request, without passing a logger around
 * ```ts
 * import { createLogger, withContext } from "@omni/log";
 *
 * await using log = createLogger("stdout:");
 * await withContext({ request_id: "r-1" }, async () => {
 *   await Promise.resolve();
 *   log.info("handled"); // has request_id
 * });
 * ```
 */
export function withContext<T>(fields: Fields, call: () => T): T {
  return runWithContext(detectRuntime(), fields, call);
}
