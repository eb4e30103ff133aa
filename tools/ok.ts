/**
 * The one gate: `deno task ok`. Runs every static check of the project and the code in its documentation, all of them
 * even when one fails, and sums up.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { differences } from "./manifest.ts";
import { ensureInstalled, projectRoot, runtimes } from "./setup.ts";

/** A check; it returns what is wrong, or nothing. */
interface Step {
  readonly name: string;
  readonly run: () => string | undefined;
}

interface Manifest extends Record<string, unknown> {
  readonly exports: Readonly<Record<string, string>>;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(projectRoot, name), "utf8")) as Manifest;
}

/** Runs the pinned Deno; everything it says is what is wrong. */
function deno(args: readonly string[], directory: string = projectRoot): string | undefined {
  const result = spawnSync(runtimes().deno, args, { cwd: directory, encoding: "utf8", maxBuffer: 256 << 20 });
  if (result.error !== undefined) return `deno did not start: ${result.error.message}`;
  return result.status === 0 ? undefined : `${result.stdout}${result.stderr}`.trim();
}

/** The modules of the package's exports, as absolute paths. */
function entryPoints(): string[] {
  return Object.values(readManifest("deno.json").exports).map((path) => join(projectRoot, path));
}

/** Runs the examples of the documentation, in a directory of their own: some of them write log files. */
function docExamples(): string | undefined {
  const files = globSync(["*.ts", "src/**/*.ts", "adapters/**/*.ts", "*.md", "docs/*.md"], { cwd: projectRoot });
  const directory = mkdtempSync(join(tmpdir(), "omni-doc-"));
  try {
    const paths = files.sort().map((file) => join(projectRoot, file));
    return deno(["test", "-A", "--doc", "--config", join(projectRoot, "deno.json"), ...paths], directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compareManifests(): string | undefined {
  const keys = differences(readManifest("jsr.json"), readManifest("deno.json"));
  return keys.length === 0 ? undefined : `jsr.json and deno.json differ in ${keys.join(", ")}`;
}

function checkTypes(): string | undefined {
  const parts = ["mod.ts", "adapters", "src", "tests", "bench", "examples", "tools"];
  return deno(["check", ...parts.filter((part) => existsSync(join(projectRoot, part)))]);
}

const steps: readonly Step[] = [
  { name: "format", run: () => deno(["fmt", "--check"]) },
  { name: "lint", run: () => deno(["lint"]) },
  { name: "types", run: checkTypes },
  { name: "documentation", run: () => deno(["doc", "--lint", ...entryPoints()]) },
  { name: "documentation examples", run: docExamples },
  { name: "publish (dry run)", run: () => deno(["publish", "--dry-run", "--allow-dirty"]) },
  { name: "jsr.json = deno.json", run: compareManifests },
];

ensureInstalled();
const failed: string[] = [];
const started = performance.now();
for (const { name, run } of steps) {
  const stepStarted = performance.now();
  const problem = run();
  const time = ((performance.now() - stepStarted) / 1000).toFixed(1).padStart(6);
  console.log(`${problem === undefined ? "ok    " : "FAILED"} ${time} s  ${name}`);
  if (problem === undefined) continue;
  failed.push(name);
  console.log(`${problem}\n`);
}
const time = `in ${((performance.now() - started) / 1000).toFixed(1)} s`;
if (failed.length === 0) console.log(`\nok: ${steps.length} of ${steps.length} steps ${time}`);
else console.log(`\nFAILED: ${failed.join(", ")} (${failed.length} of ${steps.length} steps) ${time}`);
process.exitCode = failed.length === 0 ? 0 : 1;
