import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import type { Message } from "../../src/message.ts";
import type { Censor, RedactOptions } from "../../src/redact/options.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";
import { messageOf, redactFields, redactString } from "./support.ts";

const X = "[REDACTED]";
const CARD = "4111111111111111";

describe("redact.paths", () => {
  const cases: [paths: string[], fields: unknown, expected: unknown][] = [
    [["user.password"], { user: { password: 1, name: "a" }, password: 2 }, {
      user: { password: X, name: "a" },
      password: 2,
    }],
    [["*.token"], { a: { token: 1 }, token: 2, b: { c: { token: 3 } } }, {
      a: { token: X },
      token: 2,
      b: { c: { token: 3 } },
    }],
    [["**.password"], { password: 1, a: { b: [{ password: null }] } }, { password: X, a: { b: [{ password: X }] } }],
    [["items[*].card"], { items: [{ card: 1, n: 2 }, { card: 3 }] }, { items: [{ card: X, n: 2 }, { card: X }] }],
    [["items[1]", "items.2"], { items: [1, 2, 3, 4] }, { items: [1, X, X, 4] }],
    [['headers["x-api.key"]', "'a.b'.c", '"*"'], {
      headers: { "x-api.key": 1, y: 2 },
      "a.b": { c: 1 },
      "*": 1,
      z: 1,
    }, { headers: { "x-api.key": X, y: 2 }, "a.b": { c: X }, "*": X, z: 1 }],
    [["a.**"], { a: { b: 1, c: { d: 2 } }, e: 3 }, { a: { b: X, c: X }, e: 3 }],
    [["a.**.z", "a.b"], { a: { b: 1, c: { d: { z: 1 } }, z: 2 }, z: 3 }, {
      a: { b: X, c: { d: { z: X } }, z: X },
      z: 3,
    }],
    [["**.a.*.b"], { a: { a: { b: 1, c: { b: 2 } } } }, { a: { a: { b: X, c: { b: X } } } }],
    [["m.k", "s[0]"], { m: new Map([["k", 1], ["l", 2]]), s: new Set([1, 2]) }, { m: { k: X, l: 2 }, s: [X, 2] }],
    [["user"], { user: { name: { first: 1 } } }, { user: X }],
    [["User"], { user: 1 }, { user: 1 }],
  ];
  for (const [paths, fields, expected] of cases) {
    it(paths.join(" "), () => assert.deepEqual(redactFields(fields, { paths }), expected));
  }

  it("redacts a field called __proto__ and keeps others of that name", () => {
    const fields = JSON.parse('{"a":1,"__proto__":{"b":2,"c":3}}');
    assert.equal(
      JSON.stringify(redactFields(fields, { paths: ["__proto__.b", "a"] })),
      `{"a":"${X}","__proto__":{"b":"${X}","c":3}}`,
    );
  });
});

describe("redact.keys", () => {
  it("finds names at any depth without regard to case", () => {
    assert.deepEqual(
      redactFields({ Password: "a", a: [{ "SET-COOKIE": ["b"] }], passwords: "c", m: new Map([["password", 1]]) }, {
        keys: ["password", "Set-Cookie"],
      }),
      { Password: X, a: [{ "SET-COOKIE": X }], passwords: "c", m: { password: X } },
    );
  });

  it("finds them after thousands of other names", () => {
    const redaction = compileRedaction({ keys: ["password"] }, "redact");
    for (let i = 0; i < 5000; i++) {
      const { fields } = redaction.apply(messageOf("", { [`name${i}`]: 1, password: i }));
      assert.deepEqual(fields, { [`name${i}`]: 1, password: X });
    }
  });
});

