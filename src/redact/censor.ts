import { snapshot } from "../pipeline/snapshot.ts";
import { checkInteger, checkObject, show } from "../validate.ts";
import type { Censor, CensorFunction, HashCensor } from "./options.ts";
import { hex, HmacSha256 } from "./sha256.ts";

/** What stands in the place of a secret where nothing else is asked for, and where that fails. */
export const DEFAULT_CENSOR = "[REDACTED]";

/** What a censor makes of a value that is to be left out. */
export const REMOVED: unique symbol = Symbol("removed");

/** Makes what is put in the place of secrets. Never throws. */
export interface CompiledCensor {
  /** In the place of a value: plain data, or {@linkcode REMOVED}. */
  value(value: unknown, path: readonly string[]): unknown;
  /** In the place of a part of a text. */
  text(text: string, path: readonly string[]): string;
}

/** Told of functions of the program that failed. */
export type Report = (error: Error) => void;

const HASH_KEYS: ReadonlySet<string> = new Set(["key", "digits"]);
const CENSOR_KEYS: ReadonlySet<string> = new Set(["hash", "remove"]);

/** Bytes of a key at the least: half of what RFC 2104, section 3, advises. */
const SHORTEST_KEY = 16;

/** Checks and compiles the option `censor`. */
export function compileCensor(censor: Censor | undefined, where: string, report: Report): CompiledCensor {
  if (censor === undefined) return constant(DEFAULT_CENSOR);
  if (typeof censor === "string") return constant(censor);
  if (typeof censor === "function") return calling(censor, report);
  if (typeof censor !== "object" || censor === null || Array.isArray(censor)) {
    throw new TypeError(
      `Cannot use option "${where}": expected a string, a function, { hash } or { remove: true }, got ${show(censor)}`,
    );
  }
  checkObject(where, censor, CENSOR_KEYS);
  const { hash, remove } = censor as { readonly hash?: HashCensor; readonly remove?: unknown };
  if (hash !== undefined && remove === undefined) return hashing(hash, `${where}.hash`);
  if (hash === undefined && remove === true) return { value: () => REMOVED, text: () => "" };
  throw new TypeError(`Cannot use option "${where}": expected either { hash: { key } } or { remove: true }`);
}

function constant(text: string): CompiledCensor {
  return { value: () => text, text: () => text };
}

function hashing(options: HashCensor, where: string): CompiledCensor {
  // Not shown: it may be the key itself, given in the wrong place.
  if (typeof options !== "object") throw new TypeError(`Cannot use option "${where}": expected { key }`);
  checkObject(where, options, HASH_KEYS);
  const { key, digits = 32 } = options;
  if (typeof key !== "string" && !(key instanceof Uint8Array)) {
    throw new TypeError(
      `Cannot use option "${where}.key": expected a string or a Uint8Array, got ${key === null ? "null" : typeof key}`,
    );
  }
  checkInteger(`${where}.digits`, digits, 16, 64);
  const encoder = new TextEncoder();
  const bytes = typeof key === "string" ? encoder.encode(key) : key;
  if (bytes.length < SHORTEST_KEY) {
    throw new RangeError(
      `Cannot use option "${where}.key": expected ${SHORTEST_KEY} bytes or more, got ${bytes.length}`,
    );
  }
  const hmac = new HmacSha256(bytes);
  const hash = (text: string) => `hmac:${hex(hmac.sign(encoder.encode(text))).slice(0, digits)}`;
  return { value: (value) => hash(typeof value === "string" ? value : jsonOf(value)), text: hash };
}

function jsonOf(value: unknown): string {
  return JSON.stringify(typeof value === "bigint" || typeof value === "symbol" ? String(value) : value);
}

function calling(censor: CensorFunction, report: Report): CompiledCensor {
  const call = (value: unknown, path: readonly string[]): unknown => {
    try {
      // Bound fields are shared by many records: the function gets a copy that it may do with as it likes.
      const made = censor(typeof value === "object" ? snapshot(value).value : value, [...path]);
      if (!(made instanceof Promise)) return snapshot(made).value;
      made.catch(() => {});
    } catch {
      // What was thrown may quote the secret: it is not passed on.
    }
    report(new Error('Cannot redact with the function of "censor": it threw or returned a promise'));
    return DEFAULT_CENSOR;
  };
  return {
    value: call,
    text(text, path) {
      const made = call(text, path);
      return typeof made === "object" || made === undefined ? DEFAULT_CENSOR : String(made);
    },
  };
}
