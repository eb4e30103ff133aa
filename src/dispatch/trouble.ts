import type { Message } from "../message.ts";
import type { Runtime } from "../runtime.ts";
import { Episode, type EpisodeMetrics } from "./episode.ts";

/** Writes in a row that end well, with nothing dropped meanwhile, after which a time of trouble is over. */
const CALM_WRITES = 2;

/** The same where only one write comes: the milliseconds after it in which nothing is dropped and nothing fails. */
const CALM_TIME = 1_000;

/**
 * Times in which a destination drops records or sends them elsewhere. Each ends with one record that tells of it,
 * however often the destination comes and goes meanwhile.
 */
export class Trouble {
  readonly #runtime: Runtime;
  readonly #deliver: (message: Message) => void;
  readonly #dropped = new Episode();
  readonly #diverted = new Episode();
  #calmWrites = 0;
  #timer: unknown;

  /** @param deliver Takes the record that tells of a time of trouble. */
  constructor(runtime: Runtime, deliver: (message: Message) => void) {
    this.#runtime = runtime;
    this.#deliver = deliver;
  }

  /** Whether there is something to tell. */
  get isOpen(): boolean {
    return this.#dropped.isOpen || this.#diverted.isOpen;
  }

  /** What is being dropped, what goes elsewhere. */
  get metrics(): { readonly dropped: EpisodeMetrics | undefined; readonly diverted: EpisodeMetrics | undefined } {
    return { dropped: this.#dropped.metrics(), diverted: this.#diverted.metrics() };
  }

  /** Counts a record that was dropped; returns whether it is the first. See {@linkcode Episode.add}. */
  drop(time: number, error: unknown): boolean {
    this.failed();
    return this.#dropped.add(time, error);
  }

  /** Counts a record that went elsewhere; returns whether it is the first. */
  divert(time: number, error: unknown, to: string): boolean {
    this.failed();
    return this.#diverted.add(time, error, to);
  }

  /** Says that things are not well. */
  failed(): void {
    this.#calmWrites = 0;
    this.#stopTimer();
  }

  /** Says that a write ended well. */
  succeeded(hasRoom: boolean): void {
    if (!this.isOpen) return;
    this.#calmWrites++;
    if (!hasRoom) return;
    if (this.#calmWrites >= CALM_WRITES) this.end();
    else this.#timer ??= this.#runtime.setTimer(() => this.end(), CALM_TIME);
  }

  /** Ends what there is, and tells of it. */
  end(): void {
    this.failed();
    const now = this.#runtime.now();
    for (const message of [this.#dropped.end("dropped", now), this.#diverted.end("diverted", now)]) {
      if (message !== undefined) this.#deliver(message);
    }
  }

  #stopTimer(): void {
    if (this.#timer === undefined) return;
    this.#runtime.clearTimer(this.#timer);
    this.#timer = undefined;
  }
}
