import { atCaller, eachAtCaller } from "../at_caller.ts";
import { buildDestination } from "../build_destination.ts";
import { withDefaultFormat } from "../default_format.ts";
import { type DestinationInput, withTextUri } from "../destination_input.ts";
import type { DestinationOptions } from "../destination_options.ts";
import type { DestinationError } from "../errors.ts";
import { checkThreshold, LEVEL_NUMBER, levelName, type LevelThreshold } from "../level.ts";
import type { Runtime } from "../runtime.ts";
import { checkBoolean, checkObject } from "../validate.ts";
import { checkDelivery, type DeliveryDefaults } from "./delivery.ts";
import { Destination } from "./destination.ts";
import { spill } from "./fallback.ts";
import { fallbackItems, type Linked, linkFallbacks } from "./fallback_links.ts";
import { isSame } from "./same_options.ts";

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
  readonly delivery: DeliveryDefaults;
  /** Format of the fallbacks that name none. */
  readonly format: DestinationOptions["format"];
  readonly report: (error: DestinationError) => void;
  /** Dispatches what was logged before a change, so that the change counts from here on. */
  readonly beforeChange: () => void;
}

/** A destination with the options that it was made from. */
interface Entry {
  readonly destination: Destination;
  readonly options: DestinationOptions;
  /** Whether it is nothing but the fallback of another one. */
  readonly isInline: boolean;
}

/** A destination that is to be: one that is there already, or options and the place where they stand. */
type Wanted = Entry | { readonly input: string | DestinationOptions; readonly where: string };

/** The destinations of a logger; they can be changed while it logs, without losing a record. */
export class Destinations {
  /** All that take records; those of one format side by side, so that a record is formatted once for each format. */
  all: readonly Destination[] = [];
  /** All that are there, those included that are nothing but fallbacks. */
  present: readonly Destination[] = [];
  readonly #runtime: Runtime;
  readonly #shared: Shared;
  #entries: readonly Entry[] = [];
  readonly #leaving = new Map<Destination, Promise<void>>();
  #isClosed = false;

  constructor(runtime: Runtime, shared: Shared) {
    this.#runtime = runtime;
    this.#shared = shared;
  }

  /** Adds a destination; records logged from now on go to it. Throws like `createLogger` for bad options. */
  add(options: DestinationInput): DestinationHandle {
    const before = this.#listed;
    try {
      this.#change([...before, { input: withTextUri(options), where: "destination" }]);
    } catch (error) {
      throw atCaller(this.add, error);
    }
    return this.#handle((this.#listed[before.length] as Entry).destination.name);
  }

  /**
   * Makes all destinations from a list; those whose options are the same go on as they are. All or nothing.
   *
   * @param check Throws when the names that there would be are not those that are needed.
   */
  replace(list: readonly (string | DestinationOptions)[], check?: (names: readonly string[]) => void): void {
    const left = [...this.#listed];
    const wanted = list.map((input, index): Wanted => {
      const same = left.findIndex(({ options }) => isSame(options, optionsOf(input)));
      return same < 0 ? { input, where: `destinations[${index}]` } : left.splice(same, 1)[0] as Entry;
    });
    this.#change(wanted, check);
  }

  /**
   * Removes a destination once it has delivered what was logged so far; resolves to whether there was one. Rejects when
   * it is the fallback of another one.
   */
  async remove(name: string): Promise<boolean> {
    const entry = this.#find(name);
    if (entry === undefined) return false;
    const user = this.#listed.find((other) =>
      other !== entry && other.destination.fallbacks.includes(entry.destination)
    );
    if (user !== undefined) {
      throw new TypeError(`Cannot remove destination "${name}": it is a fallback of "${user.destination.name}"`);
    }
    await Promise.all(this.#change(this.#listed.filter((other) => other !== entry)));
    return true;
  }

  /** Returns a destination by its name, `undefined` when there is none. */
  get(name: string): DestinationHandle | undefined {
    return this.#find(name) === undefined ? undefined : this.#handle(name);
  }

  /** Names of all destinations. */
  get names(): string[] {
    return this.#listed.map(({ destination }) => destination.name);
  }

  get #listed(): readonly Entry[] {
    return this.#entries.filter(({ isInline }) => !isInline);
  }

