import type { BackendFactory } from "../backends/registry.ts";
import { FORMAT_NAMES } from "../format/named_format.ts";
import type { Middleware } from "../message.ts";
import { FILTER_KINDS } from "../settings/filter_settings.ts";
import { SAMPLER_KINDS } from "../settings/sampler_settings.ts";
import { checkArray, checkFunction, checkObject, checkText, show } from "../validate.ts";
import type { Piece, PieceKind } from "./names.ts";

/** What a plugin gets to know when it is set up. */
export interface PluginContext {
  /** Name of the runtime: `"deno"`, `"bun"` or `"node"`. */
  readonly runtime: string;
  /** A variable of the environment; `undefined` when it is not set or must not be read. */
  environment(name: string): string | undefined;
  /** Makes an absolute path from one relative to the working directory. */
  absolutePath(path: string): string;
}

/**
 * Adds to the library under names: destinations can use its schemes, options and settings files its formatters,
 * samplers and filters. Everything but `name` can be left out.
 */
export interface Plugin {
  /** Name of the plugin; no two in use have the same. */
  readonly name: string;
  /** Its version, for whoever reads it. */
  readonly version?: string;
  /** Backends by the schemes of their URIs, like {@linkcode registerBackend}. */
  readonly backends?: { readonly [scheme: string]: BackendFactory };
  /** Formatters by name, for `format` of a destination. */
  readonly formatters?: { readonly [name: string]: Piece<"formatter"> };
  /** Samplers by name, for `sampler`. One that keeps a state should be given as a factory, or all its users share it. */
  readonly samplers?: { readonly [name: string]: Piece<"sampler"> };
  /** Filters by name, for `filter` and `filters`. */
  readonly filters?: { readonly [name: string]: Piece<"filter"> };
  /** Stands before the middleware of every logger that is made while the plugin is in use. */
  readonly middleware?: readonly Middleware[];
  /** Called once, before the names are known; nothing is registered when it throws or rejects. */
  setup?(context: PluginContext): void | Promise<void>;
  /** Called once, after the names are gone. Loggers made before may still use the pieces of the plugin. */
  teardown?(): void | Promise<void>;
}

/** A plugin, checked: each of its properties read once. */
export interface CheckedPlugin {
  readonly plugin: Plugin;
  readonly name: string;
  readonly version: string | undefined;
  readonly backends: readonly (readonly [scheme: string, factory: BackendFactory])[];
  readonly pieces: readonly { readonly kind: PieceKind; readonly name: string; readonly piece: Piece<PieceKind> }[];
  readonly middleware: readonly Middleware[];
  readonly setup: ((context: PluginContext) => unknown) | undefined;
  readonly teardown: (() => unknown) | undefined;
}

const KEYS: ReadonlySet<string> = new Set([
  "name",
  "version",
  "backends",
  "formatters",
  "samplers",
  "filters",
  "middleware",
  "setup",
  "teardown",
]);

/** Names as they can stand in a settings file and an environment variable without a thought. */
const NAME = /^[A-Za-z][\w.-]*$/;

/** Where each kind stands in a plugin, and the names that are the library's own. */
const KINDS: { readonly [K in PieceKind]: { readonly key: string; readonly own: readonly string[] } } = {
  formatter: { key: "formatters", own: FORMAT_NAMES },
  sampler: { key: "samplers", own: SAMPLER_KINDS },
  filter: { key: "filters", own: FILTER_KINDS },
};

/** Checks the shape of a plugin; throws a `TypeError` or `RangeError` that names what is wrong. */
export function checkPlugin(input: unknown): CheckedPlugin {
  checkObject("plugin", input, KEYS);
  const { name, version, backends, middleware = [], setup, teardown } = input as Plugin;
  return {
    plugin: input as Plugin,
    name: checkText("plugin.name", name),
    version: version === undefined ? undefined : checkText("plugin.version", version),
    backends: entries("plugin.backends", backends).map(([scheme, factory]) =>
      [scheme, checkFunction<BackendFactory>(`plugin.backends.${scheme}`, factory)] as const
    ),
    pieces: (Object.keys(KINDS) as PieceKind[]).flatMap((kind) => {
      const { key, own } = KINDS[kind];
      const where = `plugin.${key}`;
      return entries(where, (input as Plugin)[key as "filters"]).map(([name, piece]) => {
        if (!NAME.test(name)) {
          throw new RangeError(
            `Cannot use option "${where}": a name is letters, digits, "_", "." and "-", first a letter; got ${
              show(name)
            }`,
          );
        }
        if (own.includes(name)) {
          throw new RangeError(`Cannot use option "${where}": the name ${show(name)} is the library's own`);
        }
        return { kind, name, piece: checkPiece(`${where}.${name}`, piece) };
      });
    }),
    middleware: checkArray("plugin.middleware", middleware, (where, item) => checkFunction<Middleware>(where, item)),
    setup: setup === undefined ? undefined : checkFunction("plugin.setup", setup),
    teardown: teardown === undefined ? undefined : checkFunction("plugin.teardown", teardown),
  };
}

function entries(where: string, value: unknown): [name: string, value: unknown][] {
  if (value === undefined) return [];
  checkObject(where, value, undefined);
  return Object.entries(value as object);
}

function checkPiece(where: string, piece: unknown): Piece<PieceKind> {
  if (typeof piece === "function") return piece as Piece<PieceKind>;
  if (typeof (piece as { create?: unknown } | null)?.create === "function") return piece as Piece<PieceKind>;
  throw new TypeError(
    `Cannot use option "${where}": expected a function, or an object with a function create; got ${show(piece)}`,
  );
}
