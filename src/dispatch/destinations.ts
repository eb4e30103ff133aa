import type { DestinationError } from "../errors.ts";
import { LEVEL_NUMBER, levelName, type LevelThreshold } from "../level.ts";
import type { DestinationOptions } from "../options.ts";
import { buildDestination, checkThreshold } from "../options.ts";
import type { Runtime } from "../runtime.ts";
import { Destination } from "./destination.ts";

/** One destination of a running logger, to look at and to switch. */
export interface DestinationHandle {
  /** Its name. */
  readonly name: string;
  /** Whether it takes records. */
  enabled: boolean;
  /** Level from which on it takes them. */
  level: LevelThreshold;
}

/** What destinations share. */
interface Shared {
  readonly overflow: "drop" | "block";
  readonly maxBytes: number;
  readonly report: (error: DestinationError) => void;
  /** Dispatches what was logged before a change, so that the change counts from here on. */
  readonly beforeChange: () => void;
}

/** The destinations of a logger; they can be changed while it logs, without losing a record. */
export class Destinations {
  /** All of them; those of one format side by side, so that a record is formatted once for each format. */
  all: readonly Destination[] = [];
  readonly #runtime: Runtime;
  readonly #shared: Shared;
  readonly #leaving = new Set<Destination>();

  constructor(runtime: Runtime, shared: Shared) {
    this.#runtime = runtime;
    this.#shared = shared;
  }

  /** Adds a destination; records logged from now on go to it. Throws like `createLogger` for bad options. */
  add(options: string | DestinationOptions, where?: string): DestinationHandle {
    const { overflow, maxBytes, report, beforeChange } = this.#shared;
    const isTaken = (name: string) => this.#find(name) !== undefined;
    const parts = buildDestination(this.#runtime, options, { where, onError: report, isTaken });
    beforeChange();
    const destination = new Destination(this.#runtime, { ...parts, overflow, maxBytes, report });
    const after = this.all.findLastIndex((other) => other.format === destination.format);
    this.all = after < 0 ? [...this.all, destination] : this.all.toSpliced(after + 1, 0, destination);
    return this.#handle(destination);
  }

  /** Removes a destination once it has delivered what was logged so far; resolves to whether there was one. */
  async remove(name: string): Promise<boolean> {
    const destination = this.#find(name);
    if (destination === undefined) return false;
    this.#shared.beforeChange();
    this.all = this.all.filter((other) => other !== destination);
    this.#leaving.add(destination);
    await destination.close();
    this.#leaving.delete(destination);
    return true;
  }

  /** Returns a destination by its name, `undefined` when there is none. */
  get(name: string): DestinationHandle | undefined {
    const destination = this.#find(name);
    return destination === undefined ? undefined : this.#handle(destination);
  }

  /** All that may still hold records, those that are being removed included. */
  get holding(): readonly Destination[] {
    return [...this.all, ...this.#leaving];
  }

  /** Names of all destinations. */
  get names(): string[] {
    return this.all.map(({ name }) => name);
  }

  #find(name: string): Destination | undefined {
    return this.all.find((destination) => destination.name === name);
  }

  #handle(destination: Destination): DestinationHandle {
    const { beforeChange } = this.#shared;
    return {
      name: destination.name,
      get enabled() {
        return destination.enabled;
      },
      set enabled(enabled) {
        if (typeof enabled !== "boolean") {
          throw new TypeError(`Cannot set enabled: expected a boolean, got ${typeof enabled}`);
        }
        beforeChange();
        destination.enabled = enabled;
      },
      get level() {
        return destination.threshold === LEVEL_NUMBER.off ? "off" : levelName(destination.threshold);
      },
      set level(level) {
        const threshold = checkThreshold("level", level);
        beforeChange();
        destination.threshold = threshold;
      },
    };
  }
}
