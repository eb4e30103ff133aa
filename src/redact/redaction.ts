import type { Fields, Message } from "../message.ts";
import { snapshot } from "../pipeline/snapshot.ts";
import { checkArray, checkObject, checkText } from "../validate.ts";
import { compileCensor, type CompiledCensor, DEFAULT_CENSOR, REMOVED, type Report } from "./censor.ts";
import { KeyNames } from "./key_names.ts";
import { NamedValues } from "./named_values.ts";
import type { RedactOptions } from "./options.ts";
import { compilePaths, nextState, type PathState } from "./path.ts";
import { type CompiledPatterns, compilePatterns, TextRedactor } from "./text_redactor.ts";

/** Takes the secrets out of messages. */
export interface Redaction {
  /**
   * The message without its secrets: the same object when it has none, else a copy of what had to change. Never throws:
   * a message that cannot be looked through loses its text and its fields.
   */
  apply(message: Message): Message;
  /**
   * Values without the secrets in them, to be printed: objects are looked through as the fields of a record are, and what
   * comes after a secret name is one. Texts and numbers stay as they are, since they may be what a format string asks
   * for: secrets in them are found in the text that is made of all values. Never throws.
   */
  values(values: readonly unknown[]): readonly unknown[];
}

const KEYS: ReadonlySet<string> = new Set(["paths", "keys", "patterns", "exclude", "censor", "maxTextLength"]);

/** Levels of nesting that are looked through; what is deeper is replaced. A snapshot has fewer. */
const MAX_DEPTH = 64;

/** Values of one message that are looked through; more are a cycle that middleware has made. */
const MAX_VALUES = 250_000;

/**
 * Checks the option `redact` and compiles it.
 *
 * @param where Where the option stands, for error messages.
 * @param report Told when a function of the program throws, without what it threw: that may quote the secret.
 */
export function compileRedaction(
  options: RedactOptions,
  where: string,
  report: (error: Error) => void = () => {},
): Redaction {
  checkObject(where, options, KEYS);
  const { paths, keys, censor } = options;
  if (paths === undefined && keys === undefined && options.patterns === undefined && options.exclude === undefined) {
    throw new TypeError(`Cannot use option "${where}": expected at least one of paths, keys and patterns`);
  }
  const compiled = compileCensor(censor, `${where}.censor`, report);
  const patterns = compilePatterns(options, where, report);
  const names = keys === undefined ? [] : checkArray(`${where}.keys`, keys, checkText);
  const named = names.length === 0 ? undefined : new NamedValues(names, { colons: true });
  const texts = textRedactor(named, patterns, compiled);
  return new MessageRedaction({
    start: compilePaths(paths === undefined ? [] : checkArray(`${where}.paths`, paths, checkText), `${where}.paths`),
    names: texts && new KeyNames(named, texts),
    texts,
    numbers: patterns && texts,
    censor: compiled,
    report,
  });
}

/** What looks through texts, for keys and for patterns; `undefined` where there are neither. */
function textRedactor(
  named: NamedValues | undefined,
  compiled: CompiledPatterns | undefined,
  censor: CompiledCensor,
): TextRedactor | undefined {
  if (named === undefined) return compiled && new TextRedactor(compiled, censor);
  const { patterns = [], maxLength = Infinity } = compiled ?? {};
  return new TextRedactor({ patterns: [named, ...patterns], maxLength }, censor);
}

interface Parts {
  readonly start: PathState;
  /** Absent when no name can matter. */
  readonly names: KeyNames | undefined;
  /** Absent without keys and patterns. */
  readonly texts: TextRedactor | undefined;
  /** The same; absent without patterns. */
  readonly numbers: TextRedactor | undefined;
  readonly censor: CompiledCensor;
  readonly report: Report;
}

type Data = Record<string, unknown>;

class MessageRedaction implements Redaction {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  apply(message: Message): Message {
    try {
      const { msg, fields } = message;
      const newMsg = this.#parts.texts?.redact(msg, "", []) ?? msg;
      const newFields = fields === undefined ? undefined : new Walk(this.#parts).all(fields);
      if (newMsg === msg && newFields === fields) return message;
      return newFields === undefined ? { ...message, msg: newMsg } : { ...message, msg: newMsg, fields: newFields };
    } catch {
      this.#parts.report(new Error("Cannot redact a message: it cannot be read; its text and fields are left out"));
      return { time: message.time, level: message.level, msg: DEFAULT_CENSOR };
    }
  }

  values(values: readonly unknown[]): readonly unknown[] {
    try {
      return new Walk(this.#parts).each(values);
    } catch {
      this.#parts.report(new Error("Cannot redact values: they cannot be read; they are left out"));
      return values.map(() => DEFAULT_CENSOR);
    }
  }
}

/** One way through the fields of a message, or through values. */
class Walk {
  readonly #parts: Parts;
  readonly #path: string[] = [];
  #left = MAX_VALUES;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  all(fields: Fields): Fields {
    return this.#value(fields, this.#parts.start, "") as Fields;
  }

