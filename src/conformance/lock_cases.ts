import { isSameFile } from "../runtime.ts";
import { type Case, makeFile, readAll, writeAll } from "./case.ts";
import { expect, expectEqual } from "./expect.ts";

/** What the library expects of locks. */
export const lockCases: readonly Case[] = [
  {
    name: "files can be locked",
    run({ runtime }) {
      expectEqual(runtime.lockProblem(), undefined, "the problem");
      return Promise.resolve();
    },
  },
  {
    // Worker threads are other openings in the same process.
    name: "two openings of a file exclude each other",
    inBothForms: true,
    async run({ calls, directory }) {
      const path = `${directory}/app.log`;
      const [a, b] = [await calls.open(path, { access: "append" }), await calls.open(path, { access: "append" })];
      expect(calls.tryLock(a), "a free lock can be taken");
      expect(!calls.tryLock(b), "a lock that is held cannot be taken");
      expect(!calls.tryLock(b), "nor at the second attempt");
      calls.unlock(a);
      expect(calls.tryLock(b), "a lock that was given back can be taken");
      expect(!calls.tryLock(a), "the new holder excludes the old one");
      calls.close(b);
      expect(calls.tryLock(a), "closing gives the lock back");
      calls.close(a);
    },
  },
  {
    // Deleting and compressing is done by who holds the lock of the rotated file, which may be open for reading only.
    name: "a file opened for reading can be locked",
    inBothForms: true,
    async run({ calls, directory }) {
      const path = `${directory}/app.log`;
      await makeFile(calls, path, "old");
      const [a, b] = [await calls.open(path, { access: "read" }), await calls.open(path, { access: "append" })];
      expect(calls.tryLock(a), "a free lock can be taken");
      expect(!calls.tryLock(b), "a lock that is held cannot be taken");
      [a, b].forEach((file) => calls.close(file));
    },
  },
  {
    // The heart of the protocol: the lock belongs to the file, whatever it is called by now.
    name: "a lock goes along with a rename, and the new file at the name is free",
    inBothForms: true,
    async run({ calls, directory }) {
      const path = `${directory}/app.log`;
      const holder = await calls.open(path, { access: "append" });
      expect(calls.tryLock(holder), "a free lock can be taken");
      await calls.rename(path, `${path}.1`);

      const rotated = await calls.open(`${path}.1`, { access: "append" });
      expect(!calls.tryLock(rotated), "the renamed file is still locked");
      const fresh = await calls.open(path, { access: "append" });
      expect(calls.tryLock(fresh), "the new file is not");
      expect(!isSameFile(calls.fstat(holder), calls.fstat(fresh)), "the two are told apart by identity");

      calls.close(holder);
      expect(calls.tryLock(rotated), "closing gives the lock back");
      [rotated, fresh].forEach((file) => calls.close(file));
    },
  },
  {
    // The lock is held while a write is under way in the background, and the exit hook asks for the size meanwhile.
    name: "locks and sizes can be asked for during a write in the background",
    async run({ runtime, directory }) {
      const { calls, background } = runtime;
      const path = `${directory}/app.log`;
      const file = calls.open(path, { access: "append" });
      const other = calls.open(path, { access: "append" });
      expect(calls.tryLock(file), "a free lock can be taken");
      const bytes = new Uint8Array(4 << 20).fill(0x61);
      const writing = background.write(file, bytes);
      expect(!calls.tryLock(other), "the lock holds during the write");
      const { size } = calls.fstat(file);
      expect(size >= 0 && size <= bytes.byteLength, "the size is known during the write");
      calls.unlock(file);
      expect(calls.tryLock(other), "it can be given back during the write");
      calls.unlock(other);
      expect(calls.tryLock(file), "and taken again");
      const count = await writing;
      expectEqual(calls.fstat(file).size, count, "the size after the write");
      [file, other].forEach((each) => calls.close(each));
    },
  },
  {
    // `process.exit` during a write: the exit hook waits on the spot until the file has grown by what is under way.
    name: "a write in the background lands while the thread stands still",
    async run({ runtime, directory }) {
      const { calls, background } = runtime;
      const file = calls.open(`${directory}/app.log`, { access: "append" });
      const writing = background.write(file, new Uint8Array(1 << 20).fill(0x61));
      let waited = 0;
      for (; calls.fstat(file).size < 1 << 20 && waited < 5000; waited++) runtime.sleep(1);
      expectEqual(calls.fstat(file).size, 1 << 20, "the size while the thread stands still");
      expectEqual(await writing, 1 << 20, "the count");
      calls.close(file);
    },
  },
  {
    name: "another process is excluded, and excludes",
    needs: "otherProcess",
    async run({ runtime: { calls }, calls: { open }, directory, otherProcess }) {
      const path = `${directory}/app.log`;
      const file = await open(path, { access: "append" });
      expect(calls.tryLock(file), "a free lock can be taken");
      expectEqual(await otherProcess!.tryLock(path), false, "what the other process gets while we hold the lock");
      calls.unlock(file);
      expectEqual(await otherProcess!.tryLock(path), true, "what the other process gets once we gave it back");

      const release = await otherProcess!.hold(path);
      try {
        expect(!calls.tryLock(file), "a lock that the other process holds cannot be taken");
      } finally {
        await release();
      }
      expect(calls.tryLock(file), "it can be taken once the other process gave it back");
      calls.close(file);
    },
  },
  {
    // Rotation by another process in between the open and the lock.
    name: "a rotation in between is noticed by identity",
    inBothForms: true,
    async run({ calls, directory }) {
      const path = `${directory}/app.log`;
      const slow = await calls.open(path, { access: "append" });
      const quick = await calls.open(path, { access: "append" });
      expect(calls.tryLock(quick), "a free lock can be taken");
      await writeAll(calls, quick, "before\n");
      await calls.rename(path, `${path}.1`);
      await makeFile(calls, path, "");
      calls.close(quick);

      expect(calls.tryLock(slow), "the lock of the rotated file is free");
      expect(!isSameFile(calls.fstat(slow), calls.stat(path)), "but the file is not the one at the path");
      expectEqual(await readAll(calls, slow), "before\n", "the content of the rotated file");
      calls.close(slow);
    },
  },
];
