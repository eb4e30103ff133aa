import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import { DiskFullError } from "../../src/errors.ts";
import type { Runtime } from "../../src/runtime.ts";
import { linesOf, loggerOn, logPath, memoryLogger } from "../logger/harness.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, ManualClock, type MemoryRuntime, systemError } from "../support/memory_runtime.ts";
import { closeInTime, inMemory, sequence } from "./pieces.ts";

const start = Date.UTC(2026, 10, 23);

/** Bytes of each old rotated file. */
const PIECE = 200;

const stamped = (hour: number, ending = "") => `app.log.20261122T0${hour}0000.000Z-000${ending}`;

/** Names of five rotated files, the oldest first. */
const oldNames = {
  timestamp: [1, 2, 3, 4, 5].map((hour) => stamped(hour)),
  numbered: [5, 4, 3, 2, 1].map((number) => `app.log.${number}`),
} as const;

const neighbours = ["app.log.bak", "app.log2", "app.log2.1", stamped(1).replace("app.log", "app.log2"), "filler"];

/** A runtime with old rotated files and neighbours, and room for so many bytes more. */
function fullDisk(room: number, naming: "timestamp" | "numbered" = "timestamp"): MemoryRuntime {
  const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
  runtime.fs.calls().makeDirectory("/logs");
  for (const name of oldNames[naming]) runtime.fs.writeFile(`/logs/${name}`, `${"o".repeat(PIECE - 1)}\n`);
  for (const name of neighbours) runtime.fs.writeFile(`/logs/${name}`, "n".repeat(PIECE));
  runtime.fs.capacity = runtime.fs.used + room;
  return runtime;
}

/** A logger whose lines have 100 bytes: `{"i":7,"x":"..."}`. */
function loggerOf(runtime: Runtime, rotate: RotateOptions | undefined, further: object = {}) {
  const errors: Error[] = [];
  const log = loggerOn(runtime, {
    destinations: [{
      uri: logPath,
      ...(rotate === undefined ? {} : { rotate }),
      format: ({ fields }) => `{"i":${String(fields?.i).padStart(3)},"x":"${"x".repeat(83)}"}`,
      ...further,
    }],
    onError: (error) => void errors.push(error),
  });
  return { log, errors };
}

/** What there is of the log. */
function namesOf(runtime: MemoryRuntime): string[] {
  return runtime.fs.calls().list("/logs").filter((name) => !neighbours.includes(name) && !name.endsWith(".writer"))
    .sort();
}

function prunedOf(log: { metrics(): { destinations: readonly object[] } }): unknown {
  return (log.metrics().destinations[0] as { pruned?: unknown }).pruned;
}

