import { messageOf } from "../errors.ts";
import { copyError, typeOfError } from "./error_snapshot.ts";
import { copyBuiltIn } from "./snapshot_built_in.ts";
import { eventView, namespaceMark, platformView } from "./snapshot_platform.ts";
import { nameOfClass, nameOfFunction, readItem, readProperty, readToJson, textOfThrown } from "./snapshot_read.ts";
import { clientOptionsView, emitterView, plainView, wrapperView } from "./snapshot_http.ts";
import { isError, isLeaf, type Kind, kindOf } from "./snapshot_kind.ts";
import { bytesText, cutText, dateText, define, defineNew, SHORT_STRING } from "./snapshot_text.ts";

/** The options of a copy, checked and complete. */
export interface CopyPlan {
  /** Levels of objects within one another. */
  readonly maxDepth: number;
  /** Entries of one object, array, Map or Set. */
  readonly maxEntries: number;
  /** Values altogether. */
  readonly maxValues: number;
  /** UTF-16 units of one string. */
  readonly maxString: number;
  /** UTF-16 units of all strings together, about. */
  readonly maxText: number;
  /** What is taken of an error's `stack`. */
  readonly stack: boolean | "frames";
  /** Levels of errors within one another, by `cause` or `errors`; they do not count for `maxDepth`. */
  readonly errorDepth: number;
  /** The serialiser for objects with a prototype. */
  readonly serializerOf: ((prototype: object | null) => ((value: object) => unknown) | undefined) | undefined;
  /** Told when a serialiser throws. */
  readonly report: (error: Error) => void;
}

/** Faster than `Object.hasOwn` in a loop over properties, see `FieldTaker`. */
const { hasOwnProperty } = Object.prototype;

/** One copy under way: what it is inside of, to find cycles, and what it may still take. */
export class Copier {
  readonly plan: CopyPlan;
  /** UTF-16 units of the strings in the copy, and something for each value: about what it holds in memory. */
  size = 0;
  /** What it is inside of, as far as `#depth`: to set an array's length takes an engine as long as to copy an object. */
  readonly #path: object[] = [];
  #depth = 0;
  #level = 0;
  #errorLevel = 0;
  #values: number;
  readonly #maxString: number;

  constructor(plan: CopyPlan) {
    this.plan = plan;
    // Longer ones are looked at, and may stay.
    this.#maxString = Math.min(plan.maxString, SHORT_STRING);
    this.#values = plan.maxValues;
  }

