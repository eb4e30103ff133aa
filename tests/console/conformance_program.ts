/**
 * Runs the conformance suite for backends on its own standard output, and tells on standard error how that went.
 *
 * @module
 */
import { existsSync, readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { detectRuntime } from "../../adapters/detect.ts";
import { planDestination } from "../../src/build_destination.ts";
import { testBackend } from "../../src/conformance/mod.ts";

const [, , out, readerPid] = process.argv as string[];
const tests: [string, () => Promise<void>][] = [];

let opened = 0;

/** What the rule before has written may still be on its way: a mark in the same pipe tells where this rule begins. */
async function open() {
  const mark = `rule ${opened++}`;
  writeSync(1, `${mark}\n`);
  while (!lines().includes(mark)) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = lines().indexOf(mark) + 1;
  return {
    create: () => {
      const context = { onError: () => {}, isTaken: () => false };
      return planDestination(detectRuntime(), "stdout:", context).backend();
    },
    async read(expected: number) {
      let last = -1;
      for (let quiet = 0; quiet < 10; quiet++) {
        const now = lines().length;
        if (now - before >= expected && now === last) break;
        if (now !== last) quiet = 0;
        last = now;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return lines().slice(before);
    },
    stall() {
      const reader = Number(readFileSync(readerPid, "utf8"));
      process.kill(reader, "SIGSTOP");
      return () => void process.kill(reader, "SIGCONT");
    },
  };
}

function lines(): string[] {
  return existsSync(out) ? readFileSync(out, "utf8").split("\n").filter((line) => line !== "") : [];
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
