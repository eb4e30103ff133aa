/**
 * A process that measures one case on the runtime it runs on: `child.ts <case> <options as JSON>`. Each line on its
 * standard input is the options of a round; each line on its standard output the result.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { type CaseName, CASES } from "./cases/mod.ts";

const [, , name, options] = process.argv;
const running = await CASES[name as CaseName](JSON.parse(options ?? "{}"));

answer({ runtime: runtimeVersion() });
for await (const line of createInterface({ input: process.stdin })) {
  answer(await running.round(JSON.parse(line)));
}
process.exit(0);

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Proves which runtime this is, whatever program was asked for. */
function runtimeVersion(): string {
  const { Deno, Bun } = globalThis as unknown as {
    readonly Deno?: { readonly version: { readonly deno: string } };
    readonly Bun?: { readonly version: string };
  };
  if (Deno !== undefined) return `deno ${Deno.version.deno}`;
  if (Bun !== undefined) return `bun ${Bun.version}`;
  return `node ${process.versions.node}`;
}
