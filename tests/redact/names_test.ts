import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSnapshot } from "../../src/pipeline/snapshot.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";
import { bestOf } from "../support/best_of.ts";
import { messageOf, redactFields } from "./support.ts";

const X = "[REDACTED]";

describe("a name that the copy has changed", () => {
  const headers = new Headers([["set-cookie", "sid=FIRST"], ["set-cookie", "csrf=SECOND"], ["x", "1"]]);
  const twice = new Map<unknown, unknown>([["1", "FIRST"], [1, "SECOND"], [2, "x"]]);
  const byObject = new Map<unknown, unknown>([[{ a: 1 }, "FIRST"], [{ a: 1 }, "SECOND"]]);
  const cases: [fields: object, redact: Parameters<typeof redactFields>[1]][] = [
    [{ headers }, { keys: ["set-cookie"] }],
    [{ headers }, { keys: ["Set_Cookie"] }],
    [{ headers }, { paths: ["**.set-cookie"] }],
    [{ headers }, { paths: ['headers["set-cookie"]'] }],
    [{ headers }, { paths: ['headers["set-cookie"]', 'headers["set-cookie (2)"].x'] }],
    [{ twice }, { keys: ["1"] }],
    [{ twice }, { paths: ["twice[1]"] }],
    [{ byObject }, { paths: [`byObject['{"a":1}']`] }],
    [{ answer: new Response("", { headers }) }, { keys: ["set-cookie"] }],
    [{ "password (2)": "FIRST", "password (2) (3)": "SECOND" }, { keys: ["password"] }],
  ];
  for (const [index, [fields, redact]] of cases.entries()) {
    it(`counts for redaction as what it was: ${index}, ${JSON.stringify(redact)}`, () => {
      const shown = JSON.stringify(redactFields(fields, redact));
      assert.doesNotMatch(shown, /FIRST|SECOND/);
      assert.ok(shown.includes(X));
    });
  }

  it("is that of the type of an error, and of an error's own properties", () => {
    const error = Object.assign(new Error("e"), { type: "FIRST", stack: "s" });
    for (const redact of [{ keys: ["type"] }, { paths: ["err.type"] }]) {
      assert.doesNotMatch(JSON.stringify(redactFields({ err: error }, redact)), /FIRST/);
    }
  });

  it("is one that was cut", () => {
    const short = createSnapshot({ maxString: 4 });
    const { value } = short.fields({ in: { authorization: "a", author: "b", auto: "c" } });
    const redact = (options: Parameters<typeof redactFields>[1]) =>
      Object.values(
        compileRedaction(options, "redact").apply({ ...messageOf(""), fields: value as Record<string, unknown> })
          .fields!["in"] as object,
      );
    assert.deepEqual(redact({ keys: ["authorization"] }), [X, "b", "c"]);
    assert.deepEqual(redact({ paths: ["in.authorization"] }), [X, "b", "c"]);
  });

  it("stays known when a middleware has made another object of the fields", () => {
    const first = redactFields({ ...{ "token (2)": "SECOND" } }, { keys: ["token"] });
    assert.deepEqual(first, { "token (2)": X });
  });

  it("is no other name that looks like it", () => {
    const fields = { "pass (x)": 1, "pass(2)": 2, "pass (2) x": 3, "pass...[+x chars]": 4, "(2)": 5, "": 6 };
    assert.deepEqual(redactFields(fields, { keys: ["pass"], paths: ["pass"] }), fields);
  });
});

