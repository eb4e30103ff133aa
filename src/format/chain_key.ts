/** Bytes that a key has at the least: 128 bits, what NIST SP 800-107 asks of an HMAC key. */
const LEAST_BYTES = 16;

/** Checks the key of a hash chain and returns a copy of its bytes. No error ever shows the key, or a part of it. */
export function checkKey(where: string, key: unknown): Uint8Array {
  const bytes = typeof key === "string"
    ? new TextEncoder().encode(key)
    : key instanceof Uint8Array
    ? new Uint8Array(key)
    : undefined;
  if (bytes === undefined) {
    throw new TypeError(`Cannot use option "${where}": expected a string or bytes, got ${typeof key}`);
  }
  if (bytes.length < LEAST_BYTES) {
    throw new RangeError(`Cannot use option "${where}": expected at least ${LEAST_BYTES} bytes, got ${bytes.length}`);
  }
  return bytes;
}
