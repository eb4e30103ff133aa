import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it } from "node:test";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { detectRuntime } from "../../adapters/detect.ts";
import { moduleLoader } from "../../adapters/import_module.ts";
import { createLoadPlugin } from "../../src/plugins/load_plugin.ts";
import { createSettingsFromEnvironment, createSettingsFromFile } from "../../src/settings/sources.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { inDirectory } from "../logger/harness.ts";
import { projectRoot } from "../support/binaries.ts";

const load = createLoadPlugin(detectRuntime, moduleLoader);
const modules = fileURLToPath(new URL("./modules/", import.meta.url));
const module = (name: string) => join(modules, name);

/** What a loader is asked for, of what it refuses all. */
async function asked(specifier: string | URL, registries: boolean): Promise<string[]> {
  const seen: string[] = [];
  const runtime = createMemoryRuntime();
  runtime.fs.writeFile("/a b#?%.ts", "");
  const loader = {
    registries,
    load(name: string) {
      seen.push(name);
      return Promise.reject(Object.assign(new Error("not found"), { code: "ERR_MODULE_NOT_FOUND" }));
    },
  };
  await assert.rejects(createLoadPlugin(() => runtime, loader)(specifier), /^Error: Cannot load plugin .*: not found/);
  return seen;
}

describe("loadPlugin()", () => {
  it("loads a file by its path, by a path from the working directory, and by its URL", async () => {
    const path = module("good.ts");
    const fromHere = relative(process.cwd(), path);
    for (const specifier of [path, fromHere.startsWith(".") ? fromHere : `./${fromHere}`, new URL(`file://${path}`)]) {
      const plugin = await load(specifier);
      assert.deepEqual([plugin.name, plugin.version], ["good", "1.2.3"]);
    }
    assert.equal((await load(new URL(`file://${path}`).href)).name, "good");
  });

  it("takes an export named plugin", async () => {
    assert.equal((await load(module("named.mjs"))).name, "named");
  });

  it("has a function make it of the options", async () => {
    assert.equal((await load(module("made.mjs"), { version: "7" })).version, "7");
  });

  const bad: [name: string, options: unknown, words: RegExp][] = [
    ["not_there.mjs", undefined, /^Error: Cannot load plugin ".*not_there\.mjs": there is no file ".*not_there\.mjs"$/],
    [
      "none.mjs",
      undefined,
      /^TypeError: Cannot load plugin ".*": expected a default export, or an export named plugin$/,
    ],
    [
      "shape.mjs",
      undefined,
      /^TypeError: Cannot use option "plugin\.formatters\.a" of plugin ".*": expected a/,
    ],
    ["throws.mjs", undefined, /^Error: Cannot load plugin ".*throws\.mjs": boom while loading$/],
    ["made.mjs", undefined, /^Error: Cannot load plugin ".*made\.mjs": it threw: no options$/],
    ["good.ts", {}, /^TypeError: Cannot load plugin ".*good\.ts": it takes no options, its export is not a function$/],
  ];
  for (const [name, options, words] of bad) {
    it(`refuses ${name}${options === undefined ? "" : " with options"}`, async () => {
      await assert.rejects(
        load(module(name), options),
        (error) => words.test(String(error)) || assert.fail(String(error)),
      );
    });
  }

  it("tells of a module that the plugin itself misses", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "plugin.mjs");
      writeFileSync(path, 'import "./there_is_no_such_file.mjs";');
      await assert.rejects(load(path), /^Error: Cannot load plugin ".*plugin\.mjs": .*there_is_no_such_file\.mjs/);
    }));

  it("refuses a package that is not installed", async () => {
    await assert.rejects(
      load("omni-log-plugin-that-nobody-has"),
      (error) =>
        /^Error: Cannot load plugin "omni-log-plugin-that-nobody-has": .*; is the package installed\?/.test(
          String(error),
        ) ||
        assert.fail(String(error)),
    );
  });

  it("loads a package that is installed, which then turns out to be no plugin", async () => {
    for (const specifier of ["fast-check", ...(moduleLoader.registries ? [] : ["npm:fast-check@4"])]) {
      await assert.rejects(load(specifier), /^TypeError: Cannot use option "plugin.*" of plugin ".*fast-check.*": /);
    }
  });

  const elsewhere = ["https://example.com/x.js", "http:x", "data:text/javascript,1", "blob:x", "node:fs", "bun:ffi"];
  for (const specifier of [...elsewhere, "file:x", "file://host/x", "jsr:name", "", "a b", "@scope", "x\0", "~/x"]) {
    it(`refuses ${JSON.stringify(specifier)}`, async () => {
      await assert.rejects(load(specifier), (error) => error instanceof TypeError || error instanceof RangeError);
    });
  }

  it("asks for what the program has named and nothing else", async () => {
    assert.deepEqual(await asked("/a b#?%.ts", true), ["file:///a%20b%23%3F%25.ts"]);
    assert.deepEqual(await asked("/a b#?%.ts", false), ["file:///a%20b%23%3F%25.ts"]);
    assert.deepEqual(await asked("npm:@scope/name@^1.2/sub", true), ["npm:@scope/name@^1.2/sub"]);
    assert.deepEqual(await asked("npm:@scope/name@^1.2/sub", false), ["@scope/name/sub"]);
    assert.deepEqual(await asked("npm:name", false), ["name"]);
    assert.deepEqual(await asked("jsr:@scope/name@1", true), ["jsr:@scope/name@1"]);
    assert.deepEqual(await asked("jsr:@scope/name@1/sub", false), ["@scope/name/sub", "@jsr/scope__name/sub"]);
    assert.deepEqual(await asked("name/sub.js", false), ["name/sub.js"]);
  });
});

