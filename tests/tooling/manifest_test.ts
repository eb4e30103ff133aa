import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { projectRoot } from "../support/binaries.ts";
import { differences } from "../../tools/manifest.ts";

function read(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(projectRoot, name), "utf8")) as Record<string, unknown>;
}

describe("the manifests", () => {
  it("jsr.json and deno.json agree wherever they overlap", () => {
    assert.deepEqual(differences(read("jsr.json"), read("deno.json")), []);
  });

  for (const name of ["jsr.json", "deno.json"]) {
    it(`${name} is complete by itself`, () => {
      const manifest = read(name);
      for (const key of ["name", "version", "license", "exports", "publish"]) assert.ok(key in manifest, key);
    });

    it(`${name} publishes no tests, tools or benchmarks`, () => {
      const { include } = read(name).publish as { include: readonly string[] };
      const private_ = include.filter((path) => /^(?:tests|tools|bench|examples|package)|[*]/.test(path));
      assert.deepEqual(private_, []);
    });
  }

  it("package-lock.json names no download address", () => {
    const lock = readFileSync(join(projectRoot, "package-lock.json"), "utf8");
    assert.doesNotMatch(lock, /"resolved"|https?:\/\/[^"]*\.tgz/);
  });

  it("package.json brings development tools only, each pinned to one version", () => {
    const manifest = read("package.json");
    assert.equal(manifest.private, true);
    assert.equal(manifest.dependencies, undefined);
    for (const version of Object.values(manifest.devDependencies as Record<string, string>)) {
      assert.match(version, /^(?:npm:node@)?\d+\.\d+\.\d+$/);
    }
  });
});

describe("differences()", () => {
  it("ignores what only one manifest has", () => {
    assert.deepEqual(differences({ name: "a", license: "MIT" }, { name: "a", tasks: {} }), []);
  });

  it("names every property that both have and that is not equal", () => {
    const exports = { ".": "./mod.ts" };
    assert.deepEqual(
      differences({ name: "a", version: "1", exports }, { name: "a", version: "2", exports: { ".": "./m.ts" } }),
      ["version", "exports"],
    );
  });

  it("does not mind the order of keys, and does mind that of lists", () => {
    assert.deepEqual(differences({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } }), []);
    assert.deepEqual(differences({ a: ["x", "y"] }, { a: ["y", "x"] }), ["a"]);
  });
});
