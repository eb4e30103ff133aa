import { ALPHANUMERIC, is } from "./characters.ts";
import { decodeNames, NO_BREAK_SPACE } from "./decoded.ts";
import type { Found, TextPattern } from "./pattern.ts";
import { SecretNames } from "./secret_names.ts";

const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const AMPERSAND = 38;
const APOSTROPHE = 39;
const PLUS = 43;
const HYPHEN = 45;
const COLON = 58;
const SEMICOLON = 59;
const EQUALS = 61;
const GREATER = 62;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const UNDERSCORE = 95;
const BACKTICK = 96;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Schemes of authentication (IANA registry, and usual ones), after which the credentials follow. */
const SCHEME =
  /(?:basic|bearer|concealed|digest|dpop|gnap|hoba|mutual|negotiate|ntlm|oauth|privatetoken|scram-sha-1|scram-sha-256|vapid|token|apikey|aws4-hmac-sha256)[ \t]/iy;

/**
 * Finds in a text what stands under a secret name: `name=value` in queries, forms, cookies and logfmt, `"name":"value"`
 * and `name: value` in JSON, heads of HTTP and what a console prints.
 *
 * Where a value ends is decided so that rather too much is taken for it than too little; see `docs/redaction.md`. Every
 * unit of the text is looked at a few times at the most.
 */
export class NamedValues implements TextPattern {
  readonly minLength = 3;
  readonly names: SecretNames;
  /** Names with other signs than letters, digits, `-` and `_`: those are looked for as they are. */
  readonly #odd: readonly string[];
  /** The units that a name ends with, in both cases. */
  readonly #ends: ReadonlySet<number>;
  /** Units of the longest name. */
  readonly #longest: number;
  readonly #hasColons: boolean;

  /**
   * @param options.colons Whether what stands after a colon counts, too.
   */
  constructor(names: readonly string[], options: { readonly colons: boolean }) {
    this.names = new SecretNames(names);
    this.#odd = names.map((name) => name.toLowerCase()).filter((name) => /[^\w-]/.test(name));
    this.#ends = new Set(
      names.flatMap((name) => [name.toLowerCase(), name.toUpperCase()]).flatMap((name) => [
        ...[name, name.replace(/[-_]+$/, "")].map((name) => name.charCodeAt(name.length - 1)),
      ]),
    ).add(HYPHEN).add(UNDERSCORE);
    this.#longest = Math.max(...names.map((name) => name.length), 0);
    this.#hasColons = options.colons;
  }

  find(text: string, found: Found): void {
    this.#find(text, found);
    const decoded = decodeNames(text);
    if (decoded !== undefined) {
      this.#find(decoded.text, (start, end) => found(decoded.origin(start), decoded.origin(end)));
    }
  }

  /** Whether a text ends with a secret name. */
  isNameAtEnd(text: string): boolean {
    return this.#nameBefore(text, text.length) !== undefined;
  }

  #find(text: string, found: Found): void {
    let equals = text.indexOf("=");
    let colon = this.#hasColons ? text.indexOf(":") : -1;
    while (equals >= 0 || colon >= 0) {
      const isColon = equals < 0 || colon >= 0 && colon < equals;
      const at = isColon ? colon : equals;
      const name = this.#nameBefore(text, at);
      let next = at + 1;
      if (name !== undefined) {
        const [start, end] = valueAfter(text, at, name);
        if (end > start) found(start, end);
        next = Math.max(next, end);
      }
      if (equals >= 0 && equals < next) equals = text.indexOf("=", next);
      if (colon >= 0 && colon < next) colon = text.indexOf(":", next);
    }
  }

  /** The secret name that ends before a separator. */
  #nameBefore(text: string, separator: number): Name | undefined {
    let end = separator;
    while (isBlank(text.charCodeAt(end - 1))) end--;
    // user[password]=x, password[]=x, password[0]=x, user["password"] = x
    while (text.charCodeAt(end - 1) === CLOSE_BRACKET) {
      let open = end - 2;
      while (is(text, open, ALPHANUMERIC)) open--;
      const isIndex = text.charCodeAt(open) === OPEN_BRACKET && !/\D/.test(text.slice(open + 1, end - 1));
      end = isIndex ? open : end - 1;
      if (!isIndex) break;
    }
    const last = text.charCodeAt(end - 1);
    if (isQuote(last)) return this.#quotedName(text, end - 1);
    if (!this.#ends.has(last)) return undefined;
    let start = end;
    while (is(text, start - 1, ALPHANUMERIC) || isJoint(text.charCodeAt(start - 1))) start--;
    if (start < end && this.names.has(text.slice(start, end))) return { isQuoted: false, before: start - 1 };
    const odd = this.#odd.find((name) => plainSpaces(text.slice(Math.max(0, end - name.length), end)) === name);
    return odd === undefined ? undefined : { isQuoted: false, before: end - odd.length - 1 };
  }

  /** A name that ends before this quotation mark. */
  #quotedName(text: string, mark: number): Name | undefined {
    const sign = text.charCodeAt(mark);
    const limit = Math.max(0, mark - 2 * this.#longest - 16);
    let start = mark;
    while (start > limit && text.charCodeAt(start - 1) !== sign) start--;
    if (start === mark) return undefined;
    const name = plainSpaces(text.slice(start, mark));
    return this.names.hasField(name) ? { isQuoted: true, before: start - 1 } : undefined;
  }
}