  /** Copies anything. Never throws, never changes the original. */
  copy(value: unknown): unknown {
    this.size += 16;
    this.#values--;
    switch (typeof value) {
      case "string":
        if (value.length > this.#maxString) return this.text(value);
        this.size += value.length;
        return value;
      case "number":
        return Number.isFinite(value) ? value : String(value);
      case "object":
        return value === null ? null : this.#enter(value);
      case "bigint":
      case "symbol":
        return this.text(String(value));
      case "function":
        return this.text(`[Function: ${nameOfFunction(value)}]`);
      default:
        return value;
    }
  }

  /** Whether no more values may be copied. */
  get isExhausted(): boolean {
    return this.#values <= 0;
  }

  /** A text within its limit. */
  text(text: string): string {
    const { maxString, maxText } = this.plan;
    const room = Math.min(maxString, Math.max(SHORT_STRING, maxText - this.size));
    const kept = text.length > room ? cutText(text, room) : text;
    this.size += kept.length;
    return kept;
  }

  /** Copies an error's cause, or one of its errors. */
  copyInner(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return this.copy(value);
    if (this.#errorLevel >= this.plan.errorDepth) return this.#mark(value);
    this.#errorLevel++;
    this.#level--;
    try {
      return this.copy(value);
    } finally {
      this.#errorLevel--;
      this.#level++;
    }
  }

  /** Copies the items of something like an array, by index: no code of the program's own decides where it ends. */
  copyItems(items: ArrayLike<unknown>, isInner = false): unknown[] {
    const out: unknown[] = [];
    const { length } = items;
    const { maxEntries } = this.plan;
    for (let index = 0; index < length; index++) {
      if (index >= maxEntries || this.#values <= 0) {
        out.push(`[${length - index} more]`);
        break;
      }
      const item = readItem(items, index);
      if (typeof item === "number" && Number.isFinite(item)) {
        this.#values--;
        out.push(item);
        continue;
      }
      // An array has no holes in JSON: what stands for nothing is null, as in JSON.stringify.
      out.push((isInner ? this.copyInner(item) : this.copy(item)) ?? null);
    }
    return out;
  }

  /** Copies own enumerable properties with names, behind those that are in `out` already. */
  copyEntries(value: object, out: Record<string, unknown> = {}, options?: EntriesOptions): Record<string, unknown> {
    return this.#copyKeys(value, Object.keys(value), out, options);
  }

  /** Copies a plain object, or says what it is where it is a namespace such as `Math`. */
  #copyPlain(value: Record<string, unknown>): Record<string, unknown> | string {
    const out: Record<string, unknown> = {};
    const { maxEntries } = this.plan;
    let count = 0;
    let mayBeNamespace = true;
    // Engines know the properties of such a loop by their place; those of `Object.keys` have to be looked up.
    for (const key in value) {
      if (!hasOwnProperty.call(value, key)) continue;
      if (count === maxEntries || this.#values <= 0 || key.length > this.#maxString || key === "__proto__") {
        return this.#copyKeys(value, Object.keys(value), out, undefined, count);
      }
      let property: unknown;
      try {
        property = value[key];
      } catch (error) {
        property = textOfThrown(error);
      }
      if (mayBeNamespace && typeof property === "function") {
        const mark = namespaceMark(value, Object.keys(value));
        if (mark !== undefined) return mark;
        mayBeNamespace = false;
      }
      count++;
      const item = this.copy(property);
      if (item === undefined) continue;
      this.size += key.length;
      out[key] = item;
    }
    return count === 0 ? namespaceMark(value, []) ?? out : out;
  }

  /** Copies properties from the place `from` on, behind those that are in `out` already. */
  #copyKeys(
    value: object,
    keys: readonly string[],
    out: Record<string, unknown>,
    options?: EntriesOptions,
    from = 0,
  ): Record<string, unknown> {
    const { maxEntries } = this.plan;
    let numbers: Map<string, number> | undefined;
    for (let index = from; index < keys.length; index++) {
      if (index >= maxEntries || this.#values <= 0) {
        defineNew(out, "...", `[${keys.length - index} more]`);
        break;
      }
      const key = keys[index] as string;
      if (options?.skip?.has(key)) continue;
      const property = readProperty(value, key);
      const item = options?.copy === undefined ? this.copy(property) : options.copy(key, property);
      if (item === undefined) continue;
      if (options !== undefined || key.length > this.#maxString) {
        defineNew(out, this.text(key), item, numbers ??= new Map());
      } else {
        this.size += key.length;
        define(out, key, item);
      }
    }
    return out;
  }

  /** Copies what a serialiser makes of a value. Of a value whose serialiser throws nothing is shown. */
  copySerialized(value: unknown, serializer: (value: never) => unknown, what: string): unknown {
    let made: unknown;
    try {
      made = serializer(value as never);
    } catch (error) {
      const message = messageOf(error);
      this.plan.report(new Error(`Cannot serialise ${what}: its serialiser threw "${message}"`, { cause: error }));
      return this.text(`[Serialiser failed: ${message}]`);
    }
    return this.copy(made);
  }

  #enter(value: object): unknown {
    if (this.#values < 0) return "[Truncated]";
    const path = this.#path;
    const depth = this.#depth;
    for (let index = 0; index < depth; index++) if (path[index] === value) return "[Circular]";
    const level = this.#level;
    path[depth] = value;
    this.#depth = depth + 1;
    this.#level = level + 1;
    try {
      const { maxDepth, errorDepth, serializerOf } = this.plan;
      // What serialisers and toJSON return takes the level of the original, but they must not go on for ever.
      const isTooDeep = level >= maxDepth || depth >= 2 * (maxDepth + errorDepth);
      const prototype = Object.getPrototypeOf(value);
      if (serializerOf !== undefined && !isTooDeep) {
        const serializer = serializerOf(prototype);
        if (serializer !== undefined) return this.#copyInstance(value, prototype, serializer);
      }
      return this.#copyObject(value, prototype, isTooDeep);
    } catch (error) {
      return this.text(`[Unreadable: ${messageOf(error)}]`);
    } finally {
      this.#depth = depth;
      this.#level = level;
    }
  }

