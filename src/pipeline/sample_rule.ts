/**
 * What every ready-made sampler is made of: a decision, and the counts of what it decided.
 *
 * @module
 */
import type { Message, Sampler } from "../message.ts";
import { checkFunction, show } from "../validate.ts";

/** What one rule of a sampler has decided so far. */
export interface SamplerMetrics {
  /** The rule, such as `random(0.1)` or `byLevel(debug) > every(10)`. */
  readonly rule: string;
  /** Records it let pass. */
  readonly passed: number;
  /** Records it removed. */
  readonly rejected: number;
}

/**
 * A sampler that tells its rule and counts what it decides. It keeps state: use one in one place.
 *
 * A decision that throws lets the record pass, and is counted so.
 */
export interface RuleSampler {
  /** Decides about a record. */
  (message: Message): boolean;
  /** The rule. */
  readonly rule: string;
  /**
   * Counts per rule. Each decision is counted by exactly one rule, the one that made it: the sum over all is the number
   * of records seen. A sampler made of others reports each part, under names that differ.
   */
  metrics(): readonly SamplerMetrics[];
}

/** Counts of one rule. */
export class Tally {
  #passed = 0;
  #rejected = 0;

  /** Counts a decision and returns it. */
  count(passes: boolean): boolean {
    if (passes) this.#passed++;
    else this.#rejected++;
    return passes;
  }

  /** The counts, under the name of a rule. */
  under(rule: string): SamplerMetrics {
    return { rule, passed: this.#passed, rejected: this.#rejected };
  }
}

/** Makes a sampler of a decision that counts by itself, or leaves it to its parts. */
export function countingSampler(
  rule: string,
  decide: Sampler,
  metrics: () => readonly SamplerMetrics[],
): RuleSampler {
  const sampler = Object.assign((message: Message) => decide(message), { rule, metrics });
  return Object.freeze(Object.defineProperty(sampler, "name", { value: rule }));
}

/** Makes a sampler of a decision, and counts what it decides. */
export function ruleSampler(rule: string, decide: Sampler): RuleSampler {
  const tally = new Tally();
  const counted = (message: Message) => {
    let passes = true;
    try {
      passes = Boolean(decide(message));
    } finally {
      tally.count(passes);
    }
    return passes;
  };
  return countingSampler(rule, counted, () => [tally.under(rule)]);
}

/** Whether a sampler tells its rule. */
export function isRuleSampler(sampler: unknown): sampler is RuleSampler {
  return typeof sampler === "function" && "rule" in sampler && typeof sampler.rule === "string" &&
    "metrics" in sampler && typeof sampler.metrics === "function";
}

/** Checks a sampler; a plain function gets counts and, as its rule, its name. */
export function checkSampler(where: string, value: unknown): RuleSampler {
  const sampler = checkFunction<Sampler>(where, value);
  return isRuleSampler(sampler) ? sampler : ruleSampler(sampler.name === "" ? "custom" : sampler.name, sampler);
}

/** The rows of a part, named after the place that it has in the whole. */
export function rowsOf(place: string, part: RuleSampler): SamplerMetrics[] {
  return part.metrics().map((row) => ({ ...row, rule: `${place} > ${row.rule}` }));
}

/** Gives rows whose names are the same a number: as labels of metrics they must differ. */
export function withDistinctRules(rows: readonly SamplerMetrics[]): SamplerMetrics[] {
  const taken = new Set<string>();
  return rows.map((row) => {
    let rule = row.rule;
    for (let number = 2; taken.has(rule); number++) rule = `${row.rule} #${number}`;
    taken.add(rule);
    return rule === row.rule ? row : { ...row, rule };
  });
}

/** Options of samplers that draw lots. */
export interface RandomOptions {
  /** Source of numbers from 0 up to but not including 1, for tests. @default Math.random */
  readonly random?: () => number;
}

/** Checks a share, from 0 (nothing) to 1 (everything). */
export function checkRate(where: string, value: unknown): number {
  return checkNumber(where, value, "a number from 0 to 1", (rate) => rate >= 0 && rate <= 1);
}

/** Checks a number greater than zero. */
export function checkPositive(where: string, value: unknown): number {
  return checkNumber(where, value, "a number greater than 0", (number) => number > 0 && number < Infinity);
}

function checkNumber(where: string, value: unknown, expected: string, isRight: (value: number) => boolean): number {
  if (typeof value !== "number") {
    throw new TypeError(`Cannot use option "${where}": expected ${expected}, got ${show(value)}`);
  }
  if (isRight(value)) return value;
  throw new RangeError(`Cannot use option "${where}": expected ${expected}, got ${value}`);
}
