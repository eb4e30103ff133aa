import { chainText, type ErrorCopy, errorKey, isErrorCopy, MAX_CAUSES } from "../../format/error_copy.ts";
import type { Fields } from "../../message.ts";
import { distinctNames } from "../../pipeline/field_names.ts";
import { keyValue, otlpString } from "./any_value.ts";

/** Limits of the attributes of a record. */
export interface AttributeLimits {
  /** Attributes of a record; further ones are dropped and counted. */
  readonly maxAttributes: number;
  /** UTF-16 units of a text, and bytes of a byte array; what is longer is cut. */
  readonly maxAttributeLength: number;
}

/** What fields become in a LogRecord. */
export interface RecordParts {
  /** Name of the scope as a JSON string with a space behind it; empty where the record has no `logger`. */
  readonly scope: string;
  /** The attributes, joined by commas. */
  readonly attributes: string;
  /** How many there are. */
  readonly count: number;
  /** How many found no room. */
  readonly dropped: number;
  /** Trace context as members of the record, with a comma before each. */
  readonly trace: string;
}

/** What becomes of no fields. */
export const NO_PARTS: RecordParts = { scope: "", attributes: "", count: 0, dropped: 0, trace: "" };

/** Semantic conventions for exceptions in logs. */
const EXCEPTION_NAMES: ReadonlySet<string> = new Set([
  "exception.type",
  "exception.message",
  "exception.stacktrace",
]);

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/i;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/i;
const TRACE_FLAGS = /^[0-9a-f]{1,2}$/i;

/** Whether a field may become something else than the attribute of its name. */
export function isSpecialField(key: string): boolean {
  switch (key) {
    case "logger":
    case "trace_id":
    case "span_id":
    case "trace_flags":
    case "err":
    case "error":
      return true;
    default:
      return EXCEPTION_NAMES.has(key);
  }
}

/**
 * Fields as parts of a LogRecord: `logger` names the scope, `trace_id`, `span_id` and `trace_flags` are the trace
 * context where they are valid, an error becomes `exception.type`, `exception.message` and `exception.stacktrace`, and
 * everything else is an attribute of its name.
 */
export function recordParts(fields: Fields | undefined, limits: AttributeLimits): RecordParts {
  if (fields === undefined) return NO_PARTS;
  const { maxAttributes, maxAttributeLength } = limits;
  const { logger } = fields;
  const hasScope = typeof logger === "string" && logger !== "";
  const trace = traceContext(fields);
  const failed = errorKey(fields);
  const attributes: (readonly [string, unknown])[] = [];
  if (failed !== undefined) attributes.push(...exceptionAttributes(failed, fields[failed] as ErrorCopy));
  const keys = Object.keys(fields).filter((key) =>
    fields[key] !== undefined && key !== failed && !(key === "logger" && hasScope) && !trace.taken.includes(key)
  );
  const names = failed === undefined ? keys : distinctNames(keys, keys, { reserved: EXCEPTION_NAMES });
  keys.forEach((key, index) => attributes.push([names[index] as string, fields[key]]));
  const kept = attributes.slice(0, maxAttributes);
  return {
    scope: hasScope ? otlpString(logger) + " " : "",
    attributes: kept.map(([key, value]) => keyValue(key, value, maxAttributeLength)).join(),
    count: kept.length,
    dropped: attributes.length - kept.length,
    trace: trace.members,
  };
}

/** The trace context, as members of the record, and the fields that it was taken from. */
function traceContext(fields: Fields): { readonly members: string; readonly taken: readonly string[] } {
  const { trace_id: traceId, span_id: spanId, trace_flags: flags } = fields;
  if (typeof traceId !== "string" || !TRACE_ID.test(traceId)) return { members: "", taken: [] };
  const taken = ["trace_id"];
  let members = `,"traceId":"${traceId.toLowerCase()}"`;
  if (typeof spanId === "string" && SPAN_ID.test(spanId)) {
    taken.push("span_id");
    members += `,"spanId":"${spanId.toLowerCase()}"`;
  }
  if (typeof flags === "string" && TRACE_FLAGS.test(flags)) {
    taken.push("trace_flags");
    members += `,"flags":${parseInt(flags, 16)}`;
  }
  return { members, taken };
}

/** An error by the semantic conventions; what they have no name for stays under the name of the field. */
function exceptionAttributes(key: string, copy: ErrorCopy): [string, unknown][] {
  const attributes: [string, unknown][] = [["exception.type", copy.type], ["exception.message", copy.message]];
  if (copy["stack"] !== undefined || copy["cause"] !== undefined || copy["errors"] !== undefined) {
    attributes.push(["exception.stacktrace", chainText(copy)]);
  }
  const rest = withoutStack(copy);
  delete rest["type"];
  delete rest["message"];
  if (Object.keys(rest).length > 0) attributes.push([key, rest]);
  return attributes;
}

/** The copy of an error without the stacks, which are in the stack trace. */
function withoutStack(copy: ErrorCopy, depth = 0): Record<string, unknown> {
  const inner = (part: unknown) =>
    isErrorCopy(part, "err") && depth < MAX_CAUSES ? withoutStack(part, depth + 1) : part;
  const { stack: _, ...rest } = copy as Record<string, unknown>;
  if (rest["cause"] !== undefined) rest["cause"] = inner(rest["cause"]);
  if (Array.isArray(rest["errors"])) rest["errors"] = rest["errors"].map(inner);
  return rest;
}
