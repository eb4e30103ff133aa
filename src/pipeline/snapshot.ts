/**
 * Copies of what a program hands to a log call, made at the call: plain data that nothing can change or make throw.
 *
 * @module
 */
import { messageOf } from "../errors.ts";

/** Depth of nesting that is copied. */
const MAX_DEPTH = 12;

/** Entries of one object, array, Map or Set that are copied. */
const MAX_ENTRIES = 1_000;

/** Values of one record that are copied. */
const MAX_VALUES = 20_000;

/** Errors of one cause chain that are copied. */
const MAX_CAUSES = 20;

/** State of one copy: what it is inside of, to find cycles, and what it may still take. */
class Budget {
  readonly path: object[] = [];
  values = MAX_VALUES;
  /** UTF-16 units of the strings in the copy, and something for each value: about what it holds in memory. */
  size = 0;
}

/** A copy and about how many bytes it holds. */
export interface Snapshot {
  /** Plain data: JSON.stringify of it never fails. */
  readonly value: unknown;
  /** About how many bytes it holds. */
  readonly size: number;
}

/** Copies an object or function, whatever it is. Never throws, never changes the original. */
export function snapshot(value: unknown): Snapshot {
  const budget = new Budget();
  return { value: copy(value, budget), size: budget.size };
}

function copy(value: unknown, budget: Budget): unknown {
  budget.size += 16;
  switch (typeof value) {
    case "string":
      budget.size += value.length;
      return value;
    case "boolean":
    case "undefined":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
    case "symbol":
      return String(value);
    case "function":
      return `[Function: ${nameOfFunction(value)}]`;
    case "object":
      if (value === null) return null;
      try {
        return copyObject(value, budget);
      } catch (error) {
        return `[Unreadable: ${messageOf(error)}]`;
      }
  }
}

function copyObject(value: object, budget: Budget): unknown {
  if (--budget.values < 0) return "[Truncated]";
  if (budget.path.includes(value)) return "[Circular]";
  if (budget.path.length >= MAX_DEPTH) return Array.isArray(value) ? "[Array]" : "[Object]";
  const depth = budget.path.length;
  budget.path.push(value);
  try {
    if (Array.isArray(value)) return copyArray(value, value.length, budget);
    if (value instanceof Error) return copyError(value, budget);
    if (value instanceof Date) return copyDate(value);
    if (ArrayBuffer.isView(value)) return copyView(value, budget); // before toJSON, which a Buffer has
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return copyJson(value, toJSON, budget);
    if (value instanceof Map) return copyMap(value, budget);
    if (value instanceof Set) return copyArray(value, value.size, budget);
    if (value instanceof RegExp) return String(value);
    if (value instanceof ArrayBuffer) return copyView(new Uint8Array(value), budget);
    if (value instanceof Promise) return "[Promise]";
    if (value instanceof WeakMap || value instanceof WeakSet || value instanceof WeakRef) return "[Weak]";
    if (isBoxed(value)) return copy(value.valueOf(), budget);
    return copyEntries(value, budget);
  } finally {
    budget.path.length = depth;
  }
}

/** A date as text, whatever methods of its own it has. */
function copyDate(date: Date): string {
  const time = Date.prototype.getTime.call(date);
  return Number.isNaN(time) ? "Invalid Date" : new Date(time).toISOString();
}

/** Whether an object stands for a primitive. What its `valueOf` returns is copied like anything else. */
function isBoxed(value: object): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean || value instanceof BigInt ||
    value instanceof Symbol;
}

function copyArray(items: Iterable<unknown>, length: number, budget: Budget): unknown[] {
  const out: unknown[] = [];
  for (const item of items) {
    if (out.length >= MAX_ENTRIES || budget.values <= 0) {
      out.push(`[${length - out.length} more]`);
      break;
    }
    // An array has no holes in JSON: what stands for nothing is null, as in JSON.stringify.
    out.push(copy(item, budget) ?? null);
  }
  return out;
}

function copyMap(map: Map<unknown, unknown>, budget: Budget): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  let left = map.size;
  let taken = 0;
  for (const [key, item] of map) {
    if (++taken > MAX_ENTRIES || budget.values <= 0) {
      define(out, "...", `[${left} more]`);
      break;
    }
    left--;
    define(
      out,
      typeof key === "object" && key !== null ? JSON.stringify(copy(key, budget)) : String(key),
      copy(item, budget),
    );
  }
  return out;
}

function copyView(view: ArrayBufferView, budget: Budget): unknown {
  if (view instanceof DataView) return copyView(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), budget);
  const items = view as unknown as Iterable<unknown> & { readonly length: number };
  return copyArray(items, items.length, budget);
}

function copyJson(value: object, toJSON: unknown, budget: Budget): unknown {
  let json: unknown;
  try {
    json = (toJSON as (this: object, key: string) => unknown).call(value, "");
  } catch (error) {
    return { "[toJSON failed]": messageOf(error), ...copyEntries(value, budget) };
  }
  return json === value ? copyEntries(value, budget) : copy(json, budget);
}

function copyEntries(value: object, budget: Budget): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const keys = Object.keys(value);
  for (let index = 0; index < keys.length; index++) {
    if (index >= MAX_ENTRIES || budget.values <= 0) {
      define(out, "...", `[${keys.length - index} more]`);
      break;
    }
    const key = keys[index] as string;
    budget.size += key.length;
    const item = copy(read(value, key), budget);
    if (item !== undefined) define(out, key, item);
  }
  return out;
}

/** Reads a property that may be a getter that throws. */
function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch (error) {
    return `[Throws: ${messageOf(error)}]`;
  }
}

/** Sets a property as data, also one called `__proto__`. */
function define(out: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    out[key] = value;
  }
}

/** Type, message, code, stack, cause chain, the errors of an AggregateError, and own properties. */
function copyError(error: Error, budget: Budget): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  out["type"] = copy(typeOfError(error), budget);
  out["message"] = copy(read(error, "message"), budget);
  const stack = copy(read(error, "stack"), budget);
  for (const key of Object.keys(error)) {
    if (key === "stack" || key === "message" || key === "cause" || key === "errors") continue;
    const item = copy(read(error, key), budget);
    if (item !== undefined) define(out, Object.hasOwn(out, key) ? `fields.${key}` : key, item);
  }
  if (stack !== undefined) out["stack"] = stack;
  if (Object.hasOwn(error, "cause")) {
    out["cause"] = budget.path.length > MAX_CAUSES ? "[Truncated]" : copy(read(error, "cause"), budget);
  }
  const errors = read(error, "errors");
  if (Array.isArray(errors)) out["errors"] = copyArray(errors, errors.length, budget);
  return out;
}

function typeOfError(error: Error): unknown {
  const name = read(error, "name");
  if (typeof name === "string" && name !== "Error" && name !== "") return name;
  return (read(error, "constructor") as { readonly name?: unknown } | undefined)?.name ?? "Error";
}

function nameOfFunction(value: unknown): string {
  const name = read(value as object, "name");
  return typeof name === "string" && name !== "" ? name : "anonymous";
}
