/**
 * Numbers with check digits: payment cards and bank accounts.
 *
 * @module
 */
import { ALPHANUMERIC, DIGIT, endOf, HEX, is } from "./characters.ts";
import type { Found } from "./pattern.ts";

/** ISO/IEC 7812-1: a card number has at most 19 digits; 13 is the shortest that was ever issued. */
const SHORTEST_CARD = 13;
const LONGEST_CARD = 19;

/** The engine's search is ten times as fast as a loop over the text; of a fixed length, it is linear. */
const CARD_START = /\d{3}/g;

/** Digits and hexadecimal letters in one piece from which on they are an identifier, such as a trace id. */
const IDENTIFIER = 24;

/**
 * Card numbers (ISO/IEC 7812-1, Luhn check of its annex B): 13 to 19 digits, in one piece or in groups with a space
 * or hyphen between, of which all but the last have three digits or more.
 *
 * Numbers that begin with 0, or with 1 unless they have 15 digits (UATP), are none: no issuer has them, and times in
 * milliseconds, microseconds and nanoseconds begin with 1. Neither are decimals of a fraction.
 */
export function findCards(text: string, found: Found): void {
  CARD_START.lastIndex = 0;
  while (CARD_START.exec(text) !== null) {
    const start = CARD_START.lastIndex - 3;
    findCardAt(text, start, found);
    CARD_START.lastIndex = endOf(text, start, DIGIT);
  }
}

/** Looks for card numbers that start with the group of digits that starts here. */
function findCardAt(text: string, start: number, found: Found): void {
  const first = text.charCodeAt(start) - 48;
  if (first === 0 || text.charCodeAt(start - 1) === 46 && is(text, start - 2, DIGIT)) return;
  let count = 0;
  let sum = 0;
  let otherSum = 0;
  for (let at = start, group = start;;) {
    const digit = text.charCodeAt(at++) - 48;
    if (++count > LONGEST_CARD) return;
    // Which digits are doubled depends on where the number ends: both sums are kept, and change places.
    const doubled = sum + (digit > 4 ? 2 * digit - 9 : 2 * digit);
    sum = otherSum + digit;
    otherSum = doubled;
    if (is(text, at, DIGIT)) continue;
    const isCard = count >= SHORTEST_CARD && sum % 10 === 0 && (first !== 1 || count === 15);
    if (isCard && !(at - start === count && isIdentifier(text, start, at))) found(start, at);
    const separator = text.charCodeAt(at);
    if (separator !== 32 && separator !== 45 || at - group < 3 || !is(text, at + 1, DIGIT)) return;
    group = ++at;
  }
}

/** Whether digits are part of a long hexadecimal number: one in 800 trace ids holds what looks like a card. */
function isIdentifier(text: string, start: number, end: number): boolean {
  let from = start;
  let to = end;
  while (to - from < IDENTIFIER && is(text, from - 1, HEX)) from--;
  while (to - from < IDENTIFIER && is(text, to, HEX)) to++;
  return to - from >= IDENTIFIER;
}

/** ISO 13616-1: country, two check digits, and up to 30 letters and digits; the shortest in use has 15 in all. */
const SHORTEST_IBAN = 15;
const LONGEST_IBAN = 34;

/** Digits below which it is words: every country's accounts have more. */
const IBAN_DIGITS = 6;

const IBAN_START = /[A-Z]{2}\d\d/gi;

/**
 * International bank account numbers (ISO 13616-1, check digits by ISO/IEC 7064 MOD 97-10), in upper or lower case, in
 * one piece or in groups with a space or hyphen between.
 */
export function findIbans(text: string, found: Found): void {
  IBAN_START.lastIndex = 0;
  while (IBAN_START.exec(text) !== null) {
    const start = IBAN_START.lastIndex - 4;
    if (is(text, start - 1, ALPHANUMERIC)) continue;
    findIbanAt(text, start, found);
  }
}

function findIbanAt(text: string, start: number, found: Found): void {
  let at = start + 4;
  let digits = 2;
  let remainder = 0;
  for (let count = 4;;) {
    if (!is(text, at, ALPHANUMERIC)) {
      if (count >= SHORTEST_IBAN && digits >= IBAN_DIGITS && closes(text, start, remainder)) found(start, at);
      const separator = text.charCodeAt(at);
      if (separator !== 32 && separator !== 45 || !is(text, ++at, ALPHANUMERIC)) return;
    }
    if (++count > LONGEST_IBAN) return;
    if (is(text, at, DIGIT)) digits++;
    remainder = append(remainder, text.charCodeAt(at++));
  }
}

/** Whether the number checks, its first four characters put after the rest. */
function closes(text: string, start: number, remainder: number): boolean {
  for (let at = start; at < start + 4; at++) remainder = append(remainder, text.charCodeAt(at));
  return remainder === 1;
}

/** The remainder by 97 with one more digit, or with a letter: A is 10, Z is 35. */
function append(remainder: number, code: number): number {
  return code <= 57 ? (remainder * 10 + code - 48) % 97 : (remainder * 100 + (code & 0x1f) + 9) % 97;
}
