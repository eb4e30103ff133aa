import { atCaller } from "../at_caller.ts";
import { warn } from "../error_reporter.ts";
import { messageOf } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { checkText, show } from "../validate.ts";
import { checkSettings, compileSettings } from "./compile_settings.ts";
import { environmentSettings } from "./environment.ts";
import { type JsonDocument, parseJson } from "./json.ts";
import type { Kept } from "./kept.ts";
import { withPlace } from "./option_errors.ts";
import type { Settings, SettingsOptions } from "./settings.ts";

/** Makes options of settings; see `settingsFromObject`. */
export type SettingsFromObject = (settings: Settings) => SettingsOptions;

/** Makes options of a file; see `settingsFromFile`. */
export type SettingsFromFile = (path: string) => SettingsOptions;

/** Makes options of environment variables; see `settingsFromEnvironment`. */
export type SettingsFromEnvironment = (prefix?: string) => SettingsOptions;

/**
 * Makes the `settingsFromObject` of a runtime.
 *
 * @example Settings on a runtime of your own
 * ```ts
 * import { createLoggerFactory, createSettingsFromObject } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const settings = createSettingsFromObject(denoRuntime)({ level: "debug" });
 * await using log = createLoggerFactory(denoRuntime)({ destinations: ["stdout:"], ...settings });
 * if (log.level !== "debug") throw new Error(log.level);
 * ```
 */
export function createSettingsFromObject(runtime: () => Runtime): SettingsFromObject {
  const settingsFromObject: SettingsFromObject = (settings) => {
    try {
      return compileSettings(runtime(), checkSettings(settings));
    } catch (error) {
      throw atCaller(settingsFromObject, error);
    }
  };
  return settingsFromObject;
}

/**
 * Makes the `settingsFromFile` of a runtime.
 *
 * @example A settings file on a runtime of your own
 * ```ts
 * import { createSettingsFromFile } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const file = await Deno.makeTempFile();
 * await Deno.writeTextFile(file, '{ "level": "debug" }');
 * if (createSettingsFromFile(denoRuntime)(file).level !== "debug") throw new Error("another level");
 * ```
 */
export function createSettingsFromFile(runtime: () => Runtime): SettingsFromFile {
  const settingsFromFile: SettingsFromFile = (path) => {
    try {
      return readSettings(runtime(), checkText("path", path)).options;
    } catch (error) {
      throw atCaller(settingsFromFile, error);
    }
  };
  return settingsFromFile;
}

/**
 * Makes the `settingsFromEnvironment` of a runtime.
 *
 * @example The environment on a runtime of your own
 * ```ts
 * import { createSettingsFromEnvironment } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const settings = createSettingsFromEnvironment(denoRuntime)("NOT_SET_");
 * if (Object.keys(settings).length !== 0) throw new Error("set after all");
 * ```
 */
export function createSettingsFromEnvironment(runtime: () => Runtime): SettingsFromEnvironment {
  const settingsFromEnvironment: SettingsFromEnvironment = (prefix = "OMNI_") => {
    try {
      const own = runtime();
      const variable = `${checkText("prefix", prefix)}CONFIG`;
      const report = (error: unknown) => warn(own, `${messageOf(error)}; it counts as not set`);
      const base = configuredSettings(own, variable, report);
      return compileSettings(own, environmentSettings(own, prefix, base, report));
    } catch (error) {
      throw atCaller(settingsFromEnvironment, error);
    }
  };
  return settingsFromEnvironment;
}

/** Settings of the file that a variable names. */
function configuredSettings(runtime: Runtime, variable: string, report: (error: unknown) => void): Settings {
  const file = runtime.environment(variable) || undefined;
  if (file === undefined) return {};
  try {
    return readSettings(runtime, file).settings;
  } catch (error) {
    report(`${messageOf(error)} (named by ${variable})`);
    return {};
  }
}

/** Settings of a file, and what was made of them. */
export interface FileSettings {
  readonly settings: Settings;
  readonly options: SettingsOptions;
}

function readSettings(runtime: Runtime, path: string): FileSettings {
  const absolute = runtime.absolutePath(path);
  let text: string;
  try {
    text = runtime.readText(absolute);
  } catch (error) {
    throw new Error(`Cannot read settings ${show(absolute)}: ${messageOf(error)}`, { cause: error });
  }
  return settingsOfText(runtime, absolute, text);
}

/** Makes options of the text of a file; errors tell the file, the line and the column. */
export function settingsOfText(runtime: Runtime, path: string, text: string, kept?: Kept): FileSettings {
  let document: JsonDocument;
  try {
    document = parseJson(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read settings ${show(path)}: ${messageOf(error)}`);
  }
  const { value, placeOf } = document;
  return withPlace((option) => `"${option}" of ${show(path)}, ${placeOf(option)}`, () => {
    const settings = checkSettings(value);
    return { settings, options: compileSettings(runtime, settings, kept) };
  });
}
