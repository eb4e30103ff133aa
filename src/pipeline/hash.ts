const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/**
 * MurmurHash3, x86, 32 bit, of the UTF-8 bytes of a text: a whole number from 0 to 2^32 - 1.
 *
 * The same on every runtime and, since libraries of that name exist for about every language, outside of JavaScript
 * (`mmh3.hash(text, seed, signed=False)` in Python, `Hashing.murmur3_32_fixed(seed)` in Guava, `murmur3.Sum32WithSeed`
 * in Go). A lone surrogate counts as U+FFFD, as in `TextEncoder`. Not for secrets.
 *
 * Source: Austin Appleby, SMHasher, `MurmurHash3_x86_32`, public domain.
 */
export function murmur3(text: string, seed: number = 0): number {
  let hash = seed | 0;
  let block = 0;
  let bytes = 0;
  // The bytes are taken from the text one by one: an encoded copy would cost more than the hash.
  const add = (byte: number) => {
    block |= byte << ((bytes & 3) << 3);
    if ((++bytes & 3) !== 0) return;
    hash ^= scramble(block);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64 | 0;
    block = 0;
  };
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) {
      add(unit);
      continue;
    }
    if (unit < 0x800) {
      add(0xc0 | unit >> 6);
      add(0x80 | unit & 0x3f);
      continue;
    }
    let point = unit;
    if (unit >= 0xd800 && unit <= 0xdfff) {
      point = text.codePointAt(index) as number;
      if (point > 0xffff) {
        index++;
        add(0xf0 | point >> 18);
        add(0x80 | point >> 12 & 0x3f);
        add(0x80 | point >> 6 & 0x3f);
        add(0x80 | point & 0x3f);
        continue;
      }
      point = 0xfffd;
    }
    add(0xe0 | point >> 12);
    add(0x80 | point >> 6 & 0x3f);
    add(0x80 | point & 0x3f);
  }
  if ((bytes & 3) !== 0) hash ^= scramble(block);
  return avalanche(hash ^ bytes);
}

function scramble(block: number): number {
  const product = Math.imul(block, C1);
  return Math.imul((product << 15) | (product >>> 17), C2);
}

/** Lets every bit of the input change about half of those of the result (`fmix32`). */
function avalanche(hash: number): number {
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ hash >>> 16) >>> 0;
}
