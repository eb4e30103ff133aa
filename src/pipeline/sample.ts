import { byLevelSampler, byPatternSampler, exceptSampler } from "./sample_composite.ts";
import { adaptiveSampler, rateLimitSampler } from "./sample_limit.ts";
import { consistentSampler, everySampler, randomSampler } from "./sample_random.ts";
import { burstSampler, tickSampler } from "./sample_tick.ts";

/** The ready-made samplers, see {@linkcode sample}. */
export interface Samplers {
  /** A share of the records: `sample.random(0.1)`. */
  readonly random: typeof randomSampler;
  /** The first of every so many: `sample.every(10)`. */
  readonly every: typeof everySampler;
  /** A share of the keys, each with all of its records: `sample.consistent(0.1, "request_id")`. */
  readonly consistent: typeof consistentSampler;
  /** The first of each kind in each interval, and then every so many-th. */
  readonly tick: typeof tickSampler;
  /** So many in each period, and of the rest what another sampler says. */
  readonly burst: typeof burstSampler;
  /** So many a second: `sample.rateLimit(50, 200)`. */
  readonly rateLimit: typeof rateLimitSampler;
  /** About so many a second, spread evenly: `sample.adaptive(100)`. */
  readonly adaptive: typeof adaptiveSampler;
  /** A sampler for each level. */
  readonly byLevel: typeof byLevelSampler;
  /** A sampler for each pattern. */
  readonly byPattern: typeof byPatternSampler;
  /** A sampler that does not concern some records: `sample.except("error", sample.random(0.1))`. */
  readonly except: typeof exceptSampler;
}

/**
 * Makes samplers, for a logger or a destination. Any function of a message that returns a boolean is a sampler too, and
 * can be a part of these.
 *
 * Time is that of the records; a clock that is set back stops no sampler. What a sampler removes is counted per rule.
 *
 * @example All errors, all records of a tenth of the requests, and little of the rest
 * ```ts
 * import { sample } from "@omni/log";
 *
 * const sampler = sample.except(
 *   "error",
 *   sample.consistent(0.1, "request_id", { otherwise: sample.tick({ interval: "1s", first: 10 }) }),
 * );
 * sampler({ time: 0, level: "error", msg: "payment failed" });
 * console.assert(sampler.metrics()[0]?.passed === 1);
 * ```
 */
export const sample: Samplers = Object.freeze({
  random: randomSampler,
  every: everySampler,
  consistent: consistentSampler,
  tick: tickSampler,
  burst: burstSampler,
  rateLimit: rateLimitSampler,
  adaptive: adaptiveSampler,
  byLevel: byLevelSampler,
  byPattern: byPatternSampler,
  except: exceptSampler,
});
