import { messageOf } from "../errors.ts";
import type { Fields, Message } from "../message.ts";
import { redactText } from "../redact/redact_text.ts";
import { errorCode } from "../runtime.ts";
import { beginning } from "../beginning.ts";

/** A time in which a destination could not keep its records. */
export interface EpisodeMetrics {
  /** How many it was so far. */
  readonly count: number;
  /** Why. */
  readonly reason: string;
  /** The call of the first (ISO 8601). */
  readonly since: string;
  /** The call of the last (ISO 8601). */
  readonly until: string;
}

/** Counts what happens to records in a time of trouble, so that one record can tell of it afterwards. */
export class Episode {
  #count = 0;
  #since = 0;
  #until = 0;
  /** Only its words are wanted, but not for each record anew. */
  #error: unknown;
  #to = new Set<string>();

  /** Whether there is one. */
  get isOpen(): boolean {
    return this.#count > 0;
  }

  /**
   * Counts a record of a call at `time`, and returns whether it is the first.
   *
   * @param error What the destination fails with, where it fails.
   */
  add(time: number, error: unknown, to?: string): boolean {
    if (error !== undefined) this.#error = error;
    if (to !== undefined) this.#to.add(to);
    if (this.#count === 0) this.#since = time;
    this.#since = Math.min(this.#since, time);
    this.#until = Math.max(this.#until, time);
    return ++this.#count === 1;
  }

  /** What it was so far; `undefined` when there is none. */
  metrics(): EpisodeMetrics | undefined {
    if (this.#count === 0) return undefined;
    return {
      count: this.#count,
      reason: this.#error === undefined
        ? "queue full: the destination is slower than the program"
        : reasonOf(this.#error),
      since: isoTime(this.#since),
      until: isoTime(this.#until),
    };
  }

  /** Ends it and returns the record that tells of it; `undefined` when there was none. */
  end(what: "dropped" | "diverted", time: number): Message | undefined {
    const metrics = this.metrics();
    if (metrics === undefined) return undefined;
    const { count, ...rest } = metrics;
    const fields: Fields = { [what]: count, ...(this.#to.size > 0 ? { to: [...this.#to].join(", ") } : {}), ...rest };
    this.#count = 0;
    this.#until = 0;
    this.#error = undefined;
    this.#to.clear();
    return { time, level: "warn", msg: `log records ${what}`, fields };
  }
}

/** A query parameter, or a setting, whose name says that nobody is to see its value. */
const SECRET = /((?:key|token|secret|password|passwd|pwd|sig|signature|credential)s?=)[^&\s"',;]+/gi;

/** Units of an error's message that are kept. */
const MOST_TEXT = 500;

/** The words of an error for everybody's eyes: with its code, short, and without secrets. */
export function reasonOf(error: unknown): string {
  const message = beginning(messageOf(error), MOST_TEXT);
  const code = errorCode(error);
  const text = code === undefined || message.startsWith(code) ? message : `${code}: ${message}`;
  return redactText(text).replace(SECRET, "$1[REDACTED]");
}

/** A time as text; the clock of a machine may be anywhere. */
export function isoTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}
