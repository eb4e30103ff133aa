/**
 * Classes of characters that the ready-made patterns are made of.
 *
 * The patterns walk over the text by hand: regular expressions with unbounded repetition take quadratic time on
 * hostile text in every engine that we run on, and overflow the stack of one of them on long runs.
 *
 * @module
 */

export const DIGIT = 1;
export const LETTER = 2;
export const ALPHANUMERIC: number = DIGIT | LETTER;
/** `-._~+/`, beside letters and digits: token68 of RFC 9110, section 11.2, without its padding. */
const TOKEN_SIGN = 4;
export const TOKEN: number = ALPHANUMERIC | TOKEN_SIGN;
/** `-_`, beside letters and digits: base64url, RFC 4648, section 5. */
const BASE64URL_SIGN = 8;
export const BASE64URL: number = ALPHANUMERIC | BASE64URL_SIGN;
/** `+/`, beside letters and digits: base64, RFC 4648, section 4. */
const BASE64_SIGN = 16;
export const BASE64: number = ALPHANUMERIC | BASE64_SIGN;
/**
 * Of the signs that an address may have before its `@` (atext of RFC 5322), those that do not usually come before an
 * address, as `=` does in `mail=ann@example.com`; and letters that are not ASCII (RFC 6531).
 */
const LOCAL_SIGN = 32;
export const LOCAL: number = ALPHANUMERIC | LOCAL_SIGN;
const DOMAIN_SIGN = 64;
/** `-`, the dot, and letters that are not ASCII, beside letters and digits. */
export const DOMAIN: number = ALPHANUMERIC | DOMAIN_SIGN;
export const HEX = 128;

const classes = new Uint8Array(128);
for (
  const [signs, flag] of [
    ["0123456789", DIGIT | HEX],
    ["abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", LETTER],
    ["abcdefABCDEF", HEX],
    ["-._~+/", TOKEN_SIGN],
    ["-_", BASE64URL_SIGN],
    ["+/", BASE64_SIGN],
    [".!#$%*+-^_~", LOCAL_SIGN],
    ["-.", DOMAIN_SIGN],
  ] as const
) {
  for (const sign of signs) {
    const code = sign.charCodeAt(0);
    classes[code] = (classes[code] as number) | flag;
  }
}

/** Whether the unit at a place is of a class; not before the start and not after the end. */
export function is(text: string, at: number, kind: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 128) return ((classes[code] as number) & kind) !== 0;
  return code >= 0xc0 && (kind & (LOCAL_SIGN | DOMAIN_SIGN)) !== 0 && !isPunctuation(code);
}

/** Blocks of spaces, dashes and quotation marks beyond Latin-1: U+2000 to U+206F, U+3000 to U+303F. */
function isPunctuation(code: number): boolean {
  return code >= 0x2000 && code <= 0x206f || code >= 0x3000 && code <= 0x303f;
}

/** The end of the run of a class that starts at a place. */
export function endOf(text: string, at: number, kind: number): number {
  while (is(text, at, kind)) at++;
  return at;
}
