/**
 * The envelope of certificates and keys (RFC 7468). What is in it stays out of the error messages, since it may be a key.
 *
 * @module
 */

/** What an option is made of. */
export type PemKind = "certificate" | "key";

const BOUNDARY = /^-----(BEGIN|END) ([!-,.-~ ]*)-----\s*$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Labels by what is in the envelope; those of OpenSSL among them. */
const LABELS: { readonly [kind in PemKind]: RegExp } = {
  certificate: /^(?:(?:TRUSTED|X509) )?CERTIFICATE$/,
  key: /^(?:\w+ )?PRIVATE KEY$/,
};

/** First byte of what each of them is in DER. */
const SEQUENCE = 0x30;

/** Says what is wrong with a text that should have certificates, or a key, in it; `undefined` if nothing is. */
export function pemProblem(text: string, kind: PemKind): string | undefined {
  const lines = text.split("\n");
  let found = 0;
  for (let start = 0; start < lines.length; start++) {
    const line = lines[start] as string;
    if (!line.includes("-----BEGIN ") && !line.includes("-----END ")) continue;
    const [, what, label = ""] = BOUNDARY.exec(line) ?? [];
    if (what === undefined) return `line ${start + 1} is to consist of "-----BEGIN ...-----" and nothing else`;
    if (what === "END") return `the END of line ${start + 1} has no BEGIN`;
    let end = start + 1;
    while (end < lines.length && !/-----(?:BEGIN|END) /.test(lines[end] as string)) end++;
    const [, closing, closed] = BOUNDARY.exec(lines[end] ?? "") ?? [];
    if (closing !== "END") return `the BEGIN of line ${start + 1} has no END`;
    if (closed !== label) return `the END of line ${end + 1} is not of what begins in line ${start + 1}`;
    const problem = contentProblem(lines.slice(start + 1, end), label);
    if (problem !== undefined) return `what begins in line ${start + 1} ${problem}`;
    if (LABELS[kind].test(label)) found++;
    start = end;
  }
  return found > 0 ? undefined : kind === "key" ? 'there is no "PRIVATE KEY" in it' : 'there is no "CERTIFICATE" in it';
}

function contentProblem(lines: readonly string[], label: string): string | undefined {
  if (label === "ENCRYPTED PRIVATE KEY" || lines.some((line) => /^Proc-Type:.*ENCRYPTED/.test(line))) {
    return "is encrypted, and there is no option for its password";
  }
  const base64 = lines.join("").replace(/\s/g, "");
  if (base64 === "") return "is empty";
  if (!BASE64.test(base64)) return "is not in base64";
  // Others, such as the EC PARAMETERS in front of a key, are read by nobody.
  if (!LABELS.certificate.test(label) && !LABELS.key.test(label)) return undefined;
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return bytes[0] === SEQUENCE && lengthOf(bytes) <= bytes.length
    ? undefined
    : "is no DER (X.690), or its end is missing";
}

/** Length of a value in DER with what stands before it (X.690, 8.1.3). */
function lengthOf(bytes: Uint8Array): number {
  const first = bytes[1] ?? Infinity;
  if (first < 0x80) return 2 + first;
  const count = first & 0x7f;
  let length = 0;
  for (let at = 2; at < 2 + count; at++) length = length * 256 + (bytes[at] ?? Infinity);
  return 2 + count + length;
}
