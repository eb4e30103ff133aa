import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { anyValue } from "../../src/backends/otlp/any_value.ts";
import { format } from "../../src/format/format.ts";
import type { Fields, Formatter } from "../../src/message.ts";
import { distinctNames } from "../../src/pipeline/field_names.ts";
import { createSnapshot } from "../../src/pipeline/snapshot.ts";
import { assertLinearGrowth, LEAST, processorTimeOf, TIMES } from "../support/linear.ts";

/** Entries of the smaller value; the larger one has `TIMES` as many. */
const FEW = 500;

const assertLinear = (work: (count: number) => () => unknown) => assertLinearGrowth(work(FEW), work(FEW * TIMES));

const range = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const object = (count: number, key: (index: number) => string) =>
  Object.fromEntries(range(count, (i) => [key(i), i] as const));

/** Values whose entries might all be compared with one another. */
const values: Readonly<Record<string, (count: number) => unknown>> = {
  "a Map of keys that look alike": (n) => new Map(range(n, (i) => [{ id: 1 }, i])),
  "a Map of keys that look like marked ones": (n) =>
    new Map<unknown, number>(range(n, (i) => [i % 2 ? { toJSON: () => "a" } : `a (${i})`, i])),
  "a Map of numbers and their texts": (n) => new Map<unknown, number>(range(n, (i) => [i % 2 ? i : `${i + 1}`, i])),
  "an object of keys that are cut alike": (n) => object(n, (i) => `${"k".repeat(40)}${i}`),
  "an object": (n) => object(n, (i) => `key${i}`),
  "an array of objects": (n) => range(n, (i) => ({ id: i, of: { a: "b" } })),
  "a Set": (n) => new Set(range(n, (i) => i)),
  "Headers of one name": (n) => new Headers(range(n, (i) => ["set-cookie", `c${i}=1`])),
  "a FormData": (n) => {
    const form = new FormData();
    for (let i = 0; i < n; i++) form.append(`f${i % 10}`, "1");
    return form;
  },
  "URLSearchParams": (n) => new URLSearchParams(range(n, (i) => [`k${i}`, "1"])),
  "an AggregateError": (n) => new AggregateError(range(n, () => Object.assign(new Error("m"), { stack: "" }))),
  "an error with properties": (n) => Object.assign(new Error("m"), object(n, (i) => `key${i}`)),
};

describe("the copy takes time in proportion to the number of entries, of", () => {
  const snapshots = createSnapshot({ maxEntries: 1e6, maxValues: 1e6, maxString: 32 });
  for (const [name, make] of Object.entries(values)) {
    it(name, () =>
      assertLinear((count) => {
        const value = make(count);
        return () => snapshots.value(value);
      }));
  }

  it("which the comparison would notice otherwise", async () => {
    /** Looks for something that is not there, once per entry: in code of the engine, which no compiler speeds up. */
    const quadratic = (rounds: number) => (count: number) => {
      const entries = range(count, (i) => i);
      return () => range(rounds, () => entries.filter((entry) => entries.includes(-1 - entry)));
    };
    let rounds = 1;
    while (await processorTimeOf(quadratic(rounds)(FEW)) < LEAST) rounds *= 2;
    await assert.rejects(assertLinear(quadratic(rounds)), /times as many/);
  });
});

describe("a format takes time in proportion to the number of fields", () => {
  const formats: Readonly<Record<string, Formatter>> = {
    json: format.json(),
    pino: format.json({ preset: "pino" }),
    ecs: format.json({ preset: "ecs" }),
    "ecs with labels": format.json({ preset: "ecs", fields: "labels" }),
    gelf: format.json({ preset: "gelf" }),
    text: format.text(),
    logfmt: format.logfmt(),
    pretty: format.pretty(),
  };
  /** Names of fields, also such as formats change to the same ones. */
  const names: Readonly<Record<string, (index: number) => string>> = {
    "plain ones": (i) => `key${i}`,
    "those that all have the same form": (i) =>
      ["a", "b"].map((c) => c.repeat(1 + i % 2)).join("\n*. =".charAt(i % 6)) +
      range(13, (bit) => i >> bit & 1 ? "é" : "ü").join(""),
  };
  for (const [name, formatter] of Object.entries(formats)) {
    for (const [kind, key] of Object.entries(names)) {
      it(`${name}, ${kind}`, () =>
        assertLinear((count) => {
          const fields: Fields = { time: 1, "fields.time": 2, ...object(count, key) };
          return () => formatter({ time: 0, level: "info", msg: "m", fields });
        }));
    }
  }

  it("an attribute of OTLP", () =>
    assertLinear((count) => {
      const value = object(count, (i) => `key${i}`);
      return () => anyValue(value, 1_000);
    }));
});

describe("names that are wanted by many", () => {
  it("have the prefix up to three times, and then a number in it", () => {
    const keys = range(6, (i) => `${i}`);
    const options = { reserved: new Set<string>() };
    const expected = ["x", "fields.x", "fields.fields.x", "fields.fields.fields.x", "fields4.x", "fields5.x"];
    assert.deepEqual(distinctNames(keys, keys.map(() => "x"), options), expected);
    assert.deepEqual(
      distinctNames(keys, keys.map(() => "x"), { ...options, prefix: "fields_" }).slice(3),
      ["fields_fields_fields_x", "fields4_x", "fields5_x"],
    );
  });

  it("are all different, whatever else is there", () => {
    const keys = [...range(200, (i) => `k${i}`), "x", "fields.x", "fields4.x", "fields7.x", "time", "fields.time"];
    const wanted = keys.map((key) => key.startsWith("k") ? "x" : key);
    const names = distinctNames(keys, wanted);
    assert.equal(new Set(names).size, keys.length);
    assert.deepEqual(names.slice(-6), ["x", "fields.x", "fields4.x", "fields7.x", "fields.fields.time", "fields.time"]);
  });
});

describe("limits bound the work and not only what comes of it", () => {
  it("of entries", () => {
    let reads = 0;
    const counting = (target: object) =>
      new Proxy(target, { get: (of, key, receiver) => (reads++, Reflect.get(of, key, receiver)) });
    const snapshots = createSnapshot({ maxEntries: 100 });
    snapshots.value(counting(range(10_000, (i) => i)));
    snapshots.value(counting(object(10_000, (i) => `key${i}`)));
    snapshots.value(new Map(range(10_000, (i) => [counting({ i }), counting({ i })])));
    snapshots.value(new Set(range(10_000, (i) => counting({ i }))));
    assert.ok(reads < 5_000, `${reads} reads`);
  });

  it("of values at all levels", () => {
    let reads = 0;
    const endless = (): object =>
      new Proxy({}, {
        ownKeys: () => ["a", "b"],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 0 }),
        get: (_, key) => (reads++, key === "a" || key === "b" ? endless() : undefined),
      });
    createSnapshot({ maxDepth: 100, maxValues: 1_000 }).value(endless());
    assert.ok(reads < 10_000, `${reads} reads`);
  });
});