function plainSpaces(name: string): string {
  return name.toLowerCase().replaceAll(NO_BREAK_SPACE, " ");
}

/** A secret name in a text. */
interface Name {
  readonly isQuoted: boolean;
  /** The place before it. */
  readonly before: number;
}

/** Where the value starts and ends that stands after a separator. */
function valueAfter(text: string, separator: number, name: Name): readonly [start: number, end: number] {
  let start = separator + 1;
  while (isSeparator(text.charCodeAt(start))) start++;
  while (isBlank(text.charCodeAt(start))) start++;
  const isHeader = text.charCodeAt(separator) === COLON && !name.isQuoted;
  const first = text.charCodeAt(start);
  // What is enclosed may be only the beginning: `Cookie: "a"; b=c`. Then the value goes on behind it.
  let end = start;
  if (isQuote(first)) {
    end = endOfQuoted(text, start);
    if (!isHeader || isEndOfMember(text, end + 1)) return [start + 1, end];
  } else if (first === OPEN_BRACE || first === OPEN_BRACKET) {
    end = endOfBrackets(text, start);
    if (isHeader ? isEndOfMember(text, end) : isEndOfWord(text, end)) return [start, end];
  }
  if (isHeader) {
    const around = text.charCodeAt(name.before);
    return [start, isQuote(around) ? endOfQuoted(text, end - 1, around) : endOfLine(text, end)];
  }
  if (text.charCodeAt(separator) === COLON) return [start, endOfLiteral(text, end)];
  SCHEME.lastIndex = start;
  return [start, SCHEME.test(text) ? endOfLine(text, end) : endOfWord(text, end)];
}

/**
 * The place of the mark that ends what starts with one: one that is not escaped, not doubled, not within a word, and
 * before no `+` and a further text, as a console prints one with line breaks.
 */
function endOfQuoted(text: string, open: number, mark: number = text.charCodeAt(open)): number {
  for (let at = open + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === BACKSLASH) at++;
    else if (unit === mark) {
      if (text.charCodeAt(at + 1) === mark) at++;
      else if (!is(text, at + 1, ALPHANUMERIC)) {
        const next = nextPart(text, at + 1);
        if (next === 0) return at;
        mark = text.charCodeAt(next);
        at = next;
      }
    }
  }
  return text.length;
}

/** Where a text goes on that is put together from parts; 0 where it does not. */
function nextPart(text: string, at: number): number {
  while (text.charCodeAt(at) <= SPACE) at++;
  if (text.charCodeAt(at) !== PLUS) return 0;
  do at++; while (text.charCodeAt(at) <= SPACE);
  return isQuote(text.charCodeAt(at)) ? at : 0;
}

/** The end of an object or array, whatever is in it; that of the text where it does not end. */
function endOfBrackets(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (isQuote(unit)) at = endOfQuoted(text, at);
    else if (unit === OPEN_BRACE || unit === OPEN_BRACKET) depth++;
    else if ((unit === CLOSE_BRACE || unit === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return text.length;
}

function endOfLine(text: string, at: number): number {
  while (at < text.length && text.charCodeAt(at) !== LINE_FEED && text.charCodeAt(at) !== RETURN) at++;
  return at;
}

/** The end of a number or the like in JSON. */
function endOfLiteral(text: string, at: number): number {
  while (at < text.length && !/[,}\]\r\n]/.test(text[at] as string)) at++;
  return at;
}

/** The end of a value without quotes, as in a query or a cookie. */
function endOfWord(text: string, at: number): number {
  while (at < text.length && !isEndOfWord(text, at)) at++;
  return at;
}

function isEndOfWord(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (!(unit > SPACE) || unit === SEMICOLON) return true;
  if (unit === AMPERSAND) return startsPair(text, at + 1);
  if (unit === BACKSLASH) return isQuote(text.charCodeAt(at + 1)) && !is(text, at + 2, ALPHANUMERIC);
  return isQuote(unit) && !is(text, at + 1, ALPHANUMERIC);
}

/** Whether another pair of a form follows; elsewhere `&` is part of the value. */
function startsPair(text: string, at: number): boolean {
  const start = at;
  while (at < text.length && /[\w\-.~%+*[\]$]/.test(text[at] as string)) at++;
  return at === start ? at === text.length : text.charCodeAt(at) === EQUALS;
}

/** Whether a member of an object as a console prints it ends here, or the line does. */
function isEndOfMember(text: string, at: number): boolean {
  while (isBlank(text.charCodeAt(at))) at++;
  return at >= text.length || /[,})\]\r\n]/.test(text[at] as string);
}

function isBlank(unit: number): boolean {
  return unit === SPACE || unit === TAB;
}

function isQuote(unit: number): boolean {
  return unit === QUOTE || unit === APOSTROPHE || unit === BACKTICK;
}

/** `=`, `:` and `>`: what separates may be `==`, `=>` or `:=`. */
function isSeparator(unit: number): boolean {
  return unit === EQUALS || unit === COLON || unit === GREATER;
}

function isJoint(unit: number): boolean {
  return unit === HYPHEN || unit === UNDERSCORE;
}
