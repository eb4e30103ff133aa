/**
 * A process that measures one case on the runtime it runs on: `child.ts <case> <options as JSON>`. Each line on its
 * standard input is the options of a round; each line on its standard output the result, or why there is none.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { type CaseName, CASES } from "./cases/mod.ts";
import type { CaseOptions, RoundOptions, RunningCase } from "./cases/case.ts";
import { Unsupported } from "./subjects/subject.ts";

const [, , name, options] = process.argv;
const start = await CASES[name as CaseName]();
const running = await attempt(() => start(JSON.parse(options ?? "{}") as CaseOptions), () => ({
  runtime: runtimeVersion(),
}));
for await (const line of createInterface({ input: process.stdin })) {
  await attempt(() => (running as RunningCase).round(JSON.parse(line) as RoundOptions), (result) => result);
}
await running?.close?.();
process.exit(0);

/** Answers with a result, or with the reason why a subject cannot do this. */
async function attempt<T>(make: () => Promise<T>, toAnswer: (made: T) => unknown): Promise<T | undefined> {
  let made: T;
  try {
    made = await make();
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    process.stdout.write(`${JSON.stringify({ unsupported: error.message })}\n`);
    return undefined;
  }
  process.stdout.write(`${JSON.stringify(toAnswer(made))}\n`);
  return made;
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
