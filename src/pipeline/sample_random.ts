import { atCaller } from "../at_caller.ts";
import type { Message, Sampler } from "../message.ts";
import { checkFunction, checkInteger, checkObject } from "../validate.ts";
import { type FieldPath, fieldReader, showPath } from "./filter_support.ts";
import { murmur3 } from "./hash.ts";
import {
  checkRate,
  checkSampler,
  countingSampler,
  type RandomOptions,
  rowsOf,
  type RuleSampler,
  ruleSampler,
  Tally,
} from "./sample_rule.ts";

const RANDOM_KEYS: ReadonlySet<string> = new Set(["random"]);
const CONSISTENT_KEYS: ReadonlySet<string> = new Set(["seed", "otherwise"]);

/** Numbers that the hash can be. */
const HASHES = 2 ** 32;

/**
 * Lets a share of the records pass, each by a lot of its own.
 *
 * Rule: a record passes with the probability `rate` (Bernoulli sampling; zerolog's `RandomSampler(n)` is
 * `random(1 / n)`).
 *
 * @param rate From 0 (nothing) to 1 (everything).
 *
 * @example One in ten
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const tenth = sample.random(0.1);
 * let passed = 0;
 * for (let n = 0; n < 10_000; n++) if (tenth({ time: n, level: "info", msg: "" })) passed++;
 * assert.ok(passed > 800 && passed < 1_200);
 * ```
 */
export function randomSampler(rate: number, options: RandomOptions = {}): RuleSampler {
  try {
    checkRate("sample.random.rate", rate);
    const random = checkRandom("sample.random", options, RANDOM_KEYS);
    return ruleSampler(`random(${rate})`, () => random() < rate);
  } catch (error) {
    throw atCaller(randomSampler, error);
  }
}

/** Checks the source of randomness among the options of a sampler. */
export function checkRandom(where: string, options: RandomOptions, keys: ReadonlySet<string>): () => number {
  checkObject(where, options, keys);
  return checkFunction<() => number>(`${where}.random`, options.random ?? Math.random);
}

/**
 * Lets the first of every `n` records pass.
 *
 * Rule: zerolog's `BasicSampler`; the records number 1, n + 1, 2n + 1 and so on pass.
 *
 * @example The first, the fourth, the seventh
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const third = sample.every(3);
 * const passed = [1, 2, 3, 4].filter((n) => third({ time: n, level: "info", msg: "" }));
 * assert.ok(passed.join() === "1,4");
 * ```
 */
export function everySampler(n: number): RuleSampler {
  try {
    checkInteger("sample.every.n", n, 1);
    let next = 0;
    return ruleSampler(`every(${n})`, () => {
      const position = next;
      next = next + 1 === n ? 0 : next + 1;
      return position === 0;
    });
  } catch (error) {
    throw atCaller(everySampler, error);
  }
}

/** Options of `sample.consistent`. */
export interface ConsistentOptions {
  /** Seed of the hash: rules with different seeds decide independently of each other. @default 0 */
  readonly seed?: number;
  /** Decides about records without the key. @default they pass */
  readonly otherwise?: Sampler;
}

/**
 * Lets a share of the keys pass: whatever has the same key passes or does not pass together, in every process, on
 * every runtime and in other languages.
 *
 * Rule: a record passes if `murmur3_x86_32(utf8(key), seed) < rate * 2^32`. A key that passes at one rate also passes
 * at every higher one. A string counts as it is, numbers and booleans as `String()` shows them, objects by their JSON.
 * Source: head-based, consistent probability sampling as in OpenTelemetry's `TraceIdRatioBased`; MurmurHash3 by Austin
 * Appleby.
 *
 * @param rate From 0 (no key) to 1 (every key).
 * @param key The path of a field, or a function that returns the key; a record whose key is `undefined` or `null` has
 * none.
 *
 * @example All records of a tenth of the requests
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const tenth = sample.consistent(0.1, "request_id");
 * const first = tenth({ time: 0, level: "info", msg: "begin", fields: { request_id: "r-1" } });
 * const second = tenth({ time: 9, level: "info", msg: "end", fields: { request_id: "r-1" } });
 * assert.ok(first === second);
 * ```
 */
export function consistentSampler(
  rate: number,
  key: FieldPath | ((message: Message) => unknown),
  options: ConsistentOptions = {},
): RuleSampler {
  try {
    checkRate("sample.consistent.rate", rate);
    checkObject("sample.consistent", options, CONSISTENT_KEYS);
    const seed = checkInteger("sample.consistent.seed", options.seed ?? 0, 0, HASHES - 1);
    const otherwise = options.otherwise === undefined
      ? undefined
      : checkSampler("sample.consistent.otherwise", options.otherwise);
    const read = typeof key === "function" ? key : fieldReader("sample.consistent.key", key);
    const rule = `consistent(${rate}, ${typeof key === "function" ? key.name || "custom" : showPath(key)})`;
    const limit = rate * HASHES;
    const tally = new Tally();
    const decide = (message: Message) => {
      let text: string | undefined;
      try {
        text = keyText(read(message));
      } catch (error) {
        tally.count(true);
        throw error;
      }
      if (text !== undefined) return tally.count(murmur3(text, seed) < limit);
      return otherwise === undefined ? tally.count(true) : otherwise(message);
    };
    return countingSampler(
      rule,
      decide,
      () => [tally.under(rule), ...(otherwise === undefined ? [] : rowsOf(`${rule} otherwise`, otherwise))],
    );
  } catch (error) {
    throw atCaller(consistentSampler, error);
  }
}

function keyText(key: unknown): string | undefined {
  if (typeof key === "string") return key;
  if (key === undefined || key === null) return undefined;
  return typeof key === "object" ? JSON.stringify(key) : String(key);
}
