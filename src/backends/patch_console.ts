import { atCaller } from "../at_caller.ts";
import { checkLevel, type Level } from "../level.ts";
import type { Logger } from "../logger.ts";
import { isOwnWork, watchOwnWork } from "../own_work.ts";
import type { AsyncStore } from "../runtime.ts";
import { checkObject, show } from "../validate.ts";
import type { ConsoleText } from "./console_arguments.ts";
import { CONSOLE_LEVELS, type ConsoleLevels, type ConsoleMethod, consoleMethods } from "./console_methods.ts";

/** Options of {@linkcode PatchConsole}. */
export interface PatchConsoleOptions {
  /**
   * Levels of `log`, `info`, `debug`, `warn`, `error` and `trace`; the other methods log at that of `log`.
   *
   * @default { log: "info" }, the others as they are called
   */
  readonly levels?: Partial<ConsoleLevels>;
  /** The console whose methods are replaced. @default globalThis.console */
  readonly console?: object;
}

/** What undoes a {@linkcode PatchConsole}. */
export interface ConsolePatch {
  /** Undoes the patch, in any order with others; at the last one the methods are those of before. Idempotent. */
  restore(): void;
  /** The same, for `using`. */
  [Symbol.dispose](): void;
}

/** Sends `console.*` through a logger until it is undone. */
export type PatchConsole = (log: Logger, options?: PatchConsoleOptions) => ConsolePatch;

/** What stands in the place of the methods of one console, and what stood there before. */
interface Patched {
  readonly own: ReadonlyMap<string, { readonly original: PropertyDescriptor; readonly replacement: object }>;
  /** The newest patch counts. */
  readonly layers: ReadonlyMap<string, ConsoleMethod>[];
}

const patchedConsoles = new WeakMap<object, Patched>();

/** Makes the `patchConsole` of a runtime. */
export function createPatchConsole(makeStore: () => AsyncStore, toText: ConsoleText): PatchConsole {
  return function patchConsole(log, options = {}) {
    let checked: CheckedOptions;
    try {
      checked = checkOptions(log, options);
    } catch (error) {
      throw atCaller(patchConsole, error);
    }
    const { target, levels } = checked;
    const layer = consoleMethods(log, levels, toText);
    watchOwnWork(makeStore);
    const patched = patchedConsoles.get(target) ?? install(target, [...layer.keys()]);
    patched.layers.push(layer);
    function restore(): void {
      const index = patched.layers.indexOf(layer);
      if (index < 0) return;
      patched.layers.splice(index, 1);
      if (patched.layers.length === 0) uninstall(target, patched);
    }
    return { restore, [Symbol.dispose]: restore };
  };
}

interface CheckedOptions {
  readonly target: object;
  readonly levels: ConsoleLevels;
}

function checkOptions(log: Logger, options: PatchConsoleOptions): CheckedOptions {
  checkObject("options", options, new Set(["levels", "console"]));
  const { console: target = globalThis.console, levels = {} } = options;
  checkObject("levels", levels, new Set(Object.keys(CONSOLE_LEVELS)));
  const own: Record<keyof ConsoleLevels, Level> = { ...CONSOLE_LEVELS };
  for (const [name, level] of Object.entries(levels)) {
    own[name as keyof ConsoleLevels] = checkLevel(`levels.${name}`, level);
  }
  if (typeof log?.isEnabled !== "function") {
    throw new TypeError(`Cannot use option "log": expected a logger, got ${show(log)}`);
  }
  return { target, levels: own };
}

function install(target: object, names: readonly string[]): Patched {
  const own = new Map<string, { readonly original: PropertyDescriptor; readonly replacement: object }>();
  const patched: Patched = { own, layers: [] };
  for (const name of names) {
    const original = Object.getOwnPropertyDescriptor(target, name);
    if (typeof original?.value !== "function") continue;
    const replacement = {
      // In the form of a method, so that it has the name.
      [name](...values: unknown[]): unknown {
        const method = patched.layers.at(-1)?.get(name);
        // What the library prints itself, or has others print, goes where it would have gone.
        if (method === undefined || isOwnWork()) return Reflect.apply(original.value, target, values);
        try {
          method(values, replacement);
        } catch {
          // A console never throws.
        }
      },
    }[name] as object;
    own.set(name, { original, replacement });
  }
  for (const [name, { original, replacement }] of own) {
    Object.defineProperty(target, name, { ...original, value: replacement });
  }
  patchedConsoles.set(target, patched);
  return patched;
}

/** Puts the methods back, except where somebody else has put others there since: those may call ours, which pass it on. */
function uninstall(target: object, { own }: Patched): void {
  patchedConsoles.delete(target);
  for (const [name, { original, replacement }] of own) {
    if (Object.getOwnPropertyDescriptor(target, name)?.value === replacement) {
      Object.defineProperty(target, name, original);
    }
  }
}
