import type { Runtime } from "../../runtime.ts";
import { checkHeaders } from "./headers.ts";
import type { OtlpProtocol } from "./request.ts";

const DEFAULT_ENDPOINT = "http://localhost:4318/v1/logs";

/** What the environment says, each read when it is asked for: an option that is given makes a bad variable harmless. */
export interface OtlpEnvironment {
  endpoint(): string;
  protocol(): OtlpProtocol;
  headers(): Record<string, string>;
  compression(): "gzip" | "none";
  timeout(): number;
  serviceName(): string | undefined;
  resource(): Record<string, string>;
  maxAttributes(): number;
  maxAttributeLength(): number;
}

/**
 * The variables of the OpenTelemetry specification ("OpenTelemetry Protocol Exporter", "Environment Variable
 * Specification"). Those of logs count before those of all signals; an empty one is not set. A bad one throws a
 * `RangeError` that names it.
 */
export function otlpEnvironment(runtime: Runtime): OtlpEnvironment {
  function variable(...names: readonly string[]): { readonly name: string; readonly value: string } | undefined {
    for (const name of names) {
      const value = runtime.environment(name)?.trim();
      if (value !== undefined && value !== "") return { name, value };
    }
    return undefined;
  }
  const exporter = (name: string) => variable(`OTEL_EXPORTER_OTLP_LOGS_${name}`, `OTEL_EXPORTER_OTLP_${name}`);
  function number(found: { readonly name: string; readonly value: string } | undefined, otherwise: number): number {
    if (found === undefined) return otherwise;
    if (/^\d{1,15}$/.test(found.value)) return Number(found.value);
    throw unusable(found.name, "expected a whole number");
  }
  return {
    endpoint() {
      const own = variable("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT");
      if (own !== undefined) return checkEndpoint(own.name, own.value).href;
      const common = variable("OTEL_EXPORTER_OTLP_ENDPOINT");
      if (common === undefined) return DEFAULT_ENDPOINT;
      const url = checkEndpoint(common.name, common.value);
      url.pathname = url.pathname.replace(/\/*$/, "/v1/logs");
      return url.href;
    },
    protocol() {
      const found = exporter("PROTOCOL");
      if (found === undefined) return "http/protobuf";
      if (found.value === "http/protobuf" || found.value === "http/json") return found.value;
      throw unusable(
        found.name,
        'expected "http/protobuf" or "http/json"; the option "otlp.protocol" counts before it',
      );
    },
    headers() {
      const found = exporter("HEADERS");
      return found === undefined ? {} : checkHeaders(`environment variable "${found.name}"`, pairs(found));
    },
    compression() {
      const found = exporter("COMPRESSION");
      if (found === undefined) return "none";
      if (found.value === "gzip" || found.value === "none") return found.value;
      throw unusable(found.name, 'expected "gzip" or "none"');
    },
    timeout: () => number(exporter("TIMEOUT"), 10_000) || Infinity,
    serviceName: () => variable("OTEL_SERVICE_NAME")?.value,
    resource() {
      const found = variable("OTEL_RESOURCE_ATTRIBUTES");
      return found === undefined ? {} : pairs(found);
    },
    maxAttributes: () => number(variable("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"), 128),
    maxAttributeLength: () =>
      number(
        variable("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
        Infinity,
      ),
  };
}

/** Checks an address; what it is is not shown, since it may hold a secret. */
function checkEndpoint(name: string, value: string): URL {
  let url: URL;
  try {
    url = new URL(value);
  } catch {
    throw unusable(name, "it is not a valid URL");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") throw unusable(name, "expected http: or https:");
  if (url.username !== "" || url.password !== "") {
    throw unusable(name, "a user name and a password do not belong there but into the headers");
  }
  return url;
}

/** `key=value,key=value`, percent-encoded, as in W3C Baggage. */
function pairs({ name, value }: { readonly name: string; readonly value: string }): Record<string, string> {
  const out: Record<string, string> = {};
  for (const item of value.split(",")) {
    if (item.trim() === "") continue;
    const at = item.indexOf("=");
    const key = item.slice(0, Math.max(at, 0)).trim();
    if (key === "") throw unusable(name, "expected key=value, with commas between several");
    try {
      out[decodeURIComponent(key)] = decodeURIComponent(item.slice(at + 1).trim());
    } catch {
      throw unusable(name, "a percent sign in it is not followed by two hexadecimal digits");
    }
  }
  return out;
}

function unusable(name: string, why: string): RangeError {
  return new RangeError(`Cannot use environment variable "${name}": ${why}`);
}
