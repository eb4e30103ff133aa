import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import { HousekeepingError, type HousekeepingTask } from "../../src/errors.ts";
import { isSameFile, type RuntimeFile } from "../../src/runtime.ts";
import { prometheusText } from "../../src/prometheus.ts";
import { loggerOn, logPath } from "../logger/harness.ts";
import { eio, failing, type Faults } from "../support/faults.ts";
import { createMemoryRuntime, type MemoryRuntime, systemError } from "../support/memory_runtime.ts";
import { closeInTime, inMemory, pieces, range, rotatedNames, sequence } from "./pieces.ts";

const namings = ["timestamp", "numbered"] as const;
const rotatedFile = /\.(\d{8}T[\d.]+Z-\d{3}|\d+)(\.gz)?$/;

/** A logger whose calls fail as long as a switch is on. */
function troubled(faults: (isOn: () => boolean) => Faults, rotate: RotateOptions, file: object = {}) {
  const runtime = createMemoryRuntime();
  const errors: Error[] = [];
  let isOn = true;
  const log = loggerOn(failing(runtime, faults(() => isOn)), {
    destinations: [{ uri: logPath, rotate: { maxBytes: 300, ...rotate }, ...file }],
    onError: (error) => void errors.push(error),
  });
  const put = async (i: number) => {
    log.info("x".repeat(30), { i });
    await log.flush();
    await runtime.clock.advance(20);
  };
  const failures = () => log.metrics().destinations[0]!.housekeepingFailures!;
  return { runtime, log, errors, put, failures, end: () => isOn = false };
}

type Troubled = ReturnType<typeof troubled>;

/** Each kind of trouble is told once, as housekeeping. */
function assertToldOnce({ errors }: Pick<Troubled, "errors">, ...tasks: HousekeepingTask[]): void {
  const told = errors.map((error) => error instanceof HousekeepingError ? error.task : String(error));
  assert.deepEqual(told.toSorted(), tasks.toSorted(), errors.map(String).join("\n"));
}

const withhold = (isOn: () => boolean, code = "EACCES"): Faults => ({
  rename: (from) => isOn() ? systemError(code, "rename", from) : undefined,
  remove: (path) => isOn() ? systemError(code, "unlink", path) : undefined,
  open: (path, { access }) => isOn() && access === "create" && path !== logPath ? systemError(code, "open") : undefined,
});

