import { atCaller } from "../at_caller.ts";
import type { Duration } from "../destination_options.ts";
import { checkDuration, checkInteger } from "../validate.ts";
import { checkRandom } from "./sample_random.ts";
import { checkPositive, type RandomOptions, type RuleSampler, ruleSampler } from "./sample_rule.ts";
import { SteadyTime } from "./sample_time.ts";

/**
 * Lets so many records a second pass on the long run, and so many at once.
 *
 * Rule: a token bucket (the limiter of Go's `golang.org/x/time/rate`; RFC 2697, section 3). The bucket holds `burst`
 * tokens and is full in the beginning; `perSecond` tokens a second flow in, and each record that passes takes one out.
 * So in any stretch of `t` seconds at most `burst + perSecond * t` records pass.
 *
 * @param perSecond May be a fraction: 0.1 is one record in ten seconds.
 * @param burst Records that may pass at once; by default as many as a second brings, at least one.
 *
 * @example Fifty a second, two hundred at once
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const limit = sample.rateLimit(50, 200);
 * let passed = 0;
 * for (let n = 0; n < 1_000; n++) if (limit({ time: 0, level: "info", msg: "" })) passed++;
 * assert.ok(passed === 200);
 * ```
 */
export function rateLimitSampler(perSecond: number, burst?: number): RuleSampler {
  try {
    checkPositive("sample.rateLimit.perSecond", perSecond);
    const size = checkInteger("sample.rateLimit.burst", burst ?? Math.ceil(perSecond), 1);
    const time = new SteadyTime();
    let tokens = size;
    let filledAt = 0;
    return ruleSampler(`rateLimit(${perSecond}/s, ${size})`, (message) => {
      const now = time.at(message.time);
      tokens = Math.min(size, tokens + (now - filledAt) * perSecond / 1000);
      filledAt = now;
      if (tokens < 1) return false;
      tokens--;
      return true;
    });
  } catch (error) {
    throw atCaller(rateLimitSampler, error);
  }
}

/** Options of `sample.adaptive`. */
export interface AdaptiveOptions extends RandomOptions {
  /** How often the share is set anew. @default one second, or the time that ten records take at the target rate */
  readonly interval?: Duration;
}

const ADAPTIVE_KEYS: ReadonlySet<string> = new Set(["interval", "random"]);

/** A change of the load by more than this factor is no noise, and is followed at once. */
const STEP = 2;

/** How much of what is due in an interval may pass while the share is still set for calmer times. */
const SURGE = 2;

/**
 * Lets about so many records a second pass, evenly spread over all that come: the share follows the load.
 *
 * Rule: the load, in records per interval, is estimated at the end of each interval from those `seen` in it:
 * `estimate = seen` if that is less than half or more than twice the last estimate, and otherwise
 * `estimate = 0.5 * seen + 0.5 * estimate`. In the next interval each record passes with the probability
 * `target / estimate`, at most 1, where `target` is what `targetPerSecond` makes in an interval. What comes before the
 * share is set for it meets a limit: no more than `2 * target` records, rounded up, pass in any interval. So one interval
 * after the load has changed, by whatever factor, the rate is back at the target, and a load below it passes whole.
 * Source: the exponentially weighted mean of Honeycomb's `dynsampler` (`EMASampleRate`), for all records together; the
 * step and the limit are this library's own.
 *
 * @param targetPerSecond May be a fraction.
 *
 * @example About a hundred a second, of however many
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const hundred = sample.adaptive(100);
 * let passed = 0;
 * for (let n = 0; n < 50_000; n++) if (hundred({ time: n / 5, level: "info", msg: "" })) passed++;
 * assert.ok(passed > 800 && passed < 1_400);
 * ```
 */
export function adaptiveSampler(targetPerSecond: number, options: AdaptiveOptions = {}): RuleSampler {
  try {
    checkPositive("sample.adaptive.targetPerSecond", targetPerSecond);
    const random = checkRandom("sample.adaptive", options, ADAPTIVE_KEYS);
    const usual = Math.max(1_000, 10_000 / targetPerSecond);
    const interval = checkDuration("sample.adaptive.interval", options.interval ?? usual, 1);
    const target = targetPerSecond * interval / 1000;
    const limit = Math.ceil(SURGE * target);
    const time = new SteadyTime();
    let end = interval;
    let seen = 0;
    let passed = 0;
    let estimate = 0;
    let share = 1;
    return ruleSampler(`adaptive(${targetPerSecond}/s)`, (message) => {
      const now = time.at(message.time);
      if (now >= end) {
        const empty = Math.floor((now - end) / interval);
        const isStep = seen < estimate / STEP || seen > estimate * STEP;
        estimate = empty > 0 ? 0 : isStep ? seen : (seen + estimate) / 2;
        share = estimate > target ? target / estimate : 1;
        end += (empty + 1) * interval;
        seen = 0;
        passed = 0;
      }
      seen++;
      if (passed >= limit || (share < 1 && !(random() < share))) return false;
      passed++;
      return true;
    });
  } catch (error) {
    throw atCaller(adaptiveSampler, error);
  }
}
