/**
 * The file calls of Bun and Node, both of them through `node:fs`.
 *
 * @module
 */

import type { BackgroundCalls, Calls, FileInfo, FileKind, OpenOptions, RuntimeFile } from "../src/runtime.ts";
import type { Locks } from "./flock.ts";

/** An open file: its descriptor, -1 once closed, since the system gives the number to another file soon. */
export interface NodeFile {
  fd: number;
}

/** Shape of the `Stats` of `node:fs` that is used here. */
interface Stats {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly nlink: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function fs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}

function fd(file: RuntimeFile): number {
  return (file as NodeFile).fd;
}

/** Marks a file as closed and returns the descriptor to close. */
function retire(file: RuntimeFile): number {
  const { fd } = file as NodeFile;
  (file as NodeFile).fd = -1;
  return fd;
}

function flags(access: OpenOptions["access"]): number {
  // O_CLOEXEC needs no mention: both runtimes add it. Windows has no O_NOFOLLOW.
  const { O_RDWR, O_RDONLY, O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs().constants;
  switch (access) {
    case "append":
      return O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;
    case "create":
      return O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    case "read":
      // A pipe that nobody writes to would hold the open up for ever; one that is opened for both ways does not.
      return O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
  }
}

/** Shape of the answer of `statfs` that is used here. */
interface FileSystemStats {
  readonly bavail: number;
  readonly bsize: number;
}

/** Bytes that a user without privileges may still write. */
export function freeBytes({ bavail, bsize }: FileSystemStats): number {
  return bavail * bsize;
}

function kind(stats: Stats): FileKind {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  return stats.isFIFO() || stats.isSocket() ? "pipe" : "other";
}

function info(stats: Stats): FileInfo {
  return {
    kind: kind(stats),
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modifiedAt: Math.floor(stats.mtimeMs),
    links: stats.nlink,
    mode: stats.mode & 0o777,
    owner: stats.uid,
    group: stats.gid,
  };
}

/** The two sets of file calls. */
export interface FileCalls {
  readonly calls: Calls;
  readonly background: BackgroundCalls;
}

/** Makes the file calls. */
export function nodeFiles(locks: Locks): FileCalls {
  return { calls: nodeCalls(locks), background: nodeBackgroundCalls() };
}

/** Makes the synchronous calls. */
function nodeCalls(locks: Locks): Calls {
  return {
    open: (path, { access, mode = 0o644 }) => ({ fd: fs().openSync(path, flags(access), mode) }),
    stat(path) {
      const stats = fs().lstatSync(path, { throwIfNoEntry: false });
      return stats && info(stats);
    },
    rename: (from, to) => fs().renameSync(from, to),
    remove: (path) => fs().unlinkSync(path),
    makeDirectory: (path) => void fs().mkdirSync(path, { recursive: true }),
    list: (path) => fs().readdirSync(path),
    freeBytes: (path) => freeBytes(fs().statfsSync(path)),
    tryLock: (file) => locks.tryLock(fd(file)),
    unlock: (file) => locks.unlock(fd(file)),
    fstat: (file) => info(fs().fstatSync(fd(file))),
    write: (file, bytes) => fs().writeSync(fd(file), bytes),
    readAt: (file, buffer, position) => fs().readSync(fd(file), buffer, 0, buffer.byteLength, position),
    truncate: (file, length) => fs().ftruncateSync(fd(file), length),
    sync: (file) => fs().fsyncSync(fd(file)),
    changeMode: (file, mode) => fs().fchmodSync(fd(file), mode),
    changeOwner: (file, { owner, group }) => fs().fchownSync(fd(file), owner, group),
    close: (file) => fs().closeSync(retire(file)),
  };
}

/**
 * Turns a call that takes a callback, and therefore runs in the thread pool, into a promise. The promises of `node:fs`
 * would do for paths, but not for descriptors.
 */
function inPool<T>(start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => start((error, value) => error ? reject(error) : resolve(value)));
}

/** The same for a call whose callback gets no value. */
function finishInPool(start: (done: (error: Error | null) => void) => void): Promise<void> {
  return inPool<void>((done) => start((error) => done(error)));
}

/** Names that are read together by {@linkcode listInSlices}. */
const SLICE = 200;

/**
 * Lists a directory slice by slice, and lets the event loop of Node turn in between: with 20,000 names none of its turns
 * takes more than 2 ms of the processor, where `readdir` takes up to 9 (measured, Node 26). Bun's `opendir` reads all at
 * once, and makes more of each name than its `readdir` does.
 */
export async function listInSlices(path: string): Promise<string[]> {
  const directory = await inPool<import("node:fs").Dir>((done) => fs().opendir(path, { bufferSize: SLICE }, done));
  const names: string[] = [];
  try {
    await finishInPool((done) => {
      // Not its iterator: a promise for each name takes twice the time.
      const next = () =>
        directory.read((error, entry) => {
          if (error !== null || entry === null) return done(error);
          names.push(entry.name);
          next();
        });
      next();
    });
  } finally {
    await finishInPool((done) => directory.close(done));
  }
  return names;
}

/** Makes the background calls. */
function nodeBackgroundCalls(): BackgroundCalls {
  return {
    open: (path, { access, mode = 0o644 }) =>
      inPool<number>((done) => fs().open(path, flags(access), mode, done)).then((fd) => ({ fd })),
    rename: (from, to) => finishInPool((done) => fs().rename(from, to, done)),
    remove: (path) => finishInPool((done) => fs().unlink(path, done)),
    makeDirectory: (path) => finishInPool((done) => fs().mkdir(path, { recursive: true }, done)),
    list: (path) => inPool<string[]>((done) => fs().readdir(path, done)),
    freeBytes: (path) => inPool<FileSystemStats>((done) => fs().statfs(path, done)).then(freeBytes),
    write: (file, bytes) => inPool<number>((done) => fs().write(fd(file), bytes, 0, bytes.byteLength, null, done)),
    readAt: (file, buffer, position) =>
      inPool<number>((done) => fs().read(fd(file), buffer, 0, buffer.byteLength, position, done)),
    truncate: (file, length) => finishInPool((done) => fs().ftruncate(fd(file), length, done)),
    sync: (file) => finishInPool((done) => fs().fsync(fd(file), done)),
  };
}
