import { atCaller } from "../at_caller.ts";
import { checkLevel, type Level, LEVEL_NUMBER } from "../level.ts";
import type { Filter } from "../message.ts";
import { checkObject } from "../validate.ts";
import { named } from "./filter_support.ts";

/** Levels from one to another, both included. */
export interface LevelRange {
  /** Least severe level. @default "trace" */
  readonly min?: Level;
  /** Most severe level. @default "fatal" */
  readonly max?: Level;
}

const KEYS: ReadonlySet<string> = new Set(["min", "max"]);

/**
 * Lets records of a range of levels pass, both ends included.
 *
 * @example Only what is less than an error
 * ```ts
 * import assert from "node:assert/strict";
 * import { filter } from "@omni/log";
 *
 * const harmless = filter.level({ max: "warn" });
 * assert.ok(harmless({ time: 0, level: "info", msg: "" }));
 * assert.ok(!harmless({ time: 0, level: "error", msg: "" }));
 * ```
 */
export function levelFilter(range: LevelRange): Filter {
  try {
    checkObject("filter.level", range, KEYS);
    const min = checkLevel("filter.level.min", range.min ?? "trace");
    const max = checkLevel("filter.level.max", range.max ?? "fatal");
    const [lowest, highest] = [LEVEL_NUMBER[min], LEVEL_NUMBER[max]];
    if (lowest > highest) {
      throw new RangeError(`Cannot use option "filter.level": min "${min}" is more severe than max "${max}"`);
    }
    return named(`level(${min}..${max})`, ({ level }) => {
      const number = LEVEL_NUMBER[level];
      return number >= lowest && number <= highest;
    });
  } catch (error) {
    throw atCaller(levelFilter, error);
  }
}
