import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OtlpOptions } from "../../otlp.ts";
import type { ConfigureOptions, DestinationOptions, DestinationSettings, Settings } from "../../mod.ts";
import type { SnapshotOptions } from "../../src/pipeline/snapshot_options.ts";
import { LOGGER_KEYS } from "../../src/options.ts";
import { checkSettings, type CODE_KEYS, compileSettings, SETTINGS_KEYS } from "../../src/settings/compile_settings.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import "../../otlp.ts";

/** Options that are code, and options that there are in another form. */
type LoggerCode = "middleware" | "filter" | "context" | "onError";
type DestinationCode = typeof CODE_KEYS[number];

/** `true` when two sets of names are the same, else what one of them lacks: then this file does not compile. */
type Same<A extends PropertyKey, B extends PropertyKey> = [Exclude<A, B>, Exclude<B, A>] extends [never, never] ? true
  : [Exclude<A, B>, Exclude<B, A>];

const logger: Same<Exclude<keyof ConfigureOptions, LoggerCode>, keyof Settings> = true;
const destination: Same<Exclude<keyof DestinationOptions, DestinationCode>, keyof DestinationSettings> = true;
const otlp: Same<Exclude<keyof OtlpOptions, "fetch">, keyof NonNullable<DestinationSettings["otlp"]>> = true;
const serialize: Same<
  Exclude<keyof SnapshotOptions, "serializers" | "classes">,
  keyof NonNullable<Settings["serialize"]>
> = true;

describe("settings", () => {
  it("have every option of a logger and of a destination that is plain data, for the compiler", () => {
    assert.ok(logger && destination && otlp && serialize);
  });

  it("have every option of a logger that is plain data", () => {
    const code: { readonly [K in LoggerCode]: true } = { middleware: true, filter: true, context: true, onError: true };
    const plain = [...LOGGER_KEYS].filter((key) => !Object.hasOwn(code, key));
    assert.deepEqual([...SETTINGS_KEYS].filter((key) => key !== "levels").sort(), plain.sort());
  });

  it("take what they lacked", () => {
    const settings: Settings = {
      serialize: { maxDepth: 3, errors: { stack: false } },
      destinations: [
        { uri: "console:", stderrFrom: "error" },
        { uri: "otlp+http://127.0.0.1:1", otlp: { serviceName: "shop", protocol: "http/json", timeout: "1s" } },
      ],
    };
    const options = compileSettings(createMemoryRuntime(), checkSettings(settings));
    assert.deepEqual(options.serialize, settings.serialize);
    assert.deepEqual(options.destinations, settings.destinations);
    const bad = (destinations: Settings["destinations"]) => () =>
      compileSettings(createMemoryRuntime(), checkSettings({ destinations }));
    assert.throws(bad([{ uri: "console:", stderrFrom: "loud" as never }]), /destinations\[0\]\.stderrFrom/);
    assert.throws(bad([{ uri: "otlp+http://h", otlp: { fetch } as never }]), /destinations\[0\]\.otlp\.fetch/);
    assert.throws(() => compileSettings(createMemoryRuntime(), { serialize: { maxDepth: 0 } }), /maxDepth/);
  });
});
