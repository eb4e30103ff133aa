import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, ManualClock, type MemoryRuntime, settle } from "../support/memory_runtime.ts";
import { logPath, memoryLogger } from "../logger/harness.ts";
import { closeInTime, inMemory, pieces, range, rotatedNames, sequence } from "./pieces.ts";

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 23);

/** Logs `count` records of 100 bytes, one hour apart, each to a file of its own. */
async function fill(
  count: number,
  rotate: RotateOptions,
  runtime = createMemoryRuntime({ clock: new ManualClock(start) }),
): Promise<MemoryRuntime> {
  const format = (i: number) => `{"i":${i},"x":"${"x".repeat(85 - String(i).length)}"}`;
  const { log, errors } = memoryLogger({
    runtime,
    file: { rotate: { maxBytes: 100, ...rotate }, format: ({ fields }) => format(fields?.i as number) },
  });
  for (let i = 0; i < count; i++) {
    log.info("", { i });
    await log.flush();
    // Retention goes on in the background, and time is to pass after it.
    await settle();
    runtime.clock.skip(hour);
  }
  await closeInTime(log, runtime);
  assert.deepEqual(errors, []);
  return runtime;
}

for (const naming of ["timestamp", "numbered"] as const) {
  describe(`retention with ${naming} names`, () => {
    for (const maxFiles of [0, 1, 3, 100]) {
      it(`keeps the newest ${maxFiles} rotated files`, async () => {
        const { fs } = await fill(10, { maxFiles, naming });
        assert.deepEqual(sequence(inMemory(fs)), range(10).slice(-1 - maxFiles));
      });
    }

    it("deletes what is older than maxAge", async () => {
      const { fs } = await fill(10, { maxAge: "150m", naming });
      // In timestamp names the age counts from the rotation, in numbered ones from the last change. The last look is that
      // of the close, an hour after the last line.
      const kept = sequence(inMemory(fs));
      assert.deepEqual(kept, naming === "timestamp" ? [7, 8, 9] : [8, 9]);
    });

    it("deletes what becomes too old while nothing is logged", async () => {
      const runtime = await fill(5, { naming });
      const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, maxAge: "10h", naming } } });
      await runtime.clock.advance(2_000);
      assert.deepEqual(sequence(inMemory(runtime.fs)), range(5), "nothing is too old at the start");
      await runtime.clock.advance(24 * hour);
      assert.deepEqual(sequence(inMemory(runtime.fs)), [4], "only the log itself is left");
      await closeInTime(log, runtime);
      assert.deepEqual(errors, []);
    });

    it("deletes what has become too old while no process was there, at the start of one that logs nothing", async () => {
      const runtime = await fill(5, { naming });
      runtime.clock.skip(24 * hour);
      const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, maxAge: "10h", naming } } });
      await runtime.clock.advance(2_000);
      assert.deepEqual(sequence(inMemory(runtime.fs)), [4]);
      await closeInTime(log, runtime);
      assert.deepEqual(errors, []);
    });

    it("makes nothing where there is no log to look at", async () => {
      const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
      const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, maxAge: "10h", naming } } });
      await runtime.clock.advance(48 * hour);
      await closeInTime(log, runtime);
      assert.equal(runtime.fs.calls().stat("/logs"), undefined);
      assert.deepEqual(errors, []);
    });

    it("keeps the log and its rotated files within maxTotalBytes", async () => {
      const { fs } = await fill(10, { maxTotalBytes: 450, naming });
      const found = sequence(inMemory(fs));
      assert.deepEqual(found, [6, 7, 8, 9]);
    });

    it("leaves the neighbours alone", async () => {
      const neighbours = [
        "app.log.bak",
        "app.log.1x",
        "app.log.0",
        "app.log.20261122",
        "app.log.20261122T000000.000Z",
        "app.log.20261122T000000.000Z-0000",
        "app.log.20261122T000000.000Z-000.bz2",
        "app.log.20261122T000000.000Z-000.gz.bak",
        "app.log.tmp",
        "app.log.gz.tmp",
        "app.logger",
        "app.logger.1",
        "my.app.log.1",
        "other.log.20261122T000000.000Z-000",
        naming === "timestamp" ? "app.log.1" : "app.log.20261122T000000.000Z-000",
      ];
      const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
      runtime.fs.calls().makeDirectory("/logs");
      for (const name of neighbours) runtime.fs.writeFile(`/logs/${name}`, name);
      await fill(5, { maxFiles: 1, maxAge: "1h", maxTotalBytes: 250, naming, compress: "gzip" }, runtime);
      for (const name of neighbours) assert.equal(runtime.fs.readText(`/logs/${name}`), name);
      const own = runtime.fs.calls().list("/logs").filter((name) => !neighbours.includes(name));
      assert.equal(own.length, 2, own.join());
    });

    it("counts compressed files, and those of another format", async () => {
      const runtime = await fill(5, { compress: "gzip", naming });
      await fill(5, { maxFiles: 6, naming }, runtime);
      assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.length, 6);
    });

    it("takes up what an earlier process has left", async () => {
      const runtime = await fill(10, { naming });
      await fill(1, { maxFiles: 2, naming }, runtime);
      assert.deepEqual(pieces(inMemory(runtime.fs)).length, 3);
    });

    it("deletes also where something is planted that keeps a file from being moved aside", async () => {
      const runtime = await fill(4, { naming });
      const calls = runtime.fs.calls();
      for (const name of rotatedNames(inMemory(runtime.fs)).rotated) {
        calls.makeDirectory(`${logPath}.inode-${calls.stat(`/logs/${name}`)?.inode}.gz.tmp`);
      }
      await fill(1, { maxFiles: 1, naming }, runtime);
      assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.length, 1);
    });

    for (const compress of [undefined, "gzip"] as const) {
      it(`has a name for each file that it closes, ${compress ?? "not compressed"}`, async () => {
        // The system frees a large file that has none while it is closed, on the thread of the program.
        const memory = createMemoryRuntime({ clock: new ManualClock(start) });
        const calls = memory.fs.calls();
        const nameless: number[] = [];
        const runtime = failing(memory, {
          close(file) {
            const { inode, size } = calls.fstat(file);
            const names = calls.list("/logs").filter((name) => calls.stat(`/logs/${name}`)?.inode === inode);
            if (size > 0 && names.length === 0) nameless.push(inode);
            return undefined;
          },
        });
        await fill(10, { maxFiles: 3, naming, compress }, runtime);
        assert.deepEqual(rotatedNames(inMemory(memory.fs)).others, []);
        assert.deepEqual(nameless, []);
      });
    }

    it("leaves a rotated file alone that somebody holds", async () => {
      const runtime = await fill(6, { naming });
      const held = `/logs/${rotatedNames(inMemory(runtime.fs)).rotated[0]}`;
      const calls = runtime.fs.calls("somebody");
      const file = calls.open(held, { access: "read" });
      assert.ok(calls.tryLock(file));
      const inode = calls.fstat(file).inode;
      await fill(1, { maxFiles: 0, naming, compress: "gzip" }, runtime);
      const left = rotatedNames(inMemory(runtime.fs)).rotated.map((name) => `/logs/${name}`);
      assert.deepEqual(left.map((path) => calls.stat(path)?.inode), [inode]);
      calls.close(file);
      await fill(1, { maxFiles: 0, naming }, runtime);
      assert.deepEqual(rotatedNames(inMemory(runtime.fs)).rotated, []);
    });
  });
}

