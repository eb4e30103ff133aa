import { eachAtCaller } from "../at_caller.ts";
import type { Formatter } from "../message.ts";
import { checkBoolean, checkInteger, checkObject, checkOneOf, checkText } from "../validate.ts";
import { formatterOf } from "./formatter.ts";
import { jsonFormat, type JsonFormatOptions } from "./json_options.ts";
import { LogfmtFormat, type LogfmtFormatOptions } from "./logfmt_format.ts";
import { LOGFMT_FORMAT, TEXT_FORMAT } from "./named_format.ts";
import { PrettyFormat, type PrettyFormatOptions } from "./pretty_format.ts";
import { TextFormat, type TextFormatOptions } from "./text_format.ts";
import { TIME_STYLES } from "./time_style.ts";

/**
 * The formats of the library, with options. Each returns a {@linkcode Formatter} for `destinations[].format`, which is
 * as fast there as a format by name, and can also be called with a message.
 *
 * A record is one line in every one of them but pretty, and no name stands in it twice: a field whose name is taken is
 * called `fields.name` instead.
 */
export interface Formats {
  /**
   * JSON (RFC 8259), one object per line, with names and forms of one's own, or those of pino, of the Elastic Common
   * Schema, or of Graylog (GELF). Throws a `TypeError` or `RangeError` that names the option.
   *
   * | | time | level | message | error `err` |
   * |---|---|---|---|---|
   * | default | `time`, RFC 3339 | `level`, name | `msg` | `err.type`, `.message`, `.stack` |
   * | `pino` | `time`, milliseconds | `level`, 10 to 60 | `msg` | the same |
   * | `ecs` | `@timestamp`, RFC 3339 | `log.level`, name | `message` | `error.type`, `.message`, `.stack_trace` |
   * | `gelf` | `timestamp`, seconds | `level`, syslog severity | `short_message` | stack in `full_message` |
   *
   * @example Names and forms of one's own
   * ```ts
   * import { format } from "@omni/log";
   *
   * const line = format.json({ keys: { time: "ts", msg: "message" }, time: "epoch-ms", level: "upper" });
   * const text = line({ time: 0, level: "info", msg: "ready", fields: { port: 80, ts: "mine" } });
   * if (text !== '{"ts":0,"level":"INFO","message":"ready","port":80,"fields.ts":"mine"}') throw new Error(text);
   * ```
   *
   * @example A preset
   * ```ts
   * import { format } from "@omni/log";
   *
   * const line = format.json({ preset: "pino", pid: 7, hostname: "web-1" });
   * const text = line({ time: 0, level: "warn", msg: "slow" });
   * if (text !== '{"time":0,"level":40,"msg":"slow","pid":7,"hostname":"web-1"}') throw new Error(text);
   * ```
   */
  json(options?: JsonFormatOptions): Formatter;
  /**
   * Text for people, `[time] [LEVEL] message key=value`, one line.
   *
   * @example Without the time, for journald
   * ```ts
   * import { format } from "@omni/log";
   *
   * const text = format.text({ time: "none" })({ time: 0, level: "info", msg: "ready", fields: { port: 80 } });
   * if (text !== "[INFO] ready port=80") throw new Error(text);
   * ```
   */
  text(options?: TextFormatOptions): Formatter;
  /**
   * Logfmt, `time=... level=info msg="..." key=value`, as kr/logfmt and go-logfmt read it.
   *
   * @example Logfmt
   * ```ts
   * import { format } from "@omni/log";
   *
   * const text = format.logfmt()({ time: 0, level: "info", msg: "it is ready", fields: { port: 80 } });
   * if (text !== 'time=1970-01-01T00:00:00.000Z level=info msg="it is ready" port=80') throw new Error(text);
   * ```
   */
  logfmt(options?: LogfmtFormatOptions): Formatter;
  /**
   * For people at a terminal: colours, aligned levels, errors with stacks and causes, and large objects on lines of
   * their own. Held to one line per record in destinations that take lines only, such as files.
   *
   * @example Without colours, for a wide terminal
   * ```ts
   * import { format } from "@omni/log";
   *
   * const pretty = format.pretty({ width: 120 });
   * const text = pretty({ time: 0, level: "info", msg: "ready", fields: { port: 80, tls: { on: true } } });
   * if (text !== '00:00:00.000 INFO  ready port=80 tls={"on":true}') throw new Error(text);
   * ```
   */
  pretty(options?: PrettyFormatOptions): Formatter;
}

const TIME_KEYS: ReadonlySet<string> = new Set(["time"]);
const PRETTY_KEYS: ReadonlySet<string> = new Set(["colors", "width", "time", "nameKey", "nameWidth", "multiline"]);

/** The formats of the library; see {@linkcode Formats}. */
export const format: Formats = Object.freeze(eachAtCaller<Formats>({
  json: (options: JsonFormatOptions = {}) => formatterOf(jsonFormat("format.json", options)),
  text(options: TextFormatOptions = {}) {
    const isDefault = checkTime("format.text", options) === undefined;
    return formatterOf(isDefault ? TEXT_FORMAT : new TextFormat(options));
  },
  logfmt(options: LogfmtFormatOptions = {}) {
    const isDefault = checkTime("format.logfmt", options) === undefined;
    return formatterOf(isDefault ? LOGFMT_FORMAT : new LogfmtFormat(options));
  },
  pretty: (options: PrettyFormatOptions = {}) => formatterOf(new PrettyFormat(checkPretty("format.pretty", options))),
}));

function checkTime(where: string, options: TextFormatOptions): TextFormatOptions["time"] {
  checkObject(where, options, TIME_KEYS);
  const { time } = options;
  return time === undefined ? undefined : checkOneOf(`${where}.time`, time, [...TIME_STYLES, "none"] as const);
}

function checkPretty(where: string, options: PrettyFormatOptions): PrettyFormatOptions {
  checkObject(where, options, PRETTY_KEYS);
  const { colors, width, time, nameKey, nameWidth, multiline } = options;
  if (colors !== undefined) checkBoolean(`${where}.colors`, colors);
  if (width !== undefined && typeof width !== "function") checkInteger(`${where}.width`, width, 1, Infinity);
  if (time !== undefined) checkOneOf(`${where}.time`, time, ["time", "iso", "none"]);
  if (nameKey !== undefined) checkText(`${where}.nameKey`, nameKey);
  if (nameWidth !== undefined) checkInteger(`${where}.nameWidth`, nameWidth, 0, 100);
  if (multiline !== undefined) checkBoolean(`${where}.multiline`, multiline);
  return { ...options };
}
