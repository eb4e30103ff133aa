import { isSameFile, type RuntimeFile } from "../runtime.ts";
import { type Case, type Context, makeFile, readAll, writeAll } from "./case.ts";
import { expect, expectEqual, expectFailure } from "./expect.ts";

type Run = (context: Context & { readonly path: string }) => Promise<void>;

/** A case that holds for both forms of the slow calls; `path` is a name in the case's directory. */
function both(name: string, run: Run, needs?: Case["needs"]): Case {
  return {
    name,
    needs,
    inBothForms: true,
    run: (context) => run({ ...context, path: `${context.directory}/app.log` }),
  };
}

/** What the library expects of opening, reading and writing. */
export const fileCases: readonly Case[] = [
  // A logger makes its file, and several processes write it: each write must go to where the end is by then, without
  // the writer having to look first.
  both("an append goes to the end, also when another opening has grown the file", async ({ calls, path }) => {
    const mine = await calls.open(path, { access: "append" });
    const other = await calls.open(path, { access: "append" });
    await writeAll(calls, mine, "one\n");
    await writeAll(calls, other, "two\n");
    await writeAll(calls, mine, "three\n");
    expectEqual(await readAll(calls, mine), "one\ntwo\nthree\n", "the content");
    calls.close(mine);
    calls.close(other);
    const later = await calls.open(path, { access: "append" });
    await writeAll(calls, later, "four\n");
    expectEqual(await readAll(calls, later), "one\ntwo\nthree\nfour\n", "the content after reopening");
    calls.close(later);
  }),

  // The piece under compression and the names of rotated files are claimed by making them: only one may succeed.
  both("create makes a file, refuses one that exists and leaves it alone", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "create" });
    await writeAll(calls, file, "kept");
    await expectFailure(() => calls.open(path, { access: "create" }), ["EEXIST"], "create of what exists");
    expectEqual(await readAll(calls, file), "kept", "the content");
    calls.close(file);
  }),

  // The last byte is looked at under the lock, to find out whether a killed writer left a fragment.
  both("reading at a position returns what is there and leaves appends alone", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    await writeAll(calls, file, "0123456789");
    const read = async (position: number, length: number) => {
      const buffer = new Uint8Array(length);
      return new TextDecoder().decode(buffer.subarray(0, await calls.readAt(file, buffer, position)));
    };
    expectEqual(await read(3, 4), "3456", "a piece from the middle");
    expectEqual(await read(8, 4), "89", "a piece across the end");
    expectEqual(await read(10, 4), "", "a piece at the end");
    expectEqual(await read(99, 4), "", "a piece after the end");
    await writeAll(calls, file, "ab");
    expectEqual(await read(0, 20), "0123456789ab", "the content after another append");
    calls.close(file);
  }),

  // The bytes of a failed write are cut off again, down to the last whole line.
  both("truncate cuts the end off, and the next append follows there", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    await writeAll(calls, file, "whole\nfragm");
    await calls.truncate(file, 6);
    expectEqual(calls.fstat(file).size, 6, "the size");
    await writeAll(calls, file, "next\n");
    expectEqual(await readAll(calls, file), "whole\nnext\n", "the content");
    calls.close(file);
  }),

  // Short writes are continued, so the count must be true; an empty write must not look like a full disk.
  both("a write returns how many bytes went out", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    expectEqual(await calls.write(file, new Uint8Array(0)), 0, "the count of an empty write");
    const bytes = new TextEncoder().encode("0123456789").subarray(2, 5);
    const count = await calls.write(file, bytes);
    expect(count >= 0 && count <= 3, `a write of 3 bytes takes 0 to 3 of them, and not ${count}`);
    expectEqual(await readAll(calls, file), "234".slice(0, count), "the content");
    calls.close(file);
  }),

  // Long lines and full queues.
  both("a large piece arrives whole", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    const text = "0123456789abcde\n".repeat(5 * 65536);
    await writeAll(calls, file, text);
    expect(await readAll(calls, file) === text, "5 MiB come back as they went");
    await calls.sync(file);
    calls.close(file);
  }),

  // The log that follows a rotation is as open as the one before it, whatever the umask and the mode of the logger say.
  both("an open file takes other permission bits and another owner", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "create", mode: 0o600 });
    const { mode, owner, group } = calls.fstat(file);
    if (mode === undefined || owner === undefined || group === undefined) return calls.close(file);
    expectEqual(mode, 0o600, "the bits at first");
    await calls.rename(path, `${path}.1`);
    await makeFile(calls, path, "");
    calls.changeMode(file, 0o666);
    expectEqual(calls.fstat(file).mode, 0o666, "the bits afterwards");
    calls.changeOwner(file, { owner, group });
    expectEqual([calls.fstat(file).owner, calls.fstat(file).group], [owner, group], "the owner");
    expect(calls.stat(path)?.mode !== 0o666, "what stands at its former name is left alone");
    calls.close(file);
  }),

  // Who reads a rotated file must not change it.
  both("a file opened for reading cannot be written", async ({ calls, path }) => {
    await makeFile(calls, path, "content");
    const file = await calls.open(path, { access: "read" });
    await expectFailure(() => calls.write(file, new Uint8Array(1)), [], "a write");
    expectEqual(await readAll(calls, file), "content", "the content");
    calls.close(file);
  }),

  // A closed descriptor's number soon belongs to another file of the program.
  both("a closed file takes no writes", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    calls.close(file);
    const next = await calls.open(`${path}.next`, { access: "append" });
    await expectFailure(() => calls.write(file, new Uint8Array(1)), [], "a write after close");
    expectEqual(calls.fstat(next).size, 0, "the size of the file opened next");
    calls.close(next);
  }),

  // Policy is written against these codes.
  both("what does not exist is reported as ENOENT", async ({ calls, path, directory }) => {
    expectEqual(calls.stat(path), undefined, "what stands there");
    expectEqual(calls.stat(`${directory}/absent/app.log`), undefined, "what stands in no directory");
    await expectFailure(() => calls.open(path, { access: "read" }), ["ENOENT"], "open for reading");
    const inNoDirectory = `${directory}/absent/app.log`;
    await expectFailure(() => calls.open(inNoDirectory, { access: "append" }), ["ENOENT"], "open in no directory");
    await expectFailure(() => calls.rename(path, `${path}.1`), ["ENOENT"], "rename");
    await expectFailure(() => calls.remove(path), ["ENOENT"], "remove");
    await expectFailure(() => calls.list(`${directory}/absent`), ["ENOENT"], "list");
  }),

  // A path that is a directory is a mistake of the user's, which the message names.
  both("a directory cannot be opened for appending", async ({ calls, directory }) => {
    await expectFailure(() => calls.open(directory, { access: "append" }), ["EISDIR", "EACCES", "EPERM"], "open");
  }),

  // Rotation and cleaning up see the files by these two calls.
  both("stat tells files from directories", async ({ calls, path, directory }) => {
    await makeFile(calls, path, "12345");
    expectEqual(calls.stat(path)?.kind, "file", "the kind of a file");
    expectEqual(calls.stat(path)?.size, 5, "the size of a file");
    expectEqual(calls.stat(directory)?.kind, "directory", "the kind of a directory");
  }),

  // A link in a world-writable directory must not lead the log elsewhere (CWE-59).
  both("a symbolic link is seen as such and not opened", async ({ calls, path, directory, makeLink }) => {
    const target = `${directory}/target`;
    await makeFile(calls, target, "untouched");
    makeLink?.(target, path);
    expectEqual(calls.stat(path)?.kind, "symlink", "the kind of a link");
    for (const access of ["append", "create", "read"] as const) {
      await expectFailure(() => calls.open(path, { access }), ["ELOOP", "EEXIST", "EMLINK"], `open for ${access}`);
    }
    makeLink?.(`${directory}/absent`, `${path}.dangling`);
    await expectFailure(() => calls.open(`${path}.dangling`, { access: "append" }), ["ELOOP", "EMLINK"], "open");
    expectEqual(calls.stat(`${directory}/absent`), undefined, "what a link to nothing led to");
  }, "makeLink"),

  // Whether another process has rotated is found out by identity, never by name.
  both("a file keeps its identity when renamed, and another file has another", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    expect(isSameFile(calls.fstat(file), calls.stat(path)), "fstat and stat agree on the identity");
    await calls.rename(path, `${path}.1`);
    expectEqual(calls.stat(path), undefined, "what stands at the old name");
    expect(isSameFile(calls.fstat(file), calls.stat(`${path}.1`)), "the identity outlives the rename");
    await makeFile(calls, path, "");
    expect(!isSameFile(calls.fstat(file), calls.stat(path)), "a new file at the old name has another identity");
    await writeAll(calls, file, "late");
    expectEqual(calls.stat(`${path}.1`)?.size, 4, "the size of the renamed file after a write to it");
    calls.close(file);
  }),

  // `rm app.log` while logging: nothing breaks before the library notices.
  both("a removed file can be written on until it is closed", async ({ calls, path }) => {
    const file = await calls.open(path, { access: "append" });
    await calls.remove(path);
    expectEqual(calls.stat(path), undefined, "what stands at the name");
    await writeAll(calls, file, "unseen");
    expectEqual(calls.fstat(file).size, 6, "the size");
    calls.close(file);
  }),

  // `x.gz.tmp` becomes `x.gz` even when an earlier attempt got that far.
  both("a rename replaces what stands at the new name", async ({ calls, path }) => {
    await makeFile(calls, path, "new");
    await makeFile(calls, `${path}.gz`, "old one");
    await calls.rename(path, `${path}.gz`);
    expectEqual(calls.stat(`${path}.gz`)?.size, 3, "the size at the new name");
    expectEqual(calls.stat(path), undefined, "what stands at the old name");
  }),

  // Retention, and the look for work that a killed process left behind.
  both("list names everything in a directory", async ({ calls, directory }) => {
    expectEqual(await calls.list(directory), [], "the names in an empty directory");
    const names = ["app.log", "app 2.log.gz", "ünïcödé-✓.log"];
    for (const name of names) await makeFile(calls, `${directory}/${name}`, name);
    await calls.makeDirectory(`${directory}/sub`);
    expectEqual((await calls.list(directory)).sort(), [...names, "sub"].sort(), "the names");
    await calls.remove(`${directory}/app.log`);
    expect(!(await calls.list(directory)).includes("app.log"), "a removed name is gone");
  }),

  // `minFreeBytes`. What others write meanwhile is not ours to foresee, so only the size of the number is checked.
  both("the free space of a directory is told, or why it is not", async ({ runtime, calls, directory }) => {
    const problem = runtime.freeSpaceProblem();
    if (problem !== undefined) return expect(problem !== "", "the problem has words");
    const free = await calls.freeBytes(directory);
    expect(free > 0 && !Number.isNaN(free), `there is room for this test, and not for ${free} bytes`);
    await expectFailure(() => calls.freeBytes(`${directory}/absent`), ["ENOENT"], "the space of what does not exist");
  }),

  // Several processes start at once and each makes the directory of the log.
  both("makeDirectory makes parents and does not mind what exists", async ({ calls, path, directory }) => {
    const deep = `${directory}/a/b/c`;
    await calls.makeDirectory(deep);
    await calls.makeDirectory(deep);
    expectEqual(calls.stat(deep)?.kind, "directory", "the kind");
    await makeFile(calls, path, "");
    await expectFailure(() => calls.makeDirectory(`${path}/sub`), ["ENOTDIR", "EEXIST"], "a directory in a file");
    await expectFailure(() => calls.makeDirectory(path), ["EEXIST", "ENOTDIR"], "a directory in place of a file");
  }),

  // The size is always read from the file system, since others write too.
  both("fstat and stat see at once what another opening wrote", async ({ calls, path }) => {
    const mine = await calls.open(path, { access: "append" });
    const other = await calls.open(path, { access: "append" });
    for (let size = 3; size <= 30; size += 3) {
      await writeAll(calls, other, "abc");
      expectEqual(calls.fstat(mine).size, size, "the size by fstat");
      expectEqual(calls.stat(path)?.size, size, "the size by stat");
    }
    [mine, other].forEach((file: RuntimeFile) => calls.close(file));
  }),

  // The period of a file is that of its last write.
  both("a file is as old as its last write", async ({ calls, path, runtime }) => {
    const file = await calls.open(path, { access: "append" });
    const before = runtime.now();
    await writeAll(calls, file, "now");
    const after = runtime.now();
    const time = calls.fstat(file).modifiedAt;
    // Systems keep the time of files by the tick of their clock, and some to two seconds.
    expect(before - 3_000 <= time && time <= after + 3_000, `it is of ${before} to ${after}, and not of ${time}`);
    expect(Number.isInteger(time), "the time is in whole milliseconds");
    calls.close(file);
  }),
];
