import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { murmur3 } from "../../src/pipeline/hash.ts";
import * as sample from "../../src/pipeline/sample.ts";
import { counted, message } from "./sample_support.ts";

/** Published values of MurmurHash3_x86_32, which every implementation of it must give. */
const VECTORS: readonly [text: string, seed: number, hash: number][] = [
  ["", 0, 0],
  ["", 1, 0x514e28b7],
  ["", 0xffffffff, 0x81f16f39],
  ["test", 0, 0xba6bd213],
  ["test", 0x9747b28c, 0x704b81dc],
  ["Hello, world!", 0, 0xc0363e43],
  ["Hello, world!", 0x9747b28c, 0x24884cba],
  ["The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723],
  ["The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd],
  ["a", 0x9747b28c, 0x7fa09ea6],
  ["aa", 0x9747b28c, 0x5d211726],
  ["aaa", 0x9747b28c, 0x283e0130],
  ["aaaa", 0x9747b28c, 0x5a97808a],
  ["ππππππππ", 0x9747b28c, 0xd58063c1],
];

/** The algorithm as its author wrote it, on bytes. */
function referenceMurmur3(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rotl = (x: number, r: number) => (x << r) | (x >>> (32 - r));
  const mix = (k: number) => Math.imul(rotl(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = seed;
  const blocks = bytes.length >> 2;
  for (let i = 0; i < blocks; i++) h = (Math.imul(rotl(h ^ mix(view.getUint32(i * 4, true)), 13), 5) + 0xe6546b64) | 0;
  let k = 0;
  for (let i = bytes.length - 1; i >= blocks * 4; i--) k = (k << 8) | (bytes[i] as number);
  h ^= mix(k) ^ bytes.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

describe("murmur3", () => {
  it("gives the published values", () => {
    for (const [text, seed, hash] of VECTORS) assert.equal(murmur3(text, seed), hash, `${text} ${seed}`);
  });

  it("hashes the UTF-8 bytes of any text, lone surrogates as U+FFFD", () => {
    const encoder = new TextEncoder();
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
      fc.array(fc.integer({ min: 0xd7f0, max: 0xe010 }), { maxLength: 9 }).map((units) =>
        String.fromCharCode(...units)
      ),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 0xffffffff }), (input, seed) => {
        assert.equal(murmur3(input, seed), referenceMurmur3(encoder.encode(input), seed));
      }),
      { numRuns: 500 },
    );
  });
});

const user = (id: unknown) => message({ fields: { user: { id } } });

describe("sample.consistent", () => {
  it("decides these keys like this everywhere", () => {
    const half = sample.consistent(0.5, "user.id");
    // A fixed list, so that every runtime is held to the same decisions.
    const keys = [
      "u-0",
      "u-1",
      "u-2",
      "u-3",
      "u-4",
      "u-5",
      "u-6",
      "u-7",
      "ä",
      "日本",
      "😀",
      "4bf92f3577b34da6a3ce929d0e0e4736",
    ];
    const decisions = keys.map((key) => half(user(key)) ? "1" : "0").join("");
    assert.equal(decisions, "111110101001");
    assert.equal(sample.consistent(0.5, "user.id")(user(42)), murmur3("42") < 2 ** 31);
  });

  it("lets a key pass at every higher rate, and decides alike each time", () => {
    const rate = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(fc.property(fc.string(), rate, rate, (key, a, b) => {
      const low = sample.consistent(Math.min(a, b), "user.id");
      const high = sample.consistent(Math.max(a, b), "user.id");
      const decision = low(user(key));
      assert.equal(low(user(key)), decision);
      if (decision) assert.ok(high(user(key)));
      assert.ok(sample.consistent(1, "user.id")(user(key)));
      assert.ok(!sample.consistent(0, "user.id")(user(key)));
    }));
  });

  it("keeps the rate over keys that look alike", () => {
    for (const rate of [0.01, 0.1, 0.5, 0.9]) {
      for (const prefix of ["", "user-", "00000000-0000-0000-0000-"]) {
        const sampler = sample.consistent(rate, "user.id");
        const keys = 20_000;
        let passed = 0;
        for (let n = 0; n < keys; n++) if (sampler(user(prefix + n))) passed++;
        const deviation = Math.abs(passed - keys * rate) / Math.sqrt(keys * rate * (1 - rate));
        assert.ok(deviation < 5, `${rate} ${prefix}: ${passed}`);
      }
    }
  });

  it("decides independently with another seed", () => {
    const first = sample.consistent(0.5, "user.id");
    const second = sample.consistent(0.5, "user.id", { seed: 1 });
    let both = 0;
    for (let n = 0; n < 10_000; n++) if (first(user(`u${n}`)) && second(user(`u${n}`))) both++;
    assert.ok(Math.abs(both - 2_500) < 5 * Math.sqrt(10_000 * 0.25 * 0.75), String(both));
  });

  it("takes a function as the key, numbers as their text and objects as their JSON", () => {
    const byText = sample.consistent(0.5, ({ msg }) => msg);
    assert.equal(byText(message({ msg: "x" })), murmur3("x") < 2 ** 31);
    for (let n = 0; n < 32; n++) {
      const half = sample.consistent(0.5, "user.id");
      assert.equal(half(user(n)), half(user(String(n))));
      assert.equal(half(user({ n })), half(user(JSON.stringify({ n }))));
    }
  });

  it("leaves records without the key to another sampler, or lets them pass", () => {
    assert.ok(sample.consistent(0, "user.id")(message()));
    assert.ok(sample.consistent(0, "user.id")(user(null)));
    const sampler = sample.consistent(0, "user.id", { otherwise: sample.every(2) });
    assert.deepEqual([message(), message(), user("x")].map((m) => sampler(m)), [true, false, false]);
    assert.deepEqual(sampler.metrics(), [
      { rule: "consistent(0, user.id)", passed: 0, rejected: 1 },
      { rule: "consistent(0, user.id) otherwise > every(2)", passed: 1, rejected: 1 },
    ]);
  });

  it("counts a record whose key cannot be had as passed", () => {
    const sampler = sample.consistent(0, () => {
      throw new Error("broken");
    });
    assert.throws(() => sampler(message()), /broken/);
    assert.deepEqual(counted(sampler), { passed: 1, rejected: 0 });
  });

  it("refuses bad rates, keys and seeds", () => {
    for (const rate of [-0.1, 1.1, NaN]) assert.throws(() => sample.consistent(rate, "a"), RangeError);
    assert.throws(() => sample.consistent("0.1" as unknown as number, "a"), /"sample\.consistent\.rate"/);
    assert.throws(() => sample.consistent(0.1, ""), /"sample\.consistent\.key"/);
    assert.throws(() => sample.consistent(0.1, "a", { seed: -1 }), RangeError);
    assert.throws(() => sample.consistent(0.1, "a", { seed: 2 ** 32 }), RangeError);
    assert.throws(() => sample.consistent(0.1, "a", { otherwise: 1 as never }), TypeError);
  });
});
