import { checkArray, checkFunction, checkInteger, checkObject, checkOneOf, checkText, show } from "../validate.ts";
import { type CompiledCensor, DEFAULT_CENSOR, type Report } from "./censor.ts";
import { decode } from "./decoded.ts";
import type { CustomPattern, RedactOptions } from "./options.ts";
import { type Found, type PatternName, patternNames, READY_MADE, type TextPattern } from "./pattern.ts";
import { characterEnd } from "../beginning.ts";

/** Units that the program's expressions see beyond the part of a text that may stay. */
const LOOK_AHEAD = 1024;

/** Layers of escapes that are taken off: JSON in a parameter of a URL in a string of JSON has three. */
const MOST_LAYERS = 3;

/** Replaces the secrets in texts. Never throws: a text that cannot be looked through is replaced whole. */
export class TextRedactor {
  /** Units below which nothing is found in a text. */
  readonly minLength: number;
  readonly #patterns: readonly TextPattern[];
  readonly #censor: CompiledCensor;
  /** Where texts are cut. */
  readonly #maxLength: number;

  /** @param maxLength Units of a text that may stay; `Infinity` where all patterns are ready-made. */
  constructor({ patterns, maxLength }: CompiledPatterns, censor: CompiledCensor) {
    this.#patterns = patterns;
    this.#censor = censor;
    this.#maxLength = maxLength;
    this.minLength = Math.min(...patterns.map((pattern) => pattern.minLength));
  }

  /**
   * The text without its secrets; the same string when there are none.
   *
   * All patterns see the text as it was, and without one, two and three layers of its escapes; secrets that overlap are
   * replaced by one.
   */
  redact(text: string, key: string, path: readonly string[]): string {
    const { length } = text;
    if (length < this.minLength) return text;
    const places: [start: number, end: number][] = [];
    try {
      this.#find(text, (start, end) => void places.push([start, end]), key);
    } catch {
      return DEFAULT_CENSOR;
    }
    const isCut = length > this.#maxLength;
    return places.length === 0 && !isCut ? text : this.#replace(text, places, path);
  }

  #find(text: string, found: Found, key: string, layer = 0): void {
    for (const pattern of this.#patterns) if (text.length >= pattern.minLength) pattern.find(text, found, key);
    if (layer >= MOST_LAYERS) return;
    const decoded = decode(text);
    if (decoded === undefined) return;
    this.#find(decoded.text, (start, end) => found(decoded.origin(start), decoded.origin(end)), key, layer + 1);
  }

  #replace(text: string, places: [start: number, end: number][], path: readonly string[]): string {
    const cut = text.length > this.#maxLength ? characterEnd(text, this.#maxLength) : text.length;
    let result = "";
    let done = 0;
    places.sort((a, b) => a[0] - b[0]);
    for (let i = 0; i < places.length;) {
      let [start, end] = places[i++] as [number, number];
      if (start >= cut) break;
      while (i < places.length && (places[i] as [number, number])[0] < end) {
        end = Math.max(end, (places[i++] as [number, number])[1]);
      }
      result += text.slice(done, start) + this.#censor.text(text.slice(start, end), path);
      done = end;
    }
    if (done < cut) result += text.slice(done, cut);
    return Math.max(done, cut) < text.length ? result + DEFAULT_CENSOR : result;
  }
}

const CUSTOM_KEYS: ReadonlySet<string> = new Set(["name", "pattern", "validate"]);

/** Patterns, checked. */
export interface CompiledPatterns {
  readonly patterns: readonly TextPattern[];
  /** Units of a text that may stay. */
  readonly maxLength: number;
}

/** Checks and compiles the options `patterns`, `exclude` and `maxTextLength`; `undefined` without patterns. */
export function compilePatterns(
  { patterns, exclude, maxTextLength = 65_536 }: RedactOptions,
  where: string,
  report: Report,
): CompiledPatterns | undefined {
  const left = new Set<PatternName>(
    exclude === undefined
      ? []
      : checkArray(`${where}.exclude`, exclude, (place, name) => checkOneOf(place, name, patternNames)),
  );
  checkInteger(`${where}.maxTextLength`, maxTextLength, 1);
  if (patterns === undefined) {
    if (left.size === 0) return undefined;
    throw new TypeError(`Cannot use option "${where}.exclude": there is no "${where}.patterns" to leave them out of`);
  }
  let isForeign = false;
  const compiled = patterns === true
    ? patternNames.filter((name) => !left.has(name)).map((name) => READY_MADE[name])
    : checkArray(`${where}.patterns`, patterns, (place, item) => {
      if (typeof item !== "string") {
        isForeign = true;
        return compileCustom(place, item, maxTextLength, report);
      }
      const name = checkOneOf(place, item, patternNames);
      return left.has(name) ? undefined : READY_MADE[name];
    }).filter((pattern) => pattern !== undefined);
  if (compiled.length === 0) throw new RangeError(`Cannot use option "${where}.patterns": no pattern is left`);
  return { patterns: compiled, maxLength: isForeign ? maxTextLength : Infinity };
}

function compileCustom(where: string, item: unknown, maxLength: number, report: Report): TextPattern {
  if (item instanceof RegExp) return customPattern({ name: String(item), pattern: item }, maxLength, report);
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    throw new TypeError(
      `Cannot use option "${where}": expected the name of a pattern, a RegExp or { name, pattern }, got ${show(item)}`,
    );
  }
  checkObject(where, item, CUSTOM_KEYS);
  const { name, pattern, validate } = item as CustomPattern;
  checkText(`${where}.name`, name);
  if (!(pattern instanceof RegExp)) {
    throw new TypeError(`Cannot use option "${where}.pattern": expected a RegExp, got ${show(pattern)}`);
  }
  if (validate !== undefined) checkFunction(`${where}.validate`, validate);
  return customPattern({ name, pattern, validate }, maxLength, report);
}

function customPattern({ name, pattern, validate }: CustomPattern, maxLength: number, report: Report): TextPattern {
  // An expression of our own: that of the program may be in use, and keeps its place in `lastIndex`.
  const expression = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, "") + "g");
  const failed = (what: string) => report(new Error(`Cannot redact with pattern "${name}": ${what} threw`));
  const isSecret = (match: string): boolean => {
    try {
      return validate === undefined || validate(match) !== false;
    } catch {
      failed("its check");
      return true;
    }
  };
  return {
    minLength: 1,
    find(text, found) {
      const seen = text.length > maxLength ? text.slice(0, maxLength + LOOK_AHEAD) : text;
      try {
        for (const match of seen.matchAll(expression)) {
          if (match[0] !== "" && isSecret(match[0])) found(match.index, match.index + match[0].length);
        }
      } catch (error) {
        // An engine may run out of stack.
        failed("the expression");
        throw error;
      }
    },
  };
}