for (const naming of ["timestamp", "numbered"] as const) {
  describe(`retention with ${naming} names, while somebody holds the lock of the oldest rotated file`, () => {
    const unfinished = {
      timestamp: (path: string) => `${path}.gz.tmp`,
      numbered: (_path: string, inode: number) => `${logPath}.inode-${inode}.gz.tmp`,
    }[naming];

    /** Files that are left when one more is written so many milliseconds later, the first one held. */
    async function leftAfter(milliseconds: number, isCompressed: boolean): Promise<number> {
      const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
      await fill(3, { maxFiles: 9, naming }, runtime);
      // It has moved the clock on by an hour each.
      const calls = runtime.fs.calls("somebody");
      const names = rotatedNames(inMemory(runtime.fs)).rotated.map((name) => `/logs/${name}`);
      const held = calls.open(names[0], { access: "read" });
      for (const name of names) runtime.fs.writeFile(name, runtime.fs.readText(name));
      assert.ok(calls.tryLock(held));
      const { inode } = calls.fstat(held);
      const temporary = calls.open(unfinished(names[0], inode), { access: "append" });
      assert.ok(calls.tryLock(temporary));
      if (!isCompressed) calls.remove(unfinished(names[0], inode));
      runtime.clock.skip(milliseconds);
      const { log } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, maxFiles: 0, naming } } });
      log.info("x".repeat(30));
      await log.flush();
      await log.close();
      assert.ok(
        rotatedNames(inMemory(runtime.fs)).rotated.some((name) => calls.stat(`/logs/${name}`)?.inode === inode),
      );
      calls.close(held);
      calls.close(temporary);
      return rotatedNames(inMemory(runtime.fs)).rotated.length;
    }

    it("waits for a moment, and for one who compresses it, and then deletes the others", async () => {
      assert.ok(await leftAfter(1_000, false) > 1);
      assert.ok(await leftAfter(60_000, true) > 1);
      assert.equal(await leftAfter(11_000, false), 1);
      assert.equal(await leftAfter(2 * hour, true), 1);
    });
  });
}