describe("redact.patterns", () => {
  const patterns = true;

  it("covers the message, nested strings, Map, Set, names, numbers, BigInts and symbols", () => {
    assert.deepEqual(
      compileRedaction({ patterns }, "redact").apply(messageOf(`card ${CARD}`, {
        a: [{ b: `x ann@example.com y` }],
        m: new Map<unknown, unknown>([["ann@example.com", 1], ["bob@example.com", CARD]]),
        s: new Set([`Bearer abc.def`]),
        n: Number(CARD),
        i: BigInt(CARD),
        small: 42,
        float: 0.1 + 0.2,
        [`to ${CARD}`]: true,
      })),
      messageOf(`card ${X}`, {
        a: [{ b: `x ${X} y` }],
        m: { [X]: 1, [`${X} (2)`]: X },
        s: [`Bearer ${X}`],
        n: X,
        i: X,
        small: 42,
        float: 0.1 + 0.2,
        [`to ${X}`]: true,
      }),
    );
    const raw = { ...messageOf(""), fields: { i: BigInt(CARD), s: Symbol(CARD), j: 5n } };
    assert.deepEqual(compileRedaction({ patterns }, "redact").apply(raw).fields, { i: X, s: `Symbol(${X})`, j: 5n });
  });

  it("never puts a redacted name over another field", () => {
    const fields = { "a@b.cc": 1, [X]: 2, "d@e.ff": 3, [`${X} (3)`]: 4 };
    assert.deepEqual(redactFields(fields, { patterns }), { [`${X} (2)`]: 1, [X]: 2, [`${X} (4)`]: 3, [`${X} (3)`]: 4 });
  });

  it("covers errors: message, stack, causes, further errors, own properties", () => {
    const cause = new TypeError(`no account DE89370400440532013000`);
    const error = Object.assign(
      new AggregateError([new Error(`key AKIAIOSFODNN7EXAMPLE`)], `card ${CARD}`, { cause }),
      {
        request: { url: "http://app:hunter2@host/" },
      },
    );
    const text = JSON.stringify(redactFields({ err: error }, { patterns }));
    for (const secret of [CARD, "DE8937", "AKIA", "hunter2"]) assert.ok(!text.includes(secret), secret);
    assert.match(text, /no account \[REDACTED\]/);
  });

  it("takes expressions of the program, with a check, whatever their flags", () => {
    const redact = (item: RegExp | { name: string; pattern: RegExp; validate?: (match: string) => boolean }) =>
      redactString("id 123-456 and 777-888 💥", { patterns: [item] });
    assert.equal(redact(/\d{3}-\d{3}/), `id ${X} and ${X} 💥`);
    assert.equal(redact(/\d{3}-\d{3}/gy), `id ${X} and ${X} 💥`);
    assert.equal(redact(/ID \d+/i), `${X}-456 and 777-888 💥`);
    assert.equal(redact(/\d*/u), `id ${X}-${X} and ${X}-${X} 💥`);
    assert.equal(redact(/(?:)/u), "id 123-456 and 777-888 💥");
    const pattern = /\d{3}-\d{3}/g;
    pattern.lastIndex = 9;
    assert.equal(redact({ name: "x", pattern, validate: (match) => match.startsWith("7") }), `id 123-456 and ${X} 💥`);
    assert.equal(pattern.lastIndex, 9);
  });

  it("replaces secrets that overlap by one", () => {
    assert.equal(redactString("abcdefg", { patterns: [/cde/, /abc/, /d/] }), `${X}fg`);
    assert.equal(redactString("abab", { patterns: [/ab/] }), X + X);
  });

  it("cuts long texts off for expressions of the program, and only for them", () => {
    const text = `${"x".repeat(90)}secret-1 secret-2 ${"y".repeat(100)}`;
    assert.equal(
      redactString(text, { patterns: [/secret-\d/], maxTextLength: 95 }),
      `${"x".repeat(90)}${X}${X}`,
    );
    assert.equal(redactString(text, { patterns: [/secret-\d/], maxTextLength: 50 }), `${"x".repeat(50)}${X}`);
    assert.equal(redactString(text, { patterns: [/z/], maxTextLength: text.length }), text);
    assert.equal(redactString(text, { patterns, maxTextLength: 50 }), text);
  });

  it("looks into strings of JSON, as keys do and paths do not", () => {
    const body = JSON.stringify({ pin: "hunter2", card: CARD });
    assert.deepEqual(redactFields({ body }, { patterns, paths: ["body.pin"] }), {
      body: `{"pin":"hunter2","card":"${X}"}`,
    });
    assert.deepEqual(redactFields({ body }, { patterns, keys: ["pin"] }), { body: `{"pin":"${X}","card":"${X}"}` });
  });
});