describe("settings and environment variables", () => {
  it("cannot load code, whatever stands in them", async () => {
    const evil = module("loaded.mjs");
    const specifiers = [
      evil,
      `file://${evil}`,
      "npm:evil",
      "jsr:@evil/evil",
      `data:text/javascript,globalThis.omniTestLoaded=1`,
    ];
    const shapes: ((specifier: string) => unknown)[] = [
      (specifier) => ({ plugins: [specifier] }),
      (specifier) => ({ plugin: specifier }),
      (specifier) => ({ format: specifier }),
      (specifier) => ({ format: { [specifier]: {} } }),
      (specifier) => ({ sampler: specifier }),
      (specifier) => ({ filters: [specifier] }),
      (specifier) => ({ filters: [{ [specifier]: 1 }] }),
      (specifier) => ({ middleware: [specifier] }),
      (specifier) => ({ destinations: [{ uri: "a.log", backend: specifier }] }),
      (specifier) => ({ destinations: [{ uri: "a.log", format: specifier }] }),
    ];
    for (const specifier of specifiers) {
      for (const shape of shapes) {
        const text = JSON.stringify(shape(specifier));
        const runtime = createMemoryRuntime({ environment: { OMNI_CONFIG: "/log.json", OMNI_FORMAT: specifier } });
        runtime.fs.writeFile("/log.json", text);
        assert.throws(() => createSettingsFromFile(() => runtime)("/log.json"), /^\w+Error: Cannot use option/, text);
        // What is wrong in the environment is reported, and counts as not set.
        assert.deepEqual(createSettingsFromEnvironment(() => runtime)(), {}, text);
        assert.match(runtime.written("stderr"), /\(named by OMNI_CONFIG\).*\n.*"OMNI_FORMAT"/, text);
      }
    }
    const seen = globalThis as { omniTestLoaded?: number };
    assert.equal(seen.omniTestLoaded, undefined);
    // The program can, and then it would have shown.
    await load(evil);
    assert.equal(seen.omniTestLoaded, 1);
  });

  it("could not, for only one place in the library imports what is named at run time, and they do not know it", () => {
    const importing: string[] = [];
    for (const directory of ["src", "adapters"]) {
      for (const name of readdirSync(join(projectRoot, directory), { recursive: true, encoding: "utf8" })) {
        if (!name.endsWith(".ts")) continue;
        const text = readFileSync(join(projectRoot, directory, name), "utf8").replaceAll(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
        if (/\bimport\((?!\s*["'])/.test(text)) importing.push(`${directory}/${name}`);
        if (/\b(?:eval|Function)\(/.test(text.replaceAll("checkFunction(", ""))) {
          importing.push(`${directory}/${name}: eval`);
        }
        if (name.startsWith("settings")) assert.doesNotMatch(text, /load_plugin|import_module/, name);
      }
    }
    assert.deepEqual(importing, ["adapters/import_module.ts"]);
  });
});
