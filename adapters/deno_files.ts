/**
 * The file calls of Deno. An open file is Deno's own `FsFile`.
 *
 * @module
 */

import type { BackgroundCalls, Calls, FileInfo, FileKind, OpenOptions, RuntimeFile } from "../src/runtime.ts";
import { errorCode } from "../src/runtime.ts";
import { freeBytes } from "./node_files.ts";

function own(file: RuntimeFile): Deno.FsFile {
  return file as Deno.FsFile;
}

function denoOptions({ access, mode = 0o644 }: OpenOptions): Deno.OpenOptions {
  switch (access) {
    case "append":
      return { read: true, append: true };
    case "create":
      return { read: true, append: true, createNew: true, mode };
    case "read":
      return { read: true };
  }
}

/** Times that a file may come or go between the look at its name and the open. */
const MOST_TRIES = 10;

/**
 * Chooses how to open a file, by what stands at its name. This stands in for `O_NOFOLLOW`, which Deno does not pass on.
 * A file is only ever made with `O_EXCL`, which follows no link; one that is there is opened without `O_CREAT`. So a
 * link put there between the look and the open leads to a file that exists or to none, and nothing is made or cut
 * through it; that another file has been opened, the comparison of identities under the lock notices.
 */
function optionsFor(path: string, options: OpenOptions, kind: FileKind | undefined): Deno.OpenOptions {
  if (kind === "symlink") {
    throw Object.assign(new Error(`Cannot open ${JSON.stringify(path)}: it is a symbolic link`), { code: "ELOOP" });
  }
  // Opening it for reading would wait for somebody who writes.
  if (kind === "pipe" && options.access === "read") {
    throw Object.assign(new Error(`Cannot open ${JSON.stringify(path)}: it is a pipe`), { code: "ENXIO" });
  }
  return denoOptions(kind === undefined && options.access === "append" ? { ...options, access: "create" } : options);
}

/** Whether a file has come, or gone, since the look at its name. */
function hasChanged({ access }: OpenOptions, error: unknown): boolean {
  return access === "append" && ["EEXIST", "ENOENT"].includes(errorCode(error) ?? "");
}

function openNow(path: string, options: OpenOptions): Deno.FsFile {
  if (options.access === "create") return Deno.openSync(path, denoOptions(options));
  for (let tries = 1;; tries++) {
    try {
      return Deno.openSync(path, optionsFor(path, options, stat(path)?.kind));
    } catch (error) {
      if (tries >= MOST_TRIES || !hasChanged(options, error)) throw error;
    }
  }
}

async function openInBackground(path: string, options: OpenOptions): Promise<Deno.FsFile> {
  if (options.access === "create") return await Deno.open(path, denoOptions(options));
  for (let tries = 1;; tries++) {
    try {
      return await Deno.open(path, optionsFor(path, options, await Deno.lstat(path).then(kind, undefinedIfAbsent)));
    } catch (error) {
      if (tries >= MOST_TRIES || !hasChanged(options, error)) throw error;
    }
  }
}

function kind(info: Deno.FileInfo): FileKind {
  if (info.isFile) return "file";
  if (info.isDirectory) return "directory";
  if (info.isSymlink) return "symlink";
  return info.isFifo || info.isSocket ? "pipe" : "other";
}

function fileInfo(info: Deno.FileInfo): FileInfo {
  return {
    kind: kind(info),
    device: info.dev,
    inode: info.ino ?? 0,
    size: info.size,
    modifiedAt: info.mtime?.getTime() ?? 0,
    links: info.nlink ?? undefined,
    mode: info.mode === null ? undefined : info.mode & 0o777,
    owner: info.uid ?? undefined,
    group: info.gid ?? undefined,
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
  if (errorCode(error) !== "ENOENT") throw error;
}

/**
 * The path by which the system knows an open file, whatever stands at its name by now: Deno changes permissions and
 * owners by path only, and the name may be a link to a file of somebody else's. Takes `--allow-all`, and Linux.
 */
function descriptorOf(file: Deno.FsFile): string {
  const { dev, ino } = file.statSync();
  const directory = "/proc/self/fd";
  for (const { name } of Deno.readDirSync(directory)) {
    const path = `${directory}/${name}`;
    const info = statOrNothing(path);
    if (info?.ino === ino && info.dev === dev) return path;
  }
  throw new Error("Cannot find the descriptor of an open file");
}

function statOrNothing(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    // The descriptor by which the directory is read is closed by now.
    return undefinedIfAbsent(error);
  }
}

/** Makes the synchronous calls. */
export function denoCalls(): Calls {
  return {
    open: openNow,
    stat,
    rename: (from, to) => Deno.renameSync(from, to),
    remove: (path) => Deno.removeSync(path),
    makeDirectory: (path) => Deno.mkdirSync(path, { recursive: true }),
    list: (path) => Array.from(Deno.readDirSync(path), (entry) => entry.name),
    // Deno has no call of its own for it.
    freeBytes: (path) => freeBytes(process.getBuiltinModule("node:fs").statfsSync(path)),
    tryLock: (file) => own(file).tryLockSync(true),
    unlock: (file) => own(file).unlockSync(),
    fstat: (file) => fileInfo(own(file).statSync()),
    write: (file, bytes) => own(file).writeSync(bytes),
    readAt(file, buffer, position) {
      // Deno has no pread; the position does not matter to a file that is open for appending.
      own(file).seekSync(position, Deno.SeekMode.Start);
      return own(file).readSync(buffer) ?? 0;
    },
    truncate: (file, length) => own(file).truncateSync(length),
    sync: (file) => own(file).syncSync(),
    changeMode: (file, mode) => Deno.chmodSync(descriptorOf(own(file)), mode),
    changeOwner: (file, { owner, group }) => Deno.chownSync(descriptorOf(own(file)), owner, group),
    close: (file) => own(file).close(),
  };
}

/** Names that are taken over in one turn of the event loop; some thousands would hold up the program. */
const SLICE = 1_000;

/**
 * Lists a directory. Deno hands all its entries over at once; what is left to do for each is done in
 * slices. Like any call under way, it keeps the process alive.
 */
async function list(path: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(path)) {
    if (names.push(name) % SLICE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return names;
}

/** Makes the background calls. */
export function denoBackgroundCalls(): BackgroundCalls {
  return {
    open: openInBackground,
    rename: (from, to) => Deno.rename(from, to),
    remove: (path) => Deno.remove(path),
    makeDirectory: (path) => Deno.mkdir(path, { recursive: true }),
    list,
    freeBytes: (path) => process.getBuiltinModule("node:fs").promises.statfs(path).then(freeBytes),
    write: (file, bytes) => own(file).write(bytes),
    async readAt(file, buffer, position) {
      await own(file).seek(position, Deno.SeekMode.Start);
      return await own(file).read(buffer) ?? 0;
    },
    truncate: (file, length) => own(file).truncate(length),
    sync: (file) => own(file).sync(),
  };
}