describe("keys", () => {
  it("are the same in all conventions of writing names", () => {
    const fields = { apiKey: 1, "api-key": 1, API_KEY: 1, ApiKey: 1, "x-api-key": 2, apikeys: 2, api: 2 };
    const { "x-api-key": a, apikeys, api, ...others } = redactFields(fields, { keys: ["api_key"] }) as typeof fields;
    assert.deepEqual([a, apikeys, api], [2, 2, 2]);
    assert.deepEqual(new Set(Object.values(others)), new Set([X]));
  });

  it("are the last parts of names that are paths", () => {
    const fields = {
      "user.password": 1,
      "user[password]": 1,
      "password[]": 1,
      "password[0]": 1,
      "http.request.header.password": 1,
      "password.length": 2,
      "password[x]": 2,
      "[]": 2,
      "]": 2,
    };
    assert.deepEqual(Object.values(redactFields(fields, { keys: ["password"] }) as object), [
      X,
      X,
      X,
      X,
      X,
      2,
      2,
      2,
      2,
    ]);
  });

  it("have signs of any kind", () => {
    const fields = { "a.b": 1, "x a.b": 2, "-": 3, "_": 4, "ключ": 5, " p ": 6 };
    assert.deepEqual(redactFields(fields, { keys: ["A.B", "-", "КЛЮЧ", " p "] }), {
      "a.b": X,
      "x a.b": 2,
      "-": X,
      "_": 4,
      "ключ": X,
      " p ": X,
    });
  });

  it("are found in no time in names without end", async () => {
    // Quadratic work takes minutes.
    const long = ["[0]", " (2)", "_", "]", "."].map((part) => [part.repeat(2e5), 1]);
    const time = await bestOf(3, 2_000, () => {
      const start = performance.now();
      redactFields(Object.fromEntries(long), { keys: ["password"], paths: ["a.b"] });
      return performance.now() - start;
    });
    assert.ok(time < 2_000, `${Math.round(time)} ms`);
  });
});

describe("a name beside its value", () => {
  const keys = ["authorization", "set-cookie", "password"];
  const redact = (fields: object) => redactFields(fields, { keys });

  it("stands before it in an array", () => {
    assert.deepEqual(
      redact({
        rawHeaders: ["Host", "a", "Authorization", "SECRET", "Set-Cookie", "SECRET", "Set-Cookie", "SECRET", "B", "b"],
        pairs: [["authorization", "SECRET"], ["host", "a"], ["set-cookie", ["SECRET", "SECRET"]]],
        argv: ["run", "--password", "SECRET", "--port", 80],
        map: new Map([["x", ["password", { deep: "SECRET" }]]]),
        set: new Set(["password", "SECRET"]),
        object: { ...["password", "SECRET", "x"] },
        end: ["password"],
      }),
      {
        rawHeaders: ["Host", "a", "Authorization", X, "Set-Cookie", X, "Set-Cookie", X, "B", "b"],
        pairs: [["authorization", X], ["host", "a"], ["set-cookie", X]],
        argv: ["run", "--password", X, "--port", 80],
        map: { x: ["password", X] },
        set: ["password", X],
        object: { 0: "password", 1: X, 2: "x" },
        end: ["password"],
      },
    );
  });

  it("stands beside it in an object", () => {
    assert.deepEqual(
      redact({
        har: [{ name: "Authorization", value: "SECRET", comment: "c" }, { name: "Host", value: "a" }],
        pair: { value: { stringValue: "SECRET" }, key: "password" },
        tag: { Key: "password", Value: "SECRET" },
        field: { field: "password", values: ["SECRET"] },
        other: { name: 1, value: "v" },
      }),
      {
        har: [{ name: "Authorization", value: X, comment: "c" }, { name: "Host", value: "a" }],
        pair: { value: X, key: "password" },
        tag: { Key: "password", Value: X },
        field: { field: "password", values: X },
        other: { name: 1, value: "v" },
      },
    );
  });

  it("stands in bytes", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    assert.deepEqual(redact({ headers: [bytes("Authorization"), bytes("SECRET"), bytes("Host"), "a"] }), {
      headers: ["[13 bytes: 417574686f72697a6174696f6e]", X, "[4 bytes: 486f7374]", "a"],
    });
    assert.deepEqual(redact({ body: bytes("a=1&password=SECRET") }), {
      body: `[19 bytes: 613d312670617373776f72643d${X}]`,
    });
  });
});
