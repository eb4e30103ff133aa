import { messageOf } from "../errors.ts";
import { isError } from "../pipeline/snapshot_kind.ts";
import { readFields } from "../pipeline/snapshot_read.ts";

/** What the arguments of a console method say. */
export interface ConsoleRecord {
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Formats values the way the console of the runtime does. */
export type ConsoleText = (values: readonly unknown[]) => string;

const SPECIFIERS = /%[sdifjoOc%]/g;

/** What is to be done to the arguments of a console method. */
export interface ConsoleReading {
  readonly toText: ConsoleText;
  /** Copies without secrets, of what is to become text; `undefined` where it is not known what is one. */
  readonly redact: (values: readonly unknown[]) => readonly unknown[] | undefined;
}

/**
 * Takes the arguments of `console.log` apart. What a `%` takes is text. Of the rest, the first error becomes the field
 * `err`, and an object that is left alone becomes fields; everything else is text, as the console shows it, made of what
 * redaction leaves. Where it is not known what is a secret, objects do not become text, but the field `args`.
 */
export function readConsoleArguments(values: readonly unknown[], { toText, redact }: ConsoleReading): ConsoleRecord {
  const used = 1 + (typeof values[0] === "string" ? takenBySpecifiers(values[0]) : -1);
  // By place: the same value, `undefined` among them, may be there twice.
  const places = values.map((_, index) => index).slice(used);
  const errorAt = places.find((index) => isError(values[index]));
  const objects = places.filter((index) => index !== errorAt && isPlainObject(values[index]));
  const ownAt = objects.length === 1 ? objects[0] : undefined;
  const shown = values.filter((_, index) => index !== errorAt && index !== ownAt);
  const error = errorAt === undefined ? undefined : values[errorAt];
  const own = ownAt === undefined ? undefined : values[ownAt] as Record<string, unknown>;
  const redacted = redact(shown);
  const args = redacted === undefined ? shown.filter(isObject) : [];
  const printed = redacted ?? shown.map((value) => isObject(value) ? OBJECT_MARK : value);
  const text = shown.length === 0 ? error === undefined ? "" : messageOf(error) : textOf(printed, toText);
  if (own === undefined && error === undefined && args.length === 0) return { text };
  if (error === undefined && args.length === 0) return { text, fields: own };
  const fields = own === undefined ? {} : readFields(own);
  if (args.length > 0) fields["args"] = args;
  if (error !== undefined) fields["err"] = error;
  return { text, fields };
}

/** Stands in a text for an object that is in the field `args`. */
const OBJECT_MARK = "[Object]";

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null || typeof value === "function";
}

/** Text of values, whatever they do when they are looked at. */
export function textOf(values: readonly unknown[], toText: ConsoleText): string {
  try {
    return toText(values);
  } catch {
    return values.map(messageOf).join(" ");
  }
}

function takenBySpecifiers(format: string): number {
  let count = 0;
  for (const [specifier] of format.matchAll(SPECIFIERS)) if (specifier !== "%%") count++;
  return count;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype;
  } catch {
    return false; // a revoked Proxy
  }
}
