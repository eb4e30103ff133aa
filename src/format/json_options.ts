import { checkBoolean, checkInteger, checkObject, checkOneOf, checkText } from "../validate.ts";
import { checkKey } from "./chain_key.ts";
import { ecsFormat } from "./ecs_format.ts";
import { gelfFormat } from "./gelf_format.ts";
import { JsonFormat } from "./json_format.ts";
import { jsonLayout, LEVEL_STYLES, type LevelStyle, type Sequence, sequenceNames } from "./json_layout.ts";
import type { LineFormat } from "./line_format.ts";
import { SequencedFormat } from "./sequenced_format.ts";
import { TIME_STYLES, type TimeStyle } from "./time_style.ts";

/** A hash chain over the records of a destination, see {@linkcode SequenceOptions.chain}. */
export interface ChainOptions {
  /** The key: at least 16 bytes, or a text of as many. It appears in no record and in no error. */
  readonly key: string | Uint8Array;
}

/** What makes a log verifiable, see `verifyLog`. */
export interface SequenceOptions {
  /**
   * Ends each record with `pid`, `writer` and `seq`. `seq` counts 1, 2, 3 ... in the records of one destination of one
   * logger, its stream; `writer` is a random name of the stream, since threads, loggers and containers may share a
   * number of a process, and every number comes back. What was dropped for want of room leaves a gap. The formatter
   * called as a function has no destination, and leaves them out.
   *
   * @default false
   */
  readonly sequence?: boolean;
  /**
   * Adds `mac`, a code over the record and the one before it in its stream (HMAC-SHA-256, RFC 2104): whoever has the
   * key can tell any change, insertion, removal and reordering in the middle of a stream. Needs `sequence: true`.
   */
  readonly chain?: ChainOptions;
}

/** Form of a JSON record. */
export interface JsonLayoutOptions extends SequenceOptions {
  /** Names of the time, the level and the message. @default time, level, msg */
  readonly keys?: { readonly time?: string; readonly level?: string; readonly msg?: string };
  /** How the time is written: a string, or a number of milliseconds or nanoseconds. @default "iso" */
  readonly time?: TimeStyle;
  /** How the level is written. @default "name" */
  readonly level?: LevelStyle;
}

/** What a preset says about the process; left out when it is not given. */
export interface ProcessOptions {
  /** Number of the process. */
  readonly pid?: number;
  /** Name of the machine. */
  readonly hostname?: string;
}

/** The form of pino: the level as a number, the time in milliseconds, `pid` and `hostname`. */
export interface PinoFormatOptions extends JsonLayoutOptions, ProcessOptions {
  /** Which preset. */
  readonly preset: "pino";
}

/** Elastic Common Schema 8. */
export interface EcsFormatOptions extends ProcessOptions {
  /** Which preset. */
  readonly preset: "ecs";
  /**
   * Where fields go: beside the schema's own, so that they can be some of it (`"http.request.method"`, or
   * `http: { request: {...} }`), or as keywords under `labels`. @default "top"
   */
  readonly fields?: "top" | "labels";
}

/** GELF 1.1, the format of Graylog. `hostname` is its `host`, `"unknown"` when it is not given. */
export interface GelfFormatOptions extends ProcessOptions {
  /** Which preset. */
  readonly preset: "gelf";
}

/** Options of {@linkcode Formats.json}: a form of one's own, or that of a preset. */
export type JsonFormatOptions =
  | JsonLayoutOptions & { readonly preset?: undefined }
  | PinoFormatOptions
  | EcsFormatOptions
  | GelfFormatOptions;

const LAYOUT_KEYS = ["preset", "keys", "time", "level", "sequence", "chain"];
const CHAIN_KEYS: ReadonlySet<string> = new Set(["key"]);
const PROCESS_KEYS = ["preset", "pid", "hostname"];
const KEYS: { readonly [preset: string]: ReadonlySet<string> } = {
  none: new Set(LAYOUT_KEYS),
  pino: new Set([...LAYOUT_KEYS, ...PROCESS_KEYS]),
  ecs: new Set([...PROCESS_KEYS, "fields"]),
  gelf: new Set(PROCESS_KEYS),
};
const NAME_KEYS: ReadonlySet<string> = new Set(["time", "level", "msg"]);

