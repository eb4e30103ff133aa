import type { DestinationMetrics, DropReasons } from "./dispatch/ledger.ts";
import type { CircuitMetrics, CircuitState } from "./dispatch/circuit.ts";
import type { EpisodeMetrics } from "./dispatch/episode.ts";
import type { DestinationHealth, Health, HealthStatus } from "./dispatch/health.ts";
import type { Level } from "./level.ts";

import type { PipelineMetrics } from "./pipeline/pipeline.ts";

export type { CircuitMetrics, CircuitState, DestinationHealth, DestinationMetrics, DropReasons };
export type { EpisodeMetrics, Health, HealthStatus, PipelineMetrics };

/** Numbers of a logger and its children, since it was created. */
export interface Metrics {
  /** Calls that were taken, by level. */
  readonly logged: { readonly [K in Level]: number };
  /** Records that could not be kept: by a destination, for want of room in the queue, or after `close`. */
  readonly dropped: number;
  /** The same by reason. */
  readonly droppedBy: DropReasons;
  /** Errors that were reported to `onError`. */
  readonly errors: number;
  /** The queue between the calls and the dispatcher. */
  readonly queue: QueueMetrics;
  /** What the middleware, filters and sampler of the logger have done. */
  readonly pipeline: PipelineMetrics;
  /** Each destination. */
  readonly destinations: readonly DestinationMetrics[];
}

/** Numbers of the queue. */
export interface QueueMetrics {
  /** Records in it now. */
  readonly length: number;
  /** Records it has room for. */
  readonly capacity: number;
  /** About how many bytes they hold. */
  readonly bytes: number;
  /** Most records that were ever in it. */
  readonly highWater: number;
}
