import type { Fields, Message } from "../message.ts";
import { distinctNames, PREFIX } from "../pipeline/field_names.ts";
import { type ErrorCopy, errorKey, isErrorCopy, isObject, MAX_CAUSES, stackText } from "./error_copy.ts";
import { jsonValue } from "./escape.ts";
import { JsonFormat } from "./json_format.ts";
import { jsonLayout } from "./json_layout.ts";
import type { LineFormat } from "./line_format.ts";
import { MappedFormat } from "./mapped_format.ts";

/** The version of the schema that records name. */
const ECS_VERSION = "8.11.0";

/** Names of ours that the schema has another name for. */
const RENAMED: Readonly<Record<string, string>> = {
  logger: "log.logger",
  trace_id: "trace.id",
  span_id: "span.id",
};

/** Names that stand for objects in the schema: Elasticsearch refuses a whole record where one of them is a scalar. */
const OBJECTS: ReadonlySet<string> = new Set(
  ("agent client cloud container data_stream destination device dll dns ecs email error event faas file group host " +
    "http labels log network observer orchestrator organization package process registry related rule server service " +
    "source span threat tls trace transaction url user user_agent volume vulnerability").split(" "),
);

/** What {@linkcode ecsFormat} is made of. */
export interface EcsSettings {
  readonly pid: number | undefined;
  readonly hostname: string | undefined;
  /** Where the program's fields go. */
  readonly fields: "top" | "labels";
}

/**
 * Elastic Common Schema 8 in the form of the ECS logging specification (elastic/ecs-logging, spec.json): `@timestamp`,
 * `log.level` and `message` first, then the fields, and `ecs.version`.
 */
export function ecsFormat({ pid, hostname, fields }: EcsSettings): LineFormat {
  const layout = jsonLayout({
    keys: { time: "@timestamp", level: "log.level", msg: "message" },
    time: "iso",
    level: "name",
    fixed: { "ecs.version": ECS_VERSION, "process.pid": pid, "host.hostname": hostname },
  });
  // An object of a name that the record spells with a dot would be the same field twice once the dots are expanded.
  const reserved = new Set(layout.reserved).add("log").add("ecs").add("error");
  if (pid !== undefined) reserved.add("process");
  if (hostname !== undefined) reserved.add("host");
  const map = (message: Message): Message => {
    const all = message.fields;
    if (all === undefined) return message;
    const failed = errorKey(all);
    const out: [string, unknown][] = failed === undefined ? [] : [["error", ecsError(all[failed] as ErrorCopy)]];
    let keys = Object.keys(all).filter((key) => key !== failed && all[key] !== undefined);
    if (fields === "labels") {
      const others = keys.filter((key) => !isRenamed(key, all[key]));
      if (others.length > 0) out.push(["labels", labels(all, others)]);
      keys = keys.filter((key) => isRenamed(key, all[key]));
    }
    const names = distinctNames(keys, keys.map((key) => wantedName(key, all[key], failed !== undefined)), { reserved });
    keys.forEach((key, index) => out.push([names[index] as string, all[key]]));
    return { ...message, fields: Object.fromEntries(out) };
  };
  const isPlain = (key: string) =>
    fields === "top" && !reserved.has(key) && !OBJECTS.has(key) && !Object.hasOwn(RENAMED, key) && key !== "err" &&
    !key.startsWith("error.");
  return new MappedFormat(new JsonFormat(layout), { map, isPlain });
}

function isRenamed(key: string, value: unknown): boolean {
  return Object.hasOwn(RENAMED, key) && typeof value === "string";
}

function wantedName(key: string, value: unknown, hasError: boolean): string {
  if (isRenamed(key, value)) return RENAMED[key] as string;
  if (OBJECTS.has(key) && !isObject(value)) return PREFIX + key;
  return hasError && key.startsWith("error.") ? PREFIX + key : key;
}

/** Fields as keywords: no objects, and none of the characters in names that the specification replaces. */
function labels(fields: Fields, keys: string[]): Record<string, string> {
  const wanted = keys.map((key) => key.replace(/[.*\\]/g, "_"));
  const names = distinctNames(keys, wanted, { reserved: new Set(), prefix: "fields_" });
  return Object.fromEntries(keys.map((key, index) => [names[index] as string, keyword(fields[key])]));
}

function keyword(value: unknown): string {
  return typeof value === "object" && value !== null ? jsonValue(value) : String(value);
}

/** `error.type`, `error.message`, `error.stack_trace` (text), `error.code` (a keyword); the rest keeps its names. */
function ecsError(copy: ErrorCopy, depth = 0): Fields {
  const { stack: _, code, cause, errors, ...rest } = copy;
  const inner = (part: unknown) => isErrorCopy(part, "err") && depth < MAX_CAUSES ? ecsError(part, depth + 1) : part;
  const error: Record<string, unknown> = { ...rest };
  const trace = stackText(copy);
  if (trace !== undefined) error["stack_trace"] = trace;
  if (code !== undefined) error["code"] = keyword(code);
  if (cause !== undefined) error["cause"] = inner(cause);
  if (errors !== undefined) error["errors"] = Array.isArray(errors) ? errors.map(inner) : errors;
  return error;
}
