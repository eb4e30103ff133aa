import { atCaller } from "./at_caller.ts";
import type { HistogramMetrics } from "./histogram.ts";
import { CIRCUIT_STATES } from "./dispatch/circuit.ts";
import { LEVELS } from "./level.ts";
import type { Metrics } from "./metrics.ts";
import { show } from "./validate.ts";

/** Labels of a sample, by name. */
type Labels = Readonly<Record<string, string>>;

/** One metric with all its samples, in the order in which they are written. */
class Family {
  readonly #lines: string[];
  readonly #name: string;

  constructor(name: string, type: "counter" | "gauge" | "histogram", help: string) {
    this.#name = name;
    this.#lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  }

  add(value: number, labels: Labels = {}, suffix = ""): this {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.#lines.push(`${this.#name}${suffix}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${number(value)}`);
    return this;
  }

  /** Durations are kept in milliseconds; Prometheus wants base units. */
  addHistogram({ buckets, count, sum }: HistogramMetrics, labels: Labels): this {
    for (const { le, count } of buckets) this.add(count, { ...labels, le: number(le / 1000) }, "_bucket");
    return this.add(sum / 1000, labels, "_sum").add(count, labels, "_count");
  }

  toString(): string {
    return this.#lines.join("\n") + "\n";
  }
}

/**
 * Writes the metrics of a logger in Prometheus' text exposition format, version 0.0.4, for a `/metrics` page with the
 * content type `text/plain; version=0.0.4`.
 *
 * @param log The logger, or what its `metrics()` returned.
 * @throws TypeError for something else.
 *
 * @example The metrics of a logger
 * ```ts
 * import { createLogger, prometheusText } from "@omni/log";
 *
 * await using log = createLogger("stdout:");
 * log.info("hello");
 * if (!prometheusText(log).includes('omni_log_records_total{level="info"} 1')) throw new Error("not counted");
 * ```
 */
export function prometheusText(log: { metrics(): Metrics } | Metrics): string {
  const isLogger = typeof (log as { metrics?: unknown } | undefined)?.metrics === "function";
  const metrics = isLogger ? (log as { metrics(): Metrics }).metrics() : log as Metrics;
  if (typeof metrics?.logged !== "object") {
    const problem = `Cannot use option "log": expected a logger or its metrics, got ${show(log)}`;
    throw atCaller(prometheusText, new TypeError(problem));
  }
  const { destinations, pipeline, queue } = metrics;
  const counter = (name: string, help: string) => new Family(`omni_log_${name}_total`, "counter", help);
  const gauge = (name: string, help: string) => new Family(`omni_log_${name}`, "gauge", help);

  const records = counter("records", "Log calls that were taken.");
  for (const level of LEVELS) records.add(metrics.logged[level], { level });
  const dropped = counter("dropped", "Records that could not be kept.");
  for (const [reason, count] of Object.entries(metrics.droppedBy)) dropped.add(count, { reason });
  const families = [
    records,
    dropped,
    counter("errors", "Errors that were reported.").add(metrics.errors),
    gauge("queue_records", "Records in the queue.").add(queue.length),
    gauge("queue_capacity_records", "Records that the queue has room for.").add(queue.capacity),
    gauge("queue_high_water_records", "Most records that were ever in the queue.").add(queue.highWater),
    gauge("queue_bytes", "About how many bytes the records in the queue hold.").add(queue.bytes),
  ];

  const removed = counter("removed", "Records that a filter, middleware or sampler removed.");
  const stageErrors = counter("stage_errors", "Records for which a filter or middleware threw.");
  const addPipeline = (at: typeof pipeline, destination: Labels) => {
    for (const stage of ["middleware", "filters"] as const) {
      for (const { rule, rejected, errors } of at[stage]) {
        removed.add(rejected, { stage, rule, ...destination });
        stageErrors.add(errors, { stage, rule, ...destination });
      }
    }
    for (const { rule, rejected } of at.sampler) removed.add(rejected, { stage: "sampler", rule, ...destination });
  };
  addPipeline(pipeline, {});

  const written = counter("destination_written", "Records that the system or the server has taken.");
  const bytes = counter("destination_written_bytes", "Bytes of them.");
  const lost = counter("destination_dropped", "Records of a destination that could not be kept.");
  const pending = gauge("destination_pending_records", "Records that wait, or are being written.");
  const accepted = counter("destination_accepted", "Records that were meant for a destination.");
  const diverted = counter("destination_diverted", "Records that went to a fallback instead.");
  const received = counter("destination_received", "Records that a destination took as a fallback.");
  const circuit = gauge("destination_circuit_state", "1 for the state that the circuit of a destination is in.");
  const failures = gauge("destination_failures_in_a_row", "Writes that have failed in a row.");
  const openedAt = gauge("destination_circuit_opened_timestamp_seconds", "When the circuit opened.");
  const nextTryAt = gauge("destination_next_try_timestamp_seconds", "When a write that failed is tried again.");
  const errors = counter("destination_errors", "Writes that failed, and formatters and filters that threw.");
  const rotations = counter("destination_rotations", "Rotations by this process.");
  const truncated = counter("destination_truncated", "Records that were cut, or lost fields, for their length.");
  const connections = counter("destination_connections", "Connections that were made, or sockets.");
  const prunedFiles = counter("destination_pruned_files", "Rotated files that were deleted to make room.");
  const prunedBytes = counter("destination_pruned_bytes", "Bytes of the rotated files that were deleted to make room.");
  const housekeeping = counter(
    "destination_housekeeping_failures",
    "Failed rotations, compressions, deletions and registrations; no line was lost by them.",
  );
  const waits = counter("destination_lock_waits", "Locks that were held by somebody else.");
  const waited = counter("destination_lock_wait_seconds", "Time that was waited for locks.");
  const latency = new Family(
    "omni_log_destination_latency_seconds",
    "histogram",
    "Time from the call until the record was written.",
  );
  for (const at of destinations) {
    const labels = { destination: at.name };
    written.add(at.written, labels);
    bytes.add(at.bytes, labels);
    for (const [reason, count] of Object.entries(at.droppedBy)) lost.add(count, { ...labels, reason });
    pending.add(at.pending, labels);
    accepted.add(at.accepted, labels);
    for (const [to, count] of Object.entries(at.divertedTo)) diverted.add(count, { ...labels, to });
    received.add(at.received, labels);
    for (const state of CIRCUIT_STATES) circuit.add(at.circuit.state === state ? 1 : 0, { ...labels, state });
    failures.add(at.circuit.failures, labels);
    if (at.circuit.openedAt !== undefined) openedAt.add(at.circuit.openedAt / 1000, labels);
    if (at.circuit.nextTryAt !== undefined) nextTryAt.add(at.circuit.nextTryAt / 1000, labels);
    errors.add(at.errors, labels);
    rotations.add(at.rotations, labels);
    if (at.truncated !== undefined) truncated.add(at.truncated, labels);
    if (at.connections !== undefined) connections.add(at.connections, labels);
    if (at.pruned !== undefined) {
      prunedFiles.add(at.pruned.files, labels);
      prunedBytes.add(at.pruned.bytes, labels);
    }
    for (const [task, count] of Object.entries(at.housekeepingFailures ?? {})) {
      housekeeping.add(count, { ...labels, task });
    }
    waits.add(at.lockWaits?.count ?? 0, labels);
    waited.add((at.lockWaits?.milliseconds ?? 0) / 1000, labels);
    latency.addHistogram(at.latency, labels);
    addPipeline(at.pipeline, labels);
  }
  families.push(removed, stageErrors, accepted, written, bytes, lost, diverted, received, pending);
  families.push(circuit, failures, openedAt, nextTryAt, errors, rotations, housekeeping, prunedFiles, prunedBytes);
  families.push(truncated, connections, waits, waited, latency);
  return families.join("");
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function number(value: number): string {
  return value === Infinity ? "+Inf" : String(value);
}
