/**
 * Copies of what a program hands to a log call, made at the call: plain data that nothing can change or make throw.
 *
 * @module
 */
import { Copier, type CopyPlan } from "./snapshot_copy.ts";
import { kindOf } from "./snapshot_kind.ts";
import { readProperty } from "./snapshot_read.ts";
import { checkSnapshotOptions, type Serializer, type SnapshotOptions } from "./snapshot_options.ts";
import { define, LONGEST_MARK, LONGEST_STRING, MOST_TEXT } from "./snapshot_text.ts";

/** A copy and about how many bytes it holds. */
export interface Snapshot {
  /** Plain data: JSON.stringify of it never fails. */
  readonly value: unknown;
  /** About how many bytes it holds. */
  readonly size: number;
}

/** Makes copies by options that were checked once. None of its methods throws or changes an original. */
export interface Snapshots {
  /**
   * Whether fields that are primitives may be taken as they are: without serialisers by key and limit of strings there
   * is nothing to do for them.
   */
  readonly isPlain: boolean;
  /** Copies a text: a message. */
  text(text: string): string;
  /** Copies any value, at any place. */
  value(value: unknown): Snapshot;
  /** Copies one field of a record: what the serialiser of its name makes of it, if there is one. */
  field(name: string, value: unknown): Snapshot;
  /** Copies all fields of a record, of whatever kind they are: `value` is an object, or else what has no fields. */
  fields(fields: unknown): Snapshot;
  /**
   * Copies fields that were copied before and went through the program's own hands (a middleware): what was left whole
   * then is left whole now, what was cut is not cut again, and no serialiser sees its own result.
   */
  again(fields: unknown): Snapshot;
}

/**
 * Makes a {@linkcode Snapshots} of options.
 *
 * @param report Told when a serialiser throws. The value is then replaced by a mark: what a serialiser was to hide
 * stays hidden.
 * @throws TypeError or RangeError for a bad option, naming it.
 */
export function createSnapshot(options: SnapshotOptions = {}, report: (error: Error) => void = () => {}): Snapshots {
  return new CompiledSnapshots(options, report);
}

/** Entries that a copy may have beside those that are counted: the known ones of an error, and a mark. */
const MOST_FIXED_ENTRIES = 12;

class CompiledSnapshots implements Snapshots {
  readonly isPlain: boolean;
  readonly #plan: CopyPlan;
  readonly #again: CopyPlan;
  readonly #serializers: ReadonlyMap<string, Serializer>;

  constructor(options: SnapshotOptions, report: (error: Error) => void) {
    const { serializers, classes, ...limits } = checkSnapshotOptions(options);
    this.#serializers = serializers;
    this.#plan = {
      ...limits,
      maxString: Math.min(limits.maxString, LONGEST_STRING),
      maxText: MOST_TEXT,
      serializerOf: classes.size === 0 ? undefined : serializerByPrototype(classes),
      report: (error) => {
        try {
          report(error);
        } catch {
          // An error handler that throws has nobody to tell.
        }
      },
    };
    this.#again = {
      ...this.#plan,
      // In a copy errors are objects like others, and marks take entries, values and length of their own.
      maxDepth: 2 * (limits.maxDepth + limits.errorDepth) + 2,
      maxEntries: limits.maxEntries + MOST_FIXED_ENTRIES,
      maxValues: 2 * limits.maxValues,
      maxString: this.#plan.maxString + LONGEST_MARK,
      maxText: 2 * MOST_TEXT,
      serializerOf: undefined,
    };
    this.isPlain = serializers.size === 0 && limits.maxString === Infinity;
  }

  text(text: string): string {
    return text.length > this.#plan.maxString ? new Copier(this.#plan).text(text) : text;
  }

  value(value: unknown): Snapshot {
    const copier = new Copier(this.#plan);
    return { value: copier.copy(value), size: copier.size };
  }

  field(name: string, value: unknown): Snapshot {
    const copier = new Copier(this.#plan);
    return { value: this.#copyField(copier, name, value), size: copier.size };
  }

  fields(fields: unknown): Snapshot {
    const copier = new Copier(this.#plan);
    return { value: this.#copyFields(copier, fields), size: copier.size };
  }

  again(fields: unknown): Snapshot {
    const copier = new Copier(this.#again);
    return { value: copier.copy(fields), size: copier.size };
  }

  #copyField(copier: Copier, name: string, value: unknown): unknown {
    const serializer = this.#serializers.get(name);
    return serializer === undefined
      ? copier.copy(value)
      : copier.copySerialized(value, serializer, `field ${JSON.stringify(name)}`);
  }

  #copyFields(copier: Copier, fields: unknown): unknown {
    if (this.#serializers.size === 0) return copier.copy(fields);
    const copyField = (name: string, value: unknown) => this.#copyField(copier, name, value);
    try {
      if (isRecord(fields)) return copier.copyEntries(fields, {}, { copy: copyField });
    } catch {
      // A Proxy that throws: there may be something about it that can be copied.
    }
    // Of a Map, an error and the like the serialisers get what has become of it.
    const copied = copier.copy(fields);
    if (isRecord(copied)) {
      for (const name of this.#serializers.keys()) {
        if (Object.hasOwn(copied, name)) define(copied, name, copyField(name, copied[name]));
      }
    }
    return copied;
  }
}

/** Whether something has its fields as properties. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return (prototype === null || kindOf(value, prototype) === "plain") &&
    typeof readProperty(value, "toJSON") !== "function";
}

/** Looks serialisers up along the prototype chain, once for each prototype. */
function serializerByPrototype(
  classes: ReadonlyMap<object, (instance: object) => unknown>,
): NonNullable<CopyPlan["serializerOf"]> {
  const found = new WeakMap<object, { readonly serializer?: (instance: object) => unknown }>();
  return (prototype) => {
    if (prototype === null) return undefined;
    let entry = found.get(prototype);
    if (entry === undefined) {
      let ancestor: object | null = prototype;
      while (ancestor !== null && !classes.has(ancestor)) ancestor = Object.getPrototypeOf(ancestor);
      entry = ancestor === null ? {} : { serializer: classes.get(ancestor) };
      found.set(prototype, entry);
    }
    return entry.serializer;
  };
}

/** Copies with the default options. */
export const defaultSnapshots: Snapshots = createSnapshot();

/** Copies anything with the default options. Never throws, never changes the original. */
export function snapshot(value: unknown): Snapshot {
  return defaultSnapshots.value(value);
}
