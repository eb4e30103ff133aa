import type { ByteSize, Duration } from "../../destination_options.ts";
import type { Runtime } from "../../runtime.ts";
import {
  checkByteSize,
  checkDuration,
  checkFunction,
  checkInteger,
  checkObject,
  checkOneOf,
  checkText,
  show,
} from "../../validate.ts";
import { checkHeaders } from "./headers.ts";
import { otlpEnvironment } from "./otlp_environment.ts";
import type { KeyValueJson, ScopeJson } from "./otlp_json.ts";
import type { AttributeLimits } from "./log_record_fields.ts";
import type { OtlpProtocol } from "./request.ts";
import { attributesJson, LIBRARY_NAME, LIBRARY_VERSION, resourceAttributes, type ResourceValue } from "./resource.ts";
import type { Fetch } from "./transport.ts";

/** What has made the records (`InstrumentationScope` of opentelemetry-proto, common/v1/common.proto). */
export interface OtlpScope {
  /** Its name. */
  readonly name: string;
  /** Its version. @default none */
  readonly version?: string;
  /** Its attributes. @default {} */
  readonly attributes?: Readonly<Record<string, ResourceValue>>;
}

/**
 * Options of OTLP. What they do not say, the environment says: `OTEL_EXPORTER_OTLP_LOGS_*` before
 * `OTEL_EXPORTER_OTLP_*`, and what neither says is the default. A variable that cannot be used is reported to `onError`
 * and counts as not set; a bad address and bad headers throw.
 */
export interface OtlpOptions {
  /** Encoding of the requests; JSON costs the program less. @default "http/protobuf", or `..._PROTOCOL` */
  readonly protocol?: OtlpProtocol;
  /**
   * Headers of each request, such as those with an API key. They appear in no error and no metric. Those of the
   * environment (`..._HEADERS`) are sent too unless one of the same name is here.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compression of the requests. @default "none", or `..._COMPRESSION` */
  readonly compression?: "gzip" | "none";
  /** How long to wait for an answer. @default "10s", or `..._TIMEOUT` */
  readonly timeout?: Duration;
  /**
   * The attribute `service.name` of the resource.
   * @default that of the option `resource`, else `OTEL_SERVICE_NAME`, else that of `OTEL_RESOURCE_ATTRIBUTES`, else
   * "unknown_service:deno"
   */
  readonly serviceName?: string;
  /** Attributes of the resource; they count before those of the environment, process and host. @default {} */
  readonly resource?: Readonly<Record<string, ResourceValue>>;
  /**
   * The scope of records without a field `logger`. That names the scope otherwise, which then has neither a version nor
   * attributes. @default the library
   */
  readonly scope?: OtlpScope;
  /** Records of one request. @default 5_000 */
  readonly maxBatchRecords?: number;
  /** Bytes of one request, before compression and about; a longer record goes alone. @default "1MiB" */
  readonly maxBatchBytes?: ByteSize;
  /** Attributes of a record; further ones are counted and left out. @default 128, or `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT` */
  readonly maxAttributes?: number;
  /**
   * Characters of a text in an attribute; the rest of it is cut off.
   * @default unlimited, or `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`
   */
  readonly maxAttributeLength?: number;
  /**
   * Sends the requests; for a certificate authority or a proxy that the runtime is told of by call. The body is used
   * again for the next request. @default fetch
   */
  readonly fetch?: Fetch;
}

/** What a destination that is an OTLP server can be told beside the common options. */
export interface OtlpDestinationOptions {
  /** Options of OTLP. */
  readonly otlp?: OtlpOptions;
}

/** The options, checked. */
export interface OtlpSettings extends AttributeLimits {
  readonly url: string;
  readonly protocol: OtlpProtocol;
  readonly headers: Readonly<Record<string, string>>;
  readonly gzip: boolean;
  readonly timeout: number;
  readonly resource: readonly KeyValueJson[];
  readonly scope: ScopeJson;
  readonly maxBatchRecords: number;
  readonly maxBatchBytes: number;
  readonly fetch: Fetch;
  /** Variables of the environment that are set and not used; for `onError`, once there is a backend. */
  readonly problems: readonly RangeError[];
}

