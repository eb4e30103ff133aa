import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RedactOptions } from "../../src/redact/options.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";

const compile = (options: unknown) => compileRedaction(options as RedactOptions, "destinations[0].redact");

describe("compileRedaction()", () => {
  const bad: [options: unknown, error: typeof TypeError | typeof RangeError, words: RegExp][] = [
    [undefined, TypeError, /"destinations\[0\]\.redact": expected an object/],
    [{}, TypeError, /expected at least one of paths, keys and patterns/],
    [{ path: ["a"] }, TypeError, /"destinations\[0\]\.redact\.path": there is no such option; known are paths/],
    [{ paths: "a" }, TypeError, /redact\.paths": expected an array/],
    [{ paths: [1] }, TypeError, /redact\.paths\[0\]": expected a string/],
    [{ paths: [""] }, RangeError, /redact\.paths\[0\]": it is empty/],
    [{ keys: [""] }, RangeError, /redact\.keys\[0\]": it is empty/],
    [{ keys: [/a/] }, TypeError, /redact\.keys\[0\]": expected a string/],
    [{ patterns: "email" }, TypeError, /redact\.patterns": expected an array/],
    [{ patterns: ["mail"] }, RangeError, /redact\.patterns\[0\]": expected one of "credit-card", .* got "mail"/],
    [{ patterns: [1] }, TypeError, /redact\.patterns\[0\]": expected the name of a pattern/],
    [{ patterns: [{ name: "x" }] }, TypeError, /redact\.patterns\[0\]\.pattern": expected a RegExp, got undefined/],
    [{ patterns: [{ pattern: /x/ }] }, TypeError, /redact\.patterns\[0\]\.name": expected a string/],
    [{ patterns: [{ name: "x", pattern: /x/, validate: 1 }] }, TypeError, /validate": expected a function/],
    [{ patterns: [] }, RangeError, /redact\.patterns": no pattern is left/],
    [{ patterns: ["email"], exclude: ["email"] }, RangeError, /no pattern is left/],
    [{ paths: ["a"], exclude: ["email"] }, TypeError, /redact\.exclude": there is no/],
    [{ patterns: true, exclude: ["mail"] }, RangeError, /redact\.exclude\[0\]": expected one of/],
    [{ patterns: true, maxTextLength: 0 }, RangeError, /redact\.maxTextLength": expected a whole number of 1/],
    [{ keys: ["a"], censor: 1 }, TypeError, /redact\.censor": expected a string, a function/],
    [{ keys: ["a"], censor: null }, TypeError, /redact\.censor": expected a string, a function/],
    [{ keys: ["a"], censor: {} }, TypeError, /redact\.censor": expected either/],
    [{ keys: ["a"], censor: { remove: false } }, TypeError, /redact\.censor": expected either/],
    [{ keys: ["a"], censor: { hash: {} } }, TypeError, /redact\.censor\.hash\.key": expected a string or a Uint8Array/],
    [{ keys: ["a"], censor: { hash: { key: "short" } } }, RangeError, /hash\.key": expected 16 bytes or more, got 5/],
    [{ keys: ["a"], censor: { hash: { key: "0123456789abcdef", digits: 8 } } }, RangeError, /hash\.digits"/],
    [{ keys: ["a"], censor: { hush: {} } }, TypeError, /redact\.censor\.hush": there is no such option/],
    [{ paths: ["**" + ".a" + ".*".repeat(20)] }, RangeError, /redact\.paths": too many/],
  ];
  for (const [options, type, words] of bad) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      assert.throws(() => compile(options), (error) => error instanceof type && words.test(error.message));
    });
  }

  for (
    const path of [
      ".a",
      "a.",
      "a..b",
      "a[",
      "a[b]",
      "a[-1]",
      "a]",
      "a*",
      "***",
      'a"b"',
      'a["b]',
      "[a",
      "a.[0]",
      "a[0]b",
    ]
  ) {
    it(`refuses the path ${path}`, () => {
      assert.throws(() => compile({ paths: [path] }), /redact\.paths\[0\]": .* is no path, see its character \d+/);
    });
  }

  it("never shows a key of a hash", () => {
    assert.throws(
      () => compile({ keys: ["a"], censor: { hash: { key: "hunter2" } } }),
      (error) => !(error as Error).message.includes("hunter2"),
    );
  });
});
