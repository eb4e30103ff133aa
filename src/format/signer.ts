import { base64url, HmacSha256 } from "../redact/sha256.ts";

/** HMAC-SHA-256 (RFC 2104) of bytes, or of a text in UTF-8, as base64url (RFC 4648, section 5) without padding. */
export type Sign = (message: string | Uint8Array) => string;

/** A UTF-16 unit takes at most this many bytes in UTF-8. */
const BYTES_PER_UNIT = 3;

const BUFFER_BYTES = 64 * 1024;
const encoder = new TextEncoder();
let buffer: Uint8Array<ArrayBuffer> | undefined;

/**
 * Makes the function that signs with a key: the runtime's own where it is faster (measured with lines of 260 bytes: Node
 * 1.6 us, Bun 0.9 us, the one in `src/` 4.4 us), else the one in `src/`.
 */
export function signer(key: Uint8Array, runtime: { hmacSha256?(key: Uint8Array): Sign }): Sign {
  return runtime.hmacSha256?.(key) ?? pureSigner(key);
}

/** The same without help of the runtime. */
export function pureSigner(key: Uint8Array): Sign {
  const hmac = new HmacSha256(key);
  return (message) => {
    if (typeof message !== "string") return base64url(hmac.sign(message));
    if (message.length * BYTES_PER_UNIT > BUFFER_BYTES) return base64url(hmac.sign(encoder.encode(message)));
    buffer ??= new Uint8Array(BUFFER_BYTES);
    const { written } = encoder.encodeInto(message, buffer);
    return base64url(hmac.sign(buffer.subarray(0, written)));
  };
}
