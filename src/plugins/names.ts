/**
 * What plugins have given names to, so that options can name it.
 *
 * @module
 */
import type { Filter, Formatter, Middleware, Sampler } from "../message.ts";
import { messageOf } from "../errors.ts";
import { show } from "../validate.ts";

/**
 * Makes a piece for each place that names it, so that what has a state of its own is not shared.
 *
 * @typeParam T What it makes: a formatter, a sampler or a filter.
 */
export interface PieceFactory<T> {
  /**
   * Makes it. Throw a `TypeError` or `RangeError` for a bad argument.
   *
   * @param argument What settings give along: 5 in `"sampler": { "mine": 5 }`; `undefined` where it is only named.
   */
  create(argument: unknown): T;
}

/** What can be named, by what it is. */
export interface Pieces {
  /** For `format`. */
  readonly formatter: Formatter;
  /** For `sampler`. */
  readonly sampler: Sampler;
  /** For `filter` and `filters`. */
  readonly filter: Filter;
}

/** A kind of them. */
export type PieceKind = keyof Pieces;

/** A named piece: one for all that name it, or a factory. */
export type Piece<K extends PieceKind> = Pieces[K] | PieceFactory<Pieces[K]>;

const registered: { readonly [K in PieceKind]: Map<string, Piece<K>> } = {
  formatter: new Map(),
  sampler: new Map(),
  filter: new Map(),
};

let changes = 0;

/** A number that is another one whenever names may mean something else. */
export function namesRevision(): number {
  return changes;
}

/** Gives a name, which must be free. */
export function registerPiece<K extends PieceKind>(kind: K, name: string, piece: Piece<K>): void {
  registered[kind].set(name, piece);
  changes++;
}

/** Takes a name back. */
export function unregisterPiece(kind: PieceKind, name: string): void {
  registered[kind].delete(name);
  changes++;
}

/** All names of a kind. */
export function pieceNames(kind: PieceKind): string[] {
  return [...registered[kind].keys()];
}

/** What to name a piece by: the names that options know already, and those of plugins. */
interface Naming {
  /** Where the name stands, for error messages. */
  readonly where: string;
  /** Names that the place understands beside those of plugins. */
  readonly known?: readonly string[];
  /** Handed to the factory. */
  readonly argument?: unknown;
}

/** The piece of a name; throws when there is none, telling those that there are. */
export function namedPiece<K extends PieceKind>(kind: K, name: string, naming: Naming): Pieces[K] {
  const { where, known = [], argument } = naming;
  const piece = (registered[kind] as Map<string, Piece<K>>).get(name);
  if (piece === undefined) {
    const names = [...known, ...pieceNames(kind)];
    const told = names.length === 0 ? "none is known; plugins bring them" : `known are ${names.map(show).join(", ")}`;
    throw new RangeError(`Cannot use option "${where}": there is no ${kind} ${show(name)}; ${told}`);
  }
  if (typeof piece === "function") {
    if (argument === undefined) return piece as Pieces[K];
    throw new TypeError(`Cannot use option "${where}": the ${kind} ${show(name)} takes no argument`);
  }
  let made: unknown;
  try {
    made = (piece as PieceFactory<Pieces[K]>).create(argument);
  } catch (error) {
    const Kind = error instanceof RangeError ? RangeError : TypeError;
    throw new Kind(`Cannot use option "${where}": ${kind} ${show(name)}: ${messageOf(error)}`, { cause: error });
  }
  if (typeof made === "function") return made as Pieces[K];
  throw new TypeError(
    `Cannot use option "${where}": ${kind} ${show(name)}: its create returned ${show(made)}, not a function`,
  );
}

/** What an option means: the piece of that name if it is a text, else what it is. */
export function resolvePiece<K extends PieceKind>(kind: K, value: unknown, naming: Naming): unknown {
  const isOther = typeof value !== "string" || naming.known?.includes(value) === true;
  return isOther ? value : namedPiece(kind, value, naming);
}

const middleware = new Map<string, readonly Middleware[]>();

/** Has new loggers begin with the middleware of a plugin; without any it ends. */
export function setPluginMiddleware(plugin: string, list: readonly Middleware[]): void {
  if (list.length === 0) middleware.delete(plugin);
  else middleware.set(plugin, list);
}

/** Puts the middleware of the plugins in use before that of a logger. */
export function withPluginMiddleware<T extends { readonly middleware: readonly Middleware[] }>(parts: T): T {
  if (middleware.size === 0) return parts;
  return { ...parts, middleware: [...[...middleware.values()].flat(), ...parts.middleware] };
}
