import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createHash, createHmac } from "node:crypto";
import { hex, HmacSha256, sha256 } from "../../src/redact/sha256.ts";

const ascii = (text: string) => new TextEncoder().encode(text);
const fill = (length: number, byte: number) => new Uint8Array(length).fill(byte);

describe("sha256()", () => {
  for (
    const [name, message, digest] of [
      ["nothing", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
      ["one block", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
      [
        "padding in a block of its own",
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      ],
      ["a million bytes", "a".repeat(1e6), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
    ] as const
  ) {
    it(`meets the example of FIPS 180-4: ${name}`, () => assert.equal(hex(sha256(ascii(message))), digest));
  }

  it("agrees with the runtime for every length of the last block", () => {
    for (let length = 0; length <= 200; length++) {
      const bytes = Uint8Array.from({ length }, (_, index) => index * 7 + length);
      assert.equal(hex(sha256(bytes)), createHash("sha256").update(bytes).digest("hex"), `${length} bytes`);
      assert.equal(
        hex(new HmacSha256(bytes).sign(bytes)),
        createHmac("sha256", bytes).update(bytes).digest("hex"),
        `${length} bytes`,
      );
    }
  });
});

describe("HmacSha256", () => {
  const long = "Test Using Larger Than Block-Size Key - Hash Key First";
  const longData = "This is a test using a larger than block-size key and a larger than block-size data. " +
    "The key needs to be hashed before being used by the HMAC algorithm.";
  const cases: [number, Uint8Array, Uint8Array, string][] = [
    [1, fill(20, 0x0b), ascii("Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
    [
      2,
      ascii("Jefe"),
      ascii("what do ya want for nothing?"),
      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ],
    [3, fill(20, 0xaa), fill(50, 0xdd), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
    [
      4,
      Uint8Array.from({ length: 25 }, (_, index) => index + 1),
      fill(50, 0xcd),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ],
    [5, fill(20, 0x0c), ascii("Test With Truncation"), "a3b6167473100ee06e0c796c2955552b"],
    [6, fill(131, 0xaa), ascii(long), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"],
    [7, fill(131, 0xaa), ascii(longData), "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"],
  ];
  for (const [number, key, data, code] of cases) {
    it(`meets test case ${number} of RFC 4231`, () => {
      assert.equal(hex(new HmacSha256(key).sign(data)).slice(0, code.length), code);
    });
  }
});
