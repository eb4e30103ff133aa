import { ownScheme } from "./backends/scheme.ts";
import type { DestinationOptions } from "./destination_options.ts";

/** Gives a format to a destination that names none, unless its backend has one of its own, as protocols do. */
export function withDefaultFormat(
  item: string | DestinationOptions,
  format: DestinationOptions["format"],
): string | DestinationOptions {
  if (format === undefined) return item;
  const options = typeof item === "string" ? { uri: item } : item;
  return hasOwnFormat(options) ? item : { format, ...options };
}

/** Whether the backend of a destination has a format of its own. */
export function hasOwnFormat({ uri, backend }: Partial<Pick<DestinationOptions, "uri" | "backend">>): boolean {
  if (backend !== undefined) return backend?.format !== undefined;
  const name = /^([a-z][a-z0-9+.-]+):/i.exec(String(uri))?.[1];
  return name !== undefined && ownScheme(name.toLowerCase())?.hasFormat === true;
}