  /** All that may still hold records, those that are being removed included. */
  get holding(): readonly Destination[] {
    return [...new Set([...this.present, ...this.#leaving.keys()])];
  }

  /** Writes all that waits on this thread, for the exit; what cannot be written goes to the fallbacks. */
  drainNow(patience: number): void {
    const { holding } = this;
    for (let todo: readonly Destination[] = holding; todo.length > 0;) {
      for (const destination of todo) destination.drainNow(patience);
      todo = [...new Set(holding.flatMap((destination) => destination.mailbox.isIdle ? [] : [...spill(destination)]))];
    }
    for (const { mailbox } of holding) mailbox.reportUnwritten();
  }

  /** Closes all, those that are being removed included. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.holding.map((destination) => this.#close(destination)));
  }

  /** Puts other destinations in the place of the present ones, and closes those that are gone. All or nothing. */
  #change(wanted: readonly Wanted[], check?: (names: readonly string[]) => void): Promise<void>[] {
    // They would never be closed.
    if (this.#isClosed) throw new TypeError("Cannot add a destination: the logger is closed");
    const entries: Entry[] = [];
    let links: Map<Destination, readonly Destination[]>;
    try {
      links = this.#arrange(wanted, entries);
      check?.(entries.flatMap(({ destination, isInline }) => (isInline ? [] : destination.name)));
    } catch (error) {
      for (const entry of entries) if (!this.#entries.includes(entry)) entry.destination.discard();
      throw error;
    }
    this.#shared.beforeChange();
    const gone = this.#entries.filter((entry) => !entries.includes(entry));
    this.#entries = entries;
    for (const [destination, fallbacks] of links) destination.fallbacks = fallbacks;
    const byFormat = new Map<unknown, Destination[]>();
    for (const { destination } of this.#listed) {
      byFormat.set(destination.format, [...byFormat.get(destination.format) ?? [], destination]);
    }
    this.all = [...byFormat.values()].flat();
    this.present = [...new Set([...this.all, ...entries.map(({ destination }) => destination)])];
    return gone.map(({ destination }) => this.#close(destination));
  }

  /** Makes the destinations that are wanted and their fallbacks, and finds out who is whose fallback. */
  #arrange(wanted: readonly Wanted[], entries: Entry[]): Map<Destination, readonly Destination[]> {
    const places = new Map<Entry, string>();
    const put = (entry: Entry, where: string) => {
      places.set(entry, where);
      entries.push(entry);
      return entry;
    };
    const kept = wanted.filter((item): item is Entry => "destination" in item);
    for (const item of wanted) {
      if ("destination" in item) put(item, item.destination.name);
      else put(this.#build(item.input, { where: item.where, others: [...kept, ...entries] }), item.where);
    }
    const names = entries.map(({ destination }) => destination.name);
    const left = this.#entries.filter(({ isInline }) => isInline);
    const { format } = this.#shared;
    const link = (entry: Entry): Linked<Destination> => {
      const items = fallbackItems(places.get(entry) as string, entry.options, names);
      const inline: Linked<Destination>[] = [];
      const linked = { destination: entry.destination, items, inline };
      all.push(linked);
      for (const { where, options: own } of items) {
        if (own === undefined) continue;
        const options = withDefaultFormat(own, format) as DestinationOptions;
        const isFree = (name: string) => entries.every(({ destination }) => destination.name !== name);
        const same = left.findIndex((other) => isSame(other.options, options) && isFree(other.destination.name));
        const built = same < 0
          ? this.#build(options, { where, others: entries, isInline: true })
          : left.splice(same, 1)[0] as Entry;
        inline.push(link(put(built, where)));
      }
      return linked;
    };
    const all: Linked<Destination>[] = [];
    for (const entry of [...entries]) link(entry);
    return linkFallbacks(all);
  }

  #build(
    input: string | DestinationOptions,
    { where, others, isInline = false }: {
      readonly where: string;
      readonly others: readonly Entry[];
      readonly isInline?: boolean;
    },
  ): Entry {
    const { delivery, report } = this.#shared;
    const options = { ...optionsOf(input) };
    const isTaken = (name: string) => others.some(({ destination }) => destination.name === name);
    const checked = checkDelivery(where, options, delivery);
    const parts = buildDestination(this.#runtime, input, { where, onError: report, isTaken });
    const destination = new Destination(this.#runtime, { ...parts, delivery: checked, report });
    return { destination, options, isInline };
  }

  /** Closes a destination that is in use no more. */
  #close(destination: Destination): Promise<void> {
    let closing = this.#leaving.get(destination);
    if (closing === undefined) {
      closing = this.#closeInTurn(destination).then(() => void this.#leaving.delete(destination));
      this.#leaving.set(destination, closing);
    }
    return closing;
  }

  async #closeInTurn(destination: Destination): Promise<void> {
    // What these cannot deliver comes to it.
    const users = this.holding.filter(({ fallbacks }) => fallbacks.includes(destination));
    if (users.length > 0) await Promise.all(users.map((user) => this.#close(user)));
    const isShared = !this.#isClosed &&
      this.#entries.some((other) => other.destination.backend === destination.backend);
    await destination.close({ keepBackend: isShared });
  }

  #update(name: string, changes: DestinationChanges): void {
    const entry = this.#find(name);
    if (entry === undefined) throw new TypeError(`Cannot update destination "${name}": it has been removed`);
    checkObject("changes", changes, undefined);
    const options = withTextUri({ ...entry.options, ...changes, name }) as DestinationOptions;
    const { destination } = entry;
    if (Object.keys(changes).every((key) => key === "level" || key === "enabled")) {
      const threshold = checkThreshold(`${name}.level`, changes.level ?? nameOfThreshold(destination.threshold));
      const enabled = checkBoolean(`${name}.enabled`, changes.enabled ?? destination.enabled);
      this.#shared.beforeChange();
      destination.threshold = threshold;
      destination.enabled = enabled;
      this.#entries = this.#entries.map((other) => (other === entry ? { ...entry, options } : other));
      return;
    }
    this.#change(this.#listed.map((other) => (other === entry ? { input: options, where: name } : other)));
  }

  #find(name: string): Entry | undefined {
    return this.#listed.find(({ destination }) => destination.name === name);
  }

  #handle(name: string): DestinationHandle {
    const current = () => {
      const entry = this.#find(name);
      if (entry === undefined) throw new TypeError(`Cannot use destination "${name}": it has been removed`);
      return entry.destination;
    };
    const change = (changes: DestinationChanges): void => this.#update(name, changes);
    return eachAtCaller<DestinationHandle>({
      name,
      update: (changes) => change(changes),
      get enabled() {
        return current().enabled;
      },
      set enabled(enabled) {
        change({ enabled });
      },
      get level() {
        return nameOfThreshold(current().threshold);
      },
      set level(level) {
        change({ level });
      },
    });
  }
}

function optionsOf(input: string | DestinationOptions): DestinationOptions {
  return typeof input === "string" ? { uri: input } : input;
}

function nameOfThreshold(threshold: number): LevelThreshold {
  return threshold === LEVEL_NUMBER.off ? "off" : levelName(threshold);
}