for (const naming of ["timestamp", "numbered"] as const) {
  describe(`a full disk with ${naming} names`, () => {
    for (const limit of [{ maxFiles: 100 }, { maxAge: "3000d" }, { maxTotalBytes: "1GB" }]) {
      it(`takes the oldest rotated files away, no more than it needs, given ${Object.keys(limit)}`, async () => {
        const runtime = fullDisk(50, naming);
        const { log, errors } = loggerOf(runtime, { naming, maxBytes: 10_000, ...limit });
        for (let i = 0; i < 4; i++) log.info("", { i });
        await log.flush();
        // 400 bytes are 50 and two times 200.
        assert.deepEqual(namesOf(runtime), ["app.log", ...oldNames[naming].slice(2)].sort());
        for (const name of neighbours) assert.equal(runtime.fs.readText(`/logs/${name}`), "n".repeat(PIECE));
        assert.equal(linesOf(runtime.fs.readText(logPath)).length, 4);
        assert.deepEqual(prunedOf(log), { files: 2, bytes: 2 * PIECE });
        assert.equal(errors.length, 1);
        assert.ok(errors[0] instanceof DiskFullError);
        assert.deepEqual([errors[0].path, errors[0].files, errors[0].bytes], [logPath, 2, 2 * PIECE]);
        assert.equal(errors[0].message, `Deleted 2 rotated files of "${logPath}", 400 bytes: the disk is full`);
        await closeInTime(log, runtime);
        assert.equal(runtime.fs.openFiles(), 0);
      });
    }

    it("deletes nothing that no limit allows, keeps the lines, and goes on once there is room", async () => {
      const runtime = fullDisk(250, naming);
      const { log, errors } = loggerOf(runtime, { naming, maxBytes: 10_000 });
      for (let i = 0; i < 4; i++) log.info("", { i });
      await assert.rejects(log.flush(), { code: "ENOSPC" });
      assert.deepEqual(namesOf(runtime), ["app.log", ...oldNames[naming]].sort());
      assert.equal(linesOf(runtime.fs.readText(logPath)).length, 2, "cut back to whole lines");
      runtime.fs.capacity = Infinity;
      await runtime.clock.advance(5_000);
      assert.deepEqual(sequence({ ...inMemory(runtime.fs), list: () => ["app.log"] }), [0, 1, 2, 3]);
      await closeInTime(log, runtime);
      assert.deepEqual(prunedOf(log), { files: 0, bytes: 0 });
      assert.ok(!errors.some((error) => error instanceof DiskFullError));
    });

    it("gives up when nothing is left to delete, and has lost nothing", async () => {
      const runtime = fullDisk(0, naming);
      const { log, errors } = loggerOf(runtime, { naming, maxBytes: 10_000, maxFiles: 9 });
      for (let i = 0; i < 12; i++) log.info("", { i });
      await assert.rejects(log.flush(), { code: "ENOSPC" });
      assert.deepEqual(namesOf(runtime), ["app.log"]);
      assert.equal(linesOf(runtime.fs.readText(logPath)).length, 10);
      runtime.fs.capacity = Infinity;
      await closeInTime(log, runtime);
      assert.equal(linesOf(runtime.fs.readText(logPath)).length, 12);
      assert.deepEqual(errors.filter((error) => error instanceof DiskFullError).map(({ files }) => files), [5]);
    });

    it("leaves a rotated file alone that somebody holds", async () => {
      const runtime = fullDisk(0, naming);
      const calls = runtime.fs.calls("other");
      const held = calls.open(`/logs/${oldNames[naming][0]}`, { access: "read" });
      assert.ok(calls.tryLock(held));
      const { log } = loggerOf(runtime, { naming, maxBytes: 10_000, maxFiles: 9 });
      log.info("", { i: 0 });
      await log.flush();
      const [oldest, , ...rest] = oldNames[naming];
      assert.deepEqual(namesOf(runtime), ["app.log", oldest, ...rest].sort());
      calls.close(held);
      await closeInTime(log, runtime);
    });

    it("leaves the compressed form alone, too, of one that somebody holds and may be compressing again", async () => {
      const runtime = fullDisk(50, naming);
      const calls = runtime.fs.calls("somebody");
      const [oldest, next] = oldNames[naming];
      runtime.fs.capacity += PIECE;
      runtime.fs.writeFile(`/logs/${oldest}.gz`, "g".repeat(PIECE));
      const held = calls.open(`/logs/${oldest}`, { access: "read" });
      assert.ok(calls.tryLock(held));
      const { log } = loggerOf(runtime, { naming, maxBytes: 10_000, maxFiles: 100 });
      log.info("", { i: 0 });
      await log.flush();
      await runtime.clock.advance(100);
      const kept = [oldest, `${oldest}.gz`, ...oldNames[naming].filter((name) => name !== oldest && name !== next)];
      assert.deepEqual(namesOf(runtime), ["app.log", ...kept].sort());
    });

    it("takes unfinished compressions away first, unless somebody is at them", async () => {
      const runtime = fullDisk(1_000, naming);
      const held = stamped(2, ".gz.tmp");
      const left = naming === "timestamp" ? stamped(1, ".gz.tmp") : "app.log.inode-7.gz.tmp";
      for (const name of [held, left]) runtime.fs.writeFile(`/logs/${name}`, "h".repeat(500));
      const calls = runtime.fs.calls("other");
      const file = calls.open(`/logs/${held}`, { access: "read" });
      assert.ok(calls.tryLock(file));
      // No limits: what is unfinished is no part of the log.
      const { log } = loggerOf(failing(runtime, { list: onceAfter(1) }), { naming, maxBytes: 10_000 });
      for (let i = 0; i < 5; i++) log.info("", { i });
      await log.flush();
      assert.deepEqual(namesOf(runtime), ["app.log", held, ...oldNames[naming]].sort());
      calls.close(file);
      await closeInTime(log, runtime);
    });

    it("makes room for what is logged at the end of the process", () => {
      const runtime = fullDisk(0, naming);
      const { log } = loggerOf(runtime, { naming, maxBytes: 10_000, maxFiles: 9 });
      for (let i = 0; i < 3; i++) log.info("", { i });
      runtime.exit();
      assert.equal(linesOf(runtime.fs.readText(logPath)).length, 3);
      assert.deepEqual(namesOf(runtime).length, 1 + 3);
    });
  });
}

