import type { CircuitState } from "./circuit.ts";
import { type EpisodeMetrics, isoTime, reasonOf } from "./episode.ts";
import type { Mailbox } from "./mailbox.ts";

/** `"degraded"`: it delivers, but something is wrong; `"failing"`: it does not. */
export type HealthStatus = "ok" | "degraded" | "failing";

/** How one destination is. Times are ISO 8601. Nothing in it is secret. */
export interface DestinationHealth {
  /** Name of the destination. */
  readonly name: string;
  /**
   * `"failing"` while its circuit is not closed; `"degraded"` while its last write failed, records of it were refused
   * for good, a write takes longer than ten seconds, or records are dropped or go to a fallback.
   */
  readonly status: HealthStatus;
  /** State of its circuit breaker. */
  readonly circuit: CircuitState;
  /** Records that wait, or are being written. */
  readonly pending: number;
  /** Bytes of them. */
  readonly pendingBytes: number;
  /** When the first of the failures in a row was. */
  readonly failingSince?: string;
  /** What the last write that failed has failed with, or records were refused for, even if all is well since. */
  readonly lastError?: string;
  /** When that was. */
  readonly lastErrorAt?: string;
  /** When the last write ended well. */
  readonly lastWrittenAt?: string;
  /** Records that are being dropped: how many, why and since when. Absent when none were lately. */
  readonly dropping?: EpisodeMetrics;
  /** Records that go to a fallback. */
  readonly diverting?: EpisodeMetrics;
}

/** How a logger is. */
export interface Health {
  /**
   * `"failing"` when every destination fails, so that records reach nobody; `"degraded"` when one is not well.
   */
  readonly status: HealthStatus;
  /** Each destination, fallbacks of their own included. */
  readonly destinations: readonly DestinationHealth[];
}

/** Milliseconds after which a write under way is worth a warning. */
const LONG_WRITE = 10_000;

/** Looks at a destination. */
export function healthOf(name: string, mailbox: Mailbox): DestinationHealth {
  const { ledger, writer, trouble } = mailbox;
  const { circuit } = writer;
  const lastError = lastErrorOf(mailbox);
  const { dropped, diverted } = trouble.metrics;
  const isDegraded = circuit.failures > 0 || mailbox.isRefusing || writer.writingFor > LONG_WRITE || trouble.isOpen;
  return {
    name,
    status: circuit.state !== "closed" ? "failing" : isDegraded ? "degraded" : "ok",
    circuit: circuit.state,
    pending: ledger.pendingRecords,
    pendingBytes: writer.pendingBytes,
    ...(circuit.failingSince === undefined ? {} : { failingSince: isoTime(circuit.failingSince) }),
    ...(lastError === undefined ? {} : { lastError: lastError.reason, lastErrorAt: isoTime(lastError.at) }),
    ...(ledger.lastWrittenAt === undefined ? {} : { lastWrittenAt: isoTime(ledger.lastWrittenAt) }),
    ...(dropped === undefined ? {} : { dropping: dropped }),
    ...(diverted === undefined ? {} : { diverting: diverted }),
  };
}

/** The later of the last failure and the last refusal. */
function lastErrorOf({ writer, lastRefusal }: Mailbox): { readonly reason: string; readonly at: number } | undefined {
  const { lastError } = writer.circuit;
  if (lastError === undefined || (lastRefusal !== undefined && lastRefusal.at >= lastError.at)) return lastRefusal;
  return { reason: reasonOf(lastError.error), at: lastError.at };
}

/** The status of all together. */
export function statusOf(destinations: readonly DestinationHealth[]): HealthStatus {
  if (destinations.length > 0 && destinations.every(({ status }) => status === "failing")) return "failing";
  return destinations.some(({ status }) => status !== "ok") ? "degraded" : "ok";
}
