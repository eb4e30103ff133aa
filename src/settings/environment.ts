import { messageOf } from "../errors.ts";
import { type LevelThreshold, readThreshold } from "../level.ts";
import type { Runtime } from "../runtime.ts";
import { show } from "../validate.ts";
import { checkSettings, compileSettings } from "./compile_settings.ts";
import { parseJson } from "./json.ts";
import { withPlace } from "./option_errors.ts";
import type { Settings } from "./settings.ts";

/** What a variable sets. */
interface Variable {
  /** What follows the prefix. */
  readonly suffix: string;
  /** The option, as it is named in error messages. */
  readonly option: string;
  /** Makes settings of its text. What is not right is left to be refused as the value of the option. */
  readonly read: (text: string, variable: string) => Settings;
}

const VARIABLES: readonly Variable[] = [
  { suffix: "LEVEL", option: "level", read: (text) => ({ level: readThreshold(text) as LevelThreshold }) },
  { suffix: "LEVELS", option: "levels", read: (text, variable) => ({ levels: readLevels(text, variable) }) },
  { suffix: "FORMAT", option: "format", read: (text, variable) => ({ format: readFormat(text, variable) as string }) },
  {
    suffix: "DESTINATIONS",
    option: "destinations",
    read: (text, variable) => ({ destinations: readDestinations(text, variable) as string[] }),
  },
  {
    suffix: "FIELDS",
    option: "fields",
    read: (text, variable) => ({ fields: readJson(text, variable) as Record<string, unknown> }),
  },
  {
    suffix: "FLUSH_INTERVAL",
    option: "flushInterval",
    read: (text) => ({ flushInterval: readNumber(text) }),
  },
  {
    suffix: "FLUSH_ON_SIGNAL",
    option: "flushOnSignal",
    read: (text) => ({ flushOnSignal: readBoolean(text) as boolean }),
  },
  {
    suffix: "QUEUE_CAPACITY",
    option: "queue.capacity",
    read: (text) => ({ queue: { capacity: readNumber(text) as number } }),
  },
  { suffix: "QUEUE_MAX_BYTES", option: "queue.maxBytes", read: (text) => ({ queue: { maxBytes: readNumber(text) } }) },
  {
    suffix: "QUEUE_OVERFLOW",
    option: "queue.overflow",
    read: (text) => ({ queue: { overflow: text.toLowerCase() as "drop" } }),
  },
];

/**
 * Puts what the environment says over other settings, each variable checked by itself. Names and levels, fields and the
 * parts of the queue are put together, everything else is replaced. An empty variable counts as one that is not set, and
 * so does a bad one.
 *
 * @param report Told of a bad one: whoever starts a program is not always who has written it, and a slip of theirs is no
 * reason not to start.
 */
export function environmentSettings(
  runtime: Runtime,
  prefix: string,
  base: Settings,
  report: (error: unknown) => void,
): Settings {
  let settings = base;
  for (const { suffix, option, read } of VARIABLES) {
    const variable = prefix + suffix;
    const text = runtime.environment(variable);
    if (text === undefined || text === "") continue;
    try {
      const own = withPlace((found) => `"${nameFor(found, option, variable)}"`, () => {
        const checked = checkSettings(read(text, variable));
        compileSettings(runtime, checked);
        return checked;
      });
      settings = fitting(runtime, variable, settings, { ...settings, ...merged(settings, own) });
    } catch (error) {
      report(error);
    }
  }
  return settings;
}

/** Settings that a variable was put over; throws when they do not go together, as routes and other destinations. */
function fitting(runtime: Runtime, variable: string, base: Settings, settings: Settings): Settings {
  if (Object.keys(base).length === 0) return settings;
  withPlace((option) => `"${option}" together with "${variable}"`, () => compileSettings(runtime, settings));
  return settings;
}

function merged(base: Settings, own: Settings): Settings {
  const { levels, fields, queue } = own;
  if (levels !== undefined) return { levels: { ...base.levels, ...levels } };
  if (fields !== undefined) return { fields: { ...base.fields, ...fields } };
  return queue === undefined ? own : { queue: { ...base.queue, ...queue } };
}

function nameFor(found: string, option: string, variable: string): string {
  return found.startsWith(option) ? variable + found.slice(option.length) : found;
}

function readNumber(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function readBoolean(text: string): boolean | string {
  if (/^(?:true|1)$/i.test(text)) return true;
  return /^(?:false|0)$/i.test(text) ? false : text;
}

function readFormat(text: string, variable: string): unknown {
  return text.startsWith("{") ? readJson(text, variable) : text;
}

function readDestinations(text: string, variable: string): unknown {
  return /^\s*\[/.test(text) ? readJson(text, variable) : text.split(",").map((uri) => uri.trim());
}

function readLevels(text: string, variable: string): Record<string, LevelThreshold> {
  const levels = new Map<string, LevelThreshold>();
  for (const part of text.split(",")) {
    const [name = "", level, ...rest] = part.split("=").map((word) => word.trim());
    if (level === undefined || rest.length > 0) {
      throw new RangeError(
        `Cannot use option "${variable}": expected names and levels such as "db.*=debug,http=off", got ${show(part)}`,
      );
    }
    if (levels.has(name)) throw new RangeError(`Cannot use option "${variable}": ${show(name)} stands in it twice`);
    levels.set(name, readThreshold(level) as LevelThreshold);
  }
  return Object.fromEntries(levels);
}

function readJson(text: string, variable: string): unknown {
  try {
    return parseJson(text).value;
  } catch (error) {
    throw new SyntaxError(`Cannot use option "${variable}": it is no JSON: ${messageOf(error)}`);
  }
}
