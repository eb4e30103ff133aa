import { atCaller } from "../at_caller.ts";
import type { Filter } from "../message.ts";
import { checkFunction } from "../validate.ts";
import { named } from "./filter_support.ts";

/**
 * Lets a record pass that all filters let pass; the first that does not settles it.
 *
 * @example Errors of one service
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.and(filter.level({ min: "error" }), filter.field("service", { equals: "api" }));
 * assert.ok(wanted({ time: 0, level: "fatal", msg: "", fields: { service: "api" } }));
 * ```
 */
export function andFilter(...filters: readonly Filter[]): Filter {
  try {
    const all = checkFilters("filter.and", filters);
    return named(`and(${names(all)})`, (message) => all.every((filter) => filter(message)));
  } catch (error) {
    throw atCaller(andFilter, error);
  }
}

/**
 * Lets a record pass that at least one filter lets pass; the first that does settles it.
 *
 * @example Warnings, and whatever belongs to the audit
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.or(filter.level({ min: "warn" }), filter.field("audit", { equals: true }));
 * assert.ok(wanted({ time: 0, level: "info", msg: "", fields: { audit: true } }));
 * ```
 */
export function orFilter(...filters: readonly Filter[]): Filter {
  try {
    const all = checkFilters("filter.or", filters);
    return named(`or(${names(all)})`, (message) => all.some((filter) => filter(message)));
  } catch (error) {
    throw atCaller(orFilter, error);
  }
}

/**
 * Lets a record pass that a filter does not let pass.
 *
 * @example Everything but one field
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.not(filter.field("internal", { exists: true }));
 * assert.ok(wanted({ time: 0, level: "info", msg: "" }));
 * ```
 */
export function notFilter(inner: Filter): Filter {
  try {
    const checked = checkFunction<Filter>("filter.not", inner);
    return named(`not(${names([checked])})`, (message) => !checked(message));
  } catch (error) {
    throw atCaller(notFilter, error);
  }
}

/** Without any filter, `or` would silently let nothing pass: an empty list is taken for a mistake. */
function checkFilters(where: string, filters: readonly unknown[]): Filter[] {
  if (filters.length === 0) throw new RangeError(`Cannot use option "${where}": expected at least one filter`);
  return filters.map((filter, index) => checkFunction<Filter>(`${where}[${index}]`, filter));
}

function names(filters: readonly Filter[]): string {
  return filters.map(({ name }) => name === "" ? "custom" : name).join(", ");
}
