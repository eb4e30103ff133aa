import type { Runtime } from "../../runtime.ts";
import { keyValue } from "./any_value.ts";
import type { KeyValueJson } from "./otlp_json.ts";

/** Name of this library, of the scope of the records that name no logger, and of the SDK in the resource. */
export const LIBRARY_NAME = "@omni/log";

/** Version of this library. */
export const LIBRARY_VERSION = "0.1.0";

/** A value of an attribute of the resource or the scope. */
export type ResourceValue = string | number | boolean | readonly (string | number | boolean)[];

/** What the resource is made of. */
export interface ResourceParts {
  /** Of the environment. */
  readonly environment: {
    readonly attributes: Readonly<Record<string, string>>;
    readonly serviceName: string | undefined;
  };
  /** Of the options; they count before those of the environment. */
  readonly options: {
    readonly attributes: Readonly<Record<string, ResourceValue>>;
    readonly serviceName: string | undefined;
  };
}

/**
 * The attributes of what makes the records (semantic conventions "service", "telemetry", "process", "host"): what is
 * known of itself, then what the environment says, then what the program says.
 */
export function resourceAttributes(runtime: Runtime, { environment, options }: ResourceParts): KeyValueJson[] {
  const { name, pid } = runtime;
  const host = runtime.hostname();
  // Within each, what is only for the name of the service counts before the list.
  const named = (service: string | undefined) => (service === undefined ? {} : { "service.name": service });
  const attributes: Record<string, ResourceValue> = {
    "service.name": `unknown_service:${name}`,
    // "opentelemetry" is for the SDKs of that project.
    "telemetry.sdk.name": "omni-log",
    "telemetry.sdk.language": name === "node" ? "nodejs" : name,
    "telemetry.sdk.version": LIBRARY_VERSION,
    "process.pid": pid,
    "process.runtime.name": name === "node" ? "nodejs" : name,
    ...(host === undefined ? {} : { "host.name": host }),
    ...environment.attributes,
    ...named(environment.serviceName),
    ...options.attributes,
    ...named(options.serviceName),
  };
  return attributesJson(attributes);
}

/** Attributes in their JSON form, in their order. */
export function attributesJson(attributes: Readonly<Record<string, ResourceValue>>): KeyValueJson[] {
  return Object.entries(attributes).map(([key, value]) => JSON.parse(keyValue(key, value, Infinity)) as KeyValueJson);
}
