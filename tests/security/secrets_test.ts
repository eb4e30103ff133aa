import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createLoggerFactory, registerBackend } from "../../src/mod.ts";
import { prometheusText } from "../../src/prometheus.ts";
import { compileRedaction } from "../../src/redact/redaction.ts";
import type { RedactOptions } from "../../src/redact/options.ts";
import { createSettingsFromEnvironment, createSettingsFromObject } from "../../src/settings/sources.ts";
import { memoryLogger } from "../logger/harness.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";

const password = "hunter2";
const uri = `vault://user:${password}@host:1/path?token=${password}#${password}`;

/** What an error shows on a screen, with all that hangs on it. */
function shown(error: unknown): string {
  return inspect(error, { depth: 10 });
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return shown(error);
  }
  throw new Error("It was not refused");
}

/** What is reported of a bad variable. */
function warning(name: string, value: string): string {
  const runtime = createMemoryRuntime({ environment: { [name]: value } });
  assert.deepEqual(createSettingsFromEnvironment(() => runtime)(), {});
  return runtime.written("stderr");
}

describe("the credentials in a URI", () => {
  it("stand in no metric, error or record of the logger", async () => {
    registerBackend("vault", () => ({
      supportsAtomic: true,
      write() {
        throw new Error("no connection");
      },
    }));
    const errors: unknown[] = [];
    const runtime = createMemoryRuntime();
    const log = createLoggerFactory(() => runtime)({
      destinations: [uri, uri, "/app.log"],
      selfReport: { interval: 1 },
      onError: (error) => void errors.push(error),
    });
    log.info("x");
    await log.flush().catch((error) => errors.push(error));
    const metrics = log.metrics();
    await log.close();
    assert.ok(errors.length > 0);
    assert.deepEqual(metrics.destinations.map(({ name }) => name), [
      "vault://host:1/path",
      "vault://host:1/path#2",
      "/app.log",
    ]);
    const all = [
      ...errors.map(shown),
      JSON.stringify(metrics),
      prometheusText(metrics),
      runtime.fs.readText("/app.log"),
    ];
    for (const text of all) assert.ok(!text.includes(password), text);
  });

  for (
    const [what, bad] of [
      ["an unknown scheme", `unheard-of://user:${password}@host?token=${password}`],
      ["a URI that is none", `unheard-of://user:${password}/@ho st`],
      ["a URI that is none, of a known scheme", `vault://user:${password}/@ho st:x`],
      ["a file URI with a query", `file:///app.log?token=${password}`],
    ] as const
  ) {
    it(`are not shown of ${what}, in options, settings and variables`, () => {
      const runtime = createMemoryRuntime();
      const texts = [
        refusal(() => createLoggerFactory(() => runtime)({ destinations: [{ uri: bad }] })),
        refusal(() => createSettingsFromObject(() => runtime)({ destinations: [bad] })),
        warning("OMNI_DESTINATIONS", bad),
      ];
      for (const text of texts) {
        assert.match(text, /Cannot use option/);
        assert.ok(!text.includes(password), text);
      }
    });
  }
});

describe("the value of a variable that is no JSON", () => {
  it("is not shown", () => {
    const values: Record<string, string> = {
      OMNI_FIELDS: `{"token":"${password}"`,
      OMNI_DESTINATIONS: `["vault://user:${password}@host",`,
      OMNI_FORMAT: `{"name":"${password}`,
    };
    for (const [variable, value] of Object.entries(values)) {
      const text = warning(variable, value);
      assert.match(text, new RegExp(variable));
      assert.ok(!text.includes(password), text);
    }
  });
});

describe("a key for hashing", () => {
  const key = "a-key-that-must-not-be-seen";

  it("is not shown wherever it was put by mistake", () => {
    for (
      const censor of [
        { hash: key },
        { hash: [key] },
        { hash: { key: key.slice(0, 15) } },
        { hash: { key: [key] } },
        { hash: { key, digits: 1 } },
      ]
    ) {
      const text = refusal(() => compileRedaction({ keys: ["x"], censor } as unknown as RedactOptions, "redact"));
      assert.match(text, /Cannot use option "redact\.censor\.hash/);
      assert.ok(!text.includes(key.slice(0, 15)), text);
    }
  });
});

describe("a redacted value", () => {
  const redact = { keys: ["password"], patterns: [/hunter\d/] };

  for (const what of ["format", "filter", "sampler", "middleware"] as const) {
    it(`stays so when a ${what} throws`, async () => {
      const fail = () => {
        throw new Error("broken");
      };
      const { log, text, errors } = memoryLogger({
        redact,
        ...(what === "format" ? { file: { format: fail } } : what === "filter" ? { filters: [fail] } : {}),
        ...(what === "sampler" ? { sampler: fail } : {}),
        ...(what === "middleware" ? { middleware: [fail] } : {}),
      });
      log.info(`logged in with ${password}`, { user: "Ann", password, nested: [{ password }] });
      const line = await text();
      assert.match(line, /Ann/);
      assert.ok(!line.includes(password), line);
      assert.ok(errors.length > 0);
      for (const error of errors) assert.ok(!shown(error).includes(password));
    });
  }

  it("stays so when the line is too long for the engine", async () => {
    const { log, text } = memoryLogger({
      redact,
      file: {
        format: () => {
          throw new RangeError("Invalid string length");
        },
      },
    });
    log.info(password + "x".repeat(10_000), { password, rest: 1, long: "y".repeat(10_000) });
    const line = await text();
    assert.ok(!line.includes(password));
    assert.match(line, /"rest":1/);
    assert.ok(line.length < 12_000);
  });

  it("is not quoted by the error of a censor or check that throws it", async () => {
    const { log, text, errors } = memoryLogger({
      redact: {
        keys: ["password"],
        patterns: [{
          name: "check",
          pattern: /hunter\d/,
          validate: (match) => {
            throw new Error(match);
          },
        }],
        censor: (value) => {
          throw new Error(String(value));
        },
      },
    });
    log.info(password, { password });
    assert.ok(!(await text()).includes(password));
    assert.ok(errors.length > 0);
    for (const error of errors) assert.ok(!shown(error).includes(password), shown(error));
  });
});
