import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testRuntime } from "../../src/conformance/mod.ts";
import type { Runtime } from "../../src/runtime.ts";
import { enospc, failing, lockless, shortWriter } from "../support/faults.ts";
import { createMemoryRuntime, type MemoryRuntime } from "../support/memory_runtime.ts";

/** Runs the suite on a runtime and returns the names of the rules it broke. */
async function brokenRules(runtime: Runtime, { clock }: MemoryRuntime): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  testRuntime(runtime, {
    it: (name, run) => tests.push([name, run]),
    directory: "/scratch",
    elapse: (milliseconds) => clock.advance(milliseconds),
    deviations: {
      "a write in the background lands while the thread stands still": "one thread",
      "the event loop turns while a file is compressed": "at once",
    },
  });
  const broken: string[] = [];
  for (const [name, run] of tests) await run().catch(() => broken.push(name));
  return broken;
}

describe("the conformance suite for runtimes", () => {
  it("passes a good runtime, also one whose writes are short", async () => {
    const memory = createMemoryRuntime();
    assert.deepEqual(await brokenRules(memory, memory), []);
    const short = createMemoryRuntime();
    assert.deepEqual(await brokenRules(shortWriter(short, 65_537), short), []);
  });

  const faults: Record<string, (runtime: MemoryRuntime) => Runtime> = {
    "every lock is granted": (runtime) => withCalls(runtime, { tryLock: () => true }),
    "locks are missing": (runtime) => lockless(runtime, "no locks"),
    "locks are never given back": (runtime) => withCalls(runtime, { unlock: () => {} }),
    "all files have one identity": (runtime) =>
      withCalls(runtime, { fstat: (file) => ({ ...runtime.calls.fstat(file), inode: 1 }) }),
    "create takes what exists": (runtime) =>
      withCalls(runtime, { open: (path, options) => runtime.calls.open(path, { ...options, access: "append" }) }),
    "a write counts too much": (runtime) =>
      withCalls(runtime, { write: (file, bytes) => runtime.calls.write(file, bytes) + 1 }),
    "a full disk": (runtime) => failing(runtime, { write: () => enospc() }),
    "absence is an error of its own": (runtime) =>
      failing(runtime, { open: (path) => path.includes("absent") ? new Error("gone") : undefined }),
    "timers cannot be cancelled": (runtime) => ({ ...runtime, clearTimer: () => {} }),
    "the next turn is now": (runtime) => ({ ...runtime, nextTurn: (callback) => callback() }),
  };
  for (const [fault, damage] of Object.entries(faults)) {
    it(`notices when ${fault}`, async () => {
      const memory = createMemoryRuntime();
      assert.notDeepEqual(await brokenRules(damage(memory), memory), []);
    });
  }

  it("refuses a deviation from a rule that does not exist", () => {
    const runtime = createMemoryRuntime();
    assert.throws(
      () => testRuntime(runtime, { it: () => {}, directory: "/scratch", deviations: { "be nice": "no" } }),
      /Cannot use option "deviations": there is no rule "be nice"/,
    );
  });
});

function withCalls(runtime: Runtime, calls: Partial<Runtime["calls"]>): Runtime {
  return { ...runtime, calls: { ...runtime.calls, ...calls } };
}
