import type { Health } from "./dispatch/health.ts";
import type { LoggerDestinations } from "./logger.ts";
import type { LoggerChanges } from "./options.ts";
import type { Metrics } from "./metrics.ts";
import type { Context } from "./pipeline/context.ts";
import type { Snapshots } from "./pipeline/snapshot.ts";

/** What takes the records of a logger. */
export interface Sink {
  /** Takes a record; never throws. The time is that of the call unless it is given. */
  record(level: number, context: Context, text: string, fields: unknown, time?: number): void;
  /** Makes the copies of bound fields. */
  readonly snapshots: Snapshots;
  /**
   * Copies without secrets, of values that become text before a record is made of them; the values themselves where
   * nothing is redacted, and `undefined` where it is not known yet what is.
   */
  redact(values: readonly unknown[]): readonly unknown[] | undefined;
  /** The destinations. */
  readonly destinations: LoggerDestinations;
  /** Changes settings; throws for bad ones and leaves all as it was. */
  update(changes: LoggerChanges): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  metrics(): Metrics;
  health(): Health;
  /** Reports an error to the program. */
  report(error: unknown): void;
  /** Told of a child that is made while this takes the records: its context, and the binding that has its level. */
  addChild?(context: Context, binding: Binding): void;
}

/** What takes the records of a logger and of everything that was made of it; a named logger gets others in time. */
export interface Source {
  sink: Sink;
}

/**
 * Where the records of a logger go, and from which level on. Shared by a logger and its children, so that one change
 * counts for all of them. A child with a level of its own has a binding of its own, but the same source: nobody holds a
 * sink that may be out of date.
 */
export class Binding {
  /** Level number from which on calls are taken. */
  threshold: number;
  /** Has what takes the records. */
  readonly source: Source;
  /** Told when the level is changed. */
  onChange: (() => void) | undefined;

  constructor(source: Source, threshold: number) {
    this.source = source;
    this.threshold = threshold;
  }

  /** Takes the records. */
  get sink(): Sink {
    return this.source.sink;
  }

  /** Changes the level. */
  setThreshold(threshold: number): void {
    this.threshold = threshold;
    this.onChange?.();
  }
}