describe("redact.censor", () => {
  const fields = { a: { password: "x", n: 1 }, list: [1, 2, 3], text: `card ${CARD}!` };
  const options = { paths: ["a.password", "list[1]"], patterns: true } as const;
  const redact = (censor: Censor, more: RedactOptions = options) => redactFields(fields, { ...more, censor });

  it("is a text", () => {
    assert.deepEqual(redact("***"), { a: { password: "***", n: 1 }, list: [1, "***", 3], text: "card ***!" });
  });

  it("is removal", () => {
    assert.deepEqual(redact({ remove: true }), { a: { n: 1 }, list: [1, 3], text: "card !" });
    assert.deepEqual(redact({ remove: true }, { keys: ["A", "LIST", "text"] }), {});
  });

  it("is a function of value and path", () => {
    const calls: unknown[] = [];
    const censor = (value: unknown, path: readonly string[]) => {
      calls.push([value, path]);
      return `<${String(value).slice(-4)}>`;
    };
    assert.deepEqual(redact(censor), { a: { password: "<x>", n: 1 }, list: [1, "<2>", 3], text: "card <1111>!" });
    assert.deepEqual(calls, [["x", ["a", "password"]], [2, ["list", "1"]], [CARD, ["text"]]]);
  });

  it("is a function that gets copies and whose result becomes plain data", () => {
    const censor = (value: unknown) => {
      (value as unknown[]).length = 0;
      return new Map([["n", 1n]]);
    };
    assert.deepEqual(redactFields(fields, { paths: ["list"], censor }), { ...fields, list: { n: "1" } });
  });

  it("fails closed, and says so without the secret", async () => {
    for (
      const censor of [
        (value: unknown) => {
          throw new Error(`no ${value}`);
        },
        (value: unknown) => Promise.reject(new Error(`no ${value}`)),
      ]
    ) {
      const reports: Error[] = [];
      const redaction = compileRedaction({ ...options, censor }, "redact", (error) => void reports.push(error));
      assert.deepEqual(redaction.apply(messageOf("", fields)).fields, {
        a: { password: X, n: 1 },
        list: [1, X, 3],
        text: `card ${X}!`,
      });
      assert.equal(reports.length, 3);
      for (const { message, cause } of reports) assert.ok(!message.includes(CARD) && cause === undefined);
    }
    assert.equal(redactString(`card ${CARD}`, { patterns, censor: () => ({}) }), `card ${X}`);
    // A rejection that nobody handles would end the process in the next turn.
    await new Promise((resolve) => setTimeout(resolve));
  });

  it("is a keyed hash: HMAC-SHA-256, 32 digits unless more or fewer are asked for", () => {
    const key = "0123456789abcdef";
    const hmac = (text: string) => createHmac("sha256", key).update(text).digest("hex");
    assert.deepEqual(redact({ hash: { key } }), {
      a: { password: `hmac:${hmac("x").slice(0, 32)}`, n: 1 },
      list: [1, `hmac:${hmac("2").slice(0, 32)}`, 3],
      text: `card hmac:${hmac(CARD).slice(0, 32)}!`,
    });
    assert.deepEqual(
      redactFields({ a: { b: [1, "ä"] } }, {
        paths: ["a"],
        censor: { hash: { key: new TextEncoder().encode(key), digits: 64 } },
      }),
      { a: `hmac:${hmac('{"b":[1,"ä"]}')}` },
    );
  });
  const patterns = true;
});

describe("Redaction.apply()", () => {
  it("returns the same message when there is nothing in it", () => {
    const redaction = compileRedaction({ paths: ["a.b", "**.c"], keys: ["password"], patterns: true }, "redact");
    const message = messageOf("hello", { a: { d: [1, { e: "x" }] }, f: new Map([["k", null]]), n: 1.5 });
    assert.equal(redaction.apply(message), message);
    const bare = messageOf("hello");
    assert.equal(redaction.apply(bare), bare);
  });

  it("copies no more than it must, and keeps what else a message has", () => {
    const message = { ...messageOf("hello", { a: { b: 1 }, c: { d: 1 } }), further: 1 };
    const redacted = compileRedaction({ paths: ["a.b"] }, "redact").apply(message);
    assert.deepEqual(redacted, { ...message, fields: { a: { b: X }, c: { d: 1 } } });
    assert.equal(redacted.fields?.c, message.fields?.c);
    assert.deepEqual(compileRedaction({ patterns: true }, "r").apply({ ...messageOf(CARD), further: 1 } as Message), {
      ...messageOf(X),
      further: 1,
    });
  });

  it("looks through what middleware has put in: instances, Maps, toJSON", () => {
    const message = {
      ...messageOf(""),
      fields: { m: new Map([["k", CARD]]), d: new Date(0), j: { toJSON: () => ({ card: CARD }) }, e: new Error(CARD) },
    };
    const { fields } = compileRedaction({ patterns: true }, "redact").apply(message);
    assert.ok(!JSON.stringify(fields).includes(CARD));
    assert.deepEqual({ ...fields, e: 1 }, { m: { k: X }, d: "1970-01-01T00:00:00.000Z", j: { card: X }, e: 1 });
  });

  it("fails closed when a message cannot be looked through", () => {
    const cycle: Record<string, unknown> = { card: CARD };
    cycle.a = cycle;
    const once = compileRedaction({ patterns: true }, "redact").apply({ ...messageOf("m"), fields: cycle });
    assert.ok(!JSON.stringify(once).includes(CARD));
    cycle.b = cycle;
    const fail = (): never => {
      throw new Error("a getter");
    };
    const throwing = Object.defineProperty({}, "x", { enumerable: true, get: fail });
    for (const fields of [cycle, { throwing }]) {
      const reports: Error[] = [];
      const redaction = compileRedaction({ patterns: true }, "redact", (error) => void reports.push(error));
      assert.deepEqual(redaction.apply({ ...messageOf("secret"), fields }), messageOf(X));
      assert.equal(reports.length, 1);
    }
  });

  it("fails closed when a check of the program throws", () => {
    const validate = (): never => {
      throw new Error("a check");
    };
    assert.equal(redactString("id 7", { patterns: [{ name: "id", pattern: /\d/, validate }] }), `id ${X}`);
  });
});