/** The format as it comes, one for the whole program: destinations that share a format share its lines. */
export const JSON_FORMAT: LineFormat = new JsonFormat();

/** Checks the options of a JSON format and makes it. */
export function jsonFormat(where: string, options: JsonFormatOptions): LineFormat {
  checkObject(where, options, undefined);
  const preset = options.preset === undefined
    ? undefined
    : checkOneOf(`${where}.preset`, options.preset, ["pino", "ecs", "gelf"]);
  checkObject(where, options, KEYS[preset ?? "none"]);
  if (Object.entries(options).every(([key, value]) => value === undefined || (key === "sequence" && value === false))) {
    return JSON_FORMAT;
  }
  const { pid, hostname, fields = "top" } = options as ProcessOptions & Pick<EcsFormatOptions, "fields">;
  const about = {
    pid: pid === undefined ? undefined : checkInteger(`${where}.pid`, pid, 0),
    hostname: hostname === undefined ? undefined : checkText(`${where}.hostname`, hostname),
  };
  switch (preset) {
    case "ecs":
      return ecsFormat({ ...about, fields: checkOneOf(`${where}.fields`, fields, ["top", "labels"]) });
    case "gelf":
      return gelfFormat(about);
    case "pino":
      return ownFormat(where, { time: "epoch-ms", level: "number", ...defined(options) }, about);
    case undefined:
      return ownFormat(where, options as JsonLayoutOptions, {});
  }
}

function ownFormat(where: string, options: JsonLayoutOptions, { pid, hostname }: ProcessOptions): LineFormat {
  const sequence = sequenceOf(where, options);
  // The number of the process stands beside that of the record, and once.
  const fixed = sequence === undefined ? { pid, hostname } : { hostname };
  const { keys = {}, time = "iso", level = "name" } = options;
  checkObject(`${where}.keys`, keys, NAME_KEYS);
  const names = { time: "time", level: "level", msg: "msg", ...defined(keys) };
  for (const [key, name] of Object.entries(names)) checkText(`${where}.keys.${key}`, name);
  const own = sequence === undefined ? [] : sequenceNames(sequence.key !== undefined);
  const all = [...Object.values(names), ...Object.keys(defined(fixed)), ...own];
  const doubled = all.find((name, index) => all.indexOf(name) !== index);
  if (doubled !== undefined) {
    throw new RangeError(`Cannot use option "${where}.keys": two members would be called ${JSON.stringify(doubled)}`);
  }
  const layout = jsonLayout({
    keys: names,
    time: checkOneOf(`${where}.time`, time, TIME_STYLES),
    level: checkOneOf(`${where}.level`, level, LEVEL_STYLES),
    fixed: { ...fixed },
  });
  return sequence === undefined ? new JsonFormat(layout) : new SequencedFormat(layout, { pid, ...sequence });
}

/** What records are numbered with; `undefined` when they are not. */
function sequenceOf(where: string, { sequence = false, chain }: SequenceOptions): Sequence | undefined {
  checkBoolean(`${where}.sequence`, sequence);
  if (chain === undefined) return sequence ? {} : undefined;
  // Not by `checkObject` alone, which shows what it has got: that may be the key.
  if (typeof chain !== "object" || chain === null) {
    throw new TypeError(`Cannot use option "${where}.chain": expected an object with a key, got ${typeof chain}`);
  }
  checkObject(`${where}.chain`, chain, CHAIN_KEYS);
  const key = checkKey(`${where}.chain.key`, chain.key);
  if (!sequence) throw new RangeError(`Cannot use option "${where}.chain": it needs sequence: true`);
  return { key };
}

/** Without the members that are `undefined`, which would hide a default. */
function defined<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
