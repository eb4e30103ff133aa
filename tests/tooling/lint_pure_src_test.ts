import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { binaries, projectRoot } from "../support/binaries.ts";

const globals = "omni/no-runtime-globals";
const modules = "omni/no-runtime-modules";
const outside = "omni/no-outside-imports";

/** One statement each, and the rules that it breaks in `src/file/`. */
const forbidden: readonly (readonly [code: string, ...rules: string[]])[] = [
  ["Deno.exit();", globals],
  ["const a = typeof Bun;", globals],
  ["process;", globals],
  ["const b = { process };", globals],
  ["let c: Deno.FsFile;", globals],
  ["let d: typeof process;", globals],
  ["declare const Bun: unknown;", globals],
  ["globalThis.process;", globals],
  ["globalThis?.process;", globals],
  ['(globalThis as any)["Deno"];', globals],
  ["globalThis!.Bun;", globals],
  ["let e: typeof globalThis.process;", globals],
  ["const { process: f } = globalThis;", globals],
  ['const { ["Deno"]: g } = globalThis;', globals],
  ["const { Bun } = globalThis;", globals],
  ['import h from "node:fs";', modules, outside],
  ['export * from "node:os";', modules, outside],
  ['await import("bun:ffi");', modules, outside],
  ['x.getBuiltinModule("node:ffi");', modules],
  ["x.getBuiltinModule(`node:ffi`);", modules],
  ["x(`node:${y}`);", modules],
  ['x("bun:" + y);', modules],
  ['import "../../adapters/node.ts";', outside],
  ['export { i } from "../../mod.ts";', outside],
  ['import { j } from "fast-check";', outside],
  ['export * from "@scope/name";', outside],
  ['import "https://example.com/k.ts";', outside],
  ['await import("../../tools/l.ts");', outside],
  ["await import(y);", outside],
  ['let m: import("npm:n").N;', outside],
];

/** One statement each that looks alike and is fine. */
const allowed: readonly string[] = [
  'import { a } from "../a.ts";',
  'import { process as b } from "./b.ts";',
  'export { c as process } from "./b.ts";',
  'export * from "./../c.ts";',
  'await import("./d.ts");',
  'let e: import("./e.ts").E;',
  'foo.process; foo?.Deno; foo["process"];',
  "const f = { process: 1, Deno() {}, get Bun() { return 1; } };",
  "class G { process = 1; Bun() {} #process = 2; }",
  "interface H { process: number; Deno(): void }",
  "type Bun = number;",
  "let i: foo.process;",
  "const { process: j } = foo;",
  'const k = "process the node:";',
  'const l = "node: not known";',
  'const m = "Deno";',
  "processor; DenoLike;",
  "// Deno, Bun, process, node:fs",
];

interface Report {
  readonly diagnostics: readonly {
    readonly filename: string;
    readonly code: string;
    readonly range: { readonly start: { readonly line: number } };
  }[];
  readonly errors: readonly unknown[];
}

describe("the lint rules for src/", () => {
  let directory = "";
  let report: Report = { diagnostics: [], errors: [] };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "omni-lint-"));
    for (const name of ["tools", "src/file", "adapters"]) mkdirSync(join(directory, name), { recursive: true });
    cpSync(join(projectRoot, "tools/lint_pure_src.ts"), join(directory, "tools/lint_pure_src.ts"));
    const write = (name: string, lines: readonly string[]) => writeFileSync(join(directory, name), lines.join("\n"));
    write("deno.json", ['{ "lint": { "plugins": ["./tools/lint_pure_src.ts"], "rules": { "tags": [] } } }']);
    // A file for each: two of these in one module would not parse.
    forbidden.forEach(([code], index) => {
      write(`src/file/forbidden_${index}.ts`, [code]);
      write(`adapters/forbidden_${index}.ts`, [code]);
    });
    allowed.forEach((code, index) => write(`src/file/allowed_${index}.ts`, [code]));
    const { stdout } = spawnSync(binaries().deno, ["lint", "--json", "."], { cwd: directory, encoding: "utf8" });
    report = JSON.parse(stdout) as Report;
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  const brokenRules = (name: string): string[] =>
    report.diagnostics.filter(({ filename }) => filename.endsWith(`/${name}`)).map(({ code }) => code).sort();

  it("read every file", () => assert.deepEqual(report.errors, []));

  forbidden.forEach(([code, ...rules], index) => {
    it(`report ${code}`, () => assert.deepEqual(brokenRules(`src/file/forbidden_${index}.ts`), rules.toSorted()));
  });

  allowed.forEach((code, index) => {
    it(`spare ${code}`, () => assert.deepEqual(brokenRules(`src/file/allowed_${index}.ts`), []));
  });

  it("leave files outside of src/ alone", () => {
    forbidden.forEach((_, index) => assert.deepEqual(brokenRules(`adapters/forbidden_${index}.ts`), []));
  });
});
