import type { Filter } from "../message.ts";
import { fieldFilter } from "../pipeline/filter_field.ts";
import { levelFilter, type LevelRange } from "../pipeline/filter_level.ts";
import { andFilter, notFilter, orFilter } from "../pipeline/filter_logic.ts";
import { messageFilter } from "../pipeline/filter_message.ts";
import type { FieldPath } from "../pipeline/filter_support.ts";
import { timeFilter, type TimeWindow } from "../pipeline/filter_time.ts";
import { checkArray, checkObject } from "../validate.ts";
import { compilePiece, compileRegExp, type Compilers, type RegExpSettings } from "./piece_settings.ts";
import { relocated } from "./option_errors.ts";

/**
 * A filter as plain data: an object with one property, the kind of the filter, like the functions of `filter`; or the
 * name of a plugin's filter, alone or with its argument.
 *
 * ```json
 * { "or": [{ "level": { "min": "warn" } }, { "field": { "path": "audit", "equals": true } }, "mine", { "mine": 5 }] }
 * ```
 */
export type FilterSettings =
  | string
  | { readonly level: LevelRange }
  | { readonly field: FieldSettings }
  | { readonly message: { readonly includes?: string; readonly matches?: RegExpSettings } }
  | {
    readonly time: {
      readonly from?: string | number;
      readonly to?: string | number;
      readonly timeZone?: "local" | "utc";
    };
  }
  | { readonly and: readonly FilterSettings[] }
  | { readonly or: readonly FilterSettings[] }
  | { readonly not: FilterSettings }
  | { readonly [plugin: string]: unknown };

/** The field and what it must be; see `filter.field`. */
export interface FieldSettings {
  /** Where it stands, such as `"response.status"`. */
  readonly path: FieldPath;
  /** It equals this. */
  readonly equals?: unknown;
  /** It equals one of these. */
  readonly in?: readonly unknown[];
  /** It is there, or is not. */
  readonly exists?: boolean;
  /** Its text matches. */
  readonly matches?: RegExpSettings;
}

const FIELD_KEYS: ReadonlySet<string> = new Set(["path", "equals", "in", "exists", "matches"]);

/** Makes a filter of its settings. */
export function compileFilter(where: string, value: unknown): Filter {
  return compilePiece("filter", where, value, COMPILERS);
}

const COMPILERS: Compilers<Filter> = {
  level: (where, range) => relocated("filter.level", where, () => levelFilter(range as LevelRange)),
  field(where, value) {
    checkObject(where, value, FIELD_KEYS);
    const { path, ...condition } = withRegExp(where, value);
    return relocated("filter.field", where, () => fieldFilter(path as FieldPath, condition));
  },
  message(where, value) {
    checkObject(where, value, undefined);
    return relocated("filter.message", where, () => messageFilter(withRegExp(where, value)));
  },
  time: (where, window) => relocated("filter.time", where, () => timeFilter(window as TimeWindow)),
  and: (where, list) => relocated("filter.and", where, () => andFilter(...checkArray(where, list, compileFilter))),
  or: (where, list) => relocated("filter.or", where, () => orFilter(...checkArray(where, list, compileFilter))),
  not: (where, inner) => notFilter(compileFilter(where, inner)),
};

/** Kinds of filters that settings know without plugins. */
export const FILTER_KINDS: readonly string[] = /* @__PURE__ */ Object.keys(COMPILERS);

/** The same conditions, with the expression that they name. */
export function withRegExp(where: string, value: unknown): Record<string, unknown> {
  const condition = { ...(value as Record<string, unknown>) };
  if (condition.matches !== undefined) condition.matches = compileRegExp(`${where}.matches`, condition.matches);
  return condition;
}
