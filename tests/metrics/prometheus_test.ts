import assert from "node:assert/strict";
import { describe, it } from "node:test";
// @ts-types="./parser.d.ts"
import parseModule from "parse-prometheus-text-format";
import { type Backend, createLogger, filter, prometheusText, sample } from "../../mod.ts";
import { MemoryBackend } from "../../testing.ts";

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly {
    readonly value?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly buckets?: Readonly<Record<string, string>>;
    readonly count?: string;
    readonly sum?: string;
  }[];
}

// The package is CommonJS with a default export of its own; the runtimes differ in how they show it.
const parse =
  (typeof parseModule === "function" ? parseModule : (parseModule as { readonly default: unknown }).default) as (
    text: string,
  ) => Family[];

describe("prometheusText()", () => {
  it("says what it takes when it is given something else", () => {
    for (const bad of [undefined, null, "app.log", {}, { metrics: 5 }]) {
      assert.throws(() => prometheusText(bad as never), {
        name: "TypeError",
        message: /^Cannot use option "log": expected a logger or its metrics, got /,
      });
    }
  });

  it("has the numbers that only some backends give", async () => {
    const backend: Backend = {
      supportsAtomic: true,
      write() {},
      metrics: () => ({ rotations: 1, truncated: 2, connections: 3, pruned: { files: 4, bytes: 5 } }),
    };
    await using log = createLogger({ destinations: [{ name: "x", backend }] });
    const text = prometheusText(log);
    const numbers = { rotations: 1, truncated: 2, connections: 3, pruned_files: 4, pruned_bytes: 5 };
    for (const [name, value] of Object.entries(numbers)) {
      assert.ok(text.includes(`\nomni_log_destination_${name}_total{destination="x"} ${value}\n`), name);
    }
  });

  it("is read by a client library, with the numbers of metrics()", async () => {
    const name = 'odd "name"\\ with\nline break';
    const log = createLogger({
      destinations: [{ name, backend: new MemoryBackend(), filter: filter.level({ min: "warn" }) }],
      sampler: sample.except("error", sample.every(2)),
      middleware: [function dropSecrets(message) {
        return message.msg === "secret" ? undefined : message;
      }],
    });
    for (let n = 0; n < 4; n++) log.info("info");
    log.error("error");
    log.info("secret");
    await log.flush();
    const families = new Map(parse(prometheusText(log)).map((family) => [family.name, family]));
    const value = (family: string, labels: Record<string, string> = {}) =>
      Number(
        families.get(family)?.metrics.find((metric) =>
          Object.entries(labels).every(([label, text]) => metric.labels?.[label] === text)
        )?.value,
      );
    const metrics = log.metrics();
    assert.equal(value("omni_log_records_total", { level: "info" }), 5);
    assert.equal(value("omni_log_records_total", { level: "error" }), 1);
    assert.equal(value("omni_log_removed_total", { stage: "middleware", rule: "dropSecrets" }), 1);
    const [destination] = metrics.destinations;
    assert.equal(destination?.pipeline.filters[0]?.rejected, 2);
    const odd = [...families.get("omni_log_destination_written_total")!.metrics][0]!;
    assert.equal(Number(odd.value), 1);
    assert.equal(odd.labels?.destination?.includes("name"), true);
    assert.equal(families.get("omni_log_queue_records")?.type, "GAUGE");
    const latency = families.get("omni_log_destination_latency_seconds")!;
    assert.equal(latency.type, "HISTOGRAM");
    assert.match(prometheusText(log), /^omni_log_destination_latency_seconds_count\{destination="odd .*"\} 1$/m);
    assert.equal(latency.metrics[0]?.buckets?.["+Inf"], "1");
    for (const family of families.values()) assert.notEqual(family.help, "");
    await log.close();
    log.info("late");
    assert.equal(
      parse(prometheusText(log.metrics())).find(({ name }) => name === "omni_log_dropped_total")?.metrics
        .find(({ labels }) => labels?.reason === "afterClose")?.value,
      "1",
    );
  });
});
