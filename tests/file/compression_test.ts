import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, ManualClock, MemoryFileSystem, settle, systemError } from "../support/memory_runtime.ts";
import { loggerOn, logPath, memoryLogger } from "../logger/harness.ts";
import { closeInTime, inMemory, pieces, range, rotatedNames, sequence } from "./pieces.ts";

const formats = { gzip: ".gz", zstd: ".zst" } as const;
const namings = ["timestamp", "numbered"] as const;
const hasZstd = createMemoryRuntime().compressor("zstd") !== undefined;

for (const compress of ["gzip", "zstd"] as const) {
  for (const naming of namings) {
    describe(`${compress} with ${naming} names`, { skip: compress === "zstd" && !hasZstd }, () => {
      const rotate = { maxBytes: 300, compress, naming } as const;

      it("compresses every rotated file, and nothing is lost", async () => {
        const { log, runtime, errors } = memoryLogger({ file: { rotate } });
        for (let i = 0; i < 100; i++) {
          log.info("x", { i });
          if (i % 10 === 0) await log.flush();
        }
        await log.close();
        const files = inMemory(runtime.fs);
        const { rotated, others } = rotatedNames(files);
        assert.ok(rotated.length > 20);
        assert.ok(rotated.every((name) => name.endsWith(formats[compress])), rotated.join());
        assert.deepEqual([others, errors], [[], []]);
        assert.deepEqual(sequence(files), range(100));
        assert.equal(runtime.fs.openFiles(), 0);
      });

      it("is finished by the next process, wherever it was killed", async () => {
        // One run to count the steps, then one for each step at which the process can die, before and after it.
        let steps = Infinity;
        for (let dieAt = 0; dieAt <= steps; dieAt++) {
          for (const carriedOut of [false, true]) {
            const clock = new ManualClock();
            const fs = new MemoryFileSystem({ now: () => clock.now });
            let step = 0;
            const victim = createMemoryRuntime({
              clock,
              fs,
              schedule: (work) => {
                if (++step === dieAt) {
                  if (carriedOut) work();
                  victim.crash();
                }
                queueMicrotask(work);
              },
            });
            const first = memoryLogger({ runtime: victim, file: { rotate } });
            let flushed = 0;
            const writing = (async () => {
              for (let i = 0; i < 12; i++) {
                first.log.info("x", { i });
                await first.log.flush();
                flushed = i + 1;
              }
              await first.log.close();
            })();
            if (dieAt === 0) {
              await writing;
              steps = step;
              continue;
            }
            // A process that is dead does not notice; what is left of this one finds its files closed.
            writing.catch(() => {});
            for (let turn = 0; turn < 30; turn++) await settle();

            const heir = memoryLogger({ runtime: createMemoryRuntime({ clock, fs, pid: 2 }), file: { rotate } });
            for (let i = 100; i < 110; i++) heir.log.info("x", { i });
            await heir.log.close();
            const files = inMemory(fs);
            const where = `killed at step ${dieAt} of ${steps}, ${carriedOut ? "after" : "before"} it`;
            const { rotated, others } = rotatedNames(files);
            assert.deepEqual(others, [], where);
            assert.ok(rotated.length > 0, where);
            assert.ok(rotated.every((name) => name.endsWith(formats[compress])), `${where}: ${rotated.join()}`);
            assert.deepEqual(heir.errors, [], where);
            const found = sequence(files);
            const old = found.filter((i) => i < 100);
            // What was in flight may have landed.
            assert.ok(old.length === flushed || old.length === flushed + 1, `${where}: ${old} of ${flushed}`);
            assert.deepEqual(found, [...range(old.length), ...range(110).slice(100)], where);
          }
        }
        assert.ok(steps > 20);
      });

      it("that fails is reported and leaves the file as it was", async () => {
        const runtime = createMemoryRuntime();
        let broken = true;
        const faulty = failing(runtime, { sync: () => broken ? systemError("EIO", "fsync") : undefined });
        const errors: Error[] = [];
        const options = {
          destinations: [{ uri: logPath, rotate }],
          onError: (error: Error) => void errors.push(error),
        };
        const log = loggerOn(faulty, options);
        for (let i = 0; i < 10; i++) log.info("x", { i });
        await log.close();
        assert.ok(errors.some(({ message }) => message.includes("EIO")));
        const files = inMemory(runtime.fs);
        assert.deepEqual(sequence(files), range(10));
        const plain = rotatedNames(files).rotated;
        assert.ok(plain.length > 0 && plain.every((name) => !/\.(gz|zst)$/.test(name)), plain.join());
        assert.deepEqual(log.metrics().destinations[0].written, 10);
        broken = false;
        const next = loggerOn(faulty, options);
        next.info("x", { i: 10 });
        await next.close();
        const { rotated, others } = rotatedNames(files);
        assert.ok(rotated.length >= plain.length);
        assert.ok(rotated.every((name) => name.endsWith(formats[compress])), rotated.join());
        assert.deepEqual([others, sequence(files)], [[], range(11)]);
      });
    });
  }
}

