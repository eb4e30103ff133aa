import { ALPHANUMERIC, BASE64, endOf, is } from "./characters.ts";
import type { Found } from "./pattern.ts";

/** Access keys: long-term, temporary, and the service's own; see "Unique identifiers" in the IAM user guide. */
const KEY_ID = /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}/g;

const SECRET = /secret/gi;

/** Units of a secret access key. */
const SECRET_LENGTH = 40;

/** Units after the word "secret", and after a key id, in which the secret key is looked for. */
const REACH = 128;

/**
 * Access key ids of Amazon Web Services, and secret access keys where they can be told from other 40 characters of
 * base64: within 128 characters after a key id or the word "secret", under a name with that word, or as a whole string
 * with upper and lower case and digits.
 */
export function findAwsKeys(text: string, found: Found, key: string): void {
  KEY_ID.lastIndex = 0;
  for (let match = KEY_ID.exec(text); match !== null; match = KEY_ID.exec(text)) {
    const { index } = match;
    const end = index + match[0].length;
    if (is(text, index - 1, ALPHANUMERIC) || is(text, end, ALPHANUMERIC)) continue;
    found(index, end);
    findSecrets(text, end, found);
  }
  SECRET.lastIndex = 0;
  while (SECRET.exec(text) !== null) findSecrets(text, SECRET.lastIndex, found);
  if (text.length === SECRET_LENGTH && endOf(text, 0, BASE64) === SECRET_LENGTH && (isMixed(text) || isNamed(key))) {
    found(0, SECRET_LENGTH);
  }
}

function findSecrets(text: string, from: number, found: Found): void {
  const limit = Math.min(text.length, from + REACH);
  for (let at = from; at < limit; at++) {
    if (!is(text, at, BASE64)) continue;
    const start = at;
    // A run that is longer than a secret key is looked at no further than it takes to know.
    while (at - start <= SECRET_LENGTH && is(text, at, BASE64)) at++;
    if (at - start === SECRET_LENGTH) found(start, at);
    while (at < limit && is(text, at, BASE64)) at++;
  }
}

function isMixed(text: string): boolean {
  return /[A-Z]/.test(text) && /[a-z]/.test(text) && /\d/.test(text);
}

function isNamed(key: string): boolean {
  SECRET.lastIndex = 0;
  return SECRET.test(key);
}
