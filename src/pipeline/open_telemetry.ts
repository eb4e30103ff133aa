import type { Fields } from "../message.ts";
import type { ContextProvider } from "./ambient.ts";

/** What is used of an OpenTelemetry span context (API 1.x, `SpanContext`). */
interface SpanContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Where `@opentelemetry/api` 1.x keeps its global managers, and the key of the active span in a context. */
const GLOBAL_API = Symbol.for("opentelemetry.js.api.1");
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");

/** What a trace id consists of when there is no trace (W3C Trace Context, section 3.2.2.3). */
const NO_TRACE = /^0*$/;

/**
 * Provides `trace_id`, `span_id` and `trace_flags` (two hexadecimal digits) of OpenTelemetry's active span, named as in
 * the OpenTelemetry specification "Trace Context in non-OTLP Log Formats".
 *
 * It looks for the API where `@opentelemetry/api` registers itself, so nothing is imported: without it there are no
 * fields.
 *
 * @example Records that can be found from their trace
 * ```ts
 * import { createLogger, openTelemetryContext } from "@omni/log";
 *
 * await using log = createLogger({ destinations: ["stdout:"], context: [openTelemetryContext()] });
 * log.info("inside of no span");
 * ```
 */
export function openTelemetryContext(): ContextProvider {
  const known = new WeakMap<SpanContext, Fields>();
  return () => {
    const span = activeSpan();
    if (span === undefined || NO_TRACE.test(span.traceId)) return undefined;
    let fields = known.get(span);
    if (fields === undefined) {
      const flags = span.traceFlags.toString(16).padStart(2, "0");
      known.set(span, fields = { trace_id: span.traceId, span_id: span.spanId, trace_flags: flags });
    }
    return fields;
  };
}

function activeSpan(): SpanContext | undefined {
  const api = (globalThis as { readonly [GLOBAL_API]?: OpenTelemetryGlobal })[GLOBAL_API];
  return api?.context?.active().getValue(SPAN_KEY)?.spanContext();
}

interface OpenTelemetryGlobal {
  readonly context?: { active(): { getValue(key: symbol): { spanContext(): SpanContext } | undefined } };
}
