import type { Runtime } from "../../runtime.ts";
import { show } from "../../validate.ts";
import { checkHeaders } from "./headers.ts";
import type { OtlpProtocol } from "./request.ts";

const DEFAULT_ENDPOINT = "http://localhost:4318/v1/logs";

const NOT_SET = "it counts as not set";

const PROTOCOLS = ["http/protobuf", "http/json"] as const;
const COMPRESSIONS = ["gzip", "none"] as const;

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
  /** Tells of the variables of certificates, which are not used. */
  ignoreCertificates(): void;
}

/**
 * The variables of the OpenTelemetry specification ("OpenTelemetry Protocol Exporter", "Environment Variable
 * Specification"). Those of logs count before those of all signals; an empty one is not set.
 *
 * A bad word, number or list of attributes counts as not set, which the specification demands. A bad address and bad
 * headers throw a `RangeError` that names the variable: without them records would go somewhere else, or be refused.
 *
 * @param ignore Told of each variable that counts as not set.
 */
export function otlpEnvironment(runtime: Runtime, ignore: (problem: RangeError) => void): OtlpEnvironment {
  function variable(...names: readonly string[]): Variable | undefined {
    for (const name of names) {
      const value = runtime.environment(name)?.trim();
      if (value !== undefined && value !== "") return { name, value };
    }
    return undefined;
  }
  const namesOf = (name: string) => [`OTEL_EXPORTER_OTLP_LOGS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
  /** What the first of the variables says that is set and can be read. */
  function read<T>(
    names: readonly string[],
    { expected, parse }: { readonly expected: string; readonly parse: (text: string) => T | undefined },
  ): T | undefined {
    for (const name of names) {
      const found = variable(name);
      if (found === undefined) continue;
      const value = parse(found.value);
      if (value !== undefined) return value;
      ignore(unusable(name, `expected ${expected}, got ${show(found.value)}; ${NOT_SET}`));
    }
    return undefined;
  }
  function word<T extends string>(names: readonly string[], words: readonly T[]): T | undefined {
    return read(names, {
      expected: words.map((word) => `"${word}"`).join(" or "),
      parse: (text) => words.find((word) => word === text.toLowerCase()),
    });
  }
  function number(names: readonly string[]): number | undefined {
    return read(names, {
      expected: "a whole number",
      parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
    });
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
    protocol: () => word(namesOf("PROTOCOL"), PROTOCOLS) ?? "http/protobuf",
    headers() {
      const found = variable(...namesOf("HEADERS"));
      return found === undefined ? {} : checkHeaders(`environment variable "${found.name}"`, pairs(found));
    },
    compression: () => word(namesOf("COMPRESSION"), COMPRESSIONS) ?? "none",
    timeout: () => (number(namesOf("TIMEOUT")) ?? 10_000) || Infinity,
    serviceName: () => variable("OTEL_SERVICE_NAME")?.value,
    resource() {
      const found = variable("OTEL_RESOURCE_ATTRIBUTES");
      if (found === undefined) return {};
      try {
        return pairs(found);
      } catch (error) {
        // All of it, as the specification demands ("Resource SDK").
        ignore(new RangeError(`${(error as RangeError).message}; ${NOT_SET}`));
        return {};
      }
    },
    maxAttributes: () => number(["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"]) ?? 128,
    maxAttributeLength: () =>
      number(["OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"]) ?? Infinity,
    ignoreCertificates() {
      const authority = runtime.name === "deno" ? "DENO_CERT" : "NODE_EXTRA_CA_CERTS";
      const reasons = [
        ["CERTIFICATE", `the runtime trusts what it is told to by ${authority}; or give the option "otlp.fetch"`],
        ["CLIENT_CERTIFICATE", 'requests have no client certificate; give the option "otlp.fetch", which can send one'],
        ["CLIENT_KEY", 'requests have no client certificate; give the option "otlp.fetch", which can send one'],
      ] as const;
      for (const [variables, reason] of reasons) {
        const found = variable(...namesOf(variables));
        if (found !== undefined) ignore(unusable(found.name, reason));
      }
    },
  };
}

/** A variable that is set. */
interface Variable {
  readonly name: string;
  readonly value: string;
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
function pairs({ name, value }: Variable): Record<string, string> {
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