for (const naming of namings) {
  describe(`with ${naming} names`, () => {
    const kinds: Record<string, [(isOn: () => boolean) => Faults, HousekeepingTask[]]> = {
      "a directory that may not be written": [withhold, ["rotation", "registration"]],
      "a directory that may not be seen": [
        (isOn) => ({ list: () => isOn() ? systemError("EACCES", "scandir") : undefined }),
        ["rotation", "compression", "retention"],
      ],
    };
    for (const [name, [faults, tasks]] of Object.entries(kinds)) {
      it(`${name} stops no line, is told once and counted, and everything is taken up when it ends`, async () => {
        const it = troubled(faults, { naming });
        for (let i = 0; i < 60; i++) await it.put(i);
        assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(60));
        assert.equal(pieces(inMemory(it.runtime.fs)).length, 1);
        assertToldOnce(it, ...tasks);
        for (const task of tasks) assert.ok(it.failures()[task] > 0, task);
        const text = prometheusText(it.log);
        const counted =
          `_housekeeping_failures_total{destination="${logPath}",task="rotation"} ${it.failures().rotation}`;
        assert.ok(text.includes(counted), text);
        it.end();
        for (let i = 60; i < 120; i++) await it.put(i);
        await it.runtime.clock.advance(2_000);
        for (let i = 120; i < 124; i++) await it.put(i);
        const sizes = pieces(inMemory(it.runtime.fs)).map((lines) => lines.length);
        assert.ok(sizes.length > 2 && sizes.at(-1)! < 4, sizes.join());
        await closeInTime(it.log, it.runtime);
        assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(124));
        assertToldOnce(it, ...tasks);
        assert.deepEqual(it.runtime.fs.calls().list("/logs").filter((name) => name.endsWith(".writer")), []);
        assert.equal(it.runtime.fs.openFiles(), 0);
      });
    }

    it("is tried again with pauses that grow, not at each batch", async () => {
      let tries = 0;
      const it = troubled((isOn) => ({
        rename: (from) => {
          if (!isOn() || from !== logPath) return undefined;
          tries++;
          return systemError("EACCES", "rename", from);
        },
      }), { naming });
      for (let i = 0; i < 500; i++) await it.put(i);
      // Ten seconds: 0.1, 0.2, 0.4 s and so on.
      assert.ok(tries >= 6 && tries <= 9, `${tries} tries`);
      assertToldOnce(it, "rotation");
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(500));
    });

    it("is told again when it fails again after it went well", async () => {
      let isOn = true;
      const it = troubled(() => ({
        rename: (from) => isOn && from === logPath ? systemError("EIO", "rename", from) : undefined,
      }), { naming });
      for (let i = 0; i < 20; i++) await it.put(i);
      isOn = false;
      await it.runtime.clock.advance(30_000);
      for (let i = 20; i < 40; i++) await it.put(i);
      isOn = true;
      for (let i = 40; i < 60; i++) await it.put(i);
      assertToldOnce(it, "rotation", "rotation");
      isOn = false;
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(60));
    });

    for (const code of ["EACCES", "EMFILE", "ENOSPC"]) {
      it(`a log that cannot be made after the rename, for ${code}, lets lines go into the rotated file`, async () => {
        const it = troubled((isOn) => ({
          open(path, { access }) {
            const wasRotated = runtime.fs.calls().list("/logs").some((name) => rotatedFile.test(name));
            return isOn() && wasRotated && path === logPath && access === "create"
              ? systemError(code, "open", path)
              : undefined;
          },
        }), { naming, compress: "gzip" });
        const { runtime } = it;
        for (let i = 0; i < 30; i++) await it.put(i);
        assert.equal(it.log.metrics().destinations[0]!.written, 30);
        assertToldOnce(it, "rotation");
        assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.length, 1);
        assert.equal(runtime.fs.calls().stat(logPath), undefined);
        it.end();
        for (let i = 30; i < 60; i++) await it.put(i);
        await closeInTime(it.log, runtime);
        const { rotated, others } = rotatedNames(inMemory(runtime.fs));
        assert.ok(rotated.length > 2 && rotated.every((name) => name.endsWith(".gz")), rotated.join());
        assert.deepEqual([others, sequence(inMemory(runtime.fs))], [[], range(60)]);
        assertToldOnce(it, "rotation");
        assert.equal(runtime.fs.openFiles(), 0);
      });
    }

    describe("where there is no log and none can be made", () => {
      const unmakeable: Faults = {
        open: (path, { access }) =>
          path === logPath && access === "create" ? systemError("ENOSPC", "open", path) : undefined,
      };
      const newest = naming === "timestamp" ? "20200101T000000.000Z-001" : "1";
      const older = naming === "timestamp" ? "20200101T000000.000Z-000" : "2";
      const start = (files: Record<string, string>, lockTimeout = 10_000, links = 1, faults: Faults = {}) => {
        const memory = createMemoryRuntime();
        const fstat = (file: RuntimeFile) => ({ ...memory.calls.fstat(file), links });
        const runtime = { ...memory, calls: { ...memory.calls, fstat } };
        runtime.fs.calls().makeDirectory("/logs");
        leave(runtime, files);
        const errors: Error[] = [];
        const log = loggerOn(failing(runtime, { ...unmakeable, ...faults }), {
          destinations: [{ uri: logPath, lockTimeout, rotate: { maxBytes: 300, naming } }],
          onError: (error) => void errors.push(error),
        });
        return { runtime, errors, log, written: () => log.metrics().destinations[0]!.written };
      };

      it("a process that begins writes to the newest rotated file, when nobody holds it any more", async () => {
        const { runtime, errors, log, written } = start({
          [`app.log.${older}`]: "old\n",
          [`app.log.${newest}`]: "new\n",
        });
        const other = runtime.fs.calls("other");
        const file = other.open(`${logPath}.${newest}`, { access: "append" });
        other.tryLock(file);
        log.info("x", { i: 0 });
        await runtime.clock.advance(1_000);
        assert.equal(written(), 0);
        other.close(file);
        await runtime.clock.advance(1_000);
        assert.equal(written(), 1);
        assert.equal(runtime.fs.readText(`${logPath}.${older}`), "old\n");
        assert.match(runtime.fs.readText(`${logPath}.${newest}`), /^new\n\{.*"i":0\}\n$/);
        assertToldOnce({ errors }, "rotation");
        await closeInTime(log, runtime);
        assert.equal(runtime.fs.openFiles(), 0);
      });

      it("writes to the log that somebody makes while it waits", async () => {
        const { runtime, log, written } = start({ [`app.log.${newest}`]: "new\n" });
        const other = runtime.fs.calls("other");
        const file = other.open(`${logPath}.${newest}`, { access: "append" });
        other.tryLock(file);
        log.info("x", { i: 0 });
        await runtime.clock.advance(1_000);
        leave(runtime, { "app.log": "" });
        await runtime.clock.advance(1_000);
        assert.equal(written(), 1);
        assert.match(runtime.fs.readText(logPath), /"i":0/);
        await closeInTime(log, runtime);
        other.close(file);
      });

      it("finds the newest rotated file under the name that it is given meanwhile", async () => {
        const [from, to] = naming === "timestamp"
          ? [newest, "20200101T000000.000Z-002"]
          : ["unnumbered.20200101T000000.000Z-001", "1"];
        let isRenamed = false;
        const { runtime, errors, log, written } = start({ [`app.log.${from}`]: "new\n" }, 10_000, 1, {
          stat(path) {
            if (path !== `${logPath}.${from}` || isRenamed) return undefined;
            isRenamed = true;
            return void runtime.fs.calls("other").rename(path, `${logPath}.${to}`);
          },
        });
        log.info("x", { i: 0 });
        await runtime.clock.advance(40);
        assert.deepEqual([isRenamed, written()], [true, 1]);
        assert.match(runtime.fs.readText(`${logPath}.${to}`), /^new\n\{.*"i":0\}\n$/);
        assertToldOnce({ errors }, "rotation");
        await closeInTime(log, runtime);
      });

      it("writes to the log that is there again, though the file that it wrote to cannot be locked any more", async () => {
        let isBroken = false;
        const { runtime, errors, log, written } = start({ [`app.log.${newest}`]: "new\n" }, 10_000, 1, {
          tryLock: (file) =>
            isBroken && runtime.calls.fstat(file).size > 0 ? systemError("ENOLCK", "tryLock") : undefined,
        });
        log.info("x", { i: 0 });
        await runtime.clock.advance(1_000);
        assert.equal(written(), 1);
        isBroken = true;
        leave(runtime, { "app.log": "" });
        log.info("x", { i: 1 });
        await runtime.clock.advance(40);
        assert.equal(written(), 2);
        assert.match(runtime.fs.readText(logPath), /"i":1/);
        assertToldOnce({ errors }, "rotation");
        isBroken = false;
        await closeInTime(log, runtime);
      });

      it("leaves no file open where closing the one that was the newest fails", async () => {
        const faults: Error[] = [];
        const { runtime, log, written } = start({ [`app.log.${older}`]: "old\n" }, 10_000, 1, {
          close(file) {
            // Linux closes the file whatever it says.
            if (faults.length > 0) runtime.calls.close(file);
            return faults.shift();
          },
        });
        log.info("x", { i: 0 });
        await runtime.clock.advance(1_000);
        assert.equal(written(), 1);
        leave(runtime, { [`app.log.${newest}`]: "new\n" });
        faults.push(systemError("EIO", "close"));
        log.info("x", { i: 1 });
        await runtime.clock.advance(1_000);
        assert.deepEqual([written(), faults], [2, []]);
        assert.match(runtime.fs.readText(`${logPath}.${newest}`), /"i":1/);
        await closeInTime(log, runtime);
        assert.equal(runtime.fs.openFiles(), 0);
      });

      it("writes to none that is compressed, or has another name that somebody may have planted", async () => {
        for (const kind of ["compressed", "linked"] as const) {
          const { runtime, errors, log, written } = start(
            {
              [`app.log.${older}`]: "old\n",
              [`app.log.${newest}${kind === "compressed" ? ".gz" : ""}`]: "new\n",
            },
            50,
            kind === "linked" ? 2 : 1,
          );
          log.info("x", { i: 0 });
          await runtime.clock.advance(60);
          assert.equal(written(), 0, kind);
          assert.match(errors[0]!.message, /ENOSPC: open/);
          await closeInTime(log, runtime);
          assert.equal(runtime.fs.readText(`${logPath}.${older}`), "old\n");
          assert.equal(runtime.fs.openFiles(), 0);
        }
      });
    });

    it("files that can be made but not removed do not become more with each try", async () => {
      const it = troubled((isOn) => ({
        remove: (path) => isOn() ? systemError("EPERM", "unlink", path) : undefined,
        // So that what registers the process is to be made again and again.
        tryLock: (file) => isOn() && others().length > 0 && !isLog(file) ? systemError("ENOLCK", "flock") : undefined,
      }), { naming, maxAge: 60_000, maxFiles: 3 });
      const { fs } = it.runtime;
      const isLog = (file: RuntimeFile) => isSameFile(fs.calls().fstat(file), fs.calls().stat(logPath));
      // Those with a number of their own, not that of a rotated file.
      const others = () => fs.calls().list("/logs").filter((name) => /\.writer$|\.inode-\d{9,}\.gz\.tmp$/.test(name));
      for (let i = 0; i < 20; i++) await it.put(i);
      await it.runtime.clock.advance(60_000);
      const before = others();
      assert.notDeepEqual(before, []);
      for (let i = 20; i < 60; i++) await it.put(i);
      await it.runtime.clock.advance(600_000);
      assert.deepEqual(others(), before);
      it.end();
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(others(), []);
    });

    it("an fsync before the rotation that fails leaves the file as it is, and the lines go into it", async () => {
      let isRotating = false;
      const it = troubled(
        (isOn) => ({
          // The look at the clock of the file comes right before.
          sync: () => isOn() && isRotating ? eio("fsync") : undefined,
          write: () => {
            isRotating = false;
            return undefined;
          },
          unlock: () => {
            isRotating = false;
            return undefined;
          },
          tryLock: () => {
            isRotating = true;
            return undefined;
          },
        }),
        { naming },
        { durability: "disk" },
      );
      for (let i = 0; i < 30; i++) await it.put(i);
      assertToldOnce(it, "rotation");
      assert.equal(pieces(inMemory(it.runtime.fs)).length, 1);
      it.end();
      await it.runtime.clock.advance(30_000);
      for (let i = 30; i < 60; i++) await it.put(i);
      await closeInTime(it.log, it.runtime);
      assert.ok(pieces(inMemory(it.runtime.fs)).length > 2);
      assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(60));
    });

    it("a rotated file that cannot be deleted does not keep the others, and is told once", async () => {
      let first: string | undefined;
      const it = troubled((isOn) => ({
        open(path, { access }) {
          if (!isOn() || access !== "read" || !rotatedFile.test(path)) return undefined;
          const { inode } = runtime.fs.calls().stat(path)!;
          first ??= String(inode);
          return String(inode) === first ? systemError("EACCES", "open", path) : undefined;
        },
      }), { naming, maxFiles: 2 });
      const { runtime } = it;
      for (let i = 0; i < 60; i++) await it.put(i);
      await runtime.clock.advance(1_000);
      assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.length, 3);
      assertToldOnce(it, "retention");
      it.end();
      await closeInTime(it.log, runtime);
      assert.equal(rotatedNames(inMemory(runtime.fs)).rotated.length, 2);
      assertToldOnce(it, "retention");
    });

    it("a file that cannot be compressed is compressed when it can, although nothing is logged any more", async () => {
      const it = troubled((isOn) => ({
        open: (path, { access }) =>
          isOn() && access === "create" && path.endsWith(".tmp") ? systemError("ENOSPC", "open", path) : undefined,
      }), { naming, compress: "gzip" });
      for (let i = 0; i < 20; i++) await it.put(i);
      await it.runtime.clock.advance(5_000);
      assertToldOnce(it, "compression");
      const plain = () => rotatedNames(inMemory(it.runtime.fs)).rotated.filter((name) => !name.endsWith(".gz"));
      assert.ok(plain().length > 2);
      it.end();
      for (let waited = 0; plain().length > 0 && waited < 60; waited++) await it.runtime.clock.advance(1_000);
      assert.deepEqual(plain(), []);
      assertToldOnce(it, "compression");
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(20));
    });

    it("what fails is not told again because there was no log for a while", async () => {
      const it = troubled((isOn) => ({
        open: (path, { access }) =>
          isOn() && access === "read" && rotatedFile.test(path) ? systemError("EACCES", "open", path) : undefined,
      }), { naming, compress: "gzip", maxFiles: 2 });
      const { fs, clock } = it.runtime;
      for (let i = 0; i < 20; i++) await it.put(i);
      await clock.advance(3_000);
      assertToldOnce(it, "compression", "retention");
      const { compression } = it.failures();
      fs.calls().rename(logPath, "/logs/taken away");
      await clock.advance(3_000);
      await it.put(20);
      await clock.advance(3_000);
      assertToldOnce(it, "compression", "retention");
      assert.ok(it.failures().compression > compression, "it fails on");
      it.end();
      await closeInTime(it.log, it.runtime);
    });

    it("an end of a period that cannot be kept is made up for", async () => {
      const it = troubled(withhold, { naming, maxBytes: undefined, every: "hour" });
      await it.put(0);
      await it.runtime.clock.advance(3_600_000);
      await it.put(1);
      await it.put(2);
      assert.equal(pieces(inMemory(it.runtime.fs)).length, 1);
      it.end();
      await it.runtime.clock.advance(60_000);
      await it.put(3);
      assert.deepEqual(pieces(inMemory(it.runtime.fs)).map((lines) => lines.length), [3, 1]);
      await it.put(4);
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(pieces(inMemory(it.runtime.fs)).map((lines) => lines.length), [3, 2]);
    });

    it("a directory that may not be seen at the end of a period stops no line and is told once", async () => {
      const it = troubled(
        (isOn) => ({ list: () => isOn() ? systemError("EACCES", "scandir") : undefined }),
        { naming, maxBytes: undefined, every: "hour", maxFiles: 5 },
      );
      await it.put(0);
      await it.runtime.clock.advance(3_600_000);
      for (let i = 1; i < 50; i++) await it.put(i);
      assertToldOnce(it, "rotation", "compression", "retention");
      assert.ok(it.failures().rotation < 8, `${it.failures().rotation} tries`);
      assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(50));
      it.end();
      await it.runtime.clock.advance(60_000);
      await it.put(50);
      await closeInTime(it.log, it.runtime);
      assert.deepEqual(pieces(inMemory(it.runtime.fs)).map((lines) => lines.length), [50, 1]);
    });

    it("a fragment in a file that is full and cannot be rotated stays alone on its line", async () => {
      const it = troubled(withhold, { naming });
      for (let i = 0; i < 5; i++) await it.put(i);
      const calls = it.runtime.fs.calls("other");
      const file = calls.open(logPath, { access: "append" });
      calls.write(file, new TextEncoder().encode("torn"));
      calls.close(file);
      await it.put(5);
      const lines = it.runtime.fs.readText(logPath).trimEnd().split("\n");
      assert.equal(lines.at(-2), "torn");
      assert.equal(JSON.parse(lines.at(-1)!).i, 5);
      it.end();
      await closeInTime(it.log, it.runtime);
    });
  });
}

