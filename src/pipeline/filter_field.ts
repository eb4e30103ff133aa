import { atCaller } from "../at_caller.ts";
import type { Filter } from "../message.ts";
import { checkArray, checkBoolean, checkObject } from "../validate.ts";
import { type FieldPath, fieldReader, named, showPath, textMatcher } from "./filter_support.ts";
import { snapshot } from "./snapshot.ts";

/** What a field must be; where several conditions are given, all must hold, and at least one must be given. */
export interface FieldCondition {
  /** It equals this, objects and arrays by what they hold; a Date, Map, Error and the like as the record shows it. */
  readonly equals?: unknown;
  /** It equals one of these. */
  readonly in?: readonly unknown[];
  /** It is there (`null` is), or is not. */
  readonly exists?: boolean;
  /**
   * Its text matches, of which the first 65,536 UTF-16 units count: that of a string, number or boolean. Flags `g` and
   * `y` keep nothing between calls.
   */
  readonly matches?: RegExp;
}

type Condition = (value: unknown) => boolean;

const KEYS: ReadonlySet<string> = new Set(["equals", "in", "exists", "matches"]);

/**
 * Lets records pass by one of their fields.
 *
 * Fields are seen as the record holds them: a Date is its ISO text, a bigint its digits. A field that is not there
 * meets no condition but `exists: false`.
 *
 * @example A field that equals, is one of, is there, or matches
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const audit = filter.field("audit", { equals: true });
 * const failed = filter.field("response.status", { in: [500, 502, 503] });
 * const traced = filter.field("trace_id", { exists: true });
 * const internal = filter.field("user.email", { matches: /@example\.org$/i });
 * const message = { time: 0, level: "info", msg: "", fields: { response: { status: 502 } } } as const;
 * assert.ok(failed(message));
 * assert.ok(![audit, traced, internal].some((passes) => passes(message)));
 * ```
 */
export function fieldFilter(path: FieldPath, condition: FieldCondition): Filter {
  try {
    const read = fieldReader("filter.field.path", path);
    checkObject("filter.field", condition, KEYS);
    const conditions: Condition[] = [];
    if (condition.equals !== undefined) conditions.push(equalTo([condition.equals]));
    if (condition.in !== undefined) {
      conditions.push(equalTo(checkArray("filter.field.in", condition.in, (_, item) => item)));
    }
    if (condition.exists !== undefined) {
      const exists = checkBoolean("filter.field.exists", condition.exists);
      conditions.push((value) => (value !== undefined) === exists);
    }
    if (condition.matches !== undefined) conditions.push(matching(condition.matches));
    if (conditions.length === 0) {
      throw new RangeError(`Cannot use option "filter.field": expected one of ${[...KEYS].join(", ")}`);
    }
    return named(`field(${showPath(path)})`, (message) => {
      const value = read(message);
      return conditions.every((holds) => holds(value));
    });
  } catch (error) {
    throw atCaller(fieldFilter, error);
  }
}

function matching(pattern: RegExp): Condition {
  const matches = textMatcher("filter.field.matches", pattern);
  return (value) => {
    if (typeof value === "string") return matches(value);
    return (typeof value === "number" || typeof value === "boolean") && matches(String(value));
  };
}

function equalTo(items: readonly unknown[]): Condition {
  // What the program means is compared as the record would show it.
  const expected = items.map((item) => snapshot(item).value);
  const simple = new Set(expected.filter((item) => typeof item !== "object" || item === null));
  const objects = expected.filter((item) => typeof item === "object" && item !== null);
  return (value) => {
    if (value === undefined) return false;
    const shown = plain(value);
    return simple.has(shown) || (typeof shown === "object" && objects.some((object) => isSame(shown, object, 0)));
  };
}

/** Numbers and bigints that JSON does not know stand in the record as text. */
function plain(value: unknown): unknown {
  return typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value)) ? String(value) : value;
}

/** Deeper than any snapshot: only a middleware can have made a cycle. */
const MAX_DEPTH = 100;

function isSame(a: unknown, b: unknown, depth: number): boolean {
  const left = plain(a);
  if (left === b) return true;
  if (typeof left !== "object" || typeof b !== "object" || left === null || b === null || depth > MAX_DEPTH) {
    return false;
  }
  if (Array.isArray(left) !== Array.isArray(b)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) =>
    Object.hasOwn(b, key) &&
    isSame((left as Record<string, unknown>)[key], (b as Record<string, unknown>)[key], depth + 1)
  );
}
