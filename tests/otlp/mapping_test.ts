import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { configure, getLogger, withContext } from "../../mod.ts";
import { anyValue } from "../../src/backends/otlp/any_value.ts";
import { LIBRARY_VERSION } from "../../src/backends/otlp/resource.ts";
import { collect, PROTOCOLS } from "./collect.ts";
import type { PlainEntry, PlainRecord } from "./decode.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";

function only(records: readonly PlainRecord[]): PlainRecord {
  assert.equal(records.length, 1);
  return records[0] as PlainRecord;
}

function attribute(entries: readonly PlainEntry[], key: string): unknown {
  const found = entries.filter(([name]) => name === key);
  assert.ok(found.length < 2, `${key} stands there twice`);
  return found[0]?.[1];
}

for (const protocol of PROTOCOLS) {
  describe(`a record as ${protocol}`, () => {
    it("has the time, the severity and the text", async () => {
      const before = Date.now();
      const records = await collect(protocol, (log) => {
        for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) log[level](`at ${level}`);
      });
      const after = Date.now();
      assert.deepEqual(
        records.map(({ severityNumber, severityText, body }) => [severityNumber, severityText, body]),
        [
          [1, "trace", ["stringValue", "at trace"]],
          [5, "debug", ["stringValue", "at debug"]],
          [9, "info", ["stringValue", "at info"]],
          [13, "warn", ["stringValue", "at warn"]],
          [17, "error", ["stringValue", "at error"]],
          [21, "fatal", ["stringValue", "at fatal"]],
        ],
      );
      for (const { timeUnixNano, observedTimeUnixNano } of records) {
        assert.equal(timeUnixNano, observedTimeUnixNano);
        const milliseconds = BigInt(timeUnixNano) / 1_000_000n;
        assert.ok(milliseconds >= BigInt(before) && milliseconds <= BigInt(after), timeUnixNano);
      }
    });

    it("has fractions of milliseconds, and no time where there is none", async () => {
      const times = [1_795_448_677_862.25, 0, -1, NaN, Infinity];
      const records = await collect(protocol, (log) => times.forEach(() => log.info("x")), {
        logger: { middleware: [(message: object) => ({ ...message, time: times[next++] })] },
      });
      assert.deepEqual(records.map(({ timeUnixNano }) => timeUnixNano), ["1795448677862250000", "0", "0", "0", "0"]);
    });
    let next = 0;

    it("has a value of each kind", async () => {
      const { attributes } = only(
        await collect(protocol, (log) =>
          log.info("x", {
            text: 'quotes " and \\ and\nlines and ünï😀 and \ud800 alone',
            empty: "",
            yes: true,
            no: false,
            zero: 0,
            int: 42,
            negative: -7,
            safe: Number.MAX_SAFE_INTEGER,
            large: 2 ** 60,
            double: 0.1,
            tiny: 5e-324,
            huge: 1.5e300,
            below: -2.5,
            nan: NaN,
            endless: -Infinity,
            bigint: -(2n ** 63n),
            beyond: 2n ** 63n,
            nothing: null,
            absent: undefined,
            list: [1, "two", [3.5], {}, null],
            object: { inner: { deep: "x" }, "": 1 },
            "": "no key",
            ["k".repeat(300)]: "long key",
            long: "x".repeat(20_000),
          })),
      );
      assert.deepEqual(attributes, [
        ["text", ["stringValue", 'quotes " and \\ and\nlines and ünï😀 and \ufffd alone']],
        ["empty", ["stringValue", ""]],
        ["yes", ["boolValue", true]],
        ["no", ["boolValue", false]],
        ["zero", ["intValue", "0"]],
        ["int", ["intValue", "42"]],
        ["negative", ["intValue", "-7"]],
        ["safe", ["intValue", "9007199254740991"]],
        ["large", ["doubleValue", String(2 ** 60)]],
        ["double", ["doubleValue", "0.1"]],
        ["tiny", ["doubleValue", "5e-324"]],
        ["huge", ["doubleValue", "1.5e+300"]],
        ["below", ["doubleValue", "-2.5"]],
        ["nan", ["stringValue", "NaN"]],
        ["endless", ["stringValue", "-Infinity"]],
        ["bigint", ["stringValue", "-9223372036854775808"]],
        ["beyond", ["stringValue", "9223372036854775808"]],
        ["nothing", undefined],
        ["list", ["arrayValue", [
          ["intValue", "1"],
          ["stringValue", "two"],
          ["arrayValue", [["doubleValue", "3.5"]]],
          ["kvlistValue", []],
          undefined,
        ]]],
        ["object", ["kvlistValue", [
          ["inner", ["kvlistValue", [["deep", ["stringValue", "x"]]]]],
          ["", ["intValue", "1"]],
        ]]],
        ["", ["stringValue", "no key"]],
        ["k".repeat(300), ["stringValue", "long key"]],
        ["long", ["stringValue", "x".repeat(20_000)]],
      ]);
    });

    it("has an error by the semantic conventions, and what they have no name for under its own", async () => {
      class PaymentError extends Error {
        readonly amount = 12;
      }
      const error = new PaymentError("declined", { cause: new TypeError("no funds") });
      const { body, attributes } = only(
        await collect(protocol, (log) => log.error("payment failed", { err: error, "exception.type": "mine" })),
      );
      assert.deepEqual(body, ["stringValue", "payment failed"]);
      assert.deepEqual(attribute(attributes, "exception.type"), ["stringValue", "PaymentError"]);
      assert.deepEqual(attribute(attributes, "exception.message"), ["stringValue", "declined"]);
      const [kind, trace] = attribute(attributes, "exception.stacktrace") as [string, string];
      assert.equal(kind, "stringValue");
      assert.match(trace, /declined[^]*mapping_test[^]*caused by: TypeError: no funds[^]*mapping_test/);
      assert.deepEqual(attribute(attributes, "fields.exception.type"), ["stringValue", "mine"]);
      assert.deepEqual(attribute(attributes, "err"), ["kvlistValue", [
        ["amount", ["intValue", "12"]],
        ["cause", ["kvlistValue", [["type", ["stringValue", "TypeError"]], ["message", ["stringValue", "no funds"]]]]],
      ]]);
    });

    it("has the trace context where it is valid", async () => {
      const records = await collect(protocol, (log) => {
        const context = { trace_id: TRACE_ID.toUpperCase(), span_id: SPAN_ID, trace_flags: "01" };
        withContext(context, () => log.info("around", { a: 1 }));
        log.with(context).info("bound");
        log.info("own", context);
        log.info("no span", { trace_id: TRACE_ID });
        log.info("not sampled", { trace_id: TRACE_ID, span_id: SPAN_ID, trace_flags: "00" });
        log.info("bad", { trace_id: "0".repeat(32), span_id: SPAN_ID, trace_flags: "01" });
        log.info("worse", { trace_id: TRACE_ID, span_id: "x", trace_flags: 257 });
      });
      assert.deepEqual(
        records.map((
          { traceId, spanId, flags, attributes },
        ) => [traceId, spanId, flags, attributes.map(([key]) => key)]),
        [
          [TRACE_ID, SPAN_ID, 1, ["a"]],
          [TRACE_ID, SPAN_ID, 1, []],
          [TRACE_ID, SPAN_ID, 1, []],
          [TRACE_ID, "", 0, []],
          [TRACE_ID, SPAN_ID, 0, []],
          ["", "", 0, ["trace_id", "span_id", "trace_flags"]],
          [TRACE_ID, "", 0, ["span_id", "trace_flags"]],
        ],
      );
    });

    it("stands in the scope of its logger, in order", async () => {
      const records = await collect(protocol, (log) => {
        log.info("1");
        log.info("2", { logger: "db.pool" });
        log.info("3", { logger: 'odd "näme\\', a: 1 });
        log.info("4", { logger: "db.pool", a: 1 });
        log.info("5");
        log.info("6", { logger: 7 });
      });
      const byScope = new Map<string, unknown[]>();
      for (const { scope: { name }, body } of records) byScope.set(name, [...byScope.get(name) ?? [], body?.[1]]);
      assert.deepEqual([...byScope], [
        ["@omni/log", ["1", "5", "6"]],
        ["db.pool", ["2", "4"]],
        ['odd "näme\\', ["3"]],
      ]);
      const [first, other] = [records[0], records.find(({ scope }) => scope.name === "db.pool")];
      assert.equal(first?.scope.version, LIBRARY_VERSION);
      assert.deepEqual([other?.scope.version, other?.attributes], ["", []]);
    });

    it("has the scope of the options with its attributes, unless it names one", async () => {
      const attributes = { tenant: "blue", text: "ü".repeat(300), shard: 7, ratio: 0.5, canary: true, zones: ["a", 1] };
      const records = await collect(protocol, (log) => {
        log.info("own");
        log.info("named", { logger: "db.pool" });
      }, { otlp: { scope: { name: "shop", version: "1.2", attributes } } });
      assert.deepEqual(records.map(({ scope }) => scope), [
        {
          name: "shop",
          version: "1.2",
          attributes: [
            ["tenant", ["stringValue", "blue"]],
            ["text", ["stringValue", "ü".repeat(300)]],
            ["shard", ["intValue", "7"]],
            ["ratio", ["doubleValue", "0.5"]],
            ["canary", ["boolValue", true]],
            ["zones", ["arrayValue", [["stringValue", "a"], ["intValue", "1"]]]],
          ],
        },
        { name: "db.pool", version: "", attributes: [] },
      ]);
    });

    it("has no more attributes than the limits allow, and says how many it lacks", async () => {
      const otlp = { maxAttributes: 3, maxAttributeLength: 4 };
      const records = await collect(protocol, (log) => {
        log.info("1", { a: "12345", b: ["12345", { c: "😀😀😀" }], d: "1234" });
        log.with({ x: 1, y: 2 }).info("long text", { a: 1, b: 2, c: 3 });
      }, { otlp });
      assert.deepEqual(
        records.map(({ attributes, droppedAttributesCount }) => [attributes, droppedAttributesCount]),
        [
          [[
            ["a", ["stringValue", "1234"]],
            ["b", ["arrayValue", [["stringValue", "1234"], ["kvlistValue", [["c", ["stringValue", "😀😀"]]]]]]],
            ["d", ["stringValue", "1234"]],
          ], 0],
          [[["x", ["intValue", "1"]], ["y", ["intValue", "2"]], ["a", ["intValue", "1"]]], 2],
        ],
      );
      assert.deepEqual(records[1]?.body, ["stringValue", "long text"]);
    });

    it("comes from a resource", async () => {
      const otlp = {
        serviceName: "shop",
        resource: { "deployment.environment.name": "test", "service.name": "other" },
      };
      const { resource } = only(await collect(protocol, (log) => log.info("x"), { otlp }));
      assert.deepEqual(attribute(resource, "service.name"), ["stringValue", "shop"]);
      assert.deepEqual(attribute(resource, "deployment.environment.name"), ["stringValue", "test"]);
      assert.deepEqual(attribute(resource, "telemetry.sdk.name"), ["stringValue", "omni-log"]);
      assert.deepEqual(attribute(resource, "process.pid"), ["intValue", String(globalThis.process.pid)]);
    });
  });
}

