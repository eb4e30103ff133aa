import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { it } from "node:test";

interface Globals {
  readonly Deno?: { readonly version?: { readonly deno?: string } };
  readonly Bun?: { readonly version?: string };
  readonly process: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly pid: number;
    readonly release: { readonly name: string };
    readonly versions: Readonly<Record<string, string | undefined>>;
  };
}

const { Deno, Bun, process } = globalThis as unknown as Globals;

/** Name and version of the runtime, told by what only that runtime has; deliberately not by any environment variable. */
function actualRuntime(): { readonly name: string; readonly version: string | undefined } {
  if (Deno !== undefined) return { name: "deno", version: Deno.version?.deno };
  if (Bun !== undefined) return { name: "bun", version: Bun.version };
  return { name: process.release.name, version: process.versions.node };
}

const expected = process.env.OMNI_TEST_RUNTIME;

it("the tests run on the runtime that was asked for", { skip: expected === undefined }, () => {
  const actual = actualRuntime();
  assert.equal(actual.name, expected);
  assert.match(actual.version ?? "", /^\d+\.\d+\.\d+/);
  // Deno and Bun both call themselves "node" in `process.release.name` or fill in `versions.node`; the reverse never
  // happens, so Node must show no trace of the others.
  assert.equal(process.versions.deno !== undefined, expected === "deno");
  assert.equal(process.versions.bun !== undefined, expected === "bun");
  // The runner reads this back: a run that never came here has proved nothing.
  const record = process.env.OMNI_TEST_PROOF;
  if (record !== undefined) appendFileSync(record, `${actual.name} ${actual.version} pid ${process.pid}\n`);
});
