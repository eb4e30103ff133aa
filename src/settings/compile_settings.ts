import { planDestination } from "../build_destination.ts";
import { hasOwnFormat } from "../default_format.ts";
import { type DestinationInput, withTextUri } from "../destination_input.ts";
import type { DestinationOptions } from "../destination_options.ts";
import { checkDelivery } from "../dispatch/delivery.ts";
import { checkFallback, fallbackItems, type Linked, linkFallbacks } from "../dispatch/fallback_links.ts";
import { checkLevels } from "../named.ts";
import { checkLoggerOptions } from "../options.ts";
import { Router } from "../pipeline/routes.ts";
import type { Runtime } from "../runtime.ts";
import { checkArray, checkObject, checkText } from "../validate.ts";
import { compileFilter } from "./filter_settings.ts";
import { compileFormat } from "./format_settings.ts";
import { Kept } from "./kept.ts";
import { copyPlainData } from "./plain_data.ts";
import { compileRedactSettings } from "./redact_settings.ts";
import { compileRoutes } from "./route_settings.ts";
import { compileSampler } from "./sampler_settings.ts";
import type { Settings, SettingsOptions } from "./settings.ts";

/** Options that settings may have. */
export const SETTINGS_KEYS: ReadonlySet<string> = new Set([
  "level",
  "levels",
  "fields",
  "destinations",
  "format",
  "filters",
  "sampler",
  "routes",
  "redact",
  "serialize",
  "queue",
  "flushInterval",
  "flushOnSignal",
  "closeTimeout",
  "suppression",
  "selfReport",
]);

/** Options that are code. A scheme with options of its own admits any name, so that they need to be kept out. */
export const CODE_KEYS = ["backend", "middleware", "filter"] as const;

/** Checks that a value is settings: plain data, and no option that there is not. Returns a copy. */
export function checkSettings(input: unknown): Settings {
  const settings = copyPlainData("", input);
  checkObject("options", settings, SETTINGS_KEYS);
  return settings as Settings;
}

/**
 * Makes options of settings, and checks all of it. Throws a `TypeError`, `RangeError` or `SyntaxError` that names the
 * option. Makes no backend and opens nothing.
 *
 * @param kept What was made of other settings before: what stands in these too is taken from there.
 */
export function compileSettings(runtime: Runtime, settings: Settings, kept: Kept = new Kept()): SettingsOptions {
  return kept.during(() => {
    const { levels, destinations, format, filters, sampler, routes, redact, ...plain } = settings;
    const options: Record<string, unknown> = plain;
    const compiledFormat = format === undefined
      ? undefined
      : kept.take("format", format, () => compileFormat("format", format));
    if (levels !== undefined) {
      checkLevels(levels);
      options.levels = levels;
    }
    if (filters !== undefined) {
      options.filters = kept.take("filters", filters, () => checkArray("filters", filters, compileFilter));
    }
    if (sampler !== undefined) {
      options.sampler = kept.take("sampler", sampler, () => compileSampler("sampler", sampler));
    }
    if (routes !== undefined) {
      options.routes = kept.take("routes", routes, () => compileRoutes("routes", routes));
    }
    if (redact !== undefined) {
      options.redact = kept.take("redact", redact, () => compileRedactSettings("redact", redact));
    }
    if (destinations !== undefined) {
      options.destinations = checkArray(
        "destinations",
        destinations,
        (where, item) =>
          kept.take("destination", [item, format], () => compileDestination(where, item, compiledFormat)),
      );
    } else if (compiledFormat !== undefined) options.format = compiledFormat;
    checkAll(runtime, options);
    return options;
  });
}

function compileDestination(where: string, item: unknown, defaultFormat: unknown): DestinationOptions {
  if (typeof item !== "string") checkObject(where, item, undefined);
  const settings = (typeof item === "string" ? { uri: item } : item) as Record<string, unknown>;
  checkText(`${where}.uri`, settings.uri);
  for (const key of CODE_KEYS) {
    if (!Object.hasOwn(settings, key)) continue;
    const instead = key === "filter" ? '; there is "filters"' : "";
    throw new TypeError(`Cannot use option "${where}.${key}": settings cannot have it${instead}`);
  }
  const options = { ...settings };
  const { format, filters, sampler, redact } = settings;
  if (format !== undefined) options.format = compileFormat(`${where}.format`, format);
  else if (defaultFormat !== undefined && !hasOwnFormat(options)) options.format = defaultFormat;
  if (filters !== undefined) options.filters = checkArray(`${where}.filters`, filters, compileFilter);
  if (sampler !== undefined) options.sampler = compileSampler(`${where}.sampler`, sampler);
  if (redact !== undefined) options.redact = compileRedactSettings(`${where}.redact`, redact);
  if (settings.fallback !== undefined) {
    options.fallback = compileFallback(`${where}.fallback`, settings.fallback, defaultFormat);
  }
  return options as unknown as DestinationOptions;
}

/** Names and URIs stay as they are: which is which only a logger knows. */
function compileFallback(where: string, fallback: unknown, defaultFormat: unknown): unknown {
  const compile = (where: string, item: unknown) => {
    checkFallback(where, item);
    return typeof item === "string" ? item : compileDestination(where, item, defaultFormat);
  };
  return Array.isArray(fallback) ? checkArray(where, fallback, compile) : compile(where, fallback);
}

/** Has everything else checked where it is checked for programs too. */
function checkAll(runtime: Runtime, { levels: _levels, ...options }: SettingsOptions): void {
  const { routes } = checkLoggerOptions({ destinations: ["stdout:"], ...options });
  const taken = new Set<string>();
  const plan = (where: string, input: DestinationInput) => {
    const text = withTextUri(input);
    const own = typeof text === "string" ? { uri: text } : text;
    checkDelivery(where, own, { maxBytes: 1, overflow: "drop", closeTimeout: 1 });
    const { name } = planDestination(runtime, own, { where, onError: () => {}, isTaken: (name) => taken.has(name) });
    taken.add(name);
    return { destination: { name }, where, options: own };
  };
  const listed = (options.destinations ?? []).map((item, index) => plan(`destinations[${index}]`, item));
  const names = listed.map(({ destination }) => destination.name);
  // Without destinations of their own the settings go on top of a program's, whose names are not known here.
  if (options.destinations !== undefined) new Router(routes, () => {}).check(names);
  const all: Linked<{ readonly name: string }>[] = [];
  const link = ({ destination, where, options }: ReturnType<typeof plan>): Linked<{ readonly name: string }> => {
    const items = fallbackItems(where, options, names);
    const inline: Linked<{ readonly name: string }>[] = [];
    const linked = { destination, items, inline };
    all.push(linked);
    for (const item of items) if (item.options !== undefined) inline.push(link(plan(item.where, item.options)));
    return linked;
  };
  for (const item of listed) link(item);
  linkFallbacks(all);
}
