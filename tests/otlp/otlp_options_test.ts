import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSettingsFromObject } from "../../src/settings/sources.ts";
import { createLoggerFactory } from "../../src/logger.ts";
import { type OtlpOptions, otlpSettings } from "../../src/backends/otlp/otlp_options.ts";
import { otlpBackend } from "../../otlp.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

type Environment = Readonly<Record<string, string>>;

function settings(environment: Environment, options: OtlpOptions = {}, url?: string) {
  return otlpSettings(createMemoryRuntime({ environment }), options, { where: "otlp", url });
}

function create(uri: string, otlp: unknown = {}, environment: Environment = {}, more: object = {}) {
  const createLogger = createLoggerFactory(() => createMemoryRuntime({ environment }));
  return createLogger({ destinations: [{ uri, otlp, ...more } as { uri: string }] });
}

describe("the address of an OTLP server", () => {
  it("is that of the URI, /v1/logs where it has no path", async () => {
    for (
      const [uri, url] of [
        ["otlp+http://localhost:4318", "http://localhost:4318/v1/logs"],
        ["otlp+http://localhost:4318/", "http://localhost:4318/v1/logs"],
        ["otlp+https://otlp.example.com/custom", "https://otlp.example.com/custom"],
        ["OTLP+HTTP://[::1]:80/v1/logs", "http://[::1]/v1/logs"],
      ]
    ) {
      const seen: string[] = [];
      const fetch = (url: string) => {
        seen.push(url);
        return Promise.resolve(new Response());
      };
      const log = create(uri as string, { fetch });
      log.info("x");
      await log.close();
      assert.deepEqual(seen, [url]);
    }
  });

  it("is that of the environment where the URI has none", () => {
    const cases: readonly (readonly [Environment, string])[] = [
      [{}, "http://localhost:4318/v1/logs"],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://a.example:4318" }, "https://a.example:4318/v1/logs"],
      [{ OTEL_EXPORTER_OTLP_ENDPOINT: "https://a.example/base/" }, "https://a.example/base/v1/logs"],
      [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://b.example/as/it/is" }, "http://b.example/as/it/is"],
      [{ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://b.example" }, "http://b.example/"],
      [{
        OTEL_EXPORTER_OTLP_ENDPOINT: "http://a.example",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://b.example/x",
      }, "http://b.example/x"],
      [
        { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a.example", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: " " },
        "http://a.example/v1/logs",
      ],
    ];
    for (const [environment, url] of cases) assert.equal(settings(environment).url, url);
    assert.equal(
      settings({ OTEL_EXPORTER_OTLP_ENDPOINT: "nonsense" }, {}, "http://c.example/").url,
      "http://c.example/",
    );
  });
});

describe("what options leave open", () => {
  it("is what the environment says, of logs before of all signals", () => {
    const all = {
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_TIMEOUT: "2500",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b, authorization = Basic abc==,,",
      OTEL_ATTRIBUTE_COUNT_LIMIT: "7",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "9",
    };
    const { protocol, gzip, timeout, headers, maxAttributes, maxAttributeLength } = settings(all);
    assert.deepEqual([protocol, gzip, timeout, maxAttributes, maxAttributeLength], ["http/json", true, 2500, 7, 9]);
    assert.deepEqual(headers, { "x-key": "a b", authorization: "Basic abc==" });
    const logs = settings({
      ...all,
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: "none",
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "100",
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: "x-key=c",
      OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "8",
    });
    assert.deepEqual([logs.protocol, logs.gzip, logs.timeout, logs.maxAttributes], ["http/protobuf", false, 100, 8]);
    assert.deepEqual(logs.headers, { "x-key": "c" });
  });

  it("is the default where the environment says nothing, and the option where it is given", () => {
    const { protocol, gzip, timeout, headers, maxAttributes, maxAttributeLength } = settings({});
    assert.deepEqual(
      [protocol, gzip, timeout, headers, maxAttributes, maxAttributeLength],
      ["http/protobuf", false, 10_000, {}, 128, Infinity],
    );
    const bad = {
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
      OTEL_EXPORTER_OTLP_HEADERS: "x-key=env,x-other=env",
    };
    const given = settings(bad, { protocol: "http/json", timeout: "1s", headers: { "X-Key": "option" } });
    assert.deepEqual([given.protocol, given.timeout], ["http/json", 1_000]);
    assert.deepEqual(given.headers, { "x-key": "option", "x-other": "env" });
  });

  it("puts the resource together from both", () => {
    const environment = {
      OTEL_SERVICE_NAME: "named",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=listed,team=a%2Cb,process.pid=x",
    };
    const text = (of: ReturnType<typeof settings>) =>
      Object.fromEntries(of.resource.map(({ key, value }) => [key, value.stringValue ?? value.intValue]));
    assert.equal(text(settings({}))["service.name"], "unknown_service:memory");
    assert.deepEqual(
      (({ "service.name": name, team, "process.pid": pid }) => [name, team, pid])(text(settings(environment))),
      ["named", "a,b", "x"],
    );
    assert.equal(text(settings(environment, { serviceName: "option" }))["service.name"], "option");
    assert.equal(text(settings(environment, { resource: { team: "c" } }))["team"], "c");
  });

  it("has the name of the service from the nearest that says one", () => {
    const attributes = { OTEL_RESOURCE_ATTRIBUTES: "service.name=listed" };
    const environment = { ...attributes, OTEL_SERVICE_NAME: "named" };
    const resource = { "service.name": "resource" };
    const cases: readonly (readonly [Environment, OtlpOptions, string])[] = [
      [{}, {}, "unknown_service:memory"],
      [attributes, {}, "listed"],
      [environment, {}, "named"],
      [environment, { resource: { team: "a" } }, "named"],
      [environment, { resource }, "resource"],
      [environment, { serviceName: "option" }, "option"],
      [environment, { resource, serviceName: "option" }, "option"],
    ];
    for (const [variables, options, expected] of cases) {
      const names = settings(variables, options).resource.filter(({ key }) => key === "service.name");
      assert.deepEqual(names, [{ key: "service.name", value: { stringValue: expected } }]);
    }
  });
});

describe("a bad option", () => {
  const at = 'Cannot use option "destinations[0]';
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    ["otlp+http:/x", {}, /uri": expected "otlp\+http:\/\/host/],
    ["otlp+http://", {}, /uri": .* is not a valid URI/],
    ["otlp+http://host:99999", {}, /uri": .* is not a valid URI/],
    ["otlp+http://host/?token=abc", {}, /uri": there is no parameter "token"/],
    ["otlp+http://host/#part", {}, /uri": it has a fragment, "#part"/],
    ["otlp+https:", {}, /uri": the environment names no address that begins with https:/],
    ["otlp+http:", null, /otlp": expected an object, got null/],
    ["otlp+http:", { prtocol: 1 }, /otlp\.prtocol": there is no such option; known are protocol/],
    ["otlp+http:", { protocol: "grpc" }, /otlp\.protocol": expected one of "http\/protobuf", "http\/json"/],
    ["otlp+http:", { compression: true }, /otlp\.compression": expected one of/],
    ["otlp+http:", { timeout: 0 }, /otlp\.timeout": expected 1 or more/],
    ["otlp+http:", { timeout: "soon" }, /otlp\.timeout": expected a number of milliseconds/],
    ["otlp+http:", { headers: [] }, /otlp\.headers": expected an object/],
    ["otlp+http:", { headers: { "bad name": "x" } }, /otlp\.headers": the header "bad name" is not valid/],
    ["otlp+http:", { headers: { "content-type": "x" } }, /otlp\.headers": the library sets the header "content-type"/],
    ["otlp+http:", { headers: { a: 1 } }, /otlp\.headers": the value of the header "a" is not a string/],
    ["otlp+http:", { serviceName: "" }, /otlp\.serviceName": it is empty/],
    ["otlp+http:", { resource: { a: {} } }, /otlp\.resource\.a": expected a string, a number/],
    ["otlp+http:", { scope: { name: 1 } }, /otlp\.scope\.name": expected a string/],
    ["otlp+http:", { scope: { name: "a", url: "b" } }, /otlp\.scope\.url": there is no such option/],
    ["otlp+http:", { scope: { name: "a", attributes: [] } }, /otlp\.scope\.attributes": expected an object/],
    ["otlp+http:", { scope: { name: "a", attributes: { b: {} } } }, /otlp\.scope\.attributes\.b": expected a string/],
    ["otlp+http:", { maxBatchRecords: 0 }, /otlp\.maxBatchRecords": expected a whole number of 1 or more/],
    ["otlp+http:", { maxBatchBytes: "1x" }, /otlp\.maxBatchBytes": expected a number of bytes/],
    ["otlp+http:", { maxAttributes: -1 }, /otlp\.maxAttributes": expected a whole number/],
    ["otlp+http:", { maxAttributeLength: 1.5 }, /otlp\.maxAttributeLength": expected a whole number/],
    ["otlp+http:", { fetch: "fetch" }, /otlp\.fetch": expected a function/],
  ];
  for (const [uri, otlp, expected] of cases) {
    it(`is refused by its name: ${uri} ${JSON.stringify(otlp)}`, () => {
      assert.throws(
        () => create(uri, otlp),
        (error: Error) => error.message.startsWith(at) && expected.test(error.message),
      );
    });
  }

  it("is refused without showing what may be a secret", () => {
    for (
      const attempt of [
        () => create("otlp+http://user:secret@host"),
        () => create("otlp+http:", { headers: { "x-key": "my\nsecret" } }),
        () => create("otlp+http:", {}, { OTEL_EXPORTER_OTLP_ENDPOINT: "http://user:secret@host" }),
        () => create("otlp+http:", {}, { OTEL_EXPORTER_OTLP_ENDPOINT: "secret" }),
        () => create("otlp+http:", {}, { OTEL_EXPORTER_OTLP_HEADERS: "secret" }),
        () => create("otlp+http:", {}, { OTEL_EXPORTER_OTLP_HEADERS: "a=secret%" }),
      ]
    ) {
      assert.throws(attempt, (error: Error) => /^Cannot use /.test(error.message) && !/secret/.test(error.message));
    }
  });

  it("is refused: a format, and an option of files", () => {
    assert.throws(() => create("otlp+http:", {}, {}, { format: "json" }), /\.format": OTLP has a format of its own/);
    assert.throws(() => create("otlp+http:", {}, {}, { rotate: {} }), /\.rotate": there is no such option/);
  });

  it("is not the format of a logger, which is for destinations that have none", async () => {
    const environment = {};
    const bodies: string[] = [];
    const fetch = async (_url: string, init: RequestInit) => {
      bodies.push(await new Response(init.body).text());
      return new Response();
    };
    const createLogger = createLoggerFactory(() => createMemoryRuntime({ environment }));
    const otlp = { protocol: "http/json", fetch } as const;
    const log = createLogger({
      format: "text",
      destinations: [
        { uri: "otlp+http:", otlp },
        { name: "made", backend: otlpBackend(otlp) },
        { uri: "stdout:", fallback: { name: "fallback", uri: "otlp+http:", otlp } },
      ],
    });
    log.info("hello");
    await log.close();
    assert.equal(bodies.length, 2);
    for (const body of bodies) assert.match(body, /"body":\{"stringValue":"hello"\}/);
  });

  it("can come from settings", () => {
    const settings = createSettingsFromObject(() => createMemoryRuntime())({
      format: "text",
      destinations: [{ uri: "otlp+http:", otlp: { headers: { "x-key": "a" } } }],
    } as object);
    assert.deepEqual(settings.destinations, [{ uri: "otlp+http:", otlp: { headers: { "x-key": "a" } } }]);
  });

  it("is a variable of the environment without which records would go elsewhere, or be refused", () => {
    for (
      const [name, value] of [
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://host"],
        ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "host"],
        ["OTEL_EXPORTER_OTLP_HEADERS", "=a"],
        ["OTEL_EXPORTER_OTLP_LOGS_HEADERS", "bad name=a"],
      ]
    ) {
      assert.throws(
        () => create("otlp+http:", {}, { [name as string]: value as string }),
        (error: Error) => error.message.startsWith(`Cannot use environment variable "${name}": `),
      );
    }
  });
});

describe("otlpBackend()", () => {
  it("refuses bad options by name", () => {
    assert.throws(() => otlpBackend({ url: "" }), /Cannot use option "url": it is empty/);
    assert.throws(() => otlpBackend({ url: "http://a:b@host" }), /Cannot use option "url": it holds a user name/);
    assert.throws(() => otlpBackend({ timeout: 0 }), /Cannot use option "timeout": expected 1 or more/);
    assert.throws(() => otlpBackend({ onError: 1 as never }), /Cannot use option "onError": expected a function/);
    assert.throws(() => otlpBackend({ other: 1 } as object), /Cannot use option "other": there is no such option/);
  });
});
