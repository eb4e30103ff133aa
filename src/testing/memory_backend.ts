import type { Backend } from "../backend.ts";
import type { Batch } from "../dispatch/batch.ts";
import type { Level } from "../level.ts";

/** One record as it was delivered: the parsed JSON line. */
export interface LogRecord {
  /** Time of the call, as in the line. */
  readonly time: string;
  /** Its level. */
  readonly level: Level;
  /** Its text. */
  readonly msg: string;
  /** Its fields. */
  readonly [field: string]: unknown;
}

/** What records are looked for: a level, a text or pattern, fields that must be equal, or a function. */
export type RecordQuery =
  | { readonly level?: Level; readonly msg?: string | RegExp; readonly fields?: Readonly<Record<string, unknown>> }
  | ((record: LogRecord) => boolean);

/** Options of {@linkcode MemoryBackend}. */
export interface MemoryBackendOptions {
  /** Records that are kept; the oldest go first. @default 10_000 */
  readonly capacity?: number;
}

/**
 * A backend that keeps records in memory, for tests. Wants the JSON format.
 *
 * @example Waiting for a record
 * ```ts
 * import { createLogger } from "@omni/log";
 * import { MemoryBackend } from "@omni/log/testing";
 *
 * const backend = new MemoryBackend();
 * await using log = createLogger({ destinations: [{ backend }] });
 * setTimeout(() => log.info("ready", { port: 80 }), 5);
 * const record = await backend.waitFor({ msg: /^ready/ });
 * if (record.port !== 80) throw new Error("another port");
 * ```
 */
export class MemoryBackend implements Backend {
  /** Nobody else writes here. */
  readonly supportsAtomic = true;
  readonly #capacity: number;
  readonly #records: LogRecord[] = [];
  readonly #waiting = new Set<(record: LogRecord) => void>();

  /** Makes an empty backend. */
  constructor(options: MemoryBackendOptions = {}) {
    this.#capacity = options.capacity ?? 10_000;
  }

  /** The records so far, the oldest first; a copy. */
  get records(): readonly LogRecord[] {
    return [...this.#records];
  }

  /** Keeps the records of a batch. */
  write(batch: Batch): void {
    for (const line of batch.lines) {
      const record = JSON.parse(line) as LogRecord;
      this.#records.push(record);
      if (this.#records.length > this.#capacity) this.#records.shift();
      for (const notify of [...this.#waiting]) notify(record);
    }
  }

  /** The records that match, the oldest first. */
  find(query: RecordQuery): readonly LogRecord[] {
    return this.#records.filter(matcher(query));
  }

  /**
   * Resolves to the first record that matches, one that is there already or one that comes; rejects after `timeout`
   * milliseconds.
   */
  waitFor(query: RecordQuery, options: { readonly timeout?: number } = {}): Promise<LogRecord> {
    const matches = matcher(query);
    const found = this.#records.find(matches);
    if (found !== undefined) return Promise.resolve(found);
    const { timeout = 2_000 } = options;
    return new Promise((resolve, reject) => {
      const notify = (record: LogRecord) => {
        if (!matches(record)) return;
        this.#waiting.delete(notify);
        clearTimeout(timer);
        resolve(record);
      };
      this.#waiting.add(notify);
      const timer = setTimeout(() => {
        this.#waiting.delete(notify);
        reject(new Error(`Cannot find the record: none of ${this.#records.length} matched within ${timeout} ms`));
      }, timeout);
    });
  }

  /** Forgets all records. */
  clear(): void {
    this.#records.length = 0;
  }
}

function matcher(query: RecordQuery): (record: LogRecord) => boolean {
  if (typeof query === "function") return query;
  const { level, msg, fields = {} } = query;
  return (record) =>
    (level === undefined || record.level === level) &&
    (msg === undefined || (typeof msg === "string" ? record.msg === msg : record.msg.search(msg) >= 0)) &&
    Object.entries(fields).every(([name, value]) => JSON.stringify(record[name]) === JSON.stringify(value));
}
