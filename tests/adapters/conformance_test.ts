import { rmSync, symlinkSync } from "node:fs";
import { after, describe, it } from "node:test";
import { detectRuntime } from "../../adapters/detect.ts";
import { testRuntime } from "../../src/conformance/mod.ts";
import { createMemoryRuntime } from "../support/memory_runtime.ts";
import { flockProcess, runtimeProcess } from "./other_process.ts";
import { runtimeNames, temporaryDirectory } from "./programs.ts";

/** Runs part of a test with a directory that is removed afterwards. */
function inDirectory(run: (directory: string) => void): void {
  const directory = temporaryDirectory();
  after(() => rmSync(directory, { recursive: true, force: true }));
  run(directory);
}

describe("the runtime that the tests run on", () => {
  inDirectory((directory) => testRuntime(detectRuntime(), { it, directory, makeLink: symlinkSync }));
});

for (const name of runtimeNames) {
  describe(`next to a process of ${name}`, () => {
    inDirectory((directory) =>
      testRuntime(detectRuntime(), {
        it: (rule, run) => rule.includes("another process") && it(rule, run),
        directory,
        otherProcess: runtimeProcess(name),
      })
    );
  });
}

describe("next to flock of util-linux", () => {
  const otherProcess = flockProcess();
  if (otherProcess === undefined) {
    it("flock is installed", { skip: "util-linux is not installed" }, () => {});
    return;
  }
  inDirectory((directory) =>
    testRuntime(detectRuntime(), {
      it: (rule, run) => rule.includes("another process") && it(rule, run),
      directory,
      otherProcess,
    })
  );
});

describe("the memory runtime", () => {
  const runtime = createMemoryRuntime();
  const neighbour = createMemoryRuntime({ fs: runtime.fs, clock: runtime.clock, pid: 2 });
  testRuntime(runtime, {
    it,
    directory: "/conformance",
    elapse: (milliseconds) => runtime.clock.advance(milliseconds),
    makeLink: (target, path) => runtime.fs.link(target, path),
    otherProcess: {
      hold(path) {
        const file = neighbour.calls.open(path, { access: "append" });
        neighbour.calls.tryLock(file);
        return Promise.resolve(() => Promise.resolve(neighbour.calls.close(file)));
      },
      tryLock(path) {
        const file = neighbour.calls.open(path, { access: "append" });
        const taken = neighbour.calls.tryLock(file);
        neighbour.calls.close(file);
        return Promise.resolve(taken);
      },
    },
    deviations: {
      "a write in the background lands while the thread stands still": "it has one thread",
      "the event loop turns while a file is compressed": "it compresses at once, for the sake of repeatable runs",
    },
  });
});
