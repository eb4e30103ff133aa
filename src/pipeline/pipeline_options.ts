import type { Filter, Middleware, Sampler } from "../message.ts";
import { checkArray, checkFunction } from "../validate.ts";
import type { PipelineParts } from "./pipeline.ts";
import { checkSampler } from "./sample_rule.ts";

/** What may stand before all destinations, or before one. */
export interface PipelineOptions {
  /** Change, replace or drop records, in this order; what they return is what everything after them sees. */
  readonly middleware?: readonly Middleware[];
  /** Decides which records go on. */
  readonly filter?: Filter;
  /** Decide which records go on; all must agree. */
  readonly filters?: readonly Filter[];
  /** Decides which of many records go on, after the filters; see `sample`. */
  readonly sampler?: Sampler;
}

/** The names of these options. */
export const PIPELINE_KEYS: readonly string[] = ["middleware", "filter", "filters", "sampler"];

/** Checks these options. */
export function checkPipeline(prefix: string, options: PipelineOptions): PipelineParts {
  const { middleware = [], filter, filters = [], sampler } = options;
  const all = checkArray(`${prefix}filters`, filters, (place, item) => checkFunction<Filter>(place, item));
  if (filter !== undefined) all.push(checkFunction<Filter>(`${prefix}filter`, filter));
  return {
    middleware: checkArray(`${prefix}middleware`, middleware, (place, item) => checkFunction<Middleware>(place, item)),
    redaction: undefined,
    filters: all,
    sampler: sampler === undefined ? undefined : checkSampler(`${prefix}sampler`, sampler),
  };
}
