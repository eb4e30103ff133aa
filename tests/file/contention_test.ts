import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import type { BackgroundCalls, Calls } from "../../src/runtime.ts";
import { logPath, memoryLogger } from "../logger/harness.ts";
import { createMemoryRuntime, ManualClock, type MemoryRuntime } from "../support/memory_runtime.ts";
import { closeInTime, inMemory, range, rotatedNames, sequence } from "./pieces.ts";

/** Counts the calls that are made while the lock of the log is held, each by its name. */
function watchLock(runtime: MemoryRuntime): { readonly runtime: MemoryRuntime; take(): Map<string, number> } {
  let counts = new Map<string, number>();
  const watch = <T extends object>(calls: T, kind: string): T => {
    const watched: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(calls)) {
      watched[name] = (...args: unknown[]) => {
        const key = `${name}${kind}`;
        if (runtime.fs.holderOf(logPath) !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
        return call(...args);
      };
    }
    return watched as T;
  };
  return {
    runtime: {
      ...runtime,
      calls: watch<Calls>(runtime.calls, ""),
      background: watch<BackgroundCalls>(runtime.background, " in the background"),
    },
    take() {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}

/** What is done under the lock of the log by a rotation when so many rotated files are there. */
async function underLock(rotate: RotateOptions, files: number): Promise<Record<string, number>> {
  const runtime = createMemoryRuntime({ clock: new ManualClock(Date.UTC(2026, 10, 23)) });
  runtime.fs.calls().makeDirectory("/logs");
  for (let number = 1; number <= files; number++) {
    const stamp = new Date(Date.UTC(2026, 0, 1) - number).toISOString().replaceAll(/[-:]/g, "");
    const mark = rotate.naming === "numbered" ? number : `${stamp}-000`;
    runtime.fs.writeFile(`${logPath}.${mark}${rotate.compress === "gzip" ? ".gz" : ""}`, "{}\n");
  }
  const watched = watchLock(runtime);
  const { log, errors } = memoryLogger({ runtime: watched.runtime, file: { rotate: { maxBytes: 1_000, ...rotate } } });
  for (let i = 0; i < 10; i++) {
    log.info("x".repeat(400), { i });
    await log.flush();
    // A first rotation settles who writes the log.
    if (i === 5) {
      await runtime.clock.advance(1_000);
      watched.take();
    }
    // What is done beside it has come to its end before the next write.
    if (i > 5) await runtime.clock.advance(1_000);
  }
  const counts = watched.take();
  await closeInTime(log, watched.runtime);
  assert.deepEqual(errors, []);
  return Object.fromEntries([...counts].sort());
}

describe("what the others wait for", () => {
  const cases: readonly RotateOptions[] = [
    {},
    { compress: "gzip" },
    { maxFiles: 2 },
    { maxFiles: 2, compress: "gzip" },
    { maxFiles: 1_000, maxTotalBytes: "1MB", maxAge: "100d" },
  ];
  for (const naming of ["timestamp", "numbered"] as const) {
    for (const options of cases) {
      it(`is not more the more files there are, with ${naming} names and ${JSON.stringify(options)}`, async () => {
        const [few, many] = [await underLock({ naming, ...options }, 3), await underLock({ naming, ...options }, 100)];
        assert.deepEqual(many, few);
        assert.equal(many["list in the background"], undefined, "what the maintenance has seen is known");
      });
    }
  }
});

describe("numbers", () => {
  const rotate = { maxBytes: 100, naming: "numbered" } as const;
  const format = ({ fields }: { readonly fields?: Readonly<Record<string, unknown>> }) =>
    `{"i":${fields?.i},"x":"${"x".repeat(70)}"}`;

  it("are given at the exit too, to what was rotated last", async () => {
    const runtime = createMemoryRuntime();
    const { log, errors } = memoryLogger({ runtime, file: { rotate, format } });
    await log.flush();
    for (let i = 0; i < 10; i++) log.info("", { i });
    runtime.exit();
    assert.deepEqual(errors, []);
    const { rotated, others } = rotatedNames(inMemory(runtime.fs));
    assert.deepEqual(rotated, range(9).map((number) => `app.log.${9 - number}`));
    assert.deepEqual(others, []);
    assert.deepEqual(sequence(inMemory(runtime.fs)), range(10));
  });

  it("are given by whoever comes next where a process has died before it could", async () => {
    const runtime = createMemoryRuntime();
    const names = [
      "app.log.2",
      "app.log.unnumbered.20261123T110215.123Z-000",
      "app.log.unnumbered.20261123T110215.124Z-000.gz",
    ];
    runtime.fs.calls().makeDirectory("/logs");
    for (const name of names) runtime.fs.writeFile(`/logs/${name}`, name);
    runtime.fs.writeFile("/logs/.app.log.numbers", "");
    const { log, errors } = memoryLogger({ runtime, file: { rotate, format } });
    log.info("", { i: 0 });
    await closeInTime(log, runtime);
    assert.deepEqual(errors, []);
    assert.deepEqual(runtime.fs.calls().list("/logs").sort(), ["app.log", "app.log.1.gz", "app.log.2", "app.log.3"]);
    assert.equal(runtime.fs.readText("/logs/app.log.3"), names[0]);
    assert.equal(runtime.fs.readText("/logs/app.log.2"), names[1]);
    assert.equal(runtime.fs.readText("/logs/app.log.1.gz"), names[2]);
  });

  it("leave files that are old enough where they are, where there is a gap before them", async () => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    for (const number of [1, 3, 4]) runtime.fs.writeFile(`${logPath}.${number}`, String(number));
    const { log, errors } = memoryLogger({ runtime, file: { rotate, format } });
    for (let i = 0; i < 2; i++) log.info("", { i });
    await closeInTime(log, runtime);
    assert.deepEqual(errors, []);
    assert.deepEqual([2, 3, 4].map((number) => runtime.fs.readText(`${logPath}.${number}`)), ["1", "3", "4"]);
  });
});

describe("a rotation", () => {
  for (const naming of ["timestamp", "numbered"] as const) {
    it(`looks at no more files the more there are, as long as none is to be deleted, with ${naming} names`, async () => {
      const looks = async (files: number) => {
        const memory = createMemoryRuntime({ clock: new ManualClock(Date.UTC(2026, 10, 23)) });
        memory.fs.calls().makeDirectory("/logs");
        for (let number = 1; number <= files; number++) {
          const stamp = new Date(Date.UTC(2026, 0, 1) - number).toISOString().replaceAll(/[-:]/g, "");
          // A gap after the first, so that only that one has to move up.
          memory.fs.writeFile(`${logPath}.${naming === "numbered" ? 2 * number : `${stamp}-000`}.gz`, "{}\n");
        }
        let count = 0;
        const calls = { ...memory.calls, stat: (path: string) => (count++, memory.calls.stat(path)) };
        const runtime = { ...memory, calls };
        const rotate = { maxBytes: 1_000, naming, maxFiles: 10_000, compress: "gzip" } as const;
        const { log, errors } = memoryLogger({ runtime, file: { rotate } });
        for (let i = 0; i < 4; i++) log.info("x".repeat(400), { i });
        await closeInTime(log, runtime);
        assert.deepEqual(errors, []);
        return count;
      };
      assert.equal(await looks(2_500), await looks(25));
    });
  }
});
