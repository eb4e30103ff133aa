import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { parseJson } from "../../src/settings/json.ts";

describe("parseJson()", () => {
  const bad: [text: string, words: RegExp][] = [
    ["", /^expected a value at line 1, column 1, but the text ends here$/],
    ["{", /^expected a name in double quotes at line 1, column 2, but the text ends here$/],
    ['{"a": 1,}', /^expected a name in double quotes at line 1, column 9$/],
    ['{\n  "a": 1\n  "b": 2\n}', /^expected a comma or a closing brace at line 3, column 3$/],
    ["[1 2]", /^expected a comma or a closing bracket at line 1, column 4$/],
    ["[1,]", /^expected a value at line 1, column 4$/],
    ['{"a" 1}', /^expected a colon at line 1, column 6$/],
    ["{'a': 1}", /^expected a name in double quotes/],
    ['"a\nb"', /^expected the end of a string, .* at line 1, column 3$/],
    ['"a\\x"', /^expected the end of a string/],
    ['"abc', /^expected the end of a string, .* at line 1, column 5, but the text ends here$/],
    ["01", /^expected the end at line 1, column 2$/],
    ["+1", /^expected a value/],
    ["NaN", /^expected a value/],
    ["{} {}", /^expected the end at line 1, column 4$/],
    ["// no\n{}", /^expected a value/],
    ['{"a": 1, "b": {}, "a": 2}', /^"a" stands here twice at line 1, column 19$/],
    ["[".repeat(200), /^more than 100 objects and arrays within each other at line 1, column 101$/],
  ];
  for (const [text, words] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(() => parseJson(text), (error) => error instanceof SyntaxError && words.test(error.message));
    });
  }

  it("tells where options stand, or what is around them", () => {
    const text = '\uFEFF{\r\n  "level": "info",\n  "levels": { "db.*": "loud" },\n  "list": [1,\n   {"x": 1}]\n}';
    const { value, placeOf } = parseJson(text);
    assert.deepEqual(value, { level: "info", levels: { "db.*": "loud" }, list: [1, { x: 1 }] });
    assert.equal(placeOf("level"), "line 2, column 3");
    assert.equal(placeOf('levels["db.*"]'), "line 3, column 15");
    assert.equal(placeOf("list[1].x"), "line 5, column 5");
    assert.equal(placeOf("list[1].y.z[3]"), "line 5, column 4");
    assert.equal(placeOf("nothing"), "line 1, column 1");
  });

  it("takes __proto__ for a name like any other", () => {
    const { value } = parseJson('{"__proto__": {"polluted": 1}}');
    assert.deepEqual(Object.keys(value as object), ["__proto__"]);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it("reads a string of megabytes", () => {
    const text = "\\n x".repeat(500_000);
    assert.equal((parseJson(`"${text}"`).value as string).length, 1_500_000);
  });

  it("reads what JSON.parse reads, and nothing else", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, 2), (text, space) => {
        const laid = JSON.stringify(JSON.parse(text), null, space);
        assert.deepEqual(parseJson(laid).value, JSON.parse(laid));
      }),
    );
    const scraps = fc.array(
      fc.constantFrom(
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"a"',
        '"',
        "\\",
        "1",
        "-",
        "0",
        ".5",
        "e3",
        "true",
        "null",
        " ",
        "\n",
      ),
      { maxLength: 8 },
    ).map((parts) => parts.join(""));
    fc.assert(
      fc.property(scraps, (text) => {
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          assert.throws(() => parseJson(text), SyntaxError);
          return;
        }
        let found: unknown;
        try {
          found = parseJson(text).value;
        } catch (error) {
          assert.match(String(error), /stands here twice/);
          return;
        }
        assert.deepEqual(found, expected);
      }),
      { numRuns: 3_000 },
    );
  });
});
