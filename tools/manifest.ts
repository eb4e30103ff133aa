/**
 * Compares the two manifests of the package: deno.json wins where both are present, so a jsr.json that says something
 * else would be a lie nobody notices.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";

/** Returns the names of the top-level properties that both manifests have and that are not equal. */
export function differences(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(a).filter((key) => key in b && !isDeepStrictEqual(a[key], b[key]));
}
