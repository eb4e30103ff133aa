import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMemoryRuntime, ManualClock } from "../support/memory_runtime.ts";
import { logPath, memoryLogger } from "../logger/harness.ts";
import { inMemory, pieces, range, rotatedNames, sequence } from "./pieces.ts";

const bytesOf = (lines: string[]) => lines.reduce((sum, line) => sum + new TextEncoder().encode(line).length + 1, 0);

describe("rotation by size", () => {
  for (const naming of ["timestamp", "numbered"] as const) {
    it(`keeps each piece within maxBytes, with ${naming} names`, async () => {
      const maxBytes = 1024;
      const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes, naming } } });
      const count = 500;
      for (let i = 0; i < count; i++) {
        log.info("x".repeat(i % 97), { i });
        if (i % 30 === 0) await log.flush();
      }
      await log.close();
      const files = inMemory(runtime.fs);
      assert.deepEqual(sequence(files), range(count));
      const found = pieces(files);
      assert.ok(found.length > 20);
      for (const [index, piece] of found.entries()) {
        assert.ok(bytesOf(piece) <= maxBytes, `${bytesOf(piece)} bytes`);
        assert.ok(piece.length > 0);
        // Not rotated before its time either: the next line would not have fitted.
        const next = found[index + 1]?.[0];
        if (next !== undefined) assert.ok(bytesOf([...piece, next]) > maxBytes);
      }
      assert.equal(log.metrics().destinations[0].rotations, found.length - 1);
      assert.deepEqual(rotatedNames(files).others, []);
    });
  }

  it("counts bytes, not characters", async () => {
    const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes: 300 }, format: ({ msg }) => msg } });
    for (let i = 0; i < 21; i++) log.info("€".repeat(33));
    await log.close();
    assert.deepEqual(pieces(inMemory(runtime.fs)).map((piece) => piece.length), Array(7).fill(3));
  });

  it("fills a file to the last byte", async () => {
    const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes: 30 }, format: ({ msg }) => msg } });
    for (let i = 0; i < 9; i++) log.info("123456789");
    await log.close();
    assert.deepEqual(pieces(inMemory(runtime.fs)).map((piece) => piece.length), [3, 3, 3]);
  });

  it("gives a line that is longer than maxBytes a file of its own", async () => {
    const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes: 200 } } });
    const sizes = [10, 10, 5000, 10, 300, 5000, 10];
    for (const [i, size] of sizes.entries()) log.info("x".repeat(size), { i });
    await log.close();
    const found = pieces(inMemory(runtime.fs));
    assert.deepEqual(found.flat().map((line) => JSON.parse(line).i), range(sizes.length));
    for (const piece of found) assert.ok(bytesOf(piece) <= 200 || piece.length === 1);
    assert.deepEqual(found.map((piece) => piece.map((line) => JSON.parse(line).i)), [[0, 1], [2], [3], [4], [5], [6]]);
  });

  it("gives each line a file of its own where none fits", async () => {
    const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes: 1 } } });
    for (let i = 0; i < 5; i++) log.info("x", { i });
    await log.close();
    assert.deepEqual(pieces(inMemory(runtime.fs)).map((piece) => piece.length), [1, 1, 1, 1, 1]);
  });

  it("reads the size from the file, not from memory", async () => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(logPath, `${"a".repeat(150)}\n`);
    const { log } = memoryLogger({ runtime, file: { rotate: { maxBytes: 200 } } });
    log.info("x", { i: 0 });
    await log.close();
    assert.deepEqual(pieces(inMemory(runtime.fs)).map((piece) => piece.length), [1, 1]);
  });

  it("writes all lines in order to any sizes", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom("timestamp" as const, "numbered" as const),
        fc.boolean(),
        async (sizes, maxBytes, naming, together) => {
          const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes, naming } } });
          for (const [i, size] of sizes.entries()) {
            log.info("x".repeat(size), { i });
            if (!together) await log.flush();
          }
          await log.close();
          const files = inMemory(runtime.fs);
          assert.deepEqual(sequence(files), range(sizes.length));
          for (const piece of pieces(files)) assert.ok(bytesOf(piece) <= maxBytes || piece.length === 1);
        },
      ),
      { numRuns: 60, verbose: 1 },
    ));
});

