import type { Level } from "../level.ts";
import type { Fields, Message } from "../message.ts";
import { distinctNames } from "../pipeline/field_names.ts";
import { chainText, type ErrorCopy, errorKey, isErrorCopy, MAX_CAUSES } from "./error_copy.ts";
import { jsonString, jsonValue } from "./escape.ts";
import { JsonFormat } from "./json_format.ts";
import type { LineFormat } from "./line_format.ts";
import { MappedFormat } from "./mapped_format.ts";
import { epochSeconds } from "./time_style.ts";

/** Severities of syslog (RFC 5424, table 2): 7 debug, 6 informational, 4 warning, 3 error, 2 critical. */
const SEVERITY: { readonly [K in Level]: number } = { trace: 7, debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };

/**
 * Names that Graylog does not take as additional fields: `_id` is forbidden, the others it drops without a word because
 * a field of its own has the name (graylog2-server, GelfCodec: "Skip standard or already set fields").
 */
const RESERVED: ReadonlySet<string> = new Set(
  "id version host short_message full_message timestamp level message source _id _source _index _type _score".split(
    " ",
  ),
);

/** What {@linkcode gelfFormat} is made of. */
export interface GelfSettings {
  readonly pid: number | undefined;
  readonly hostname: string | undefined;
}

/**
 * GELF 1.1, the payload specification of Graylog: `version`, `host`, `short_message` (the first line, never blank),
 * `full_message` (further lines, and the stack of an error), `timestamp` in seconds, `level` of syslog, and every field
 * as `_name` with a string or a number.
 */
export function gelfFormat({ pid, hostname = "unknown" }: GelfSettings): LineFormat {
  // Graylog refuses a record whose host is blank.
  const host = jsonString(hostname.trim() === "" ? "unknown" : hostname);
  const json = new JsonFormat({
    head: (time, level) =>
      `{"version":"1.1","host":${host},"timestamp":${epochSeconds(time)},"level":${SEVERITY[level]},"short_message":`,
    millisAt: new TextEncoder().encode(`{"version":"1.1","host":${host},"timestamp":1763895735.`).length,
    tail: pid === undefined ? "}" : `,"_pid":${pid}}`,
    // Fields have an underscore before their names, those of the record have none.
    reserved: new Set(pid === undefined ? [] : ["_pid"]),
  });
  const reserved = pid === undefined ? RESERVED : new Set([...RESERVED, "pid"]);
  return new MappedFormat(json, { map: (message) => gelfMessage(message, reserved) });
}

function gelfMessage({ time, level, msg, fields = {} }: Message, reserved: ReadonlySet<string>): Message {
  const out: [string, unknown][] = [];
  const failed = errorKey(fields);
  const lineEnd = msg.search(/[\r\n]/);
  if (lineEnd >= 0 || failed !== undefined) {
    const stack = failed === undefined ? "" : `\n${chainText(fields[failed] as ErrorCopy)}`;
    out.push(["full_message", msg + stack]);
  }
  const keys = Object.keys(fields).filter((key) => gelfValue(fields[key]) !== undefined);
  const names = distinctNames(keys, keys.map((key) => key.replace(/[^\w.-]/g, "_") || "_"), { reserved });
  keys.forEach((key, index) => {
    const value = fields[key];
    const name = `_${names[index]}`;
    if (key !== failed) return out.push([name, gelfValue(value)]);
    out.push([name, jsonValue(withoutStacks(value as ErrorCopy))]);
  });
  const short = lineEnd < 0 ? msg : msg.slice(0, lineEnd);
  return { time, level, msg: short.trim() === "" ? "-" : short, fields: Object.fromEntries(out) };
}

/** An error without what the full message tells. */
function withoutStacks({ stack: _, ...rest }: Fields, depth = 0): Fields {
  if (depth >= MAX_CAUSES) return rest;
  const { cause, errors } = rest;
  return {
    ...rest,
    ...isErrorCopy(cause, "err") ? { cause: withoutStacks(cause, depth + 1) } : {},
    ...Array.isArray(errors)
      ? { errors: errors.map((part) => isErrorCopy(part, "err") ? withoutStacks(part, depth + 1) : part) }
      : {},
  };
}

/** A string or a number; null is left out, as Graylog leaves it out. */
function gelfValue(value: unknown): string | number | undefined {
  switch (typeof value) {
    case "number":
      return value;
    case "object":
      return value === null ? undefined : jsonValue(value);
    case "undefined":
      return undefined;
    default:
      return String(value);
  }
}
