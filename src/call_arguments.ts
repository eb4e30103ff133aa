/**
 * What a log call hands over, brought into the form text and fields. Whatever was handed over is in the record under a
 * name that docs/log_calls.md states.
 *
 * @module
 */
import { messageOf } from "./errors.ts";
import { isFields } from "./message.ts";
import { distinctNames } from "./pipeline/field_names.ts";
import type { Snapshots } from "./pipeline/snapshot.ts";
import { isError } from "./pipeline/snapshot_kind.ts";
import { nameOfClass, readProperty } from "./pipeline/snapshot_read.ts";
import { define } from "./pipeline/snapshot_text.ts";

/** A log call as text and fields. */
export interface Call {
  readonly text: string;
  /** Fields, not copied yet: serialisers want to see the originals. */
  readonly fields: unknown;
}

/** Errors of one call that get names of their own; those behind them are arguments like others. */
const MOST_ERRORS = 8;

/** Items of an array that a lazy message returns; a longer one is a value and no list of arguments. */
const MOST_MADE = 20;

/** The placeholders of `console.log` that print a value. */
const PLACEHOLDERS = /%[sdifjoO%]/g;

/** Names for the text in an object that stands alone. */
const TEXT_NAMES = ["msg", "message"] as const;

/** What was handed over, by the part that it plays. */
interface Parts {
  readonly errors: unknown[];
  /** The first object with fields, and what it has. */
  fields: { readonly original: unknown; readonly names: Record<string, unknown> } | undefined;
  readonly others: unknown[];
}

/** Reads the arguments of a call. */
export function readCall(args: readonly unknown[], snapshots: Snapshots): Call {
  return typeof args[0] === "function"
    ? readLazy(args[0] as () => unknown, args.slice(1), snapshots)
    : read(args, snapshots);
}

/** Calls a lazy message; what it makes stands before what the call has handed over beside it. */
function readLazy(make: () => unknown, further: readonly unknown[], snapshots: Snapshots): Call {
  let made: unknown[];
  try {
    made = argumentsOf(make());
  } catch (error) {
    return read(["log message could not be made", isError(error) ? error : { err: error }, ...further], snapshots);
  }
  // A message that makes a message stops here: its text is what it prints as.
  if (typeof made[0] === "function") made[0] = messageOf(made[0]);
  return read([...made, ...further], snapshots);
}

function read(args: readonly unknown[], snapshots: Snapshots): Call {
  const template = templateOf(args[0]);
  if (template !== undefined) return readTemplate(template, args.slice(1), snapshots);
  const textAt = args.findIndex((value) => typeof value === "string");
  // Without a text what comes first is the text, unless it says more as a field.
  const isFirstText = textAt < 0 && !isObject(args[0]) && (args[0] !== undefined || !args.some(isError));
  const filled = textAt < 0 ? undefined : fill(args[textAt] as string, args.slice(textAt + 1));
  const parts: Parts = { errors: [], fields: undefined, others: [] };
  for (let index = 0; index < args.length; index++) {
    const isUsed = index === textAt || (isFirstText && index === 0) || filled?.used.has(index - textAt - 1) === true;
    if (!isUsed) sort(args[index], parts, snapshots);
  }
  const text = filled?.text ?? (isFirstText ? messageOf(args[0]) : textOf(parts));
  const isPair = args.filter((value) => value !== undefined).length <= 2;
  return { text, fields: assemble(parts, snapshots, { isPair }) };
}

/** The arguments that a lazy message makes. */
function argumentsOf(made: unknown): unknown[] {
  if (!Array.isArray(made)) return [made];
  const { length } = made;
  // By index: no code of the program's own decides where it ends.
  return length > MOST_MADE ? [made] : length === 0 ? [undefined] : Array.from({ length }, (_, index) => made[index]);
}

/** Gives an argument its part. `undefined` is left out, as everywhere in a record. */
function sort(value: unknown, parts: Parts, snapshots: Snapshots): void {
  if (value === undefined) return;
  if (isError(value)) {
    if (parts.errors.includes(value)) return;
    if (parts.errors.length < MOST_ERRORS) return void parts.errors.push(value);
  } else if (parts.fields === undefined && isObject(value) && typeof value === "object" && !isArray(value)) {
    const names = namesOf(value, snapshots);
    if (names !== undefined) {
      parts.fields = { original: value, names };
      return;
    }
  }
  parts.others.push(value);
}

/** The fields of an object; `undefined` where its copy is a text or the like. */
function namesOf(value: object, snapshots: Snapshots): Record<string, unknown> | undefined {
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isPlain = prototype === null || prototype === Object.prototype;
    if (isPlain && typeof readProperty(value, "toJSON") !== "function") {
      const names: Record<string, unknown> = {};
      for (const key of Object.keys(value)) define(names, key, readProperty(value, key));
      return names;
    }
  } catch {
    // A Proxy that throws: its copy says so.
  }
  const copy = snapshots.value(value).value;
  return isFields(copy) ? { ...copy } : undefined;
}

