import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loggerOn, logPath } from "../logger/harness.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, systemError } from "../support/memory_runtime.ts";
import { closeInTime } from "./pieces.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('durability: "disk"', () => {
  it("a flush rejects until what has landed is on the disk, and writes no line twice", async () => {
    const runtime = createMemoryRuntime();
    let [syncs, left] = [0, 3];
    const sync = () => (syncs++, left-- > 0 ? systemError("EIO", "fsync") : undefined);
    const errors: Error[] = [];
    const log = loggerOn(failing(runtime, { sync }), {
      destinations: [{ uri: logPath, durability: "disk" }],
      onError: (error) => void errors.push(error),
    });
    log.info("x");
    for (let tries = 1; tries <= 3; tries++) {
      await assert.rejects(log.flush(), /Cannot bring "\/logs\/app.log" to the disk: .*EIO/);
      assert.equal(syncs, tries);
    }
    await log.flush();
    // The file, and the directory that has got its name.
    assert.equal(syncs, 5);
    await log.flush();
    assert.equal(syncs, 5);
    assert.equal(runtime.fs.readText(logPath).split("\n").length, 2);
    assert.equal(errors.length, 1);
    await closeInTime(log, runtime);
    assert.equal(runtime.fs.openFiles(), 0);
  });

  for (const isWritten of [false, true]) {
    const errors: string[] = [];
    it(`a flush tells once of lines that were rotated away before${isWritten ? ", though more were written" : ""}`, async () => {
      const runtime = createMemoryRuntime();
      let isBroken = true;
      const log = loggerOn(failing(runtime, { sync: () => isBroken ? systemError("EIO", "fsync") : undefined }), {
        destinations: [{ uri: logPath, durability: "disk" }],
        onError: (error) => void errors.push(error.message),
      });
      log.info("x");
      await assert.rejects(log.flush(), /EIO/);
      isBroken = false;
      runtime.calls.rename(logPath, `${logPath}.1`);
      if (isWritten) log.info("y");
      await assert.rejects(log.flush(), /Cannot bring lines of "\/logs\/app.log" to the disk: it was rotated before/);
      await nextTurn();
      await log.flush();
      assert.equal(errors.filter((text) => text.startsWith("Cannot bring lines of")).length, isWritten ? 1 : 0);
      await closeInTime(log, runtime);
    });
  }

  it("a flush beside a close opens no file again", async () => {
    const runtime = createMemoryRuntime();
    const log = loggerOn(failing(runtime, { sync: [systemError("EIO", "fsync"), systemError("EIO", "fsync")] }), {
      destinations: [{ uri: logPath, durability: "disk" }],
      onError: () => {},
    });
    log.info("x");
    await assert.rejects(log.flush(), /EIO/);
    const ends = [log.flush(), closeInTime(log, runtime), log.flush(), log.flush()];
    await Promise.allSettled(ends);
    await Promise.allSettled([log.flush()]);
    await nextTurn();
    assert.equal(runtime.fs.openFiles(), 0);
  });

  it("a write that is brought to the disk settles what an earlier one left", async () => {
    const runtime = createMemoryRuntime();
    let isBroken = true;
    const log = loggerOn(failing(runtime, { sync: () => isBroken ? systemError("EIO", "fsync") : undefined }), {
      destinations: [{ uri: logPath, durability: "disk" }],
      onError: () => {},
    });
    log.info("x");
    await assert.rejects(log.flush());
    isBroken = false;
    log.info("y");
    await log.flush();
    isBroken = true;
    await log.flush();
    isBroken = false;
    await closeInTime(log, runtime);
  });
});
