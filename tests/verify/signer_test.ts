import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { detectRuntime } from "../../adapters/detect.ts";
import { pureSigner, signer } from "../../src/format/signer.ts";
import { base64url, HmacSha256 } from "../../src/redact/sha256.ts";

const keys = fc.uint8Array({ minLength: 1, maxLength: 150 });

describe("signer()", () => {
  it("agrees with the code in src/ and with node:crypto, for texts and for bytes", () => {
    fc.assert(fc.property(keys, fc.string({ unit: "binary", maxLength: 300 }), (key, text) => {
      const expected = createHmac("sha256", key).update(text).digest("base64url");
      const bytes = new TextEncoder().encode(text);
      for (const sign of [signer(key, detectRuntime()), pureSigner(key)]) {
        assert.equal(sign(text), expected);
        assert.equal(sign(bytes), expected);
      }
    }));
  });

  it("takes texts longer than its buffer", () => {
    const text = "ä€".repeat(50_000);
    const expected = createHmac("sha256", "key").update(text).digest("base64url");
    assert.equal(pureSigner(new TextEncoder().encode("key"))(text), expected);
  });
});

describe("HmacSha256.begin()", () => {
  it("comes to the same code whatever the pieces, and goes on after it was asked", () => {
    fc.assert(fc.property(keys, fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (key, pieces) => {
      const hmac = new HmacSha256(key);
      const stream = hmac.begin();
      const all: number[] = [];
      for (const piece of pieces) {
        assert.deepEqual(stream.digest(piece), hmac.sign(Uint8Array.from([...all, ...piece])));
        stream.update(piece);
        all.push(...piece);
      }
      assert.deepEqual(stream.digest(), hmac.sign(Uint8Array.from(all)));
    }));
  });
});

describe("base64url()", () => {
  it("agrees with the runtime", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(base64url(bytes), Buffer.from(bytes).toString("base64url"));
    }));
  });
});
