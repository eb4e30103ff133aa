import { atCaller } from "../at_caller.ts";
import type { Backend } from "../backend.ts";
import type { DestinationOptions } from "../destination_options.ts";
import { isOwnScheme, ownSchemes, type SchemeContext, schemesElsewhere } from "./scheme.ts";

/**
 * Makes the backend of a destination.
 *
 * @param uri The URI of the destination, parsed; `String(uri)` is its text.
 * @param options All options of the destination, those of its own among them. Throw a `TypeError` or `RangeError` that
 * names the option for what is wrong with them: `createLogger` passes it on.
 * @param context The runtime, where the options stand, and whom to tell of errors that concern no batch.
 */
export type BackendFactory = (uri: URL, options: DestinationOptions, context: SchemeContext) => Backend;

const SCHEME = /^[a-z][a-z0-9+.-]+$/;
const factories = new Map<string, BackendFactory>();

/**
 * Registers a URI scheme, so that destinations can name it. A later registration replaces an earlier one; the schemes
 * of the library itself cannot be replaced.
 *
 * @example A backend that keeps records in an array
 * ```ts
 * import { createLogger, registerBackend } from "@omni/log";
 *
 * const lines: string[] = [];
 * registerBackend("array", () => ({
 *   supportsAtomic: true,
 *   write: (batch) => void lines.push(...batch.lines),
 * }));
 *
 * const log = createLogger("array:");
 * log.info("hello");
 * await log.close();
 * if (!lines[0].includes("hello")) throw new Error("not delivered");
 * ```
 */
export function registerBackend(scheme: string, factory: BackendFactory): void {
  try {
    checkBackend(scheme, factory);
    factories.set(scheme, factory);
  } catch (error) {
    throw atCaller(registerBackend, error);
  }
}

/** Checks what is to be registered. */
export function checkBackend(scheme: string, factory: BackendFactory): void {
  if (typeof scheme !== "string" || !SCHEME.test(scheme)) {
    throw new TypeError(
      `Cannot register backend "${
        String(scheme)
      }": a scheme is two or more of a-z, 0-9, "+", "." and "-", first a letter`,
    );
  }
  if (isOwnScheme(scheme)) {
    throw new TypeError(`Cannot register backend "${scheme}": the scheme is the library's own`);
  }
  if (typeof factory !== "function") {
    throw new TypeError(`Cannot register backend "${scheme}": expected a function, got ${typeof factory}`);
  }
}

/** Takes back a scheme, unless somebody else has registered it since. */
export function unregisterBackend(scheme: string, factory: BackendFactory): void {
  if (factories.get(scheme) === factory) factories.delete(scheme);
}

/** The factory of a registered scheme. */
export function registeredBackend(scheme: string): BackendFactory | undefined {
  return factories.get(scheme);
}

/** All schemes that a destination can name. */
export function knownSchemes(): string[] {
  return [...ownSchemes(), ...factories.keys()];
}

/** Schemes of which a name is a part, such as those of `syslog` or of `https`. */
export function schemesWith(part: string): string[] {
  const all = new Set([...knownSchemes(), ...schemesElsewhere()]);
  return [...all].filter((name) => name.split("+").includes(part));
}
