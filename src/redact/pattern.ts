import { findAwsKeys } from "./aws.ts";
import { findBasic, findBearer, findEmails, findJwts, findPrivateKeys, findUrlPasswords } from "./credentials.ts";
import { NamedValues } from "./named_values.ts";
import { findCards, findIbans } from "./numbers.ts";

/** Told where in a text a secret starts and ends. */
export type Found = (start: number, end: number) => void;

/** Finds secrets of one kind in a text. */
export interface TextPattern {
  /** Units below which a text has none. */
  readonly minLength: number;
  /**
   * Tells where secrets are, in any order; they may overlap. Ready-made ones take time in proportion to the text.
   *
   * @param key The name under which the text stands; empty for the message and for names.
   */
  find(text: string, found: Found, key: string): void;
}

/** Name of a ready-made pattern. */
export type PatternName =
  | "credit-card"
  | "bearer"
  | "basic"
  | "jwt"
  | "email"
  | "iban"
  | "aws"
  | "private-key"
  | "url-password"
  | "parameter";

/**
 * Parameters that are credentials wherever they stand: those of OAuth 2.0 (RFC 6749, 7521, 7523) and OpenID Connect,
 * signatures of URLs that are signed beforehand (AWS, Google Cloud, Azure), and what passwords are usually called.
 */
const CREDENTIAL_PARAMETERS: readonly string[] =
  ("access_token refresh_token id_token auth_token session_token token client_secret client_assertion assertion " +
    "secret password passwd pwd passphrase api_key X-Amz-Signature X-Amz-Security-Token X-Goog-Signature sig").split(
      " ",
    );

/** The ready-made patterns. Each function says what exactly it takes for a secret. */
export const READY_MADE: { readonly [name in PatternName]: TextPattern } = {
  "credit-card": { minLength: 13, find: findCards },
  "bearer": { minLength: 8, find: findBearer },
  "basic": { minLength: 9, find: findBasic },
  "jwt": { minLength: 12, find: findJwts },
  "email": { minLength: 6, find: findEmails },
  "iban": { minLength: 15, find: findIbans },
  "aws": { minLength: 20, find: findAwsKeys },
  "private-key": { minLength: 27, find: findPrivateKeys },
  "url-password": { minLength: 7, find: findUrlPasswords },
  "parameter": new NamedValues(CREDENTIAL_PARAMETERS, { colons: false }),
};

/** Names of all ready-made patterns, for a list of them and others: `patterns: [...patternNames, /my own/]`. */
export const patternNames: readonly PatternName[] = Object.keys(READY_MADE) as PatternName[];
