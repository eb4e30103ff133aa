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

/** What of a request may be secret, the longest first: values of headers, and of parameters in the query of its URL. */
export function secretsOf(headers: Readonly<Record<string, string>>, url: string): string[] {
  const { search, searchParams } = new URL(url);
  const secrets = [
    ...Object.values(headers),
    // Of "Bearer abc" what follows the scheme, too.
    ...Object.values(headers).map((value) => value.slice(value.indexOf(" ") + 1)),
    // As they stand in the URL, and as they are meant.
    ...search.slice(1).split("&").map((parameter) => parameter.slice(parameter.indexOf("=") + 1)),
    ...searchParams.values(),
  ];
  return secrets.filter(({ length }) => length >= SHORTEST_SECRET).toSorted((a, b) => b.length - a.length);
}

/** A text without secrets, which a server may have repeated in its answer. The longest secrets must come first. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, "[redacted]"), text);
}
