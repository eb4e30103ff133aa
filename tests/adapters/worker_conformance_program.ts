/** Runs the conformance suite in a worker; prints the rules that fail there, and how many hold. */
import { symlinkSync } from "node:fs";
import process from "node:process";
import { isMainThread, Worker, workerData } from "node:worker_threads";

if (isMainThread) {
  new Worker(new URL(import.meta.url), { workerData: process.argv[2] });
} else {
  const [{ detectRuntime }, { testRuntime }] = await Promise.all([
    import("../../adapters/detect.ts"),
    import("../../src/conformance/mod.ts"),
  ]);
  const cases: [rule: string, run: () => void | Promise<void>][] = [];
  testRuntime(detectRuntime(), {
    it: (rule, run) => cases.push([rule, run]),
    directory: workerData as string,
    makeLink: symlinkSync,
  });
  let held = 0;
  for (const [rule, run] of cases) {
    try {
      await run();
      held++;
    } catch (error) {
      console.log(`${rule}: ${error}`);
    }
  }
  console.log(`held: ${held}`);
}
