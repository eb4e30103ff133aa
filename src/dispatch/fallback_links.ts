import { type DestinationInput, withTextUri } from "../destination_input.ts";
import type { DestinationOptions } from "../destination_options.ts";
import { checkText, show } from "../validate.ts";

/** What one item of the option `fallback` is: the name of a destination, or the options of one. */
export type FallbackItem =
  & { readonly where: string }
  & (
    | { readonly name: string; readonly options?: undefined }
    | { readonly options: DestinationOptions; readonly name?: undefined }
  );

/**
 * Reads the option `fallback`. A text is a name if a destination has it; otherwise it is a URI, or a path if there is a
 * slash in it, so that a name that is misspelt does not become a file.
 *
 * @param names Names of the destinations of the logger.
 */
export function fallbackItems(
  where: string,
  { fallback }: DestinationOptions,
  names: readonly string[],
): FallbackItem[] {
  if (fallback === undefined) return [];
  const items: readonly unknown[] = Array.isArray(fallback) ? fallback : [fallback];
  return items.map((item, index) => {
    const place = Array.isArray(fallback) ? `${where}.fallback[${index}]` : `${where}.fallback`;
    checkFallback(place, item);
    // A URL is never a name.
    if (item instanceof URL) return { where: place, options: { uri: item.href } };
    if (typeof item !== "string") return { where: place, options: { ...withTextUri(item) as DestinationOptions } };
    checkText(place, item);
    const isName = names.includes(item) || !/[/\\:]/.test(item);
    return isName ? { where: place, name: item } : { where: place, options: { uri: item } };
  });
}

/** Refuses what is neither a text nor an object. */
export function checkFallback(where: string, item: unknown): asserts item is DestinationInput {
  if (typeof item === "string" || (typeof item === "object" && item !== null && !Array.isArray(item))) return;
  throw new TypeError(
    `Cannot use option "${where}": expected the name of a destination, a URI or options, got ${show(item)}`,
  );
}

/** A destination, and where its records go while it fails. */
export interface Linked<D> {
  readonly destination: D;
  readonly items: readonly FallbackItem[];
  /** Destinations made for the items that are options, in their order. */
  readonly inline: readonly Linked<D>[];
}

/**
 * Finds the fallbacks of each destination: those that its option names, each with its own after it. Throws when there is
 * no such destination, and when one leads back to where it began.
 */
export function linkFallbacks<D extends { readonly name: string }>(all: readonly Linked<D>[]): Map<D, readonly D[]> {
  const links = new Map<D, readonly D[]>();
  const next = (from: Linked<D>): { readonly where: string; readonly to: Linked<D> }[] => {
    const inline = [...from.inline];
    return from.items.map(({ where, name }) => {
      const to = name === undefined ? inline.shift() : all.find(({ destination }) => destination.name === name);
      if (to !== undefined) return { where, to };
      const known = all.map(({ destination }) => show(destination.name)).join(", ");
      throw new RangeError(
        `Cannot use option "${where}": there is no destination ${
          show(name)
        }, only ${known}; a path is written "./${name}"`,
      );
    });
  };
  const visit = (from: Linked<D>, path: readonly D[]): readonly D[] => {
    const known = links.get(from.destination);
    if (known !== undefined) return known;
    const found = next(from).flatMap(({ where, to }) => {
      const inPath = [...path, from.destination];
      if (inPath.includes(to.destination)) {
        throw new RangeError(`Cannot use option "${where}": it leads back to ${show(to.destination.name)}`);
      }
      return [to.destination, ...visit(to, inPath)];
    });
    const unique = [...new Set(found)];
    links.set(from.destination, unique);
    return unique;
  };
  for (const from of all) visit(from, []);
  return links;
}
