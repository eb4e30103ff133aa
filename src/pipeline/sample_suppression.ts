import { atCaller } from "../at_caller.ts";
import type { Duration } from "../destination_options.ts";
import { checkLevel, type Level } from "../level.ts";
import type { Message } from "../message.ts";
import { checkDuration, checkObject } from "../validate.ts";
import type { SamplerMetrics } from "./sample_rule.ts";
import { SteadyTime } from "./sample_time.ts";

/** How what a sampler removes is summed up in the log itself. */
export interface SuppressionOptions {
  /** How often. @default "1m" */
  readonly interval?: Duration;
  /** Level of the records. @default "warn" */
  readonly level?: Level;
}

const KEYS: ReadonlySet<string> = new Set(["interval", "level"]);

/**
 * Turns the counts of a sampler into records that say how many were left out: one for each rule that removed any,
 * `{"msg":"records suppressed by sampling","rule":"random(0.1)","suppressed":n,"passed":n}`.
 *
 * Holds no timer: it is asked, and answers with what is due. One report belongs to one sampler; before another takes
 * its place, `flush` gives what is left.
 *
 * @example A record when a second has passed
 * ```ts
 * import assert from "node:assert/strict";
 * import { sample, SuppressionReport } from "@omni/log";
 *
 * const sampler = sample.every(3);
 * const report = new SuppressionReport({ interval: "1s" });
 * report.take(0, sampler.metrics());
 * for (let n = 0; n < 9; n++) sampler({ time: n, level: "info", msg: "" });
 * assert.ok(report.take(1_000, sampler.metrics())[0]?.fields?.suppressed === 6);
 * ```
 */
export class SuppressionReport {
  readonly #interval: number;
  readonly #level: Level;
  readonly #time = new SteadyTime();
  #reportedAt = 0;
  #known = new Map<string, SamplerMetrics>();

  /** Begins with the first call of `take` or `untilDue`. */
  constructor(options: SuppressionOptions = {}) {
    try {
      checkObject("suppression", options, KEYS);
      this.#interval = checkDuration("suppression.interval", options.interval ?? 60_000, 1);
      this.#level = checkLevel("suppression.level", options.level ?? "warn");
    } catch (error) {
      throw atCaller(SuppressionReport, error);
    }
  }

  /** Milliseconds until `take` has something to say, if anything was removed. */
  untilDue(time: number): number {
    return Math.max(0, this.#interval - (this.#time.at(time) - this.#reportedAt));
  }

  /** The records that are due at a time: none before the interval has passed, and none for rules that removed nothing. */
  take(time: number, metrics: readonly SamplerMetrics[]): Message[] {
    return this.untilDue(time) > 0 ? [] : this.flush(time, metrics);
  }

  /** The records about everything since the last ones, due or not: for the end, and before another sampler. */
  flush(time: number, metrics: readonly SamplerMetrics[]): Message[] {
    this.#reportedAt = this.#time.at(time);
    const records: Message[] = [];
    for (const { rule, passed, rejected } of metrics) {
      let last = this.#known.get(rule);
      // Counts only grow: smaller ones are those of another sampler.
      if (last === undefined || last.rejected > rejected || last.passed > passed) {
        last = { rule, passed: 0, rejected: 0 };
      }
      const suppressed = rejected - last.rejected;
      if (suppressed === 0) continue;
      const fields = { rule, suppressed, passed: passed - last.passed };
      records.push({ time, level: this.#level, msg: "records suppressed by sampling", fields });
    }
    this.#known = new Map(metrics.map((row) => [row.rule, row]));
    return records;
  }
}