  each(values: readonly unknown[]): unknown[] {
    const { names, censor, start } = this.#parts;
    let isSecret = false;
    return values.map((value, index) => {
      const redacted = isSecret
        ? censor.value(value, [String(index)])
        : typeof value === "object" && value !== null
        ? this.#object(value, start)
        : value;
      isSecret = names?.isNameBefore(value) === true;
      // All values keep their places: a format string counts them.
      return redacted === REMOVED ? "" : redacted;
    });
  }

  #value(value: unknown, state: PathState, key: string): unknown {
    const { texts, numbers } = this.#parts;
    switch (typeof value) {
      case "string":
        return texts === undefined ? value : texts.redact(value, key, this.#path);
      case "number":
        if (numbers === undefined || !Number.isSafeInteger(value)) return value;
        return this.#printed(value, numbers, key);
      case "bigint":
        return numbers === undefined ? value : this.#printed(value, numbers, key);
      case "symbol":
        return texts === undefined ? value : this.#printed(value, texts, key);
      case "object":
        return value === null ? value : this.#object(value, state);
      default:
        return value;
    }
  }

  /** A value that becomes text in the record: it stays what it is unless there is a secret in that text. */
  #printed(value: number | bigint | symbol, texts: TextRedactor, key: string): unknown {
    const text = String(value);
    const redacted = texts.redact(text, key, this.#path);
    return redacted === text ? value : redacted;
  }

  #object(value: object, state: PathState): unknown {
    if (state.isEnd && this.#parts.names === undefined) return value;
    if (this.#path.length >= MAX_DEPTH) return DEFAULT_CENSOR;
    if (Array.isArray(value)) return this.#array(value, state);
    return this.#entries(isPlain(value) ? value as Data : snapshot(value).value, state);
  }

  #array(items: readonly unknown[], state: PathState): readonly unknown[] {
    const { names } = this.#parts;
    let out: unknown[] | undefined;
    let isSecret = false;
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      const changed = this.#member(item, nextState(state, String(index)), String(index), isSecret);
      isSecret = names?.isNameItem(item) === true;
      if (out === undefined) {
        if (changed === item) continue;
        out = items.slice(0, index);
      }
      if (changed !== REMOVED) out.push(changed);
    }
    return out ?? items;
  }

  #entries(value: unknown, state: PathState): unknown {
    if (typeof value !== "object" || value === null) return this.#value(value, state, "");
    if (Array.isArray(value)) return this.#array(value, state);
    const { names } = this.#parts;
    const object = value as Data;
    const keys = Object.keys(object);
    let out: Data | undefined;
    let taken: Map<string, number> | undefined;
    let isNamed = false;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      const item = object[key];
      const isSecret = isNamed || names !== undefined && (names.isSecret(key) || names.isNamedValue(key, object));
      const changed = this.#member(item, nextState(state, key), key, isSecret);
      // What an array becomes when its items are copied as properties.
      isNamed = names !== undefined && isIndex(key) && names.isNameItem(item);
      const name = names === undefined ? key : names.visible(key, this.#path);
      if (out === undefined) {
        if (changed === item && name === key) continue;
        out = {};
        for (let i = 0; i < index; i++) define(out, keys[i] as string, object[keys[i] as string]);
      }
      if (changed !== REMOVED) define(out, name === key ? key : freeName(name, taken ??= new Map(), object), changed);
    }
    return out ?? value;
  }

  #member(item: unknown, state: PathState, key: string, isSecret: boolean): unknown {
    if (--this.#left < 0) throw new RangeError("Cannot redact a message: it has too many values");
    if (item === undefined) return item;
    this.#path.push(key);
    const changed = isSecret || state.isMatch
      ? this.#parts.censor.value(item, this.#path)
      : this.#value(item, state, key);
    this.#path.pop();
    return changed;
  }
}

/** Whether an object is what it looks like: JSON.stringify shows nothing of it that we have not seen. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && typeof (value as Data)["toJSON"] !== "function";
}

/**
 * A name that no other member has: names with different secrets in them look alike without.
 *
 * @param taken How often each name was made so far.
 */
function freeName(name: string, taken: Map<string, number>, object: Data): string {
  for (;;) {
    const number = (taken.get(name) ?? 0) + 1;
    taken.set(name, number);
    const free = number === 1 ? name : `${name} (${number})`;
    if (!Object.hasOwn(object, free) && (number === 1 || !taken.has(free))) return free;
  }
}

/** Whether a name is that of an item. */
function isIndex(key: string): boolean {
  const first = key.charCodeAt(0);
  return first >= 48 && first <= 57 && /^\d+$/.test(key);
}

/** Sets a property as data, also one called `__proto__`. */
function define(out: Data, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(out, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    out[key] = value;
  }
}
