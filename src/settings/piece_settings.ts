/**
 * What the settings of filters, samplers and formats have in common.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { namedPiece, type PieceKind, pieceNames, type Pieces } from "../plugins/names.ts";
import { checkObject, checkText, show } from "../validate.ts";

/** A regular expression as plain data: its source, alone or with flags. */
export type RegExpSettings = string | { readonly source: string; readonly flags?: string };

/** Makes pieces of their arguments, by kind. */
export type Compilers<T> = { readonly [kind: string]: (where: string, argument: unknown) => T };

/**
 * Makes a piece of `{ kind: argument }`, or of the name of one that a plugin has brought.
 *
 * @param compilers Kinds that are known without plugins.
 */
export function compilePiece<K extends PieceKind>(
  kind: K,
  where: string,
  value: unknown,
  compilers: Compilers<Pieces[K]>,
): Pieces[K] {
  const known = Object.keys(compilers);
  if (typeof value === "string") {
    if (!known.includes(value)) return namedPiece(kind, value, { where, known });
    throw new TypeError(`Cannot use option "${where}": expected ${show(value)} with its argument, as an object`);
  }
  checkObject(where, value, undefined);
  const names = Object.keys(value as object);
  const [name] = names;
  if (name === undefined || names.length > 1) {
    throw new TypeError(
      `Cannot use option "${where}": expected one property, the kind of ${kind} (${
        [...known, ...pieceNames(kind)].join(", ")
      }), got ${names.length === 0 ? "none" : names.map(show).join(", ")}`,
    );
  }
  const argument = (value as Record<string, unknown>)[name];
  const compile = Object.hasOwn(compilers, name) ? compilers[name] : undefined;
  return compile === undefined
    ? namedPiece(kind, name, { where, known, argument })
    : compile(`${where}.${name}`, argument);
}

const REGEXP_KEYS: ReadonlySet<string> = new Set(["source", "flags"]);

/** Makes a regular expression of its settings. */
export function compileRegExp(where: string, value: unknown): RegExp {
  if (typeof value !== "string") {
    if (typeof value !== "object") {
      throw new TypeError(
        `Cannot use option "${where}": expected the source of a regular expression or { source, flags }, got ${
          show(value)
        }`,
      );
    }
    checkObject(where, value, REGEXP_KEYS);
  }
  const { source, flags = "" } = (typeof value === "string" ? { source: value } : value) as Record<string, unknown>;
  checkText(`${where}.source`, source);
  if (typeof flags !== "string") {
    throw new TypeError(`Cannot use option "${where}.flags": expected a string, got ${show(flags)}`);
  }
  try {
    return new RegExp(source as string, flags);
  } catch (error) {
    throw new SyntaxError(`Cannot use option "${where}": ${messageOf(error)}`);
  }
}
