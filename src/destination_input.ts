import type { DestinationOptions } from "./destination_options.ts";

/** A destination as a program hands it over: a path, a URI, or options. */
export type DestinationInput = string | URL | DestinationOptions;

/** The same with its URI as text: a `URL` is no plain data, so two of them could not be compared. */
export function withTextUri(input: DestinationInput): string | DestinationOptions {
  if (input instanceof URL) return input.href;
  if (typeof input !== "object" || input === null || !((input.uri as unknown) instanceof URL)) return input;
  return { ...input, uri: String(input.uri) };
}