describe("retention beside one who hangs while it compresses", () => {
  it("leaves the compressed form too, since another may be put in its place, and deletes the others", async () => {
    const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
    await fill(4, {}, runtime);
    const calls = runtime.fs.calls("somebody");
    const [oldest = "", ...others] = rotatedNames(inMemory(runtime.fs)).rotated;
    const held = calls.open(`/logs/${oldest}`, { access: "read" });
    assert.ok(calls.tryLock(held));
    runtime.fs.writeFile(`/logs/${oldest}.gz`, "");
    runtime.clock.skip(2 * hour);
    const { log } = memoryLogger({ runtime, file: { rotate: { maxBytes: 10_000, maxFiles: 0, compress: "gzip" } } });
    log.info("x");
    await log.flush();
    await closeInTime(log, runtime);
    assert.equal(others.length, 2);
    assert.deepEqual(rotatedNames(inMemory(runtime.fs)).rotated, [oldest, `${oldest}.gz`]);
    calls.close(held);
  });
});

describe("retention by age", () => {
  it("keeps files that come from the future", async () => {
    const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(`${logPath}.20301122T000000.000Z-000`, '{"i":-1}\n');
    await fill(3, { maxAge: 1 }, runtime);
    assert.ok(sequence(inMemory(runtime.fs)).includes(-1));
  });
});

describe("retention by number", () => {
  const COUNT = 300;

  /** Rotates beside many files, of which some may be links, and tells how many it has asked for in a time. */
  async function beside(naming: "timestamp" | "numbered") {
    const memory = createMemoryRuntime({ clock: new ManualClock(start) });
    memory.fs.calls().makeDirectory("/logs");
    const mark = (number: number) =>
      naming === "numbered" ? number : `20260101T000000.${String(COUNT - number).padStart(3, "0")}Z-000`;
    for (let number = 1; number <= COUNT; number++) memory.fs.writeFile(`${logPath}.${mark(number)}`, "{}\n");
    const links = new Set<string>();
    let asked = 0;
    const runtime: MemoryRuntime = {
      ...memory,
      calls: {
        ...memory.calls,
        stat(path) {
          if (path.startsWith(`${logPath}.`)) asked++;
          const info = memory.calls.stat(path);
          return info !== undefined && links.has(path) ? { ...info, kind: "other" } : info;
        },
      },
    };
    const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 100, maxFiles: COUNT, naming } } });
    const rotate = async () => {
      asked = 0;
      log.info("x".repeat(80));
      await log.flush();
      await runtime.clock.advance(1_000);
      return asked;
    };
    await rotate();
    return { memory, links, log, errors, rotate };
  }

  it("asks the system once what stands behind a name", async () => {
    const { memory, log, errors, rotate } = await beside("timestamp");
    assert.ok(await rotate() > COUNT);
    for (let i = 0; i < 3; i++) assert.ok(await rotate() < 20);
    assert.equal(rotatedNames(inMemory(memory.fs)).rotated.length, COUNT);
    await closeInTime(log, memory);
    assert.deepEqual(errors, []);
  });

  it("counts no link that comes among the files", async () => {
    const { memory, links, log, errors, rotate } = await beside("timestamp");
    for (let i = 0; i < 2; i++) await rotate();
    for (let i = 0; i < 10; i++) {
      const name = `${logPath}.20260101T000000.${300 - i}Z-00${i}`;
      memory.fs.writeFile(name, "");
      links.add(name);
    }
    for (let i = 0; i < 3; i++) await rotate();
    await closeInTime(log, memory);
    assert.equal(rotatedNames(inMemory(memory.fs)).rotated.length, COUNT + links.size);
    assert.deepEqual(errors, []);
  });
});
