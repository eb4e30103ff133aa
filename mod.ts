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
import { consoleText } from "./adapters/console_text.ts";
import { detectRuntime } from "./adapters/detect.ts";
import { createPatchConsole, type PatchConsole } from "./src/backends/patch_console.ts";
import { type CreateLogger, createLoggerFactory } from "./src/logger.ts";
import type { Fields } from "./src/message.ts";
import { type Configure, createConfigure } from "./src/named.ts";
import { moduleLoader } from "./adapters/import_module.ts";
import { createLoadPlugin, type LoadPlugin } from "./src/plugins/load_plugin.ts";
import { createUse, type UsePlugin } from "./src/plugins/use.ts";
import {
  createSettingsFromEnvironment,
  createSettingsFromFile,
  createSettingsFromObject,
  type SettingsFromEnvironment,
  type SettingsFromFile,
  type SettingsFromObject,
} from "./src/settings/sources.ts";
import { createWatchConfig, type WatchConfig } from "./src/settings/watch_config.ts";
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
export const createLogger: CreateLogger = /* @__PURE__ */ createLoggerFactory(detectRuntime);

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
export const configure: Configure = /* @__PURE__ */ createConfigure(detectRuntime);

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

/**
 * Makes options of settings, which are the options as plain data; see {@linkcode Settings}. Throws a `TypeError`,
 * `RangeError` or `SyntaxError` that names the option. Settings are never code, and never load any.
 *
 * @example Filters and samplers as data
 * ```ts
 * import { createLogger, settingsFromObject } from "@omni/log";
 *
 * await using log = createLogger({
 *   destinations: ["stdout:"],
 *   ...settingsFromObject({
 *     level: "debug",
 *     filters: [{ not: { message: { matches: "^GET /health" } } }],
 *     sampler: { except: { exempt: "error", sampler: { random: 0.1 } } },
 *   }),
 * });
 * log.error("always there");
 * ```
 */
export const settingsFromObject: SettingsFromObject = /* @__PURE__ */ createSettingsFromObject(detectRuntime);

/**
 * Makes options of a JSON file with settings; see {@linkcode Settings}. Its path is relative to the working directory.
 * Errors tell the file, the line and the column.
 *
 * @example Settings of a file
 * ```ts
 * import { configure, settingsFromFile } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${directory}/log.json`, '{ "level": "debug", "levels": { "http": "off" } }');
 * await using log = configure({ destinations: ["stdout:"], ...settingsFromFile(`${directory}/log.json`) });
 * log.debug("ready");
 * ```
 */
export const settingsFromFile: SettingsFromFile = /* @__PURE__ */ createSettingsFromFile(detectRuntime);

/**
 * Makes options of environment variables. One that is not set, empty, or that Deno was not allowed to read, says nothing.
 * A bad one is reported on standard error and counts as not set: it never keeps a program from starting. Levels count in
 * any case.
 *
 * | variable | example |
 * |---|---|
 * | `OMNI_CONFIG` | `log.json`: a file with settings, over which the variables go |
 * | `OMNI_LEVEL` | `debug` |
 * | `OMNI_LEVELS` | `db.*=debug,http=off` |
 * | `OMNI_DESTINATIONS` | `app.log,stderr:`, or a JSON array |
 * | `OMNI_FORMAT` | `json`, or `{"json":{"preset":"ecs"}}`: of destinations that name none |
 * | `OMNI_FIELDS` | `{"service":"api"}` |
 * | `OMNI_FLUSH_INTERVAL` | `10` |
 * | `OMNI_FLUSH_ON_SIGNAL` | `true` |
 * | `OMNI_QUEUE_CAPACITY`, `OMNI_QUEUE_MAX_BYTES`, `OMNI_QUEUE_OVERFLOW` | `8192`, `64MB`, `block` |
 *
 * `OMNI_LEVELS`, `OMNI_FIELDS` and the three of the queue are put together with what the file says; the others take the
 * place of it.
 *
 * @example Another prefix
 * ```ts
 * import { configure, settingsFromEnvironment } from "@omni/log";
 *
 * await using log = configure({ destinations: ["stdout:"], ...settingsFromEnvironment("SHOP_LOG_") });
 * log.info("ready");
 * ```
 */
export const settingsFromEnvironment: SettingsFromEnvironment = /* @__PURE__ */ createSettingsFromEnvironment(
  detectRuntime,
);

