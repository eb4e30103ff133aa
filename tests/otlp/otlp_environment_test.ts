import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import { type OtlpOptions, type OtlpSettings, otlpSettings } from "../../src/backends/otlp/otlp_options.ts";
import { createLoggerFactory } from "../../src/logger.ts";
import { createSettingsFromObject } from "../../src/settings/sources.ts";
import { otlpBackend } from "../../otlp.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

type Environment = Readonly<Record<string, string>>;

function read(environment: Environment, options: OtlpOptions = {}, url?: string) {
  const settings = otlpSettings(createMemoryRuntime({ environment }), options, { where: "otlp", url });
  return { settings, problems: settings.problems.map(({ message }) => message) };
}

/** What is reported while a logger is made. */
function reported(environment: Environment, uri: string, otlp: OtlpOptions = {}): string[] {
  const errors: Error[] = [];
  const createLogger = createLoggerFactory(() => createMemoryRuntime({ environment }));
  createLogger({
    destinations: [{ uri, otlp } as { uri: string }],
    onError: (error: Error) => void errors.push(error),
  });
  assert.ok(errors.every((error) => error instanceof RangeError));
  return errors.map(({ message }) => message);
}

describe("a word in the environment", () => {
  it("may be written in capitals", () => {
    for (const [protocol, compression] of [["HTTP/JSON", "GZIP"], ["Http/Json", "Gzip"]] as const) {
      const { settings, problems } = read({
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_LOGS_COMPRESSION: compression,
      });
      assert.deepEqual([settings.protocol, settings.gzip, problems], ["http/json", true, []]);
    }
  });
});

describe("a variable that cannot be read", () => {
  const cases: readonly (readonly [string, string, string, keyof OtlpSettings, unknown])[] = [
    [
      "OTEL_EXPORTER_OTLP_PROTOCOL",
      "grpc",
      'expected "http/protobuf" or "http/json", got "grpc"',
      "protocol",
      "http/protobuf",
    ],
    ["OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "zstd", 'expected "gzip" or "none", got "zstd"', "gzip", false],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "10s", 'expected a whole number, got "10s"', "timeout", 10_000],
    ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "-1", 'expected a whole number, got "-1"', "maxAttributes", 128],
    [
      "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
      "much",
      'expected a whole number, got "much"',
      "maxAttributeLength",
      Infinity,
    ],
  ];
  for (const [name, value, why, setting, otherwise] of cases) {
    it(`is reported and counts as not set: ${name}=${value}`, () => {
      const { settings, problems } = read({ [name]: value });
      assert.deepEqual(problems, [`Cannot use environment variable "${name}": ${why}; it counts as not set`]);
      assert.equal(settings[setting], otherwise);
      assert.deepEqual(reported({ [name]: value }, "otlp+http:"), problems);
    });
  }

  it("leaves the word to the one of all signals", () => {
    const { settings, problems } = read({
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_LOGS_TIMEOUT: "soon",
      OTEL_EXPORTER_OTLP_TIMEOUT: "70",
    });
    assert.deepEqual([settings.protocol, settings.timeout, problems.length], ["http/json", 70, 2]);
  });

  it("is reported and left out as a whole where it is a list of attributes, without being shown", () => {
    const variables = { OTEL_RESOURCE_ATTRIBUTES: "team=a,secret", OTEL_SERVICE_NAME: "shop" };
    const { settings, problems } = read(variables);
    assert.deepEqual(problems, [
      'Cannot use environment variable "OTEL_RESOURCE_ATTRIBUTES": expected key=value, with commas between several; ' +
      "it counts as not set",
    ]);
    const keys = settings.resource.map(({ key }) => key);
    assert.ok(keys.includes("service.name") && !keys.includes("team"), keys.join());
  });

  it("is harmless where an option is given", () => {
    const { problems } = read({
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_EXPORTER_OTLP_COMPRESSION: "zstd",
      OTEL_EXPORTER_OTLP_TIMEOUT: "soon",
      OTEL_ATTRIBUTE_COUNT_LIMIT: "many",
      OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "much",
    }, { protocol: "http/json", compression: "none", timeout: 1, maxAttributes: 1, maxAttributeLength: 1 });
    assert.deepEqual(problems, []);
  });

  it("is reported when a logger is made, not when settings are read", () => {
    const environment = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    const runtime = createMemoryRuntime({ environment });
    const { destinations = [] } = createSettingsFromObject(() => runtime)({ destinations: ["otlp+http:"] });
    const errors: string[] = [];
    createLoggerFactory(() => runtime)({ destinations, onError: (error) => void errors.push(error.message) });
    assert.equal(errors.length, 1);
  });
});

describe("otlpBackend()", () => {
  it("reports a variable that cannot be read", () => {
    const name = "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL";
    const errors: unknown[] = [];
    process.env[name] = "grpc";
    try {
      otlpBackend({ url: "http://collector.test", onError: (error) => errors.push(error) });
    } finally {
      delete process.env[name];
    }
    assert.deepEqual(errors.map((error) => /"(OTEL_.*)": expected/.exec(String(error))?.[1]), [name]);
  });
});

describe("the variables of certificates", () => {
  const environment = {
    OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem",
    OTEL_EXPORTER_OTLP_CLIENT_KEY: "/all.key",
    OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY: "/logs.key",
    OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE: "/client.pem",
  };

  it("are each reported once where the address is one of https", () => {
    const expected = [
      'Cannot use environment variable "OTEL_EXPORTER_OTLP_CERTIFICATE": the runtime trusts what it is told to by ' +
      'NODE_EXTRA_CA_CERTS; or give the option "otlp.fetch"',
      'Cannot use environment variable "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE": requests have no client ' +
      'certificate; give the option "otlp.fetch", which can send one',
      'Cannot use environment variable "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY": requests have no client certificate; ' +
      'give the option "otlp.fetch", which can send one',
    ];
    assert.deepEqual(reported(environment, "otlp+https://collector.test"), expected);
    const all = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.test" };
    assert.deepEqual(reported(all, "otlp+http:"), expected);
  });

  it("are of no account without encryption, and where the program sends the requests itself", () => {
    assert.deepEqual(reported(environment, "otlp+http://collector.test"), []);
    const fetch = () => Promise.resolve(new Response());
    assert.deepEqual(reported(environment, "otlp+https://collector.test", { fetch }), []);
  });
});
