/**
 * Checks of options. Each throws a `TypeError` (wrong kind) or `RangeError` (wrong value) that names the option, what
 * it was, and what is allowed.
 *
 * @module
 */
import type { ByteSize, Duration } from "./destination_options.ts";
import { jsonString } from "./format/escape.ts";
import { beginning } from "./beginning.ts";

/** How a value is shown in an error message. */
export function show(value: unknown): string {
  if (typeof value === "string") return jsonString(value.length > 80 ? beginning(value, 80) + "..." : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
}

/** Checks that a value is an object with known keys only. */
export function checkObject(where: string, value: unknown, keys: ReadonlySet<string> | undefined): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const known = keys === undefined ? "" : `; known are ${[...keys].join(", ")}`;
    throw new TypeError(`Cannot use option "${where}": expected an object, got ${show(value)}${known}`);
  }
  if (keys === undefined) return;
  for (const key of Object.keys(value)) {
    if (keys.has(key)) continue;
    throw new TypeError(
      `Cannot use option "${where === "options" ? key : `${where}.${key}`}": there is no such option; known are ${
        [...keys].join(", ")
      }`,
    );
  }
}

/** Checks one of several strings. */
export function checkOneOf<T extends string>(where: string, value: unknown, allowed: readonly T[]): T {
  if ((allowed as readonly unknown[]).includes(value)) return value as T;
  const words = allowed.map((word) => JSON.stringify(word)).join(", ");
  const message = `Cannot use option "${where}": expected one of ${words}, got ${show(value)}`;
  throw typeof value === "string" ? new RangeError(message) : new TypeError(message);
}

/** Checks a boolean. */
export function checkBoolean(where: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`Cannot use option "${where}": expected true or false, got ${show(value)}`);
}

/** Checks a function. */
export function checkFunction<T>(where: string, value: unknown): T {
  if (typeof value === "function") return value as T;
  throw new TypeError(`Cannot use option "${where}": expected a function, got ${show(value)}`);
}

/** Checks an array and each of its items. */
export function checkArray<T>(where: string, value: unknown, check: (where: string, item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new TypeError(`Cannot use option "${where}": expected an array, got ${show(value)}`);
  return value.map((item, index) => check(`${where}[${index}]`, item));
}

/** Checks a non-empty string. */
export function checkText(where: string, value: unknown): string {
  if (typeof value !== "string") {
    throw new TypeError(`Cannot use option "${where}": expected a string, got ${show(value)}`);
  }
  if (value === "") throw new RangeError(`Cannot use option "${where}": it is empty`);
  return value;
}

/** Checks a whole number within bounds; `Infinity` counts where the bounds admit it. */
export function checkInteger(
  where: string,
  value: unknown,
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use option "${where}": expected a number, got ${show(value)}`);
  }
  if (value >= min && value <= max && (Number.isInteger(value) || value === Infinity)) return value;
  const bounds = max >= Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`;
  throw new RangeError(`Cannot use option "${where}": expected a whole number ${bounds}, got ${value}`);
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Checks a duration and returns it in milliseconds. */
export function checkDuration(where: string, value: unknown, min: number): number {
  return checkUnits(
    where,
    value as Duration,
    min,
    DURATION_UNITS,
    `a number of milliseconds or a text such as "30d" (${Object.keys(DURATION_UNITS).join(", ")})`,
  );
}

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1 << 10,
  MiB: 1 << 20,
  GiB: 1 << 30,
  TiB: 2 ** 40,
};

/** Checks a size and returns it in bytes. */
export function checkByteSize(where: string, value: unknown, min: number): number {
  return checkUnits(
    where,
    value as ByteSize,
    min,
    SIZE_UNITS,
    `a number of bytes or a text such as "10MB" (${Object.keys(SIZE_UNITS).join(", ")})`,
  );
}

function checkUnits(
  where: string,
  value: number | string,
  min: number,
  units: Readonly<Record<string, number>>,
  expected: string,
): number {
  let number = value;
  if (typeof value === "string") {
    const match = /^(\d+(?:\.\d+)?) ?([a-zA-Z]+)$/.exec(value);
    const unit = match === null
      ? undefined
      : Object.hasOwn(units, match[2] as string)
      ? units[match[2] as string]
      : undefined;
    if (match === null || unit === undefined) {
      throw new RangeError(`Cannot use option "${where}": expected ${expected}, got ${show(value)}`);
    }
    number = Math.floor(Number(match[1]) * unit);
  }
  if (typeof number !== "number") {
    throw new TypeError(`Cannot use option "${where}": expected ${expected}, got ${show(value)}`);
  }
  if (!(number >= min)) {
    throw new RangeError(`Cannot use option "${where}": expected ${min} or more, got ${show(value)}`);
  }
  return number;
}