  #copyInstance(value: object, prototype: object, serializer: (value: object) => unknown): unknown {
    // The object itself, changed or not, is copied as it would be without a serialiser.
    let isItself = false;
    const asked = (object: object) => {
      const made = serializer(object);
      isItself = made === object;
      return isItself ? undefined : made;
    };
    this.#level--;
    const copied = this.copySerialized(value, asked, `an instance of ${nameOfClass(value)}`);
    if (!isItself) return copied;
    this.#level++;
    return this.#copyObject(value, prototype, false);
  }

  #copyObject(value: object, prototype: object | null, isTooDeep: boolean): unknown {
    if (Array.isArray(value)) return isTooDeep ? "[Array]" : this.copyItems(value);
    if (prototype === null || prototype === Object.prototype) {
      if (isTooDeep) return "[Object]";
      const view = "headers" in value ? plainView(value) : undefined;
      if (view !== undefined) return this.copyEntries(view);
      const toJSON = readToJson(value);
      if (typeof toJSON === "function") return this.#copyJson(value, toJSON as ToJson);
      return this.#copyPlain(value as Record<string, unknown>);
    }
    const kind = kindOf(value, prototype);
    if (isTooDeep && !isLeaf(kind)) return this.#mark(value);
    try {
      switch (kind) {
        case "error":
          return copyError(value as Error, this);
        case "date":
          return dateText(value as Date);
        case "bytes":
          return bytesText(value);
        case "numbers":
          return this.copyItems(value as unknown as ArrayLike<unknown>);
      }
      const view = viewOf(value, kind);
      if (view !== undefined) return typeof view === "string" ? view : this.copyEntries(view);
      // Of the others only classes that a program may derive are asked: Bun's URLSearchParams and Headers have one, too.
      if (!HAS_NO_JSON.has(kind)) {
        const toJSON = readProperty(value, "toJSON");
        if (typeof toJSON === "function") return this.#copyJson(value, toJSON as ToJson);
      }
      return copyBuiltIn(value, kind, this);
    } catch {
      // It only looks like one of its kind, such as a Proxy of a Map: what properties it has are copied.
      return copyBuiltIn(value, "plain", this);
    }
  }

  #copyJson(value: object, toJSON: ToJson): unknown {
    let json: unknown;
    try {
      json = toJSON.call(value, "");
    } catch (error) {
      return this.copyEntries(value, { "[toJSON failed]": this.text(messageOf(error)) }, {});
    }
    if (json === value) return this.copyEntries(value);
    this.#level--;
    return this.copy(json);
  }

  /** What stands for an object that lies too deep. */
  #mark(value: object): string {
    if (isError(value)) return this.text(`[${typeOfError(value)}: ${messageOf(value)}]`);
    return Array.isArray(value) ? "[Array]" : "[Object]";
  }
}

/** Kinds of the platform, of which some runtimes make them give something else than they are. */
const HAS_NO_JSON: ReadonlySet<Kind> = new Set(["text", "headers", "request", "response", "form"]);

/** What is shown of an object whose own properties say too much, if it is one. */
function viewOf(value: object, kind: Kind): Record<string, unknown> | string | undefined {
  switch (kind) {
    case "emitter":
      return emitterView(value);
    case "wrapper":
      return wrapperView(value);
    case "client options":
      return clientOptionsView(value);
    case "event":
      return eventView(value);
    case "platform":
      return platformView(value);
    default:
      return undefined;
  }
}

type ToJson = (this: object, key: string) => unknown;

interface EntriesOptions {
  /** Properties of which the caller has taken care. */
  readonly skip?: ReadonlySet<string>;
  /** Copies one of them. @default Copier.copy */
  readonly copy?: (key: string, value: unknown) => unknown;
}
