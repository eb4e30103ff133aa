import type { PatternName } from "./pattern.ts";

/**
 * What is not to be seen in a log, and what is seen in its place.
 *
 * At least one of `paths`, `keys` and `patterns` must be given. What is logged is changed, never the objects that the
 * program handed to the log call.
 *
 * @example Passwords by name, card numbers and tokens wherever they stand
 * ```ts
 * import { createLogger } from "@omni/log";
 *
 * const directory = await Deno.makeTempDir();
 * await using log = createLogger({
 *   destinations: [`${directory}/app.log`],
 *   redact: { paths: ["user.address", "items[*].card"], keys: ["password", "set-cookie"], patterns: true },
 * });
 * log.info("paid with 4111 1111 1111 1111", { user: { name: "Ann", password: "hunter2" } });
 * // {"time":"...","level":"info","msg":"paid with [REDACTED]","user":{"name":"Ann","password":"[REDACTED]"}}
 * ```
 *
 * @example A keyed hash instead of e-mail addresses: the same address is the same text, and nobody can go back
 * ```ts
 * import type { RedactOptions } from "@omni/log";
 *
 * const redact: RedactOptions = { patterns: ["email"], censor: { hash: { key: "from-the-secret-store-0123" } } };
 * ```
 */
export interface RedactOptions {
  /**
   * Fields by where they stand: `"user.password"`, `"*.token"`, `"items[*].card"`, `"items[0]"`, `"**.password"`,
   * `'headers["x-api.key"]'`. Names are taken as they are written.
   *
   * `*` is any one name or index, `**` any number of levels, none included (at the end: one or more). A name with a
   * dot, a bracket, a quote or a star in it is quoted. Entries of a Map stand under their keys, the values of a Set
   * under their numbers, the cause of an error under `cause`. A value that is redacted is redacted whole, with all that
   * is in it. Note that `err.message` also stands in `err.stack`, and in the message when an error is logged alone:
   * patterns find it there, a path does not.
   */
  readonly paths?: readonly string[];
  /**
   * Fields by name, at any depth, without regard to case, `-` and `_`: `["password", "authorization"]`. Also what stands
   * after or beside such a name in arrays and objects (`rawHeaders`, `{ name, value }`), and what texts say of it:
   * `password=...`, `"password":"..."`, `Password: ...`. See `docs/redaction.md`.
   */
  readonly keys?: readonly string[];
  /**
   * What is a secret wherever it stands: in the message, in strings at any depth, in names (which are the keys of a
   * Map, perhaps), in whole numbers. Ready-made patterns by their names, regular expressions, or regular expressions
   * with a check; `true` is all ready-made ones. They see through percent-encoding and escapes with backslashes. A string
   * that holds JSON is text like any other: patterns and `keys` look into it, `paths` do not.
   *
   * Ready-made patterns take time in proportion to the text. A regular expression of the program may not, and nothing
   * can interrupt it: see `maxTextLength`.
   */
  readonly patterns?: true | readonly (PatternName | RegExp | CustomPattern)[];
  /** Ready-made patterns to leave out of `patterns`. */
  readonly exclude?: readonly PatternName[];
  /** What is put in the place of what is redacted. @default "[REDACTED]" */
  readonly censor?: Censor;
  /**
   * How much of a text the program's own regular expressions see, in UTF-16 units, and 1,024 beyond for a secret that
   * starts before and ends after. What comes after is not let through unseen: `"[REDACTED]"` stands for it. Without
   * expressions of the program texts are of any length. @default 65536
   */
  readonly maxTextLength?: number;
}

/** A pattern of the program. */
export interface CustomPattern {
  /** What it is called in error messages. */
  readonly name: string;
  /** Finds it; the flag `g` need not be set, the flag `y` is not heeded. */
  readonly pattern: RegExp;
  /** Whether a match is a secret: a check of its digits, for example. One that throws says yes. */
  readonly validate?: (match: string) => boolean;
}

/**
 * What is put in the place of a secret:
 *
 * - a text;
 * - what a function makes of the value: plain data, taken as it is. In a text it is called for each match, and what it
 *   returns must be a string, number or boolean. One that throws or returns a promise is reported, and the value
 *   becomes `"[REDACTED]"`;
 * - a keyed hash;
 * - nothing: the field is left out, an item of an array is taken out, a match in a text is cut out.
 */
export type Censor = string | CensorFunction | { readonly hash: HashCensor } | { readonly remove: true };

/**
 * Makes what is seen in place of a value.
 *
 * @param value A copy of the value; in a text what matched.
 * @param path Names and indices that lead to it; empty for the message itself. For a name that a pattern has found in
 * the path leads to what it stands in.
 */
export type CensorFunction = (value: unknown, path: readonly string[]) => unknown;

/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) of the value: strings as UTF-8, everything else as JSON. The same value and key
 * give the same text, `"hmac:"` and hexadecimal digits, in every process and on every runtime.
 */
export interface HashCensor {
  /** The key, 16 bytes or more; a text is taken as UTF-8. Who knows it can try out card numbers until one fits. */
  readonly key: string | Uint8Array;
  /** Hexadecimal digits that are kept, 16 to 64; 32 are the least that RFC 2104 advises. @default 32 */
  readonly digits?: number;
}
