import { atCaller } from "../at_caller.ts";
import type { Filter } from "../message.ts";
import { checkObject, checkText } from "../validate.ts";
import { named, textMatcher } from "./filter_support.ts";

/** What the text of a record must be; where both are given, both must hold, and at least one must be given. */
export interface MessageCondition {
  /** It contains this, case and all. */
  readonly includes?: string;
  /** Its first 65,536 UTF-16 units match. Flags `g` and `y` keep nothing between calls. */
  readonly matches?: RegExp;
}

const KEYS: ReadonlySet<string> = new Set(["includes", "matches"]);

/**
 * Lets records pass by their text.
 *
 * @example Without the health checks
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const wanted = filter.not(filter.message({ matches: /^GET \/health\b/ }));
 * const slow = filter.message({ includes: "slow query" });
 * assert.ok(!wanted({ time: 0, level: "info", msg: "GET /health 200" }));
 * assert.ok(slow({ time: 0, level: "warn", msg: "slow query: 3 s" }));
 * ```
 */
export function messageFilter(condition: MessageCondition): Filter {
  try {
    checkObject("filter.message", condition, KEYS);
    const { includes, matches } = condition;
    if (includes === undefined && matches === undefined) {
      throw new RangeError('Cannot use option "filter.message": expected one of includes, matches');
    }
    const part = includes === undefined ? "" : checkText("filter.message.includes", includes);
    const test = matches === undefined ? undefined : textMatcher("filter.message.matches", matches);
    const name = [part === "" ? undefined : JSON.stringify(part), matches].filter((item) => item !== undefined);
    return named(`message(${name.join(", ")})`, ({ msg }) => msg.includes(part) && (test === undefined || test(msg)));
  } catch (error) {
    throw atCaller(messageFilter, error);
  }
}
