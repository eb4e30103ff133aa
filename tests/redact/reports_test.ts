import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryLogger } from "../logger/harness.ts";

describe("what the logger reports of its own has no secret in it", () => {
  const fail = (): never => {
    throw new Error("refused password=SECRET for SECRET@example.com");
  };
  const message = /(?:: |threw )refused password=\[REDACTED\] for \[REDACTED\]/;

  for (
    const [name, options] of Object.entries({
      "a middleware that throws": { middleware: [fail] },
      "a serialiser that throws": { serialize: { serializers: { a: fail } } },
      "a provider of context that throws": { context: [fail] },
    })
  ) {
    it(`from ${name}`, async () => {
      const { log, record, errors } = memoryLogger({ ...options, redact: { keys: ["password"], patterns: true } });
      log.info("x", { a: 1 });
      assert.doesNotMatch(JSON.stringify(await record()), /SECRET/);
      assert.equal(errors.length, 1);
      assert.match(errors[0]?.message.replaceAll('"', "") ?? "", message);
    });
  }
});
