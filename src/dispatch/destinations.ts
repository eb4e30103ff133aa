import { buildDestination } from "../build_destination.ts";
import type { DestinationOptions } from "../destination_options.ts";
import type { DestinationError } from "../errors.ts";
import { checkThreshold, LEVEL_NUMBER, levelName, type LevelThreshold } from "../level.ts";
import type { Runtime } from "../runtime.ts";
import { checkBoolean, checkObject } from "../validate.ts";
import { Destination } from "./destination.ts";

/** What can be changed of a destination: everything but its name. */
export type DestinationChanges = Partial<Omit<DestinationOptions, "name">>;

/** One destination of a running logger, to look at and to change. */
export interface DestinationHandle {
  /** Its name. */
  readonly name: string;
  /** Whether it takes records. */
  enabled: boolean;
  /** Level from which on it takes them. */
  level: LevelThreshold;
  /**
   * Changes its options: rotation, format, filters, even where it leads. What was logged before goes where it was meant
   * to; its numbers begin anew unless only `enabled` or `level` change. If an option is bad it throws and all stays as
   * it was.
   */
  update(changes: DestinationChanges): void;
}

/** What destinations share. */
interface Shared {
  readonly overflow: "drop" | "block";
  readonly maxBytes: number;
  readonly report: (error: DestinationError) => void;
  /** Dispatches what was logged before a change, so that the change counts from here on. */
  readonly beforeChange: () => void;
}

/** A destination with the options that it was made from. */
interface Entry {
  readonly destination: Destination;
  readonly options: DestinationOptions;
}

/** The destinations of a logger; they can be changed while it logs, without losing a record. */
export class Destinations {
  /** All of them; those of one format side by side, so that a record is formatted once for each format. */
  all: readonly Destination[] = [];
  readonly #runtime: Runtime;
  readonly #shared: Shared;
  #entries: readonly Entry[] = [];
  readonly #leaving = new Set<Destination>();

  constructor(runtime: Runtime, shared: Shared) {
    this.#runtime = runtime;
    this.#shared = shared;
  }

  /** Adds a destination; records logged from now on go to it. Throws like `createLogger` for bad options. */
  add(options: string | DestinationOptions): DestinationHandle {
    const entry = this.#build(options, "destination", this.#entries);
    this.#put([...this.#entries, entry]);
    return this.#handle(entry.destination.name);
  }

  /** Makes all destinations from a list; those whose options are the same go on as they are. All or nothing. */
  replace(list: readonly (string | DestinationOptions)[]): void {
    const entries: Entry[] = [];
    try {
      list.forEach((item, index) => {
        const options = typeof item === "string" ? { uri: item } : item;
        const same = this.#entries.find((entry) => isSame(entry.options, options) && !entries.includes(entry));
        entries.push(same ?? this.#build(options, `destinations[${index}]`, entries));
      });
    } catch (error) {
      for (const entry of entries) if (!this.#entries.includes(entry)) void entry.destination.close();
      throw error;
    }
    this.#put(entries);
  }

  /** Removes a destination once it has delivered what was logged so far; resolves to whether there was one. */
  async remove(name: string): Promise<boolean> {
    const entry = this.#find(name);
    if (entry === undefined) return false;
    await Promise.all(this.#put(this.#entries.filter((other) => other !== entry)));
    return true;
  }

  /** Returns a destination by its name, `undefined` when there is none. */
  get(name: string): DestinationHandle | undefined {
    return this.#find(name) === undefined ? undefined : this.#handle(name);
  }

  /** Names of all destinations. */
  get names(): string[] {
    return this.#entries.map(({ destination }) => destination.name);
  }

  /** All that may still hold records, those that are being removed included. */
  get holding(): readonly Destination[] {
    return [...this.all, ...this.#leaving];
  }

  /** Closes all, those that are being removed included. */
  async close(): Promise<void> {
    await Promise.all(this.holding.map((destination) => destination.close()));
  }

  #build(input: string | DestinationOptions, where: string, others: readonly Entry[]): Entry {
    const { overflow, maxBytes, report } = this.#shared;
    const isTaken = (name: string) => others.some(({ destination }) => destination.name === name);
    const parts = buildDestination(this.#runtime, input, { where, onError: report, isTaken });
    const destination = new Destination(this.#runtime, { ...parts, overflow, maxBytes, report });
    return { destination, options: typeof input === "string" ? { uri: input } : { ...input } };
  }

  /** Puts other destinations in the place of the present ones, and closes those that are gone. */
  #put(entries: readonly Entry[]): Promise<void>[] {
    this.#shared.beforeChange();
    const gone = this.#entries.filter((entry) => !entries.includes(entry));
    this.#entries = entries;
    const byFormat = new Map<unknown, Destination[]>();
    for (const { destination } of entries) {
      byFormat.set(destination.format, [...byFormat.get(destination.format) ?? [], destination]);
    }
    this.all = [...byFormat.values()].flat();
    return gone.map(async ({ destination }) => {
      this.#leaving.add(destination);
      const isShared = entries.some((entry) => entry.destination.backend === destination.backend);
      await destination.close({ keepBackend: isShared });
      this.#leaving.delete(destination);
    });
  }

  #update(name: string, changes: DestinationChanges): void {
    const entry = this.#find(name);
    if (entry === undefined) throw new TypeError(`Cannot update destination "${name}": it has been removed`);
    checkObject("changes", changes, undefined);
    const options = { ...entry.options, ...changes, name };
    const { destination } = entry;
    if (Object.keys(changes).every((key) => key === "level" || key === "enabled")) {
      const threshold = checkThreshold(`${name}.level`, changes.level ?? nameOfThreshold(destination.threshold));
      const enabled = checkBoolean(`${name}.enabled`, changes.enabled ?? destination.enabled);
      this.#shared.beforeChange();
      destination.threshold = threshold;
      destination.enabled = enabled;
      this.#entries = this.#entries.map((other) => (other === entry ? { destination, options } : other));
      return;
    }
    const changed = this.#build(options, name, this.#entries.filter((other) => other !== entry));
    this.#put(this.#entries.map((other) => (other === entry ? changed : other)));
  }

  #find(name: string): Entry | undefined {
    return this.#entries.find(({ destination }) => destination.name === name);
  }

  #handle(name: string): DestinationHandle {
    const current = () => {
      const entry = this.#find(name);
      if (entry === undefined) throw new TypeError(`Cannot use destination "${name}": it has been removed`);
      return entry.destination;
    };
    const update = (changes: DestinationChanges) => this.#update(name, changes);
    return {
      name,
      update,
      get enabled() {
        return current().enabled;
      },
      set enabled(enabled) {
        update({ enabled });
      },
      get level() {
        return nameOfThreshold(current().threshold);
      },
      set level(level) {
        update({ level });
      },
    };
  }
}

function nameOfThreshold(threshold: number): LevelThreshold {
  return threshold === LEVEL_NUMBER.off ? "off" : levelName(threshold);
}

/** Whether two options say the same: plain data by its content, everything else by identity. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b) || a instanceof RegExp) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(left);
  return keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]));
}
