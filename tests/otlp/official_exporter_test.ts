/**
 * What the official exporter of OpenTelemetry sends for the same records, over real HTTP.
 *
 * It differs in what is not compared here: it sends NaN as `null` in JSON and as a double in protobuf (a text here),
 * whole numbers beyond 2^53 as `intValue`, in JSON even 1.5e300, which int64 cannot hold (a double here), times with the nanoseconds of its
 * own clock, and bytes, which are a text in all our records since a copy is made of what is logged.
 *
 * @module
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { OTLPLogExporter as JsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { createLogger, type Level, withContext } from "../../mod.ts";
import "../../otlp.ts";
import { PROTOCOLS } from "./collect.ts";
import type { PlainRecord } from "./decode.ts";
import { startOtlpServer } from "./otlp_server.ts";

const SEVERITIES: Readonly<Record<Level, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
const RESOURCE = { "service.name": "shop", "deployment.environment.name": "test", "process.pid": 1, tags: ["a", "b"] };
const SCOPE = { tenant: "blue", shard: 7, ratio: 0.5, canary: true, zones: ["a", "b"] };
const SPAN = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

/** Records as both are given them. */
const RECORDS: readonly { level: Level; msg: string; fields: Record<string, string | number | boolean | object> }[] = [
  { level: "trace", msg: "", fields: {} },
  {
    level: "debug",
    msg: "plain",
    fields: { text: "GET", empty: "", int: 42, zero: 0, negative: -7, yes: true, no: false },
  },
  {
    level: "info",
    msg: "numbers",
    fields: { double: 0.1, tiny: 5e-324, large: 123_456_789_012.5, safe: Number.MAX_SAFE_INTEGER },
  },
  { level: "warn", msg: 'odd "quotes" \\ \n \t ünï 😀 \u0000 \u007f \u2028', fields: { "odd \n key": "odd \n value" } },
  {
    level: "error",
    msg: "nested",
    fields: { list: [1, "two", [3.5], true], map: { inner: { deep: "x" }, list: [{}] } },
  },
  { level: "fatal", msg: "long", fields: { long: "ü".repeat(70_000), many: Array.from({ length: 90 }, (_, n) => n) } },
];

function comparable(record: PlainRecord): object {
  const { timeUnixNano: _, observedTimeUnixNano: __, ...rest } = record;
  const own = [
    "telemetry.sdk.name",
    "telemetry.sdk.language",
    "telemetry.sdk.version",
    "process.runtime.name",
    "host.name",
  ];
  return { ...rest, resource: rest.resource.filter(([key]) => !own.includes(key)).toSorted() };
}

for (const protocol of PROTOCOLS) {
  describe(`what is sent as ${protocol}`, () => {
    it("is field by field what the official exporter sends", async () => {
      const server = await startOtlpServer();
      try {
        const error = new TypeError("bad");
        const Exporter = protocol === "http/json" ? JsonExporter : ProtobufExporter;
        const provider = new LoggerProvider({
          resource: resourceFromAttributes(RESOURCE),
          processors: [new SimpleLogRecordProcessor({ exporter: new Exporter({ url: server.url }) })],
        });
        const official = provider.getLogger("scope", "1.2.3", { attributes: SCOPE });
        const context = trace.setSpanContext(ROOT_CONTEXT, SPAN);
        // One after the other: each is a request of its own, and these overtake each other.
        const emit = async (record: Parameters<typeof official.emit>[0]) => {
          const { length } = server.records;
          official.emit(record);
          while (server.records.length === length) await new Promise<void>((resolve) => void setTimeout(resolve, 1));
        };
        for (const { level, msg: body, fields: attributes } of RECORDS) {
          await emit({ severityNumber: SEVERITIES[level], severityText: level, body, attributes } as never);
        }
        await emit({ severityNumber: 9, severityText: "info", body: "traced", context });
        await emit({
          severityNumber: 17,
          severityText: "error",
          body: "bad",
          attributes: {
            "exception.type": "TypeError",
            "exception.message": "bad",
            "exception.stacktrace": error.stack as string,
          },
        });
        const theirs = server.records.splice(0);

        const log = createLogger({
          level: "trace",
          destinations: [{
            uri: `otlp+${server.url}` as "otlp+http:",
            otlp: { protocol, resource: RESOURCE, scope: { name: "scope", version: "1.2.3", attributes: SCOPE } },
          }],
        });
        for (const { level, msg, fields } of RECORDS) log[level](msg, fields);
        withContext({ trace_id: SPAN.traceId, span_id: SPAN.spanId, trace_flags: "01" }, () => log.info("traced"));
        log.error(error);
        await log.close();

        assert.equal(theirs.length, RECORDS.length + 2);
        assert.deepEqual(server.records.map(comparable), theirs.map(comparable));
        await provider.shutdown();
      } finally {
        await server.close();
      }
    });
  });
}