describe("compression", () => {
  const stamp = "20251231T000000.000Z-000";
  const prepare = (names: Record<string, string>) => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    for (const [name, content] of Object.entries(names)) runtime.fs.writeFile(`/logs/${name}`, content);
    return runtime;
  };
  const logOnce = async (runtime: ReturnType<typeof prepare>, rotate: object = { compress: "gzip" }) => {
    const { log, errors } = memoryLogger({ runtime, file: { rotate: { maxBytes: 1000, ...rotate } } });
    log.info("x");
    await closeInTime(log, runtime);
    assert.deepEqual(errors, []);
    return runtime.fs.calls().list("/logs").sort();
  };

  it("takes up a rotated file that was never compressed", async () => {
    const runtime = prepare({ [`app.log.${stamp}`]: "old\n" });
    assert.deepEqual(await logOnce(runtime), ["app.log", `app.log.${stamp}.gz`]);
    assert.deepEqual(pieces(inMemory(runtime.fs))[0], ["old"]);
  });

  it("begins again where a half-written file was left", async () => {
    const runtime = prepare({ [`app.log.${stamp}`]: "old\n", [`app.log.${stamp}.gz.tmp`]: "half of a" });
    assert.deepEqual(await logOnce(runtime), ["app.log", `app.log.${stamp}.gz`]);
    assert.deepEqual(pieces(inMemory(runtime.fs))[0], ["old"]);
  });

  it("removes a half-written file whose source is gone", async () => {
    const runtime = prepare({
      [`app.log.${stamp}.gz.tmp`]: "half",
      [`app.log.${stamp}.zst.tmp`]: "half",
      "app.log.gz.tmp": "not ours",
      "app.log.inode-5.gz.tmp": "half, of a process that names otherwise",
    });
    assert.deepEqual(await logOnce(runtime), ["app.log", "app.log.gz.tmp"]);
  });

  it("removes the half-written file of numbered names too", async () => {
    const runtime = prepare({ "app.log.inode-5.gz.tmp": "half", "app.log.1.gz.tmp": "not ours" });
    assert.deepEqual(await logOnce(runtime, { compress: "gzip", naming: "numbered" }), ["app.log", "app.log.1.gz.tmp"]);
  });

  it("leaves a half-written file alone that another process holds", async () => {
    const name = `app.log.${stamp}.gz.tmp`;
    const runtime = prepare({ [name]: "half" });
    const calls = runtime.fs.calls("other");
    assert.ok(calls.tryLock(calls.open(`/logs/${name}`, { access: "read" })));
    assert.deepEqual(await logOnce(runtime), ["app.log", name]);
  });

  it("leaves a rotated file alone that another process compresses", async () => {
    const name = `app.log.${stamp}`;
    const runtime = prepare({ [name]: "old\n" });
    const calls = runtime.fs.calls("other");
    assert.ok(calls.tryLock(calls.open(`/logs/${name}`, { access: "read" })));
    assert.deepEqual(await logOnce(runtime), ["app.log", name]);
  });

  it("of one file that fails does not keep the others from it", async () => {
    const runtime = prepare({ [`app.log.${stamp}`]: "one\n", "app.log.20251231T000000.000Z-001": "two\n" });
    const faulty = failing(runtime, {
      open: (path) => path === `${logPath}.${stamp}` ? systemError("EACCES", "open", path) : undefined,
    });
    const errors: Error[] = [];
    const log = loggerOn(faulty, {
      destinations: [{ uri: logPath, rotate: { maxBytes: 1_000, compress: "gzip" } }],
      onError: (error) => void errors.push(error),
    });
    log.info("x");
    await log.close();
    assert.equal(errors.length, 1);
    assert.ok(runtime.fs.calls().list("/logs").includes("app.log.20251231T000000.000Z-001.gz"));
    assert.ok(runtime.fs.calls().list("/logs").includes(`app.log.${stamp}`));
  });
});
