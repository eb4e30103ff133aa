import { type Level, LEVELS, readThreshold } from "../level.ts";
import type { Filter, Sampler } from "../message.ts";
import type { FieldPath } from "../pipeline/filter_support.ts";
import {
  byLevelSampler,
  byPatternSampler,
  exceptSampler,
  type LevelSamplers,
  type PatternRule,
} from "../pipeline/sample_composite.ts";
import { adaptiveSampler, rateLimitSampler } from "../pipeline/sample_limit.ts";
import { consistentSampler, everySampler, randomSampler } from "../pipeline/sample_random.ts";
import { burstSampler, type TickOptions, tickSampler } from "../pipeline/sample_tick.ts";
import type { Duration } from "../destination_options.ts";
import { pieceNames } from "../plugins/names.ts";
import { checkArray, checkObject, checkOneOf } from "../validate.ts";
import { compileFilter, type FilterSettings } from "./filter_settings.ts";
import { relocated } from "./option_errors.ts";
import { compilePiece, type Compilers } from "./piece_settings.ts";

/**
 * A sampler as plain data: an object with one property, the kind of the sampler, like the functions of `sample`; or the
 * name of a plugin's sampler, alone or with its argument.
 *
 * ```json
 * { "except": { "exempt": "error", "sampler": { "consistent": { "rate": 0.1, "key": "request_id" } } } }
 * ```
 */
export type SamplerSettings =
  | string
  | { readonly random: number }
  | { readonly every: number }
  | { readonly consistent: ConsistentSettings }
  | { readonly tick: TickOptions }
  | { readonly burst: { readonly burst: number; readonly period: Duration; readonly next?: SamplerSettings } }
  | { readonly rateLimit: { readonly perSecond: number; readonly burst?: number } }
  | { readonly adaptive: { readonly targetPerSecond: number; readonly interval?: Duration } }
  | { readonly byLevel: { readonly [L in Level]?: SamplerSettings } }
  | { readonly byPattern: readonly { readonly match: string | FilterSettings; readonly sampler: SamplerSettings }[] }
  | { readonly except: { readonly exempt: Level | FilterSettings; readonly sampler: SamplerSettings } }
  | { readonly [plugin: string]: unknown };

/** See `sample.consistent`. */
export interface ConsistentSettings {
  /** Share of the keys that pass, from 0 to 1. */
  readonly rate: number;
  /** Path of the field that is the key. */
  readonly key: FieldPath;
  /** Seed of the hash. @default 0 */
  readonly seed?: number;
  /** Decides about records without the key. @default they pass */
  readonly otherwise?: SamplerSettings;
}

type Data = Record<string, unknown>;

/** Makes a sampler of its settings. */
export function compileSampler(where: string, value: unknown): Sampler {
  return compilePiece("sampler", where, value, COMPILERS);
}

const KEYS = {
  consistent: new Set(["rate", "key", "seed", "otherwise"]),
  rateLimit: new Set(["perSecond", "burst"]),
  adaptive: new Set(["targetPerSecond", "interval"]),
  byLevel: /* @__PURE__ */ new Set<string>(LEVELS),
  pattern: new Set(["match", "sampler"]),
  except: new Set(["exempt", "sampler"]),
} as const;

const COMPILERS: Compilers<Sampler> = {
  random: (where, rate) => relocated("sample.random.rate", where, () => randomSampler(rate as number)),
  every: (where, n) => relocated("sample.every.n", where, () => everySampler(n as number)),
  consistent(where, value) {
    const { rate, key, ...options } = data(where, value, KEYS.consistent);
    const further = withSampler(where, "otherwise", options);
    return relocated("sample.consistent", where, () => consistentSampler(rate as number, key as FieldPath, further));
  },
  tick: (where, options) => relocated("sample.tick", where, () => tickSampler(options as TickOptions)),
  burst(where, value) {
    const options = withSampler(where, "next", data(where, value)) as unknown as Parameters<typeof burstSampler>[0];
    return relocated("sample.burst", where, () => burstSampler(options));
  },
  rateLimit(where, value) {
    const { perSecond, burst } = data(where, value, KEYS.rateLimit);
    return relocated("sample.rateLimit", where, () => rateLimitSampler(perSecond as number, burst as number));
  },
  adaptive(where, value) {
    const { targetPerSecond, ...options } = data(where, value, KEYS.adaptive);
    return relocated("sample.adaptive", where, () => adaptiveSampler(targetPerSecond as number, options));
  },
  byLevel(where, value) {
    const samplers = Object.entries(data(where, value, KEYS.byLevel))
      .map(([level, item]) => [level, compileSampler(`${where}.${level}`, item)]);
    return byLevelSampler(Object.fromEntries(samplers) as LevelSamplers);
  },
  byPattern(where, value) {
    const rules = checkArray(where, value, (place, item): PatternRule => {
      const { match, sampler } = data(place, item, KEYS.pattern);
      return {
        match: typeof match === "string" ? match : compileFilter(`${place}.match`, match),
        sampler: compileSampler(`${place}.sampler`, sampler),
      };
    });
    return relocated("sample.byPattern", where, () => byPatternSampler(rules));
  },
  except(where, value) {
    const { exempt, sampler } = data(where, value, KEYS.except);
    return exceptSampler(compileExempt(`${where}.exempt`, exempt), compileSampler(`${where}.sampler`, sampler));
  },
};

/** Kinds of samplers that settings know without plugins. */
export const SAMPLER_KINDS: readonly string[] = /* @__PURE__ */ Object.keys(COMPILERS);

function compileExempt(where: string, value: unknown): Level | Filter {
  if (typeof value !== "string") return compileFilter(where, value);
  const level = readThreshold(value);
  if (isLevel(level)) return level;
  return compileFilter(where, checkOneOf(where, value, [...LEVELS, ...pieceNames("filter")]));
}

function isLevel(word: string): word is Level {
  return (LEVELS as readonly string[]).includes(word);
}

function data(where: string, value: unknown, keys?: ReadonlySet<string>): Data {
  checkObject(where, value, keys);
  return value as Data;
}

function withSampler(where: string, key: string, options: Data): Data {
  return options[key] === undefined ? options : { ...options, [key]: compileSampler(`${where}.${key}`, options[key]) };
}
