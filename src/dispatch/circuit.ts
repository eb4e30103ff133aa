/** How a destination stands: tries go on, wait for a pause to pass, or one is under way that decides. */
export type CircuitState = "closed" | "open" | "half-open";

/** All of them. */
export const CIRCUIT_STATES: readonly CircuitState[] = ["closed", "half-open", "open"];

/** State of the circuit breaker of a destination. Times are in milliseconds since the epoch. */
export interface CircuitMetrics {
  /** How the destination stands. */
  readonly state: CircuitState;
  /** Writes that have failed in a row. */
  readonly failures: number;
  /** When the circuit opened. */
  readonly openedAt?: number;
  /** When the next try is due; absent when none is waited for. */
  readonly nextTryAt?: number;
}

/** When a destination that failed is tried again, and when it counts as failing. Times are in milliseconds. */
export interface CircuitSettings {
  /** Pause after the first failure; doubled with each further one. */
  readonly firstPause: number;
  /** Longest of these pauses. */
  readonly lastPause: number;
  /** Failures in a row that open the circuit. */
  readonly failures: number;
  /** Pause of an open circuit; without it the pauses go on growing as before. */
  readonly openPause: number | undefined;
}

/** Pauses are shorter than stated by up to this share, at random, so that many clients do not come back at once. */
const JITTER = 0.25;

/** Pauses are not doubled more often than this: the number stays one. */
const MOST_DOUBLINGS = 40;

/** Counts what failed in a row, and says how long to wait. The timer is the caller's. */
export class Circuit {
  /** How the destination stands. */
  state: CircuitState = "closed";
  /** Writes that have failed in a row. */
  failures = 0;
  /** What the last write that failed has failed with, and when. */
  lastError: { readonly error: unknown; readonly at: number } | undefined;
  readonly #settings: CircuitSettings;
  #failingSince: number | undefined;
  #openedAt: number | undefined;
  #nextTryAt: number | undefined;

  constructor(settings: CircuitSettings) {
    this.#settings = settings;
  }

  /** When the first of the failures in a row was. */
  get failingSince(): number | undefined {
    return this.#failingSince;
  }

  /** Counts a failure and returns the pause until the next try. */
  fail(error: unknown, now: number): number {
    const { firstPause, lastPause, failures, openPause } = this.#settings;
    this.failures++;
    this.lastError = { error, at: now };
    this.#failingSince ??= now;
    const isOpen = this.failures >= failures;
    if (isOpen) {
      this.state = "open";
      this.#openedAt ??= now;
    }
    const growing = Math.min(lastPause, firstPause * 2 ** Math.min(this.failures - 1, MOST_DOUBLINGS));
    const ownPause = (isOpen ? openPause ?? growing : growing) * (1 - JITTER * Math.random());
    const pause = Math.max(ownPause, pauseAskedFor(error));
    this.#nextTryAt = now + pause;
    return pause;
  }

  /** Says that a try begins. */
  beginTry(): void {
    this.#nextTryAt = undefined;
    if (this.state === "open") this.state = "half-open";
  }

  /** Says that one ended well. */
  succeed(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.state = "closed";
    this.#failingSince = undefined;
    this.#openedAt = undefined;
  }

  /** The state, for the metrics. */
  metrics(): CircuitMetrics {
    return {
      state: this.state,
      failures: this.failures,
      ...(this.#openedAt === undefined ? {} : { openedAt: this.#openedAt }),
      ...(this.#nextTryAt === undefined ? {} : { nextTryAt: this.#nextTryAt }),
    };
  }
}

/** The pause, in milliseconds, that a server asks for with an error: its property `retryAfter`. 0 when it does not. */
export function pauseAskedFor(error: unknown): number {
  const retryAfter = typeof error === "object" && error !== null ? (error as { retryAfter?: unknown }).retryAfter : 0;
  return typeof retryAfter === "number" && retryAfter > 0 ? retryAfter : 0;
}
