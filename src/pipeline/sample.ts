/**
 * Makes samplers, for a logger or a destination. Any function of a message that returns a boolean is a sampler too, and
 * can be a part of these.
 *
 * Time is that of the records; a clock that is set back stops no sampler. What a sampler removes is counted per rule.
 *
 * @example All errors, all records of a tenth of the requests, and little of the rest
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample } from "@omni/log";
 *
 * const sampler = sample.except(
 *   "error",
 *   sample.consistent(0.1, "request_id", { otherwise: sample.tick({ interval: "1s", first: 10 }) }),
 * );
 * sampler({ time: 0, level: "error", msg: "payment failed" });
 * assert.ok(sampler.metrics()[0]?.passed === 1);
 * ```
 *
 * @module
 */
export {
  byLevelSampler as byLevel,
  byPatternSampler as byPattern,
  exceptSampler as except,
} from "./sample_composite.ts";
export { adaptiveSampler as adaptive, rateLimitSampler as rateLimit } from "./sample_limit.ts";
export { consistentSampler as consistent, everySampler as every, randomSampler as random } from "./sample_random.ts";
export { burstSampler as burst, tickSampler as tick } from "./sample_tick.ts";
