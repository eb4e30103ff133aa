import { atCaller } from "../at_caller.ts";
import { LEVEL_NUMBER } from "../level.ts";
import type { Message, Sampler } from "../message.ts";
import type { Duration } from "../destination_options.ts";
import { checkDuration, checkInteger, checkObject } from "../validate.ts";
import { murmur3 } from "./hash.ts";
import { checkSampler, countingSampler, rowsOf, type RuleSampler, ruleSampler, Tally } from "./sample_rule.ts";
import { SteadyTime } from "./sample_time.ts";

/** Options of `sample.tick`. */
export interface TickOptions {
  /** How long records of the same level and text are counted together. */
  readonly interval: Duration;
  /** Records of the same level and text that pass in each interval. */
  readonly first: number;
  /** Of those that follow, every so many-th passes; 0: none. @default 0 */
  readonly thereafter?: number;
  /** Kinds of records that are counted at the same time. @default 4096 */
  readonly maxKeys?: number;
}

const TICK_KEYS: ReadonlySet<string> = new Set(["interval", "first", "thereafter", "maxKeys"]);
const BURST_KEYS: ReadonlySet<string> = new Set(["burst", "period", "next"]);

/** Records counted since a moment. */
interface Count {
  start: number;
  records: number;
}

/**
 * Lets the first records of each kind pass in each interval, and then every so many-th.
 *
 * Rule: zap's sampler. Records of the same level and text are counted; an interval begins with the first of them after
 * the last interval has ended. In it the records 1 to `first` pass, and then those number `first + thereafter`,
 * `first + 2 * thereafter` and so on.
 *
 * Memory is bounded: kinds are told apart by a hash of 32 bits (two that share it, share their count, as in zap), and
 * of more than `maxKeys` the one whose interval began first is forgotten, so that it begins anew.
 *
 * @example At most ten of a kind in a second, then every hundredth
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const ticks = sample.tick({ interval: "1s", first: 10, thereafter: 100 });
 * let passed = 0;
 * for (let n = 0; n < 110; n++) if (ticks({ time: n, level: "warn", msg: "retry" })) passed++;
 * assert.ok(passed === 11);
 * ```
 */
export function tickSampler(options: TickOptions): RuleSampler {
  try {
    checkObject("sample.tick", options, TICK_KEYS);
    const interval = checkDuration("sample.tick.interval", options.interval, 1);
    const first = checkInteger("sample.tick.first", options.first, 0);
    const thereafter = checkInteger("sample.tick.thereafter", options.thereafter ?? 0, 0);
    const maxKeys = checkInteger("sample.tick.maxKeys", options.maxKeys ?? 4096, 1, 1 << 20);
    const rest = thereafter === 0 ? "none" : `1 in ${thereafter}`;
    const time = new SteadyTime();
    // In the order in which the intervals began: a Map keeps the order in which keys were added.
    const counts = new Map<number, Count>();
    return ruleSampler(`tick(${first} per ${options.interval}, then ${rest})`, (message) => {
      const now = time.at(message.time);
      const key = murmur3(message.msg, LEVEL_NUMBER[message.level]);
      let count = counts.get(key);
      if (count === undefined || now - count.start >= interval) {
        counts.delete(key);
        if (counts.size >= maxKeys) counts.delete(counts.keys().next().value as number);
        count = { start: now, records: 0 };
        counts.set(key, count);
      }
      const over = ++count.records - first;
      return over <= 0 || (thereafter > 0 && over % thereafter === 0);
    });
  } catch (error) {
    throw atCaller(tickSampler, error);
  }
}

/** Options of `sample.burst`. */
export interface BurstOptions {
  /** Records that pass in each period. */
  readonly burst: number;
  /** How long records are counted together. */
  readonly period: Duration;
  /** Decides about those that follow within the period. @default none of them passes */
  readonly next?: Sampler;
}

/**
 * Lets so many records pass in each period, whatever they are, and asks another sampler about the rest.
 *
 * Rule: zerolog's `BurstSampler`. A period begins with the first record after the last one has ended.
 *
 * @example A hundred a second, and a hundredth of what is more
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const calm = sample.burst({ burst: 100, period: "1s", next: sample.every(100) });
 * let passed = 0;
 * for (let n = 0; n < 300; n++) if (calm({ time: n, level: "info", msg: "" })) passed++;
 * assert.ok(passed === 102);
 * ```
 */
export function burstSampler(options: BurstOptions): RuleSampler {
  try {
    checkObject("sample.burst", options, BURST_KEYS);
    const burst = checkInteger("sample.burst.burst", options.burst, 1);
    const period = checkDuration("sample.burst.period", options.period, 1);
    const next = options.next === undefined ? undefined : checkSampler("sample.burst.next", options.next);
    const rule = `burst(${burst} per ${options.period})`;
    const time = new SteadyTime();
    const tally = new Tally();
    const count: Count = { start: -Infinity, records: 0 };
    const decide = (message: Message) => {
      const now = time.at(message.time);
      if (now - count.start >= period) {
        count.start = now;
        count.records = 0;
      }
      if (count.records < burst) {
        count.records++;
        return tally.count(true);
      }
      return next === undefined ? tally.count(false) : next(message);
    };
    return countingSampler(rule, decide, () => [tally.under(rule), ...(next === undefined ? [] : rowsOf(rule, next))]);
  } catch (error) {
    throw atCaller(burstSampler, error);
  }
}
