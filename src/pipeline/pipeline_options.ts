import type { Filter, Middleware, Sampler } from "../message.ts";
import { resolvePiece } from "../plugins/names.ts";
import { checkArray, checkFunction } from "../validate.ts";
import type { RedactOptions } from "../redact/options.ts";
import { compileRedaction } from "../redact/redaction.ts";
import type { PipelineParts } from "./pipeline.ts";
import { checkSampler, type RuleSampler } from "./sample_rule.ts";

/** What may stand before all destinations, or before one. */
export interface PipelineOptions {
  /** Change, replace or drop records, in this order; what they return is what everything after them sees. */
  readonly middleware?: readonly Middleware[];
  /** Takes secrets out of records, before anything but middleware has seen them. */
  readonly redact?: RedactOptions;
  /** Decides which records go on: a function, or the name that a plugin gave to one. */
  readonly filter?: Filter | string;
  /** Decide which records go on; all must agree. */
  readonly filters?: readonly (Filter | string)[];
  /** Decides which of many records go on, after the filters; see `sample`. Or the name that a plugin gave to one. */
  readonly sampler?: Sampler | string;
}

/** The names of these options. */
export const PIPELINE_KEYS: readonly string[] = ["middleware", "redact", "filter", "filters", "sampler"];

/** Checks these options. */
export function checkPipeline(prefix: string, options: PipelineOptions): PipelineParts {
  const { middleware = [], redact, filter, filters = [], sampler } = options;
  const checkFilter = (where: string, item: unknown) =>
    checkFunction<Filter>(where, resolvePiece("filter", item, { where }));
  const all = checkArray(`${prefix}filters`, filters, checkFilter);
  if (filter !== undefined) all.push(checkFilter(`${prefix}filter`, filter));
  // Compiled here for the sake of its errors, and again by the pipeline, which knows whom to report to.
  if (redact !== undefined) compileRedaction(redact, `${prefix}redact`);
  return {
    middleware: checkArray(`${prefix}middleware`, middleware, (place, item) => checkFunction<Middleware>(place, item)),
    redact,
    filters: all,
    sampler: sampler === undefined ? undefined : checkNamedSampler(`${prefix}sampler`, sampler),
  };
}

function checkNamedSampler(where: string, value: unknown): RuleSampler {
  return checkSampler(where, resolvePiece("sampler", value, { where }));
}
