/**
 * Credentials with a form of their own.
 *
 * @module
 */
import { BASE64, BASE64URL, DIGIT, DOMAIN, endOf, is, LETTER, LOCAL, TOKEN } from "./characters.ts";
import type { Found } from "./pattern.ts";

/** What stands between the name of a scheme and its credentials: in a header, in JSON, in a query. */
const GAP = /[ \t:="'\\]/;

const BEARER = /bearer(?=[ \t:="'\\])/gi;
const BASIC = /basic(?=[ \t:="'\\])/gi;

/** Words that follow "bearer" in plain English, or in a challenge of RFC 6750. */
const BEARER_WORDS: ReadonlySet<string> = new Set(
  "auth authentication authorization credential credentials error format header of realm scheme token tokens".split(
    " ",
  ),
);

/** The token after "Bearer" (RFC 6750, section 2.1), of any length, unless it is a word that usually follows. */
export function findBearer(text: string, found: Found): void {
  BEARER.lastIndex = 0;
  while (BEARER.exec(text) !== null) {
    const start = skipGap(text, BEARER.lastIndex);
    const word = endOf(text, start, TOKEN);
    if (word > start && !isBearerWord(text.slice(start, Math.min(word, start + 20)))) {
      found(start, endOfPadding(text, word));
    }
    BEARER.lastIndex = word;
  }
}

function isBearerWord(word: string): boolean {
  return BEARER_WORDS.has(word.toLowerCase().replace(/\.+$/, ""));
}

/** User and password after "Basic" (RFC 7617): base64 of something with a colon in it and no control characters. */
export function findBasic(text: string, found: Found): void {
  BASIC.lastIndex = 0;
  while (BASIC.exec(text) !== null) {
    const start = skipGap(text, BASIC.lastIndex);
    const end = endOf(text, start, BASE64 | BASE64URL);
    if (isUserAndPassword(text.slice(start, end))) found(start, endOfPadding(text, end));
    BASIC.lastIndex = end;
  }
}

function skipGap(text: string, at: number): number {
  while (at < text.length && GAP.test(text[at] as string)) at++;
  return at;
}

function endOfPadding(text: string, at: number): number {
  while (text.charCodeAt(at) === 61) at++;
  return at;
}

function isUserAndPassword(base64: string): boolean {
  // A single unit more than whole groups of four is no whole byte.
  const whole = base64.length % 4 === 1 ? base64.slice(0, -1) : base64;
  const decoded = atob(whole.replaceAll("-", "+").replaceAll("_", "/"));
  // deno-lint-ignore no-control-regex
  return decoded.includes(":") && !/[\u0000-\u001f]/.test(decoded);
}

/** A JSON object starts with `{"`, which is `eyJ` in base64url. */
const JWT_START = "eyJ";
const SHORTEST_JWT_HEADER = 10;

/**
 * JSON web tokens: header, payload and signature (RFC 7515), or the five parts of an encrypted one (RFC 7516). Header
 * and payload alone, as a text cut short leaves them, count if the payload is an object.
 */
export function findJwts(text: string, found: Found): void {
  for (let start = text.indexOf(JWT_START); start >= 0;) {
    let end = endOf(text, start, BASE64URL);
    const isHeader = end - start >= SHORTEST_JWT_HEADER;
    const isObject = text.startsWith(JWT_START, end + 1);
    let parts = 1;
    while (isHeader && parts < 5 && text.charCodeAt(end) === 46) {
      const next = endOf(text, end + 1, BASE64URL);
      // Only the payload may not be empty: without a signature (RFC 7519, section 6) the last part is.
      if (parts === 1 && next === end + 1) break;
      end = next;
      parts++;
    }
    if (parts > 2 || parts === 2 && isObject) found(start, end);
    start = text.indexOf(JWT_START, end);
  }
}

/** E-mail addresses (RFC 5321, section 4.1.2) with a domain that has a dot; quoted ones and address literals are not. */
export function findEmails(text: string, found: Found): void {
  let last = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > last && (is(text, start - 1, LOCAL) || isInnerApostrophe(text, start - 1))) start--;
    last = at + 1;
    if (start === at) continue;
    const end = endOfDomain(text, at + 1);
    if (end > 0) found(start, end);
  }
}

function isInnerApostrophe(text: string, at: number): boolean {
  return text.charCodeAt(at) === 39 && is(text, at - 1, LETTER) && is(text, at + 1, LETTER);
}

/** The end of a domain name with a dot; 0 where there is none. */
function endOfDomain(text: string, start: number): number {
  let end = start;
  let firstDot = 0;
  let dot = 0;
  // A dot counts once a label has begun after it: the one at the end of a sentence does not.
  for (let at = start; is(text, at, DOMAIN); at++) {
    if (!isDotOrHyphen(text, at)) {
      if (isDot(text, at - 1) && at > start + 1) dot = at - 1;
      end = at + 1;
    }
    if (firstDot === 0 && isDot(text, at)) firstDot = at;
  }
  // No top-level domain begins with a digit, see RFC 3696, section 2; npm's `name@1.2.3` ends here.
  if (dot === 0 || end - dot < 3 || is(text, dot + 1, DIGIT)) return 0;
  // `name@1.2.3-rc.beta`, in the paths of a package manager.
  return is(text, start, DIGIT) && is(text, firstDot - 1, DIGIT) && is(text, firstDot + 1, DIGIT) ? 0 : end;
}

function isDot(text: string, at: number): boolean {
  return text.charCodeAt(at) === 46;
}

function isDotOrHyphen(text: string, at: number): boolean {
  return isDot(text, at) || text.charCodeAt(at) === 45;
}

/** The password of a URL with user and password before its host (RFC 3986, section 3.2.1). */
export function findUrlPasswords(text: string, found: Found): void {
  for (let at = text.indexOf("://"); at >= 0; at = text.indexOf("://", at + 3)) {
    let colon = 0;
    let end = 0;
    for (let i = at + 3; i < text.length && !isEndOfAuthority(text.charCodeAt(i)); i++) {
      const code = text.charCodeAt(i);
      if (code === 58 && colon === 0) colon = i;
      else if (code === 64) end = i;
    }
    if (colon > 0 && end > colon + 1) found(colon + 1, end);
  }
}

/** White space, controls, quotes, `/`, `?`, `#`, angle brackets. */
function isEndOfAuthority(code: number): boolean {
  return code <= 32 || code === 47 || code === 63 || code === 35 || code === 34 || code === 60 || code === 62;
}

const PEM_BEGIN = "-----BEGIN ";
const PEM_END = "-----END ";
const PEM_DASHES = "-----";
const LONGEST_PEM_LABEL = 64;

/** Private keys in PEM (RFC 7468) and OpenPGP armour, from the first line to the last, or to the end of a text cut short. */
export function findPrivateKeys(text: string, found: Found): void {
  for (let start = text.indexOf(PEM_BEGIN); start >= 0;) {
    const label = text.slice(start + PEM_BEGIN.length, start + PEM_BEGIN.length + LONGEST_PEM_LABEL);
    const name = label.split(PEM_DASHES, 1)[0] as string;
    if (!name.includes("PRIVATE KEY")) {
      start = text.indexOf(PEM_BEGIN, start + PEM_BEGIN.length);
      continue;
    }
    const last = text.indexOf(PEM_END, start + PEM_BEGIN.length);
    const dashes = last < 0 ? -1 : text.indexOf(PEM_DASHES, last + PEM_END.length);
    if (dashes < 0) return found(start, text.length);
    found(start, dashes + PEM_DASHES.length);
    start = text.indexOf(PEM_BEGIN, dashes + PEM_DASHES.length);
  }
}
