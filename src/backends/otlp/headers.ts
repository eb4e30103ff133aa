import { show } from "../../validate.ts";

/** Headers that the library sets itself. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  "content-type",
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "host",
]);

/** Values at least so long are looked for in what a server says; shorter ones are found everywhere. */
const SHORTEST_SECRET = 6;

/**
 * Checks headers and returns them with their names in lower case. A value is never shown, since it may be a secret.
 *
 * @param subject What they are, for error messages: `option "otlp.headers"`.
 */
export function checkHeaders(subject: string, headers: unknown): Record<string, string> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    throw new TypeError(`Cannot use ${subject}: expected an object, got ${show(headers)}`);
  }
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (typeof value !== "string") {
      throw new TypeError(`Cannot use ${subject}: the value of the header ${show(name)} is not a string`);
    }
    if (OWN_HEADERS.has(lower)) {
      throw new RangeError(`Cannot use ${subject}: the library sets the header ${show(name)} itself`);
    }
    try {
      new Headers([[name, value]]);
    } catch {
      throw new RangeError(`Cannot use ${subject}: the header ${show(name)} is not valid`);
    }
    checked[lower] = value;
  }
  return checked;
}

/** A text without the values of headers, which a server may have repeated in its answer. */
export function withoutSecrets(text: string, headers: Readonly<Record<string, string>>): string {
  let clean = text;
  for (const value of Object.values(headers)) {
    // "Bearer abc" and what follows the scheme alone.
    for (const secret of [value, value.slice(value.indexOf(" ") + 1)]) {
      if (secret.length >= SHORTEST_SECRET) clean = clean.replaceAll(secret, "[redacted]");
    }
  }
  return clean;
}
