import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LEVELS } from "../../src/level.ts";
import type { Filter } from "../../src/message.ts";
import * as filter from "../../src/pipeline/filters.ts";
import { message } from "./sample_support.ts";

const DAY = 86_400_000;

function field(value: unknown) {
  return message({ fields: { value } });
}

describe("filter.level", () => {
  it("lets the range pass, both ends included", () => {
    const passing = (range: Filter) => LEVELS.filter((level) => range(message({ level }))).join(" ");
    assert.equal(passing(filter.level({ min: "info", max: "error" })), "info warn error");
    assert.equal(passing(filter.level({ min: "error" })), "error fatal");
    assert.equal(passing(filter.level({ max: "debug" })), "trace debug");
    assert.equal(passing(filter.level({ min: "warn", max: "warn" })), "warn");
  });

  it("refuses an empty range, unknown levels and unknown options", () => {
    assert.throws(() => filter.level({ min: "error", max: "info" }), RangeError);
    assert.throws(() => filter.level({ min: "loud" as "info" }), /"filter\.level\.min": expected one of "trace"/);
    assert.throws(() => filter.level({ above: "info" } as object), /"filter\.level\.above": there is no such option/);
    assert.throws(() => filter.level("info" as never), TypeError);
  });
});

describe("filter.field", () => {
  it("compares by value", () => {
    const equals = (expected: unknown, actual: unknown) => filter.field("value", { equals: expected })(field(actual));
    assert.ok(equals("a", "a"));
    assert.ok(!equals("1", 1));
    assert.ok(equals(null, null));
    assert.ok(!equals(null, undefined));
    assert.ok(equals({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }));
    assert.ok(!equals({ a: [1, { b: 2 }] }, { a: [1, { b: 2, c: 3 }] }));
    assert.ok(!equals([], {}));
    assert.ok(!equals({ __proto__: null, constructor: 1 }, {}));
  });

  it("compares with what the record shows of a value", () => {
    const equals = (expected: unknown, actual: unknown) => filter.field("value", { equals: expected })(field(actual));
    assert.ok(equals(new Date(0), "1970-01-01T00:00:00.000Z"));
    assert.ok(equals(10n, "10"));
    assert.ok(equals(10n, 10n));
    assert.ok(equals(NaN, NaN));
    assert.ok(equals(NaN, "NaN"));
    assert.ok(equals(new Map([["a", new Set([1])]]), { a: [1] }));
  });

  it("finds one of several, objects too", () => {
    const one = filter.field("value", { in: [1, "two", { three: 3 }] });
    assert.deepEqual([1, "two", { three: 3 }, 2, "1", null].map((value) => one(field(value))), [
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
    assert.ok(!filter.field("value", { in: [] })(field(1)));
  });

  it("tells whether a field exists; null does", () => {
    const exists = filter.field("a.b", { exists: true });
    assert.ok(exists(message({ fields: { a: { b: null } } })));
    assert.ok(!exists(message({ fields: { a: 1 } })));
    assert.ok(!exists(message()));
    assert.ok(filter.field("a.b", { exists: false })(message({ fields: { a: null } })));
  });

  it("matches the text of strings, numbers and booleans only", () => {
    const matches = filter.field("value", { matches: /^(5\d\d|true)$/ });
    assert.deepEqual(["503", 503, true, 404, ["503"], null, undefined].map((value) => matches(field(value))), [
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it("wants all conditions to hold", () => {
    const both = filter.field("value", { in: ["ab", "cd"], matches: /a/ });
    assert.ok(both(field("ab")));
    assert.ok(!both(field("cd")));
  });

  it("reads dotted names, nested fields and array items", () => {
    const fields = { "http.method": "GET", a: { "b.c": 1 }, list: [{ id: 7 }] };
    assert.ok(filter.field("http.method", { equals: "GET" })(message({ fields })));
    assert.ok(filter.field(["a", "b.c"], { equals: 1 })(message({ fields })));
    assert.ok(!filter.field("a.b.c", { exists: true })(message({ fields })));
    assert.ok(filter.field("list.0.id", { equals: 7 })(message({ fields })));
  });

  it("sees nothing that is only inherited", () => {
    for (const path of ["constructor", "constructor.name", "__proto__", "a.toString", "text.length"]) {
      const exists = filter.field(path, { exists: true })(message({ fields: { a: {}, text: "x" } }));
      assert.ok(!exists, path);
    }
  });

  it("refuses bad paths and conditions", () => {
    assert.throws(() => filter.field("", { exists: true }), /"filter\.field\.path"/);
    assert.throws(() => filter.field("a..b", { exists: true }), RangeError);
    assert.throws(() => filter.field([], { exists: true }), RangeError);
    assert.throws(() => filter.field(1 as unknown as string, { exists: true }), TypeError);
    assert.throws(() => filter.field("a", {}), RangeError);
    assert.throws(() => filter.field("a", { equals: undefined }), RangeError);
    assert.throws(() => filter.field("a", { matches: "x" as unknown as RegExp }), /"filter\.field\.matches"/);
    assert.throws(() => filter.field("a", { in: 1 as unknown as [] }), TypeError);
    assert.throws(() => filter.field("a", { exists: 1 as unknown as boolean }), TypeError);
    assert.throws(() => filter.field("a", { equal: 1 } as object), /no such option/);
  });

  it("never fails on any plain value", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (expected, actual) => {
      fc.pre(expected !== undefined);
      assert.ok(filter.field("value", { equals: expected })(field(structuredClone(expected))));
      const same = filter.field("value", { equals: expected })(field(actual));
      assert.equal(filter.field("value", { in: [expected] })(field(actual)), same);
      if (same) assert.deepEqual(normal(actual), normal(expected));
    }));
  });
});

/** Without the difference between 0 and -0, which JSON does not make either, and in the order of keys. */
function normal(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe("filter.message", () => {
  it("looks for a part and for a pattern", () => {
    assert.ok(filter.message({ includes: "slow" })(message({ msg: "a slow query" })));
    assert.ok(!filter.message({ includes: "Slow" })(message({ msg: "a slow query" })));
    assert.ok(filter.message({ matches: /SLOW/i })(message({ msg: "a slow query" })));
    assert.ok(!filter.message({ includes: "slow", matches: /^slow/ })(message({ msg: "a slow query" })));
  });

  it("keeps no state of global and sticky expressions, and leaves the program's own alone", () => {
    for (const flags of ["", "g", "y", "gy", "giu", "dgy"]) {
      const pattern = new RegExp("slow", flags);
      pattern.lastIndex = 2;
      const matches = filter.message({ matches: pattern });
      const inField = filter.field("value", { matches: pattern });
      for (let n = 0; n < 5; n++) {
        assert.ok(matches(message({ msg: "slow slow" })), flags);
        assert.ok(inField(field("slow slow")), flags);
      }
      assert.equal(pattern.lastIndex, 2);
      assert.equal(matches(message({ msg: "a slow" })), !flags.includes("y"), flags);
    }
  });

  it("refuses nothing to look for", () => {
    assert.throws(() => filter.message({}), RangeError);
    assert.throws(() => filter.message({ includes: "" }), RangeError);
    assert.throws(() => filter.message({ includes: /a/ as unknown as string }), TypeError);
  });
});

describe("filter.time", () => {
  const at = (time: number | Date) => message({ time: Number(time) });

  it("takes moments of every kind; the end is not included", () => {
    const from = Date.UTC(2026, 10, 23, 8);
    const to = Date.UTC(2026, 10, 23, 10, 30);
    const windows = [
      filter.time({ from, to }),
      filter.time({ from: new Date(from), to: new Date(to) }),
      filter.time({ from: "2026-11-23T08:00Z", to: "2026-11-23T10:30:00.000Z" }),
      filter.time({ from: "2026-11-23T08:00", to: "2026-11-23T10:30", timeZone: "utc" }),
      filter.time({ from: "2026-11-23T10:00+02:00", to: "2026-11-23T05:00-05:30" }),
    ];
    for (const window of windows) {
      assert.deepEqual([from - 1, from, to - 1, to].map((time) => window(at(time))), [false, true, true, false]);
    }
    assert.ok(filter.time({ from })(at(8.64e15)));
    assert.ok(filter.time({ to })(at(0)));
  });

  it("reads texts without a zone on the local clock", () => {
    const window = filter.time({ from: "2026-06-01", to: "2026-06-02T12:34:56.789" });
    const from = new Date(2026, 5, 1);
    const to = new Date(2026, 5, 2, 12, 34, 56, 789);
    assert.deepEqual([+from - 1, +from, +to - 1, +to].map((time) => window(at(time))), [false, true, true, false]);
  });

  it("takes times of day, past midnight too", () => {
    const day = Date.UTC(2026, 2, 3);
    const hours = (window: Filter) =>
      Array.from({ length: 24 }, (_, hour) => hour).filter((hour) => window(at(day + hour * 3_600_000))).join();
    assert.equal(hours(filter.time({ from: "08:00", to: "11:00", timeZone: "utc" })), "8,9,10");
    assert.equal(hours(filter.time({ from: "22:00", to: "02:00", timeZone: "utc" })), "0,1,22,23");
    assert.equal(hours(filter.time({ from: "21:00", timeZone: "utc" })), "21,22,23");
    assert.equal(hours(filter.time({ to: "02:00", timeZone: "utc" })), "0,1");
    assert.equal(hours(filter.time({ from: "22:00", to: "24:00", timeZone: "utc" })), "22,23");
    assert.equal(hours(filter.time({ from: "22:00", to: "00:00", timeZone: "utc" })), "22,23");
    const seconds = filter.time({ from: "08:00:30", to: "08:00:31", timeZone: "utc" });
    assert.ok(seconds(at(day + 8 * 3_600_000 + 30_999)));
    assert.ok(!seconds(at(day + 8 * 3_600_000 + 31_000)));
    // Before the epoch, too.
    assert.ok(filter.time({ from: "23:00", timeZone: "utc" })(at(-1)));
  });

  it("takes the local time of day by default", () => {
    const window = filter.time({ from: "08:30", to: "17:00" });
    assert.ok(!window(at(new Date(2026, 6, 1, 8, 29, 59))));
    assert.ok(window(at(new Date(2026, 6, 1, 8, 30))));
    assert.ok(window(at(new Date(2026, 0, 1, 16, 59))));
    assert.ok(!window(at(new Date(2026, 0, 1, 17, 0))));
  });

  it("splits each day into a window and its complement", () => {
    const minute = fc.integer({ min: 0, max: 1439 });
    const text = (n: number) => `${String(Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
    fc.assert(fc.property(minute, minute, fc.integer({ min: -DAY * 1e4, max: DAY * 1e5 }), (a, b, time) => {
      fc.pre(a !== b);
      const inside = filter.time({ from: text(a), to: text(b), timeZone: "utc" })(at(time));
      const outside = filter.time({ from: text(b), to: text(a), timeZone: "utc" })(at(time));
      assert.notEqual(inside, outside);
    }));
  });

  it("refuses what is no time, no window, or a mixture", () => {
    const bad = (window: object, error: RegExp | typeof RangeError | typeof TypeError) =>
      assert.throws(() => filter.time(window), error);
    bad({}, RangeError);
    for (
      const from of ["8:00", "24:01", "23:60", "2026-02-30", "2026-13-01", "2026-01-01T24:00", "soon", "", "08:00:60"]
    ) {
      bad({ from }, /"filter\.time\.from": expected a time of day/);
    }
    bad({ from: NaN }, RangeError);
    bad({ to: new Date(NaN) }, RangeError);
    bad({ to: true }, TypeError);
    bad({ from: "08:00", to: "08:00" }, /is empty/);
    bad({ from: "24:00" }, /is empty/);
    bad({ from: 2, to: 1 }, /is empty/);
    bad({ from: "08:00", to: 1 }, TypeError);
    bad({ from: "08:00", timeZone: "Europe/Berlin" }, /"filter\.time\.timeZone"/);
  });
});

describe("filter.and, or, not", () => {
  const yes = () => true;
  const no = () => false;

  it("combine as in logic", () => {
    fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }), (values) => {
      const filters = values.map((value) => value ? yes : no);
      assert.equal(filter.and(...filters)(message()), values.every(Boolean));
      assert.equal(filter.or(...filters)(message()), values.some(Boolean));
      assert.equal(filter.not(filter.or(...filters))(message()), filter.and(...filters.map(filter.not))(message()));
    }));
  });

  it("ask no further than needed", () => {
    const never = () => assert.fail("asked");
    assert.equal(filter.and(no, never)(message()), false);
    assert.equal(filter.or(yes, never)(message()), true);
  });

  it("leave it to the caller what a filter that throws means", () => {
    const fails = () => {
      throw new Error("broken");
    };
    assert.throws(() => filter.not(fails)(message()), /broken/);
  });

  it("refuse an empty list and what is no function", () => {
    assert.throws(() => filter.and(), RangeError);
    assert.throws(() => filter.or(), RangeError);
    assert.throws(() => filter.or(yes, 1 as unknown as Filter), /"filter\.or\[1\]": expected a function/);
    assert.throws(() => filter.not(undefined as unknown as Filter), TypeError);
  });

  it("are named after what they do", () => {
    const wanted = filter.or(
      filter.level({ min: "warn" }),
      filter.not(filter.field("a.b", { exists: true })),
      () => true,
    );
    assert.equal(wanted.name, "or(level(warn..fatal), not(field(a.b)), custom)");
  });
});