/** Lets a call fail from its second time on: the clean-up of the first write does not come into the way. */
function onceAfter(count: number): () => Error | undefined {
  let calls = 0;
  return () => ++calls > count ? systemError("EACCES", "scandir") : undefined;
}

describe("a full disk", () => {
  it("is told of once in an episode, and the rest at the end", async () => {
    const runtime = fullDisk(0);
    const { log, errors } = loggerOf(runtime, { maxBytes: 10_000, maxFiles: 9 });
    for (let i = 0; i < 9; i++) {
      log.info("", { i });
      await log.flush();
    }
    const told = () => errors.map((error) => (error as DiskFullError).files);
    assert.deepEqual(told(), [1]);
    await closeInTime(log, runtime);
    assert.deepEqual(told(), [1, 4]);
  });

  it("may be met by the new file of a rotation as well", async () => {
    const memory = fullDisk(Infinity);
    let isFull = true;
    const runtime = failing(memory, {
      open: (path, { access }) =>
        isFull && path === logPath && access === "create" ? systemError("ENOSPC", "open") : undefined,
      remove() {
        isFull = false;
        return undefined;
      },
    });
    memory.fs.writeFile(logPath, `${"x".repeat(950)}\n`);
    const { log } = loggerOf(runtime, { maxBytes: 1_000, maxFiles: 9 });
    log.info("", { i: 0 });
    await log.flush();
    const names = namesOf(memory);
    assert.deepEqual(names.slice(1, 5), oldNames.timestamp.slice(1));
    assert.equal(names.length, 6);
    await closeInTime(log, memory);
  });

  it("is not what EFBIG means", async () => {
    const runtime = fullDisk(Infinity);
    const { log } = loggerOf(failing(runtime, { write: () => systemError("EFBIG", "write") }), {
      maxBytes: 10_000,
      maxFiles: 9,
    });
    log.info("", { i: 0 });
    await assert.rejects(log.flush(), { code: "EFBIG" });
    assert.deepEqual(namesOf(runtime).length, 6);
    await closeInTime(log, runtime);
  });

  it("is what EDQUOT means", async () => {
    const memory = fullDisk(Infinity);
    const { log } = loggerOf(failing(memory, { write: [systemError("EDQUOT", "write")] }), {
      maxBytes: 10_000,
      maxFiles: 9,
    });
    log.info("", { i: 0 });
    await log.flush();
    assert.deepEqual(namesOf(memory), ["app.log", ...oldNames.timestamp.slice(1)]);
    await closeInTime(log, memory);
  });

  it("leaves no half of a compressed file", async () => {
    const runtime = createMemoryRuntime({ clock: new ManualClock(start) });
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(`/logs/${stamped(1)}`, Array.from({ length: 500 }, (_, i) => `${Math.sin(i)}\n`).join(""));
    runtime.fs.capacity = runtime.fs.used + 300;
    const { log, errors } = loggerOf(runtime, { maxBytes: 10_000, compress: "gzip" });
    log.info("", { i: 0 });
    await log.flush();
    await closeInTime(log, runtime);
    assert.deepEqual(namesOf(runtime), ["app.log", stamped(1)]);
    assert.deepEqual(errors.map((error) => (error as { code?: unknown }).code), ["ENOSPC"]);
  });
});

