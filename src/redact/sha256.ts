/**
 * HMAC-SHA-256, synchronous: the pipeline cannot wait for `crypto.subtle`, and `src/` knows no other.
 *
 * @module
 */

/** Bytes of a block, FIPS 180-4, section 1. */
const BLOCK = 64;

/** FIPS 180-4, section 5.3.3: the fractional parts of the square roots of the first 8 primes. */
const START: Uint32Array = fractions(8, 1 / 2);

/** FIPS 180-4, section 4.2.2: the fractional parts of the cube roots of the first 64 primes. */
const CONSTANTS: Uint32Array = fractions(64, 1 / 3);

/** SHA-256 (FIPS 180-4) of some bytes: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return finish(START.slice(), bytes, 0);
}

/**
 * HMAC-SHA-256 (RFC 2104) with one key: the blocks of the key are hashed once.
 *
 * Checked against the vectors of RFC 4231.
 */
export class HmacSha256 {
  readonly #inner: Uint32Array = START.slice();
  readonly #outer: Uint32Array = START.slice();

  /** Takes a key of any length; it is not kept. */
  constructor(key: Uint8Array) {
    const block = new Uint8Array(BLOCK);
    block.set(key.length > BLOCK ? sha256(key) : key);
    compress(this.#inner, block.map((byte) => byte ^ 0x36), 0);
    compress(this.#outer, block.map((byte) => byte ^ 0x5c), 0);
  }

  /** The code of a message: 32 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return finish(this.#outer.slice(), finish(this.#inner.slice(), message, BLOCK), BLOCK);
  }
}

/** Bytes as lower-case hexadecimal digits. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Hashes the rest of a message, of which `before` bytes are in `state` already, with its padding. */
function finish(state: Uint32Array, bytes: Uint8Array, before: number): Uint8Array {
  const whole = bytes.length - bytes.length % BLOCK;
  for (let at = 0; at < whole; at += BLOCK) compress(state, bytes, at);
  const rest = bytes.length - whole;
  const tail = new Uint8Array(rest + 9 > BLOCK ? 2 * BLOCK : BLOCK);
  tail.set(bytes.subarray(whole));
  tail[rest] = 0x80;
  const view = new DataView(tail.buffer);
  const bits = (before + bytes.length) * 8;
  view.setUint32(tail.length - 8, Math.floor(bits / 2 ** 32));
  view.setUint32(tail.length - 4, bits >>> 0);
  for (let at = 0; at < tail.length; at += BLOCK) compress(state, tail, at);
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setUint32(index * 4, word));
  return new Uint8Array(digest.buffer);
}

const schedule = new Int32Array(64);

/** FIPS 180-4, section 6.2.2. */
function compress(state: Uint32Array, bytes: Uint8Array, offset: number): void {
  const w = schedule;
  for (let i = 0, at = offset; i < 16; i++, at += 4) {
    w[i] = (bytes[at] as number) << 24 | (bytes[at + 1] as number) << 16 | (bytes[at + 2] as number) << 8 |
      (bytes[at + 3] as number);
  }
  for (let i = 16; i < 64; i++) {
    const x = w[i - 15] as number;
    const y = w[i - 2] as number;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ x >>> 3;
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ y >>> 10;
    w[i] = (w[i - 16] as number) + s0 + (w[i - 7] as number) + s1 | 0;
  }
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  let e = state[4] as number;
  let f = state[5] as number;
  let g = state[6] as number;
  let h = state[7] as number;
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = h + s1 + (e & f ^ ~e & g) + (CONSTANTS[i] as number) + (w[i] as number) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = s0 + (a & b ^ a & c ^ b & c) | 0;
    h = g;
    g = f;
    f = e;
    e = d + t1 | 0;
    d = c;
    c = b;
    b = a;
    a = t1 + t2 | 0;
  }
  // A Uint32Array takes each sum modulo 2^32.
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
  state[4] = (state[4] as number) + e;
  state[5] = (state[5] as number) + f;
  state[6] = (state[6] as number) + g;
  state[7] = (state[7] as number) + h;
}

function rotate(word: number, by: number): number {
  return word >>> by | word << 32 - by;
}

/** The first 32 bits of the fractional parts of powers of the first primes; doubles hold them exactly enough. */
function fractions(count: number, power: number): Uint32Array {
  const words = new Uint32Array(count);
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) {
    if (primes.some((prime) => n % prime === 0)) continue;
    const root = n ** power;
    words[primes.length] = Math.floor((root - Math.floor(root)) * 2 ** 32);
    primes.push(n);
  }
  return words;
}
