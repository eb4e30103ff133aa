import { atCaller } from "../at_caller.ts";
import { checkLevel, type Level, LEVEL_NUMBER, LEVELS } from "../level.ts";
import type { Filter, Message, Sampler } from "../message.ts";
import { checkArray, checkObject, checkText } from "../validate.ts";
import { textMatcher } from "./filter_support.ts";
import {
  checkSampler,
  countingSampler,
  rowsOf,
  type RuleSampler,
  type SamplerMetrics,
  Tally,
  withDistinctRules,
} from "./sample_rule.ts";

/** Parts of a sampler by their places; a sampler that has several places is reported once. */
class Parts {
  readonly #places = new Map<RuleSampler, string[]>();
  /** One for each function of the program, also where it is used twice. */
  readonly #wrapped = new Map<unknown, RuleSampler>();

  add(where: string, place: string, value: unknown): RuleSampler {
    const part = this.#wrapped.get(value) ?? checkSampler(where, value);
    this.#wrapped.set(value, part);
    const places = this.#places.get(part);
    if (places === undefined) this.#places.set(part, [place]);
    else places.push(place);
    return part;
  }

  /** The rows of the parts, and of the whole for what none of them decides. */
  rows(kind: string, rest: Tally, restName: string): SamplerMetrics[] {
    const rows = [...this.#places].flatMap(([part, places]) => rowsOf(`${kind}(${places.join(", ")})`, part));
    return withDistinctRules([...rows, rest.under(`${kind}(${restName})`)]);
  }
}

/** A sampler for each level. */
export type LevelSamplers = { readonly [L in Level]?: Sampler };

/**
 * Asks another sampler at each level; records of the levels that none is given for pass.
 *
 * Rule: zerolog's `LevelSampler`.
 *
 * @example Fewer of what is less severe
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const sampler = sample.byLevel({ debug: sample.random(0.01), info: sample.every(2) });
 * assert.ok(sampler({ time: 0, level: "error", msg: "" }));
 * ```
 */
export function byLevelSampler(samplers: LevelSamplers): RuleSampler {
  try {
    checkObject("sample.byLevel", samplers, new Set(LEVELS));
    const parts = new Parts();
    const byLevel = new Map<string, RuleSampler>();
    for (const level of LEVELS) {
      const sampler = samplers[level];
      if (sampler !== undefined) byLevel.set(level, parts.add(`sample.byLevel.${level}`, level, sampler));
    }
    const rest = new Tally();
    return countingSampler(
      "byLevel",
      (message) => {
        const part = byLevel.get(message.level);
        return part === undefined ? rest.count(true) : part(message);
      },
      () => parts.rows("byLevel", rest, "other"),
    );
  } catch (error) {
    throw atCaller(byLevelSampler, error);
  }
}

/** Which records a sampler is for. */
export interface PatternRule {
  /** A text that the message contains, a regular expression that it matches, or a filter. */
  readonly match: string | RegExp | Filter;
  /** Decides about them. */
  readonly sampler: Sampler;
}

const PATTERN_KEYS: ReadonlySet<string> = new Set(["match", "sampler"]);

/**
 * Asks the sampler of the first pattern that a record matches; records that match none pass.
 *
 * @example Hardly any health checks
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const sampler = sample.byPattern([
 *   { match: /^GET \/health\b/, sampler: sample.every(1000) },
 *   { match: "cache miss", sampler: sample.rateLimit(10) },
 *   { match: (message) => message.fields?.bot === true, sampler: sample.random(0.01) },
 * ]);
 * assert.ok(sampler({ time: 0, level: "info", msg: "GET /orders 200" }));
 * ```
 */
export function byPatternSampler(rules: readonly PatternRule[]): RuleSampler {
  try {
    const parts = new Parts();
    const checked = checkArray("sample.byPattern", rules, (where, item) => {
      checkObject(where, item, PATTERN_KEYS);
      const { match, sampler } = item as PatternRule;
      const { matches, name } = checkMatch(`${where}.match`, match);
      return { matches, sampler: parts.add(`${where}.sampler`, name, sampler) };
    });
    const rest = new Tally();
    const find = (message: Message) => {
      try {
        return checked.find(({ matches }) => matches(message))?.sampler;
      } catch (error) {
        rest.count(true);
        throw error;
      }
    };
    return countingSampler(
      "byPattern",
      (message) => {
        const part = find(message);
        return part === undefined ? rest.count(true) : part(message);
      },
      () => parts.rows("byPattern", rest, "other"),
    );
  } catch (error) {
    throw atCaller(byPatternSampler, error);
  }
}

function checkMatch(where: string, match: unknown): { readonly matches: Filter; readonly name: string } {
  if (typeof match === "function") return { matches: match as Filter, name: match.name || "custom" };
  if (typeof match === "string") {
    const part = checkText(where, match);
    return { matches: ({ msg }) => msg.includes(part), name: JSON.stringify(part) };
  }
  const test = textMatcher(where, match);
  return { matches: ({ msg }) => test(msg), name: String(match) };
}

/**
 * Exempts records from a sampler: they pass, whatever it says, and it does not see them.
 *
 * @param exempt A level (that one and the more severe ones), or a filter.
 *
 * @example Never an error too few
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const sampler = sample.except("error", sample.random(0.1));
 * assert.ok(sampler({ time: 0, level: "fatal", msg: "out of memory" }));
 * ```
 */
export function exceptSampler(exempt: Level | Filter, sampler: Sampler): RuleSampler {
  try {
    const { isExempt, name } = checkExempt(exempt);
    const part = checkSampler("sample.except.sampler", sampler);
    const rule = `except(${name})`;
    const tally = new Tally();
    const decide = (message: Message) => {
      let passes = true;
      try {
        passes = isExempt(message);
      } finally {
        if (passes) tally.count(true);
      }
      return passes ? true : part(message);
    };
    return countingSampler(rule, decide, () => withDistinctRules([tally.under(rule), ...rowsOf(rule, part)]));
  } catch (error) {
    throw atCaller(exceptSampler, error);
  }
}

function checkExempt(exempt: unknown): { readonly isExempt: Filter; readonly name: string } {
  if (typeof exempt === "function") return { isExempt: exempt as Filter, name: exempt.name || "custom" };
  const level = checkLevel("sample.except.exempt", exempt);
  const lowest = LEVEL_NUMBER[level];
  return { isExempt: (message) => LEVEL_NUMBER[message.level] >= lowest, name: level };
}
