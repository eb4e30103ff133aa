/**
 * Runs the conformance suite for backends on its own standard output, and tells on standard error how that went.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { detectRuntime } from "../../adapters/detect.ts";
import { planDestination } from "../../src/build_destination.ts";
import { testBackend } from "../../src/conformance/mod.ts";
import { say } from "../support/writer_program_run.ts";

const [, , out, readerPid] = process.argv as string[];
const tests: [string, () => Promise<void>][] = [];

let marks = 0;

/**
 * Writes a mark and waits until it has arrived, and with it all that was in the pipe before; returns where in the text it
 * ends.
 */
async function mark(): Promise<number> {
  const text = `mark ${marks++} of the test`;
  say(text);
  for (const deadline = Date.now() + 30_000;;) {
    const at = arrived().indexOf(`${text}\n`);
    if (at >= 0) return at + text.length + 1;
    if (Date.now() > deadline) throw new Error(`Expected that "${text}" arrives`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function open() {
  const begin = await mark();
  return {
    create: () => {
      const context = { onError: () => {}, isTaken: () => false };
      return planDestination(detectRuntime(), "stdout:", context).backend();
    },
    async read() {
      await mark();
      return arrived().slice(begin).split("\n").filter((line) => line !== "" && !line.startsWith("mark "));
    },
    stall() {
      const reader = Number(readFileSync(readerPid, "utf8"));
      process.kill(reader, "SIGSTOP");
      return () => void process.kill(reader, "SIGCONT");
    },
  };
}

function arrived(): string {
  return existsSync(out) ? readFileSync(out, "utf8") : "";
}

testBackend(open, {
  it: (name, run) => void tests.push([name, run]),
  name: "stdout",
  lacks: { fail: "a pipe that has lost its reader never finds another" },
});
const keepAlive = setInterval(() => {}, 1_000);
for (const [name, run] of tests) {
  const error = await run().then(() => undefined, (error) => String(error));
  process.stderr.write(JSON.stringify({ name, error }) + "\n");
}
clearInterval(keepAlive);
