import type { HousekeepingTask } from "../../src/errors.ts";
import { JsonFormat } from "../../src/format/json_format.ts";
import { formatterOf } from "../../src/format/formatter.ts";
import type { Logger } from "../../src/logger.ts";
import type { Formatter } from "../../src/message.ts";

/** A line that tells of drops. */
export interface Notice {
  readonly line: string;
  /** How many it tells of. */
  readonly dropped: number;
}

/** What a logger says of itself at one moment. */
interface Account {
  readonly metrics: ReturnType<Logger["metrics"]>;
  /** Drops of which no notice tells yet. */
  readonly untold: number;
}

const json = new JsonFormat();

/**
 * A logger under test, with what the program knows about it and what has become of each of its lines.
 *
 * A record is formatted right before its destination takes or drops it, so a drop that is counted between two records
 * is that of the first one.
 */
export class WatchedLogger {
  readonly name: string;
  readonly logger: Logger;
  /** Records handed to it; they are numbered from 0 on. */
  logged = 0;
  /** Of those, how many have been formatted. */
  formatted = 0;
  /** Numbers of those that found no room. */
  readonly dropped = new Set<number>();
  /** Numbers of fatal records. */
  readonly fatal = new Set<number>();
  /** Notices of drops that it has made. */
  readonly notices: Notice[] = [];
  /** Of the formatted ones, up to which number all that were not dropped are said to be safe, and what has said so. */
  acknowledged = { count: 0, by: "" };
  /** What it has said that cannot be. */
  readonly problems: string[] = [];
  isClosing = false;
  isClosed = false;
  #last: Account | undefined;
  #undecided: number | undefined;
  #droppedAtFlush = 0;

  /**
   * @param make Makes the logger with a format for its destination.
   * @param options.writes Whether its lines go as bytes, or as text.
   */
  constructor(name: string, make: (format: Formatter) => Logger, options: { readonly writes: boolean }) {
    this.name = name;
    this.logger = make(formatterOf({
      encode: (queue, index) => {
        this.#formats(queue.texts[index]);
        return json.encode(queue, index);
      },
      ...options.writes && {
        write: (queue, index, buffer) => {
          // One that finds no room is written again, into the next buffer or when some has been made.
          if (!this.#isUndecided(queue.texts[index])) this.#formats(queue.texts[index]);
          return json.write(queue, index, buffer);
        },
      },
      format: (message) => {
        const line = json.format(message);
        if (this.#last === undefined) this.notices.push({ line, dropped: message.fields?.dropped as number });
        return line;
      },
    }));
  }

  /** Its numbers now, or when its process died. */
  get account(): Account {
    return this.#last ?? {
      metrics: this.logger.metrics(),
      untold: this.logger.health().destinations[0].dropping?.count ?? 0,
    };
  }

  /** Whether nothing of it waits. */
  get isIdle(): boolean {
    const { queue, destinations: [{ pending }] } = this.logger.metrics();
    return queue.length === 0 && pending === 0;
  }

  /** How often its housekeeping has failed. */
  get housekeepingFailures(): Record<HousekeepingTask, number> {
    return this.account.metrics.destinations[0].housekeepingFailures!;
  }

  /** Records that count as written. */
  get written(): number {
    return this.account.metrics.destinations[0].written;
  }

  /** Logs a line. */
  log(level: "info" | "fatal" = "info"): void {
    if (this.#last !== undefined) return;
    const number = this.logged++;
    if (level === "fatal") this.fatal.add(number);
    this.logger[level](`${this.name}:${number}:${"x".repeat(padOf(this.name, number))}`);
  }

  /** Flushes; `onSafe` is told, should it succeed, up to which number all that were not dropped are safe. */
  flush(onSafe: (count: number) => void): void {
    const flushed = this.logger.flush();
    this.settle();
    const { formatted } = this;
    const dropped = this.dropped.size - this.#droppedAtFlush;
    this.#droppedAtFlush = this.dropped.size;
    flushed.then(() => {
      if (this.#last !== undefined) return;
      if (dropped > 0) this.problems.push(`a flush of ${this.name} succeeds although ${dropped} were dropped`);
      onSafe(formatted);
    }, () => {});
  }

  /** Decides what has become of the record that was formatted last. */
  settle(): void {
    if (this.#last !== undefined) return;
    const count = this.logger.metrics().droppedBy.full - this.dropped.size;
    const most = this.#undecided === undefined ? 0 : 1;
    if (count > most) this.problems.push(`${this.name} counts ${count} drops where there was room for ${most}`);
    else if (count === 1) this.dropped.add(this.#undecided!);
    this.#undecided = undefined;
  }

  /** Its process is dying: what it does from here on has no effect. */
  die(): void {
    this.settle();
    this.#last = this.account;
  }

  #isUndecided(text: string): boolean {
    return this.#undecided !== undefined && text.startsWith(`${this.name}:${this.#undecided}:`);
  }

  #formats(text: string): void {
    if (this.#last !== undefined) return;
    this.settle();
    if (!text.startsWith(`${this.name}:${this.formatted}:`)) {
      this.problems.push(`${this.name} formats ${text} where ${this.formatted} is next`);
    }
    this.#undecided = this.formatted++;
  }
}

/** Length of the padding of a line, so that a line says itself whether it is whole. */
export function padOf(name: string, number: number): number {
  return (number * 37 + name.charCodeAt(1) * 11) % 90;
}