/** Names of the options. */
export const OTLP_KEYS: readonly (keyof OtlpOptions)[] = [
  "protocol",
  "headers",
  "compression",
  "timeout",
  "serviceName",
  "resource",
  "scope",
  "maxBatchRecords",
  "maxBatchBytes",
  "maxAttributes",
  "maxAttributeLength",
  "fetch",
];

/**
 * Checks the options and completes them from the environment.
 *
 * @param where Name of the options, for error messages.
 * @param url The address; `undefined` where the environment tells it.
 */
export function otlpSettings(
  runtime: Runtime,
  options: OtlpOptions,
  { where, url }: { readonly where: string; readonly url: string | undefined },
): OtlpSettings {
  checkObject(where, options, new Set(OTLP_KEYS));
  const problems: RangeError[] = [];
  const environment = otlpEnvironment(runtime, (problem) => problems.push(problem));
  const at = (key: keyof OtlpOptions) => where === "options" ? key : `${where}.${key}`;
  const { protocol, headers, compression, timeout, serviceName, resource, maxBatchRecords, maxBatchBytes } = options;
  const address = url ?? environment.endpoint();
  // A fetch of the program's brings its own certificates; without encryption there are none.
  if (options.fetch === undefined && address.startsWith("https:")) environment.ignoreCertificates();
  return {
    url: address,
    protocol: protocol === undefined
      ? environment.protocol()
      : checkOneOf(at("protocol"), protocol, ["http/protobuf", "http/json"]),
    headers: {
      ...environment.headers(),
      ...(headers === undefined ? {} : checkHeaders(`option "${at("headers")}"`, headers)),
    },
    gzip:
      (compression === undefined
        ? environment.compression()
        : checkOneOf(at("compression"), compression, ["gzip", "none"])) === "gzip",
    timeout: timeout === undefined ? environment.timeout() : checkDuration(at("timeout"), timeout, 1),
    resource: resourceAttributes(runtime, {
      environment: { attributes: environment.resource(), serviceName: environment.serviceName() },
      options: {
        attributes: resource === undefined ? {} : checkAttributes(at("resource"), resource),
        serviceName: serviceName === undefined ? undefined : checkText(at("serviceName"), serviceName),
      },
    }),
    scope: options.scope === undefined
      ? { name: LIBRARY_NAME, version: LIBRARY_VERSION }
      : checkScope(at("scope"), options.scope),
    maxBatchRecords: maxBatchRecords === undefined ? 5_000 : checkInteger(at("maxBatchRecords"), maxBatchRecords, 1),
    maxBatchBytes: maxBatchBytes === undefined ? 1024 * 1024 : checkByteSize(at("maxBatchBytes"), maxBatchBytes, 1),
    maxAttributes: options.maxAttributes === undefined
      ? environment.maxAttributes()
      : checkInteger(at("maxAttributes"), options.maxAttributes, 0),
    maxAttributeLength: options.maxAttributeLength === undefined
      ? environment.maxAttributeLength()
      : checkInteger(at("maxAttributeLength"), options.maxAttributeLength, 0),
    fetch: options.fetch === undefined ? standardFetch : checkFunction<Fetch>(at("fetch"), options.fetch),
    problems,
  };
}

/** Looked up at the call: a program may have put another in its place by then. */
function standardFetch(url: string, init: RequestInit): Promise<Response> {
  return fetch(url, init);
}

function checkAttributes(where: string, attributes: unknown): Record<string, ResourceValue> {
  checkObject(where, attributes, undefined);
  for (const [name, value] of Object.entries(attributes as Record<string, unknown>)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (items.every((item) => ["string", "number", "boolean"].includes(typeof item))) continue;
    throw new TypeError(
      `Cannot use option "${where}.${name}": expected a string, a number, a boolean or an array of them, ` +
        `got ${show(value)}`,
    );
  }
  return attributes as Record<string, ResourceValue>;
}

function checkScope(where: string, scope: OtlpScope): ScopeJson {
  checkObject(where, scope, new Set(["name", "version", "attributes"]));
  const { name, version, attributes } = scope;
  return {
    name: checkText(`${where}.name`, name),
    ...(version === undefined ? {} : { version: checkText(`${where}.version`, version) }),
    ...(attributes === undefined
      ? {}
      : { attributes: attributesJson(checkAttributes(`${where}.attributes`, attributes)) }),
  };
}
