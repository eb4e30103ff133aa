import { atCaller } from "../at_caller.ts";
import { checkBackend, registerBackend, registeredBackend, unregisterBackend } from "../backends/registry.ts";
import { messageOf } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { show } from "../validate.ts";
import { pieceNames, registerPiece, setPluginMiddleware, unregisterPiece } from "./names.ts";
import { type CheckedPlugin, checkPlugin, type Plugin, type PluginContext } from "./plugin.ts";

/** A plugin in use. */
export interface PluginHandle {
  /** Name of the plugin. */
  readonly name: string;
  /** Its version. */
  readonly version: string | undefined;
  /**
   * Takes the names back, then tears the plugin down. Loggers that were made before keep what they have of it; options
   * that name it from now on are refused. Calling it again does nothing more. Rejects if the teardown fails; the names
   * are gone all the same.
   */
  remove(): Promise<void>;
  /** The same as {@linkcode PluginHandle.remove}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Takes a plugin into use; see `use`. */
export type UsePlugin = (plugin: Plugin) => Promise<PluginHandle>;

/** Plugins that are in use, or are being set up. */
const inUse = new Map<string, CheckedPlugin>();

/**
 * Makes the `use` of a runtime.
 *
 * @example Plugins on a runtime of your own
 * ```ts
 * import { createUse } from "@omni/log/core";
 * import { denoRuntime } from "@omni/log/deno";
 *
 * const plugin = await createUse(denoRuntime)({ name: "shout", formatters: { shout: ({ msg }) => msg.toUpperCase() } });
 * await plugin.remove();
 * ```
 */
export function createUse(runtime: () => Runtime): UsePlugin {
  return async function use(input) {
    let checked: CheckedPlugin;
    try {
      checked = checkPlugin(input);
      checkConflicts(checked);
    } catch (error) {
      throw atCaller(use, error);
    }
    // From here on nobody else can take the names, though nobody can use them yet either.
    inUse.set(checked.name, checked);
    try {
      await checked.setup?.call(checked.plugin, contextOf(runtime()));
      // `registerBackend` knows no owners: the setup, or the program meanwhile, may have taken a scheme.
      checkSchemes(checked);
    } catch (error) {
      inUse.delete(checked.name);
      throw new Error(`Cannot set up plugin ${show(checked.name)}: ${messageOf(error)}`, { cause: error });
    }
    register(checked);
    return new InUse(checked);
  };
}

class InUse implements PluginHandle {
  readonly name: string;
  readonly version: string | undefined;
  readonly #checked: CheckedPlugin;
  #removal: Promise<void> | undefined;

  constructor(checked: CheckedPlugin) {
    this.#checked = checked;
    this.name = checked.name;
    this.version = checked.version;
  }

  remove(): Promise<void> {
    return this.#removal ??= this.#remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.remove();
  }

  async #remove(): Promise<void> {
    const { name, backends, pieces, plugin, teardown } = this.#checked;
    for (const [scheme, factory] of backends) unregisterBackend(scheme, factory);
    for (const piece of pieces) unregisterPiece(piece.kind, piece.name);
    setPluginMiddleware(name, []);
    inUse.delete(name);
    try {
      await teardown?.call(plugin);
    } catch (error) {
      throw new Error(`Cannot tear down plugin ${show(name)}: ${messageOf(error)}`, { cause: error });
    }
  }
}

function contextOf(runtime: Runtime): PluginContext {
  return {
    runtime: runtime.name,
    environment: (name) => runtime.environment(name),
    absolutePath: (path) => runtime.absolutePath(path),
  };
}

function register({ name, backends, pieces, middleware }: CheckedPlugin): void {
  for (const [scheme, factory] of backends) registerBackend(scheme, factory);
  for (const piece of pieces) registerPiece(piece.kind, piece.name, piece.piece);
  setPluginMiddleware(name, middleware);
}

function checkConflicts(checked: CheckedPlugin): void {
  if (inUse.has(checked.name)) {
    throw new RangeError(`Cannot use plugin ${show(checked.name)}: one of this name is in use already`);
  }
  const refuse = (what: string, owner: string | undefined) => {
    const by = owner === undefined ? "registered already" : `taken by plugin ${show(owner)}`;
    return new RangeError(`Cannot use plugin ${show(checked.name)}: ${what} is ${by}`);
  };
  for (const { kind, name } of checked.pieces) {
    const owner = ownerOf((other) => other.pieces.some((piece) => piece.kind === kind && piece.name === name));
    if (owner !== undefined || pieceNames(kind).includes(name)) throw refuse(`the ${kind} ${show(name)}`, owner);
  }
  for (const [scheme, factory] of checked.backends) {
    checkBackend(scheme, factory);
    const owner = ownerOf((other) => other.backends.some(([taken]) => taken === scheme));
    if (owner !== undefined || registeredBackend(scheme) !== undefined) throw refuse(`the scheme "${scheme}:"`, owner);
  }
}

function checkSchemes({ backends }: CheckedPlugin): void {
  for (const [scheme] of backends) {
    if (registeredBackend(scheme) !== undefined) {
      throw new RangeError(`the scheme "${scheme}:" was registered meanwhile`);
    }
  }
}

function ownerOf(owns: (plugin: CheckedPlugin) => boolean): string | undefined {
  for (const plugin of inUse.values()) if (owns(plugin)) return plugin.name;
}
