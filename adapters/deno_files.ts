/**
 * The file calls of Deno. An open file is Deno's own `FsFile`.
 *
 * @module
 */

import type { BackgroundCalls, Calls, FileInfo, FileKind, OpenOptions, RuntimeFile } from "../src/runtime.ts";
import { errorCode } from "../src/runtime.ts";

function own(file: RuntimeFile): Deno.FsFile {
  return file as Deno.FsFile;
}

function denoOptions({ access, mode = 0o644 }: OpenOptions): Deno.OpenOptions {
  switch (access) {
    case "append":
      return { read: true, append: true, create: true, mode };
    case "create":
      return { read: true, append: true, createNew: true, mode };
    case "read":
      return { read: true };
  }
}

/**
 * Stands in for `O_NOFOLLOW`, which Deno does not pass on: a look before the open. A link put there in between is
 * followed, which the comparison of identities under the lock notices. `create` never follows one anyway.
 */
function refuseLink(path: string, kind: FileKind | undefined): void {
  if (kind !== "symlink") return;
  throw Object.assign(new Error(`Cannot open ${JSON.stringify(path)}: it is a symbolic link`), { code: "ELOOP" });
}

function kind(info: Deno.FileInfo): FileKind {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  return info.isSymlink ? "symlink" : "other";
}

function fileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: kind(info),
    device: info.dev,
    inode: info.ino ?? 0,
    size: info.size,
    modifiedAt: info.mtime?.getTime() ?? 0,
  };
}

function stat(path: string): FileInfo | undefined {
  try {
    return fileInfo(Deno.lstatSync(path));
  } catch (error) {
    return undefinedIfAbsent(error);
  }
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** Throws an error, with the system's code where Deno gives none (2.9: EFBIG): its message tells the number. */
function throwWithCode(error: unknown): never {
  const number = error instanceof Error && errorCode(error) === undefined &&
    /\(os error (\d+)\)/.exec(error.message)?.[1];
  if (number) {
    const { errno } = process.getBuiltinModule("node:os").constants;
    const code = Object.entries(errno).find(([, value]) => value === Number(number))?.[0];
    if (code !== undefined) Object.assign(error, { code });
  }
  throw error;
}

/** Makes the synchronous calls. */
export function denoCalls(): Calls {
  return {
    open(path, options) {
      if (options.access !== "create") refuseLink(path, stat(path)?.kind);
      return Deno.openSync(path, denoOptions(options));
    },
    stat,
    rename: (from, to) => Deno.renameSync(from, to),
    remove: (path) => Deno.removeSync(path),
    makeDirectory: (path) => Deno.mkdirSync(path, { recursive: true }),
    list: (path) => Array.from(Deno.readDirSync(path), (entry) => entry.name),
    tryLock: (file) => own(file).tryLockSync(true),
    unlock: (file) => own(file).unlockSync(),
    fstat: (file) => fileInfo(own(file).statSync()),
    write(file, bytes) {
      try {
        return own(file).writeSync(bytes);
      } catch (error) {
        return throwWithCode(error);
      }
    },
    readAt(file, buffer, position) {
      // Deno has no pread; the position does not matter to a file that is open for appending.
      own(file).seekSync(position, Deno.SeekMode.Start);
      return own(file).readSync(buffer) ?? 0;
    },
    truncate: (file, length) => own(file).truncateSync(length),
    sync: (file) => own(file).syncSync(),
    close: (file) => own(file).close(),
  };
}

/** Makes the background calls. */
export function denoBackgroundCalls(): BackgroundCalls {
  return {
    async open(path, options) {
      if (options.access !== "create") {
        refuseLink(path, await Deno.lstat(path).then(kind, undefinedIfAbsent));
      }
      return await Deno.open(path, denoOptions(options));
    },
    rename: (from, to) => Deno.rename(from, to),
    remove: (path) => Deno.remove(path),
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true }),
    list: (path) => Array.fromAsync(Deno.readDir(path), (entry) => entry.name),
    write: (file, bytes) => own(file).write(bytes).catch(throwWithCode),
    async readAt(file, buffer, position) {
      await own(file).seek(position, Deno.SeekMode.Start);
      return await own(file).read(buffer) ?? 0;
    },
    truncate: (file, length) => own(file).truncate(length),
    sync: (file) => own(file).sync(),
  };
}
