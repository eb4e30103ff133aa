import type { Backend } from "../backend.ts";
import type { DestinationOptions } from "../destination_options.ts";
import type { Envelope } from "../format/envelope.ts";
import type { FormatName } from "../format/named_format.ts";
import type { Formatter } from "../message.ts";
import type { Runtime } from "../runtime.ts";

/** What a scheme can use to make a backend. */
export interface SchemeContext {
  /** The runtime that the logger lives on. */
  readonly runtime: Runtime;
  /** Where the options of the destination stand, for error messages: `"destinations[0]"`. */
  readonly where: string;
  /** Told of errors that concern no batch. Never throws. */
  readonly onError: (error: unknown) => void;
}

/** What a scheme makes of the options of a destination, which it has checked. */
export interface SchemePlan {
  /** Makes the backend. Called at most once, when everything else has been checked too. */
  readonly backend: () => Backend;
  /** The format where the destination names none. @default "json" */
  readonly format?: FormatName | Formatter;
  /** Whether a person reads it, on a terminal. @default false */
  readonly terminal?: boolean;
  /** Whether a record may take several lines. @default false */
  readonly multiline?: boolean;
  /** Columns of the terminal. */
  readonly columns?: () => number;
  /** What is put around each line, such as a header. @default nothing */
  readonly envelope?: Envelope;
}

/** A URI scheme of the library's own. */
export interface Scheme {
  /** Options of a destination that it knows beside the common ones; others are refused. */
  readonly options: readonly string[];
  /** Whether its backends have a format of their own, so that the logger's default is none for them. @default false */
  readonly hasFormat?: boolean;
  /** Checks the URI and the options, and throws a `TypeError` or `RangeError` that names what is wrong. */
  plan(uri: string, options: DestinationOptions, context: SchemeContext): SchemePlan;
}

const schemes = new Map<string, Scheme>();

/** Modules that bring schemes which not everybody needs. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ["otlp+http", "@omni/log/otlp"],
  ["otlp+https", "@omni/log/otlp"],
  ["journald", "@omni/log/journald"],
]);

/** Adds schemes of the library's own; a program cannot replace them. */
export function addScheme(names: readonly string[], scheme: Scheme): void {
  for (const name of names) schemes.set(name, scheme);
}

/** A scheme of the library's own. */
export function ownScheme(name: string): Scheme | undefined {
  return schemes.get(name);
}

/** Names of the library's own schemes that are there. */
export function ownSchemes(): string[] {
  return [...schemes.keys()];
}

/** Names of the library's own schemes whose modules may not have been imported. */
export function schemesElsewhere(): string[] {
  return [...ELSEWHERE.keys()];
}

/** Whether a scheme is, or may become, the library's own. */
export function isOwnScheme(name: string): boolean {
  return schemes.has(name) || ELSEWHERE.has(name);
}

/** The module of the library to import for a scheme that is not there. */
export function moduleOfScheme(name: string): string | undefined {
  return ELSEWHERE.get(name);
}
