import type { Batch } from "./dispatch/batch.ts";
import type { HousekeepingTask } from "./errors.ts";
import type { FormatName } from "./format/named_format.ts";
import type { Formatter } from "./message.ts";

export type { Batch };

/**
 * Where the records of a destination go.
 *
 * The dispatcher is the only caller. It never calls `write` before the last one has settled, so a backend needs no
 * queue of its own. A `write` that throws or rejects is reported and tried again with a growing pause; what the batch
 * says is committed by then counts as delivered, the rest is kept.
 */
export interface Backend {
  /** Whether a record is always delivered whole or not at all, even when several processes write at once. */
  readonly supportsAtomic: boolean;
  /** The format where the destination names none. @default "json" */
  readonly format?: FormatName | Formatter;
  /** What may gather before a write begins by itself; a flush does not wait for it. @default nothing */
  readonly gather?: Gather;
  /**
   * Delivers a batch; done once the operating system, or the server, has it. The batch may be read until then.
   *
   * @param urgency Given when the program cannot wait for its event loop; only backends with `advance` care.
   */
  write(batch: Batch, urgency?: Urgency): void | Promise<void>;
  /** Waits until what was written has arrived for good, where that is more than `write` promises. */
  flush?(): void | Promise<void>;
  /** Releases everything. Called once, after the last `write` has settled. */
  close?(): void | Promise<void>;
  /**
   * Drives the last `write` on this thread, without the event loop, and returns whether it has ended well; throws what it
   * has failed with. A backend that has it loses nothing at exit and in programs that never yield.
   */
  advance?(urgency: Urgency): boolean;
  /** Something else whenever what `close` waits for has moved, which may then take as long as it likes. */
  progress?(): unknown;
  /** Further numbers for the metrics. */
  metrics?(): BackendMetrics;
}

/** What a backend would rather be given at once. */
export interface Gather {
  /** Bytes that are worth a write. */
  readonly bytes: number;
  /** How long, in milliseconds, the first record may wait for them. */
  readonly milliseconds: number;
}

/** How far a backend may go when it works on the program's thread. */
export interface Urgency {
  /** How long, in milliseconds, it may wait for locks and for writes under way; 0 in a log call. */
  readonly patience: number;
  /** Whether it may make calls of which it is not known that they are quick now: at exit, or to avoid a loss. */
  readonly force: boolean;
}

/** What a backend adds to the metrics of its destination. */
export interface BackendMetrics {
  /** Rotations carried out by this process. */
  readonly rotations?: number;
  /** Times that a lock was held by somebody else, and the milliseconds waited for it. */
  readonly lockWaits?: { readonly count: number; readonly milliseconds: number };
  /** How often rotation, compression, retention and registration of a file have failed; no line was lost by it. */
  readonly housekeepingFailures?: { readonly [K in HousekeepingTask]: number };
  /** Records that were cut, or lost fields, because they were longer than the destination takes. */
  readonly truncated?: number;
  /** Connections that were made, or sockets. */
  readonly connections?: number;
  /** Rotated files that were deleted to make room on a full disk, and their bytes. */
  readonly pruned?: { readonly files: number; readonly bytes: number };
}