describe("anyValue()", () => {
  it("is of the same type whatever stands beside it", async () => {
    const values = { nan: NaN, big: 5n, text: "t" };
    const [alone, beside] = await collect("http/json", (log) => {
      log.info("alone", values);
      log.info("beside an object", { ...values, object: {} });
    });
    assert.deepEqual(beside?.attributes.slice(0, 3), alone?.attributes);
  });

  it("has bytes, and what a formatter of its own may be given", () => {
    assert.equal(anyValue(new Uint8Array([0, 10, 255]), Infinity), '{"bytesValue":"AAr/"}');
    assert.equal(anyValue(new Uint8Array([0, 10, 255]), 2), '{"bytesValue":"AAo="}');
    assert.equal(anyValue(new Date(0), Infinity), '{"stringValue":"1970-01-01T00:00:00.000Z"}');
    assert.equal(anyValue(Symbol("s"), Infinity), '{"stringValue":"Symbol(s)"}');
    assert.equal(anyValue([, undefined], Infinity), '{"arrayValue":{"values":[{},{}]}}');
  });
});

describe("a named logger", () => {
  it("is a scope", async () => {
    const bodies: string[] = [];
    await using _log = configure({
      destinations: [{
        uri: "otlp+http://collector.test",
        otlp: {
          protocol: "http/json",
          fetch: async (_url, init) => {
            bodies.push(await new Response(init.body).text());
            return new Response();
          },
        },
      }],
    });
    getLogger("db.pool").info("opened");
    await _log.close();
    const { scopeLogs: [{ scope, logRecords: [record] }] } = JSON.parse(bodies[0] as string).resourceLogs[0];
    assert.deepEqual([scope, record.attributes], [{ name: "db.pool" }, []]);
  });
});

describe("the version in the resource", () => {
  it("is that of the package", () => {
    const { version } = JSON.parse(readFileSync(new URL("../../deno.json", import.meta.url), "utf8"));
    assert.equal(LIBRARY_VERSION, version);
  });
});
