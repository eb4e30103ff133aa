import { messageOf } from "../errors.ts";
import type { CustomPattern, HashCensor, RedactOptions } from "../redact/options.ts";
import type { PatternName } from "../redact/pattern.ts";
import { compileRedaction } from "../redact/redaction.ts";
import { checkObject } from "../validate.ts";
import { compileRegExp, type RegExpSettings } from "./piece_settings.ts";

/** Redaction as plain data: like {@linkcode RedactOptions}, without functions. */
export interface RedactSettings {
  /** Fields by where they stand. */
  readonly paths?: readonly string[];
  /** Fields by name, at any depth. */
  readonly keys?: readonly string[];
  /** What is a secret wherever it stands: ready-made patterns by name, and regular expressions with names of one's own. */
  readonly patterns?: true | readonly (PatternName | PatternSettings)[];
  /** Ready-made patterns to leave out. */
  readonly exclude?: readonly PatternName[];
  /** What is put in the place of what is redacted. @default "[REDACTED]" */
  readonly censor?: string | { readonly hash: HashCensor } | { readonly remove: true };
  /** How much of a text regular expressions see. @default 65536 */
  readonly maxTextLength?: number;
}

/** A pattern of one's own. */
export interface PatternSettings {
  /** What it is called in error messages. */
  readonly name: string;
  /** Finds it. */
  readonly pattern: RegExpSettings;
}

/** Makes the option `redact` of its settings, and checks it. */
export function compileRedactSettings(where: string, value: unknown): RedactOptions {
  checkObject(where, value, undefined);
  const settings = value as RedactSettings;
  const { patterns } = settings;
  const options = Array.isArray(patterns)
    ? { ...settings, patterns: patterns.map((item, index) => withRegExp(`${where}.patterns[${index}]`, item)) }
    : settings;
  try {
    compileRedaction(options as RedactOptions, where);
  } catch (error) {
    // A path that cannot be read, for example, is told about without the name of the option.
    if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError) throw error;
    throw new TypeError(`Cannot use option "${where}": ${messageOf(error)}`, { cause: error });
  }
  return options as RedactOptions;
}

function withRegExp(where: string, item: unknown): unknown {
  if (typeof item !== "object" || item === null) return item;
  const { pattern, ...rest } = item as CustomPattern;
  return pattern === undefined ? item : { ...rest, pattern: compileRegExp(`${where}.pattern`, pattern) };
}