describe("names of rotated files", () => {
  it("are the time of the rotation and a counter", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23, 11, 2, 15, 123));
    const { log, runtime } = memoryLogger({
      runtime: createMemoryRuntime({ clock }),
      file: { rotate: { maxBytes: 1 } },
    });
    for (let i = 0; i < 4; i++) log.info("x", { i });
    await log.flush();
    clock.skip(1000);
    log.info("x", { i: 4 });
    await log.close();
    assert.deepEqual(rotatedNames(inMemory(runtime.fs)).rotated, [
      "app.log.20261123T110215.123Z-000",
      "app.log.20261123T110215.123Z-001",
      "app.log.20261123T110215.123Z-002",
      "app.log.20261123T110216.123Z-000",
    ]);
  });

  it("sort by age when the clock goes back, and when a thousand fall into one millisecond", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23, 11, 2, 15, 999));
    const { log, runtime } = memoryLogger({
      runtime: createMemoryRuntime({ clock }),
      file: { rotate: { maxBytes: 1 } },
    });
    let i = 0;
    for (const step of [0, -3_600_000, 5, -86_400_000, 0]) {
      clock.skip(step);
      for (let n = 0; n < 300; n++) log.info("x", { i: i++ });
      await log.flush();
    }
    await log.close();
    assert.deepEqual(sequence(inMemory(runtime.fs)), range(i));
    assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.at(-1), "app.log.20261123T110216.000Z-498");
  });

  it("sort by age for another process whose clock is behind", async () => {
    const runtime = createMemoryRuntime({ clock: new ManualClock(Date.UTC(2026, 5, 1)) });
    const behind = createMemoryRuntime({ clock: new ManualClock(Date.UTC(2026, 4, 1)), fs: runtime.fs, pid: 2 });
    const a = memoryLogger({ runtime, file: { rotate: { maxBytes: 1 } } });
    const b = memoryLogger({ runtime: behind, file: { rotate: { maxBytes: 1 } } });
    for (let i = 0; i < 20; i++) {
      (i % 2 === 0 ? a : b).log.info("x", { i });
      await a.log.flush();
      await b.log.flush();
    }
    await Promise.all([a.log.close(), b.log.close()]);
    assert.deepEqual(sequence(inMemory(runtime.fs)), range(20));
  });

  for (const suffix of ["", ".gz", ".zst"]) {
    it(`never overwrite a file that stands there already as "...-000${suffix}"`, async () => {
      const runtime = createMemoryRuntime({ clock: new ManualClock(Date.UTC(2026, 0, 1)) });
      const planted = ["000", "001", "003"].map((counter) => `${logPath}.20260101T000000.000Z-${counter}${suffix}`);
      runtime.fs.calls().makeDirectory("/logs");
      for (const path of planted) runtime.fs.writeFile(path, `${path}\n`);
      const { log } = memoryLogger({ runtime, file: { rotate: { maxBytes: 1 } } });
      for (let i = 0; i < 4; i++) log.info("x", { i });
      await log.close();
      for (const path of planted) assert.equal(runtime.fs.readText(path), `${path}\n`);
      const own = rotatedNames(inMemory(runtime.fs)).rotated.filter((name) => !planted.includes(`/logs/${name}`));
      assert.equal(own.length, 3);
    });
  }

  it("are looked at again when somebody plants one meanwhile", async () => {
    const { log, runtime } = memoryLogger({ file: { rotate: { maxBytes: 1 } } });
    for (let i = 0; i < 3; i++) log.info("x", { i });
    await log.flush();
    const planted = `${logPath}.20260101T000000.000Z-002`;
    runtime.fs.writeFile(planted, "planted\n");
    log.info("x", { i: 3 });
    await log.close();
    assert.equal(runtime.fs.readText(planted), "planted\n");
    assert.ok(rotatedNames(inMemory(runtime.fs)).rotated.includes("app.log.20260101T000000.000Z-003"));
  });
});

describe("numbered names", () => {
  const plant = (names: Record<string, string>) => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    for (const [name, content] of Object.entries(names)) runtime.fs.writeFile(`/logs/${name}`, content);
    return runtime;
  };
  const rotateOnce = async (runtime: ReturnType<typeof plant>) => {
    const { log } = memoryLogger({ runtime, file: { rotate: { maxBytes: 1, naming: "numbered" } } });
    log.info("new");
    await log.close();
    return Object.fromEntries(
      runtime.fs.calls().list("/logs").filter((name) => name !== "app.log").sort().map((name) => [
        name,
        runtime.fs.readText(`/logs/${name}`),
      ]),
    );
  };

  it("are shifted, compressed pieces too", async () => {
    const runtime = plant({ "app.log": "0\n", "app.log.1": "1\n", "app.log.2.gz": "2", "app.log.3.zst": "3" });
    assert.deepEqual(await rotateOnce(runtime), {
      "app.log.1": "0\n",
      "app.log.2": "1\n",
      "app.log.3.gz": "2",
      "app.log.4.zst": "3",
    });
  });

  it("are shifted only up to the gap that a crash has left", async () => {
    const runtime = plant({ "app.log": "0\n", "app.log.1": "1\n", "app.log.3": "3\n", "app.log.4": "4\n" });
    assert.deepEqual(await rotateOnce(runtime), {
      "app.log.1": "0\n",
      "app.log.2": "1\n",
      "app.log.3": "3\n",
      "app.log.4": "4\n",
    });
  });

  it("are not shifted when the first is free", async () => {
    const runtime = plant({ "app.log": "0\n", "app.log.2": "2\n" });
    assert.deepEqual(await rotateOnce(runtime), { "app.log.1": "0\n", "app.log.2": "2\n" });
  });

  it("keep the compressed one of two forms", async () => {
    const runtime = plant({ "app.log": "0\n", "app.log.1": "1\n", "app.log.1.gz": "1" });
    assert.deepEqual(await rotateOnce(runtime), { "app.log.1": "0\n", "app.log.2.gz": "1" });
  });

  it("leave neighbours alone", async () => {
    const neighbours = {
      "app.log.0": "a",
      "app.log.01": "b",
      "app.log.1x": "c",
      "app.log.bak": "d",
      "app.log.1.bz2": "e",
      "app.logger.1": "f",
      "app.log1": "g",
      "app.log.-1": "h",
    };
    const runtime = plant({ "app.log": "0\n", "app.log.1": "1\n", ...neighbours });
    assert.deepEqual(await rotateOnce(runtime), { "app.log.1": "0\n", "app.log.2": "1\n", ...neighbours });
  });
});
