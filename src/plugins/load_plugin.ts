import { atCaller } from "../at_caller.ts";
import { messageOf } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { withPlace } from "../settings/option_errors.ts";
import { checkText, show } from "../validate.ts";
import { checkPlugin, type Plugin } from "./plugin.ts";

/** How a runtime loads a module: the only place where code is loaded from. */
export interface ModuleLoader {
  /** Loads a module (`import()`), given a `file:` URL, the name of a package, or what `registries` admits. */
  load(specifier: string): Promise<unknown>;
  /** Whether it understands `npm:` and `jsr:` itself. */
  readonly registries: boolean;
}

/** Loads a plugin; see `loadPlugin`. */
export type LoadPlugin = (specifier: string | URL, options?: unknown) => Promise<Plugin>;

/**
 * Makes the `loadPlugin` of a runtime.
 *
 * @example A loader of your own
 * ```ts
 * import { createLoadPlugin } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const loadPlugin = createLoadPlugin(denoRuntime, {
 *   registries: false,
 *   load: () => Promise.resolve({ default: { name: "built in" } }),
 * });
 * if ((await loadPlugin("shop-plugin")).name !== "built in") throw new Error("another plugin");
 * ```
 */
export function createLoadPlugin(runtime: () => Runtime, loader: ModuleLoader): LoadPlugin {
  return async function loadPlugin(specifier, options) {
    let text: string;
    let target: Target;
    try {
      text = checkText("specifier", specifier instanceof URL ? specifier.href : specifier);
      target = targetOf(text, runtime(), loader);
      if (target.path !== undefined && isAbsent(runtime(), target.path)) {
        throw new Error(`Cannot load plugin ${show(text)}: there is no file ${show(target.path)}`);
      }
    } catch (error) {
      throw atCaller(loadPlugin, error);
    }
    const exported = pluginExport(text, await load(text, target, loader));
    return checked(text, await made(text, exported, options));
  };
}

/** Where a specifier leads. */
interface Target {
  /** What the runtime is asked for, one after the other, until it finds one. */
  readonly specifiers: readonly string[];
  /** The path of a file. */
  readonly path?: string;
}

const PACKAGE = /^(?:@[a-z0-9][\w.~-]*\/)?[a-z0-9][\w.~-]*(?:\/[^@]+)?$/i;
/** Name, version and path of `npm:@scope/name@1.2.3/path` and of the same with `jsr:`. */
const REGISTRY = /^(npm|jsr):\/?((?:@[^/@]+\/)?[^/@]+)(?:@([^/]*))?(\/.*)?$/;

function targetOf(text: string, runtime: Runtime, { registries }: ModuleLoader): Target {
  const refuse = (problem: string) =>
    new TypeError(
      `Cannot load plugin ${show(text)}: ${problem}; expected a path ("./plugin.ts", "/opt/plugin.js"), a file: URL, ` +
        '"npm:name", "jsr:@scope/name" or the name of a package',
    );
  if (text.includes("\0")) throw refuse("it contains a NUL character");
  if (/^\.{0,2}[/\\]|^[a-zA-Z]:[/\\]/.test(text)) {
    const path = runtime.absolutePath(text);
    return { path, specifiers: [fileUrl(path)] };
  }
  if (/^file:/i.test(text)) {
    if (!/^file:\/\/\/[^/]/i.test(text) || !URL.canParse(text)) throw refuse("it is no valid file: URL");
    return { specifiers: [new URL(text).href] };
  }
  const match = REGISTRY.exec(text);
  if (match !== null) {
    const [, registry, name = "", , path = ""] = match;
    if (registry === "jsr" && !name.startsWith("@")) throw refuse("a package of JSR has a scope");
    if (registries) return { specifiers: [text] };
    // Installed beforehand, as these runtimes have it; packages of JSR go by either name.
    const names = registry === "npm" ? [name] : [name, `@jsr/${name.slice(1).replace("/", "__")}`];
    return { specifiers: names.map((installed) => installed + path) };
  }
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*:/.exec(text)?.[0];
  if (scheme !== undefined) throw refuse(`nothing is loaded from ${show(scheme)}`);
  if (!PACKAGE.test(text)) throw refuse("it is no name of a package");
  return { specifiers: [text] };
}

/** The URL of an absolute path, with everything in it that means something else in a URL encoded. */
function fileUrl(path: string): string {
  const isWindows = /^[a-zA-Z]:[/\\]/.test(path);
  const segments = (isWindows ? `/${path.replaceAll("\\", "/")}` : path).split("/");
  return `file://${
    segments.map((part, index) => isWindows && index === 1 ? part : encodeURIComponent(part)).join("/")
  }`;
}

/** Asked beforehand, because the runtimes' own errors do not tell whether it is the plugin that is missing. */
function isAbsent(runtime: Runtime, path: string): boolean {
  try {
    return runtime.calls.stat(path) === undefined;
  } catch {
    return false; // such as for lack of permission: loading it tells
  }
}

async function load(text: string, { specifiers, path }: Target, loader: ModuleLoader): Promise<unknown> {
  let failure: unknown;
  for (const specifier of specifiers) {
    try {
      return await loader.load(specifier);
    } catch (error) {
      // Of the failures that one is told which says more than that a package goes by another name.
      if (failure === undefined || !isNotFound(error)) failure = error;
      if (!isNotFound(error)) break;
    }
  }
  const hint = path === undefined && isNotFound(failure) && !/^file:/i.test(text)
    ? `; is the package installed? A file is named by a path: ${show(`./${text}`)}`
    : "";
  throw new Error(`Cannot load plugin ${show(text)}: ${firstLine(messageOf(failure))}${hint}`, { cause: failure });
}

function isNotFound(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "ERR_MODULE_NOT_FOUND";
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] as string;
}

function pluginExport(text: string, module: unknown): unknown {
  const { default: byDefault, plugin } = Object(module) as { default?: unknown; plugin?: unknown };
  const found = byDefault ?? plugin;
  if (found !== undefined && found !== null) return found;
  throw new TypeError(`Cannot load plugin ${show(text)}: expected a default export, or an export named plugin`);
}

/** The plugin: what was exported, or what that makes of the options. */
async function made(text: string, exported: unknown, options: unknown): Promise<unknown> {
  if (typeof exported !== "function") {
    if (options === undefined) return exported;
    throw new TypeError(`Cannot load plugin ${show(text)}: it takes no options, its export is not a function`);
  }
  try {
    return await exported(options);
  } catch (error) {
    throw new Error(`Cannot load plugin ${show(text)}: it threw: ${messageOf(error)}`, { cause: error });
  }
}

function checked(text: string, input: unknown): Plugin {
  return withPlace((option) => `"${option}" of plugin ${show(text)}`, () => checkPlugin(input).plugin);
}