/**
 * Has a logger follow a JSON file with settings: at once, and then whenever the file changes. Any number of processes
 * can follow one file and change together. No record is lost.
 *
 * What counts is `level`, `levels`, `filters`, `sampler`, `routes`, `redact` and `destinations` (with `format`); parts that stay as
 * they are go on undisturbed. What the file no longer mentions goes back to the library's default, except for
 * destinations, which stay; what it has never mentioned is left to the program. The rest of the settings counts at the
 * next start.
 *
 * The file is looked at each second, which never keeps the process alive. It may be replaced or rewritten in place: a
 * text that is no JSON, and a file that is gone, get until the next look. What is wrong then is reported to `onError`
 * once for each change, and the settings before it go on. End it before the logger is closed.
 *
 * @example Change the level of a program that runs
 * ```ts
 * import { configure, watchConfig } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * const file = `${directory}/log.json`;
 * await Deno.writeTextFile(file, '{ "level": "warn" }');
 * await using log = configure("stdout:");
 * using watch = watchConfig(file, log, { interval: "5s" });
 * await Deno.writeTextFile(file, '{ "level": "debug" }');
 * watch.check(); // or five seconds later
 * if (log.level !== "debug") throw new Error(log.level);
 * ```
 */
export const watchConfig: WatchConfig = /* @__PURE__ */ createWatchConfig(detectRuntime);

/**
 * Takes a plugin into use: its schemes, formatters, samplers and filters can be named from now on, in options and in
 * settings. Everything is checked first, and all or nothing is registered; a name that is taken is an error. Rejects
 * with a `TypeError` or `RangeError` that names what is wrong, or with what the plugin's `setup` failed of.
 *
 * @example A format and a filter with an argument
 * ```ts
 * import { createLogger, settingsFromObject, use } from "@omni/log";
 *
 * await using plugin = await use({
 *   name: "shop",
 *   formatters: { brief: ({ level, msg }) => `${level} ${msg}` },
 *   filters: { above: { create: (least) => ({ fields }) => Number(fields?.total) > Number(least) } },
 * });
 * const settings = settingsFromObject({ filters: [{ above: 100 }] });
 * await using log = createLogger({ destinations: ["stdout:"], format: "brief", ...settings });
 * log.info("sold", { total: 120 });
 * ```
 */
export const use: UsePlugin = /* @__PURE__ */ createUse(detectRuntime);

/**
 * Loads a plugin, which is then to be taken into use: the default export of a module, or its export `plugin`; if that is
 * a function, what it makes of the options. This runs the code of the module, with all that the program may do; it is
 * the only thing in the library that loads code, and it loads what it is told and nothing else.
 *
 * - A path (`./`, `../` or `/` in front), relative to the working directory, or a `file:` URL.
 * - `npm:name`, `jsr:@scope/name` or the name of a package: found the way the runtime finds packages for this library.
 *   Bun and Node load what is installed, whatever version the specifier says.
 *
 * Rejects with an error that says what could not be found, what was thrown, or what is wrong with the plugin.
 *
 * @example A plugin of the program's own
 * ```ts
 * import { loadPlugin, use } from "@omni/log";
 *
 * const file = `${await Deno.makeTempDir()}/plugin.ts`;
 * await Deno.writeTextFile(file, 'export default { name: "mine", filters: { mine: () => true } };');
 * await using plugin = await use(await loadPlugin(file));
 * if (plugin.name !== "mine") throw new Error(plugin.name);
 * ```
 */
export const loadPlugin: LoadPlugin = /* @__PURE__ */ createLoadPlugin(detectRuntime, moduleLoader);

/**
 * Sends what `console.log` and its relatives are told through a logger, until the patch is undone. Text is formatted as
 * the console does it (`%s`, `%d`, `%o` ...). An object that stands alone beside the text becomes fields, an error the
 * field `err`; several objects are text. A group is the field `group`, a table the field `table`, a timer the field
 * `duration_ms`.
 *
 * What the library prints itself, and what backends, filters and `onError` print, goes where it went before. Patches
 * nest: the newest counts. Methods that were taken from the console before (`const { log } = console`) are out of reach.
 * Undo it before the logger is closed, or what is printed is lost.
 *
 * @example A library that prints
 * ```ts
 * import { createLogger, patchConsole } from "@omni/log";
 * import { MemoryBackend } from "@omni/log/testing";
 *
 * const backend = new MemoryBackend();
 * await using log = createLogger({ destinations: [{ backend }] });
 * using patch = patchConsole(log);
 * console.warn("%d requests waited", 3, { longest_ms: 120 });
 * await log.flush();
 * const [record] = backend.find({ level: "warn", msg: "3 requests waited" });
 * if (record.longest_ms !== 120) throw new Error("not logged");
 * ```
 */
export const patchConsole: PatchConsole = /* @__PURE__ */ createPatchConsole(
  () => detectRuntime().asyncStore(),
  consoleText,
);