describe("a chain of numbered renames", () => {
  it("that breaks in the middle costs nothing, and is finished when it can be", async () => {
    const it = troubled((isOn) => ({
      rename: (from) => isOn() && from === `${logPath}.2` ? eio("rename") : undefined,
    }), { naming: "numbered" });
    for (let i = 0; i < 40; i++) await it.put(i);
    assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(40));
    assertToldOnce(it, "compression");
    assert.match(it.errors[0].message, /^Cannot give numbers to rotated files of .*EIO.*; they stay as they are, and/);
    it.end();
    await it.runtime.clock.advance(30_000);
    for (let i = 40; i < 50; i++) await it.put(i);
    await closeInTime(it.log, it.runtime);
    assert.deepEqual(sequence(inMemory(it.runtime.fs)), range(50));
    const numbers = rotatedNames(inMemory(it.runtime.fs)).rotated.map((name) => Number(name.slice("app.log.".length)));
    assert.deepEqual(numbers, range(numbers.length).map((i) => numbers.length - i));
  });
});

describe("whoever closes", () => {
  for (const naming of namings) {
    for (const compress of ["gzip", false] as const) {
      it(`tidies up what a dead one has left, ${compress || "not compressing"}, with ${naming} names`, async () => {
        const runtime = createMemoryRuntime();
        const log = loggerOn(runtime, {
          destinations: [{ uri: logPath, rotate: { maxBytes: 300, naming, compress } }],
        });
        log.info("x");
        await log.flush();
        await runtime.clock.advance(1_000);
        // All of it comes only now, when this one has nothing more to do.
        const stem = naming === "timestamp" ? "app.log.20200101T000000.000Z-000" : "app.log.1";
        const other = naming === "timestamp" ? "app.log.20200101T000000.000Z-001" : "app.log.2";
        leave(runtime, { [stem]: "one\n", [`${stem}.gz`]: "whole", [other]: "two\n" });
        leave(runtime, { "app.log.20200101T000000.000Z-001.gz.tmp": "hal", "app.log.inode-77.gz.tmp": "f" });
        await closeInTime(log, runtime);
        const names = runtime.fs.calls().list("/logs").sort();
        assert.deepEqual(
          names,
          ["app.log", ...[stem, other].map((name) => compress === false ? name : `${name}.gz`)].sort(),
        );
        assert.equal(runtime.fs.openFiles(), 0);
      });
    }
  }

  it("removes the unfinished file of a dead one also where it rotates nothing", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, { destinations: [logPath] });
    log.info("x");
    await log.flush();
    await runtime.clock.advance(1_000);
    leave(runtime, { "app.log.1": "one\n", "app.log.inode-77.gz.tmp": "f" });
    await closeInTime(log, runtime);
    assert.deepEqual(runtime.fs.calls().list("/logs").sort(), ["app.log", "app.log.1"]);
  });

  it("having written nothing touches nothing", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(runtime, { destinations: [{ uri: logPath, rotate: { maxBytes: 300 } }] });
    await closeInTime(log, runtime);
    assert.equal(runtime.fs.calls().stat("/logs"), undefined);
  });
});

function leave({ fs }: MemoryRuntime, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) fs.writeFile(`/logs/${name}`, text);
}
