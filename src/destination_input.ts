import type { DestinationOptions, OptionsAt } from "./destination_options.ts";

/** A destination as a program hands it over: a path, a URI, or options. */
export type DestinationInput = string | UrlInput | DestinationOptions;

/** A `URL` in the place of options: an editor that sees a `uri` offers no properties of a `URL` beside it. */
export type UrlInput = URL & { readonly uri?: undefined };

/**
 * The same where the compiler is to refuse options that the scheme of a URI does not have. The URIs are all that it
 * infers, so the options keep the types and the documentation that were written for them.
 *
 * @typeParam Uri The URIs that are text.
 * @typeParam Href `string` where one is a `URL`.
 */
export type DestinationInputAt<Uri extends string, Href extends string> =
  | string
  | UrlInput
  | ({ readonly uri?: Uri } & OptionsAt<Uri>)
  | ([string] extends [Uri] ? DestinationOptions : never)
  | (string extends Href ? DestinationOptions & { readonly uri: URL & { readonly href: Href } } : never)
  | (DestinationOptions & { readonly uri?: undefined });

/** The same with its URI as text: a `URL` is no plain data, so two of them could not be compared. */
export function withTextUri(input: DestinationInput): string | DestinationOptions {
  if (input instanceof URL) return input.href;
  if (typeof input !== "object" || input === null || !((input.uri as unknown) instanceof URL)) return input;
  return { ...input, uri: String(input.uri) };
}
