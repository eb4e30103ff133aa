/**
 * OTLP logs over HTTP, for an OpenTelemetry Collector or anything else that takes OTLP. Importing this module adds the
 * schemes `otlp+http:` and `otlp+https:`.
 *
 * @example Send records to a collector
 * ```ts
 * import { createLogger } from "@omni/log";
 * import "@omni/log/otlp";
 *
 * // A collector listens on http://localhost:4318; this stands in for it.
 * const bodies: string[] = [];
 * await using server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
 *   bodies.push(await request.text());
 *   return Response.json({});
 * });
 *
 * const log = createLogger({
 *   destinations: [{
 *     uri: `otlp+http://localhost:${server.addr.port}/v1/logs`,
 *     otlp: { protocol: "http/json", serviceName: "shop", headers: { authorization: "Bearer secret" } },
 *   }],
 * });
 * log.info("sold", { total: 120 });
 * await log.close();
 * if (!bodies[0].includes('"stringValue":"sold"')) throw new Error("not delivered");
 * ```
 *
 * ## What becomes of a record
 *
 * | record | LogRecord |
 * |---|---|
 * | time | `time_unix_nano`, `observed_time_unix_nano` |
 * | level | `severity_number` (trace 1, debug 5, info 9, warn 13, error 17, fatal 21), `severity_text` (its name) |
 * | text | `body` |
 * | `trace_id`, `span_id`, `trace_flags` as of `openTelemetryContext`, where valid | `trace_id`, `span_id`, `flags` |
 * | `logger`, as of `getLogger` | name of the scope |
 * | an error under `err` or `error` | `exception.type`, `exception.message`, `exception.stacktrace` with its causes |
 * | any other field | an attribute of its name |
 *
 * ## What can be lost
 *
 * `flush` and `close` resolve when the server has answered for all records. Until then they wait in memory, so a program
 * that ends without either loses what the server has not taken: at most the queue of the destination. That is reported
 * to `onError` and counted where the exit can be noticed. A request that is under way keeps the process alive until it
 * is answered or its timeout has passed; nothing else does.
 *
 * What the server says is temporary (429, 502, 503, 504, with `Retry-After`), and no answer, is tried again; what it
 * refuses for good is dropped, counted and reported with its message. After 413 a request is sent again in halves. A
 * request whose answer got lost is sent again, so the server may have its records twice. Redirects are not followed.
 *
 * ## What the environment says
 *
 * Where the options say nothing, these variables count, those in parentheses as a second choice:
 *
 * - `OTEL_EXPORTER_OTLP_LOGS_ENDPOINT` (`OTEL_EXPORTER_OTLP_ENDPOINT`, to which `/v1/logs` is added), in the same way
 *   `..._PROTOCOL` (`http/protobuf` or `http/json`), `..._HEADERS`, `..._COMPRESSION` (`gzip` or `none`), `..._TIMEOUT`
 *   (milliseconds)
 * - `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`
 * - `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT` (`OTEL_ATTRIBUTE_COUNT_LIMIT`), `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`
 *   (`OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`)
 *
 * One that cannot be read is reported to `onError` and counts as not set; a bad address and bad headers throw. Never
 * used, and reported where the address is one of https, are `..._CERTIFICATE`, `..._CLIENT_CERTIFICATE` and
 * `..._CLIENT_KEY`: certificates are the matter of the runtime (`NODE_EXTRA_CA_CERTS`, `DENO_CERT`) or of the option
 * `fetch`.
 *
 * @module
 */
import { detectRuntime } from "./adapters/detect.ts";
import { atCaller } from "./src/at_caller.ts";
import type { Backend } from "./src/backend.ts";
import { OtlpBackend } from "./src/backends/otlp/otlp_backend.ts";
import { type OtlpOptions, otlpSettings } from "./src/backends/otlp/otlp_options.ts";
import { addOtlpSchemes, otlpUrl } from "./src/backends/otlp/otlp_scheme.ts";
import { checkFunction, checkObject, checkText } from "./src/validate.ts";

export { OtlpError } from "./src/backends/otlp/otlp_backend.ts";
export type { OtlpDestinationOptions, OtlpOptions, OtlpScope } from "./src/backends/otlp/otlp_options.ts";
export type { OtlpProtocol } from "./src/backends/otlp/request.ts";
export type { ResourceValue as OtlpResourceValue } from "./src/backends/otlp/resource.ts";
export type { Fetch as OtlpFetch } from "./src/backends/otlp/transport.ts";

addOtlpSchemes();

/** Options of {@linkcode otlpBackend}. */
export interface OtlpBackendOptions extends OtlpOptions {
  /** Address of the server, such as `http://localhost:4318/v1/logs`. @default what the environment says */
  readonly url?: string;
  /**
   * Told of what costs no record: a variable of the environment that cannot be used, an answer that cannot be read.
   * @default nobody
   */
  readonly onError?: (error: unknown) => void;
}

/**
 * Makes a backend that sends records to an OTLP server, for the option `backend` of a destination, which must have no
 * `format`. Throws a `TypeError` or `RangeError` that names a bad option, or the variable of the environment that holds
 * a bad address or bad headers.
 *
 * @example A backend of an address that is not known beforehand
 * ```ts
 * import { createLogger } from "@omni/log";
 * import { otlpBackend } from "@omni/log/otlp";
 *
 * let requests = 0;
 * await using server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
 *   await request.arrayBuffer();
 *   requests++;
 *   return new Response();
 * });
 *
 * const backend = otlpBackend({ url: `http://localhost:${server.addr.port}/v1/logs`, compression: "gzip" });
 * const log = createLogger({ destinations: [{ name: "collector", backend }] });
 * log.warn("almost full", { free: 3 });
 * await log.close();
 * if (requests !== 1) throw new Error("not delivered");
 * ```
 */
export function otlpBackend(options: OtlpBackendOptions = {}): Backend {
  try {
    checkObject("options", options, undefined);
    const { url, onError, ...otlp } = options;
    const address = url === undefined ? undefined : otlpUrl(checkText("url", url), "url");
    const report = onError === undefined ? () => {} : checkFunction<(error: unknown) => void>("onError", onError);
    const runtime = detectRuntime();
    const settings = otlpSettings(runtime, otlp, { where: "options", url: address });
    for (const problem of settings.problems) report(problem);
    return new OtlpBackend(runtime, settings, report);
  } catch (error) {
    throw atCaller(otlpBackend, error);
  }
}