/** The text of a call that has none: that of its error, or what the fields name so, which is then no field any more. */
function textOf(parts: Parts): string {
  if (parts.errors.length > 0) return messageOf(parts.errors[0]);
  const names = parts.fields?.names;
  const name = names === undefined
    ? undefined
    : TEXT_NAMES.find((name) => Object.hasOwn(names, name) && typeof names[name] === "string");
  if (names === undefined || name === undefined) return "";
  const text = names[name] as string;
  delete names[name];
  parts.fields = { original: names, names };
  return text;
}

/**
 * Makes the fields of a record of its parts; a field whose name is taken is renamed, like one called `time`.
 *
 * @param options.isPair Whether no more than two arguments were handed over.
 */
function assemble(
  { errors, fields, others }: Parts,
  snapshots: Snapshots,
  { isPair }: { readonly isPair: boolean },
): unknown {
  if (errors.length === 0 && others.length === 0) return fields?.original;
  const own = new Map<string, unknown>(errors.map((error, index) => [errorName(index), error]));
  if (others.length === 1 && fields === undefined && isPair) own.set("value", others[0]);
  else if (others.length > 0) own.set("args", others);
  const out: Record<string, unknown> = {};
  for (const [name, value] of own) if (name !== "args") define(out, name, value);
  const names = fields?.names ?? {};
  // An error that was handed over as a field too is there once.
  const keys = Object.keys(names).filter((key) => !own.has(key) || own.get(key) !== names[key]);
  const wanted = distinctNames(keys, keys, { reserved: new Set(own.keys()) });
  for (const [index, key] of keys.entries()) {
    const name = wanted[index] as string;
    // The serialiser of a field goes by the name that it had.
    define(out, name, name === key ? names[key] : snapshots.field(key, names[key]).value);
  }
  if (own.has("args")) define(out, "args", others);
  return out;
}

function errorName(index: number): string {
  return index === 0 ? "err" : `err${index + 1}`;
}

/** The strings of a tagged template; `undefined` for anything else. */
function templateOf(value: unknown): readonly string[] | undefined {
  if (!isArray(value)) return undefined;
  try {
    const strings = value as { readonly raw?: unknown } & readonly unknown[];
    const { raw } = strings;
    if (!Array.isArray(raw) || !raw.every((part) => typeof part === "string")) return undefined;
    // A string with an escape that is none is only there as it was written.
    return raw.map((part: string, index) => typeof strings[index] === "string" ? strings[index] : part);
  } catch {
    return undefined;
  }
}

function readTemplate(strings: readonly string[], values: readonly unknown[], snapshots: Snapshots): Call {
  const parts: Parts = { errors: [], fields: undefined, others: [] };
  let text = strings[0] ?? "";
  for (const [index, string] of strings.slice(1).entries()) {
    const value = values[index];
    text += shown(value) + string;
    if (isError(value)) sort(value, parts, snapshots);
    else parts.others.push(value);
  }
  // A template has none, but whoever calls it as a function may.
  for (const value of values.slice(strings.length - 1)) sort(value, parts, snapshots);
  return { text, fields: assemble(parts, snapshots, { isPair: false }) };
}

/** A value in a text. Of an object only its kind: what is in it goes by redaction first, as a field. */
function shown(value: unknown): string {
  if (!isObject(value) || isError(value)) return messageOf(value);
  return typeof value === "function" ? "[Function]" : isArray(value) ? "[Array]" : `[${nameOfClass(value)}]`;
}

/**
 * Fills the placeholders of a text with what follows it, as `console.log` does: with primitives, as they are, and with
 * the messages of errors. The place of an object stays as it is.
 *
 * @returns The text, and the places of what is all in it.
 */
function fill(text: string, values: readonly unknown[]): { readonly text: string; readonly used: ReadonlySet<number> } {
  const used = new Set<number>();
  let isFilled = false;
  if (values.length === 0 || !text.includes("%")) return { text, used };
  let next = 0;
  const filled = text.replace(PLACEHOLDERS, (placeholder) => {
    if (placeholder === "%%") return "%";
    if (next >= values.length) return placeholder;
    const index = next++;
    const value = values[index];
    if (isObject(value) && !isError(value)) return placeholder;
    isFilled = true;
    if (isError(value)) return messageOf(value);
    used.add(index);
    return typeof value === "string" && /[joO]/.test(placeholder) ? JSON.stringify(value) : messageOf(value);
  });
  return { text: isFilled ? filled : text, used };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false; // a revoked Proxy
  }
}
