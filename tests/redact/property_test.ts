import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JsonFormat } from "../../src/format/json_format.ts";
import type { Censor } from "../../src/redact/options.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";
import { generate, SECRET_KEYS, SECRET_PATHS } from "./generated.ts";
import { messageOf } from "./support.ts";

const format = new JsonFormat();

const censors: { readonly [name: string]: Censor } = {
  "a text": "***",
  "removal": { remove: true },
  "a keyed hash": { hash: { key: "0123456789abcdef" } },
  "a function that throws": () => {
    throw new Error("no");
  },
};

describe("no secret is left in generated objects", () => {
  for (const [name, censor] of Object.entries(censors)) {
    const redaction = compileRedaction(
      { paths: [...SECRET_PATHS], keys: [...SECRET_KEYS], patterns: true, censor },
      "redact",
    );
    it(`2,500 of them, the censor is ${name}`, () => {
      let total = 0;
      // On failure fast-check prints its seed, and the counterexample is that of the generator.
      fc.assert(
        fc.property(fc.nat(), (seed) => {
          const { msg, fields, secrets } = generate(seed);
          // Frozen: a change in place would throw, and fail closed.
          const message = messageOf(msg, fields);
          const before = format.format(message);
          const redacted = redaction.apply(message);
          assert.ok(redacted.fields !== undefined, "failed closed as a whole");
          const line = format.format(redacted);
          assert.ok(!line.includes("\n"));
          const strings = stringsOf(JSON.parse(line)).join("\n");
          for (const secret of secrets) assert.ok(!strings.includes(secret), `${secret} is left in ${line}`);
          assert.equal(format.format(message), before);
          total += secrets.length;
        }),
        { numRuns: 2_500 },
      );
      assert.ok(total > 10_000, `${total} secrets`);
    });
  }
});

it("what has no secret in it stays the same object", () => {
  const redaction = compileRedaction({ paths: ["**.hidden"], keys: ["password"], patterns: true }, "redact");
  const word = fc.stringMatching(/^[a-z]{0,5}$/);
  const value = fc.object({ key: word, values: [word, fc.nat(1e9), fc.boolean(), fc.constant(null)] });
  fc.assert(
    fc.property(value, (fields) => {
      const message = messageOf("hello", fields);
      assert.equal(redaction.apply(message), message);
    }),
    { numRuns: 500 },
  );
});

/** All strings in a value, names included. */
function stringsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "object" || value === null) return [];
  return [...Array.isArray(value) ? [] : Object.keys(value), ...Object.values(value).flatMap(stringsOf)];
}