describe("minFreeBytes", () => {
  it("keeps so much free, deletes like a full disk, and goes on by itself", async () => {
    const runtime = fullDisk(1_050);
    const { log, errors } = loggerOf(runtime, { maxBytes: 10_000, maxFiles: 9 }, { minFreeBytes: 1_000 });
    const free = () => runtime.calls.freeBytes("/logs");
    for (let i = 0; i < 12; i++) {
      log.info("", { i });
      await log.flush().catch(() => {});
      assert.ok(free() >= 1_000, `${free()} bytes`);
    }
    assert.deepEqual(namesOf(runtime), ["app.log"]);
    const { message, code } = errors.at(-1) as Error & { code: string };
    assert.equal(code, "ENOSPC");
    assert.ok(
      message.includes(`Cannot write 100 bytes to "${logPath}": 1050 bytes are free, minFreeBytes is 1000`),
      message,
    );
    runtime.fs.capacity += 10_000;
    await runtime.clock.advance(5_000);
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 12);
    await closeInTime(log, runtime);
  });

  it("works without rotation, where nothing can be deleted", async () => {
    const runtime = fullDisk(1_150);
    const { log } = loggerOf(runtime, undefined, { minFreeBytes: "1kB" });
    log.info("", { i: 0 });
    await log.flush();
    log.info("", { i: 1 });
    await assert.rejects(log.flush(), /minFreeBytes/);
    runtime.fs.capacity = Infinity;
    await closeInTime(log, runtime);
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 2);
  });

  it("looks seldom as long as there is much room", async () => {
    const memory = fullDisk(1_000_000);
    let looks = 0;
    const runtime = failing(memory, {
      freeBytes() {
        looks++;
        return undefined;
      },
    });
    const { log } = loggerOf(runtime, { maxBytes: 1_000 }, { minFreeBytes: 1_000 });
    for (let i = 0; i < 500; i++) {
      log.info("", { i });
      await log.flush();
      memory.clock.skip(10);
    }
    assert.equal(looks, 25, "five times a second");
    await closeInTime(log, memory);
  });

  it("does not take more away than it needs where the file system tells of the room later", async () => {
    const memory = fullDisk(1_050);
    const late: number[] = [];
    let hidden = 0;
    const calls = { ...memory.calls, freeBytes: (path: string) => memory.calls.freeBytes(path) - hidden };
    const background = {
      ...memory.background,
      freeBytes: (path: string) => Promise.resolve(calls.freeBytes(path)),
      remove(path: string) {
        const { size } = memory.calls.stat(path)!;
        hidden += size;
        late.push(size);
        return memory.background.remove(path);
      },
    };
    const { log } = loggerOf({ ...memory, calls, background }, { maxBytes: 10_000, maxFiles: 9 }, {
      minFreeBytes: 1_000,
    });
    for (let i = 0; i < 2; i++) {
      log.info("", { i });
      await log.flush();
    }
    assert.deepEqual(late, [PIECE]);
    hidden = 0;
    log.info("", { i: 2 });
    await log.flush();
    assert.deepEqual(late, [PIECE, PIECE]);
    await closeInTime(log, memory);
  });

  it("does not stop the log where the file system does not tell", async () => {
    const memory = fullDisk(Infinity);
    const runtime = failing(memory, { freeBytes: () => systemError("ENOSYS", "statfs") });
    const { log } = loggerOf(runtime, undefined, { minFreeBytes: 1_000 });
    log.info("", { i: 0 });
    await log.flush();
    await closeInTime(log, memory);
  });

  it("is refused where the runtime does not tell, and when it is no size", () => {
    const problem = "Deno tells the free space only with the permission --allow-sys=statfs";
    const runtime = { ...createMemoryRuntime(), freeSpaceProblem: () => problem };
    assert.throws(
      () => loggerOf(runtime, undefined, { minFreeBytes: "1MB" }),
      new RangeError(`Cannot use option "destinations[0].minFreeBytes": ${problem}`),
    );
    assert.throws(() => memoryLogger({ file: { minFreeBytes: "much" } }), /destinations\[0\]\.minFreeBytes/);
    assert.throws(() => memoryLogger({ file: { minFreeBytes: -1 } }), /destinations\[0\]\.minFreeBytes/);
  });
});
