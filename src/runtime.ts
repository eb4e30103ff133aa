/**
 * The seam between the library and the runtime it runs on: mechanism only, no policy.
 *
 * An adapter is a handful of object literals over the calls of its runtime (see `adapters/`).
 * Whoever writes one runs the public conformance suite `testRuntime` on it.
 *
 * @module
 */

import type { Network } from "./network.ts";

export { errorCode } from "./error_code.ts";

/** An open file, opaque to the library: made by `open`, handed back to the other calls, ended by `close`. */
export type RuntimeFile = object;

/**
 * What a name in the file system stands for. A symbolic link is never followed by {@linkcode Calls.stat}. A `pipe` is a
 * FIFO or a socket, `other` a device.
 */
export type FileKind = "file" | "directory" | "symlink" | "pipe" | "other";

/** Identity, size and age of a file. */
export interface FileInfo {
  /** What the name stands for. */
  readonly kind: FileKind;
  /** Number of the device that holds the file; with `inode` the identity of the file. */
  readonly device: number;
  /** Number of the file on its device. */
  readonly inode: number;
  /** Length in bytes. */
  readonly size: number;
  /** Time of the last change of the content, in milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Names that the file has (hard links); absent where the system does not tell. */
  readonly links?: number;
  /** Permission bits; absent where the system does not tell. */
  readonly mode?: number;
  /** Number of the user that it belongs to; absent where the system does not tell. */
  readonly owner?: number;
  /** Number of its group; absent where the system does not tell. */
  readonly group?: number;
}

/** Whom a file belongs to. */
export interface Owner {
  /** Number of the user. */
  readonly owner: number;
  /** Number of the group. */
  readonly group: number;
}

/**
 * How to open a file.
 *
 * - `append`: read and append (`O_RDWR | O_APPEND | O_CREAT`), made when absent;
 * - `create`: the same for a file that must not exist yet (`O_RDWR | O_APPEND | O_CREAT | O_EXCL`);
 * - `read`: read only.
 */
export type Access = "append" | "create" | "read";

/** Options of {@linkcode Calls.open}. */
export interface OpenOptions {
  /** What the file is opened for. */
  readonly access: Access;
  /** Permission bits of a file that this call makes, before the umask. */
  readonly mode?: number;
}

/**
 * The file calls of a runtime, synchronous. Each is one call of the operating system and reports failure by throwing
 * an error that carries the system's `code` (`ENOENT`, `ENOSPC`, ...) where there is one.
 */
export interface Calls {
  /**
   * Opens a file. Refuses to follow a symbolic link (`O_NOFOLLOW`) where the platform can, and makes nothing through
   * one anywhere. Does not wait for the other end of a pipe.
   */
  open(path: string, options: OpenOptions): RuntimeFile;
  /** Looks at what stands at a path, without following a link (`lstat`); `undefined` when nothing does. */
  stat(path: string): FileInfo | undefined;
  /** Renames within one file system. */
  rename(from: string, to: string): void;
  /** Removes a file. */
  remove(path: string): void;
  /** Makes a directory and its parents; one that exists already is fine. */
  makeDirectory(path: string): void;
  /** Names in a directory, in any order. */
  list(path: string): string[];
  /** Bytes that this user may still write to the file system of a path that exists (`statfs`, `f_bavail`). */
  freeBytes(path: string): number;
  /** Tries to take the exclusive lock of an open file (`flock`, `LOCK_EX | LOCK_NB`); `false` when another holds it. */
  tryLock(file: RuntimeFile): boolean;
  /** Gives the lock back. */
  unlock(file: RuntimeFile): void;
  /** Looks at an open file (`fstat`). */
  fstat(file: RuntimeFile): FileInfo;
  /** Writes once and returns how many bytes went out, which may be fewer than were given. */
  write(file: RuntimeFile, bytes: Uint8Array): number;
  /** Reads once from a position into a buffer and returns how many bytes came, 0 at the end. */
  readAt(file: RuntimeFile, buffer: Uint8Array, position: number): number;
  /** Cuts the file to a length in bytes. */
  truncate(file: RuntimeFile, length: number): void;
  /** Waits until the content is on the disk (`fsync`). */
  sync(file: RuntimeFile): void;
  /** Gives an open file other permission bits, whatever the umask (`fchmod`). */
  changeMode(file: RuntimeFile, mode: number): void;
  /** Gives an open file to another user and group (`fchown`). Only root may, or a member of the group its own files. */
  changeOwner(file: RuntimeFile, owner: Owner): void;
  /** Closes the file, which also gives its lock back. */
  close(file: RuntimeFile): void;
}

/** The calls that may take as long as a disk does, and therefore have a form that runs off the program's thread. */
export type SlowCall =
  | "open"
  | "rename"
  | "remove"
  | "makeDirectory"
  | "list"
  | "freeBytes"
  | "write"
  | "readAt"
  | "truncate"
  | "sync";

/** The slow calls again, carried out by the runtime's thread pool. */
export type BackgroundCalls = {
  readonly [K in SlowCall]: (...args: Parameters<Calls[K]>) => Promise<ReturnType<Calls[K]>>;
};

/** Compression formats for rotated files: gzip (RFC 1952) and Zstandard (RFC 8878). */
export type CompressionFormat = "gzip" | "zstd";

/**
 * A compression in progress, fed piece by piece. It works in parts of at most half a millisecond, and lets the event
 * loop turn after each, so that what the program has to do comes first.
 */
export interface Compressor {
  /** Takes a piece and returns what is ready, perhaps nothing. The caller may reuse `bytes` once it resolves. */
  push(bytes: Uint8Array): Promise<Uint8Array>;
  /** Ends the stream and returns the rest. */
  finish(): Promise<Uint8Array>;
  /** Releases what it holds, wherever it stands. @default nothing is held */
  close?(): void;
}

/** A standard stream of the process. */
export interface OutputStream {
  /** Whether a person reads it. */
  readonly isTerminal: boolean;
  /** Columns of the terminal; `undefined` where they are not known. */
  columns(): number | undefined;
  /**
   * Writes what there is room for and returns how many bytes went out (0: no room, try later). Never waits for the
   * reader, unless there is `background`.
   */
  write(bytes: Uint8Array): number;
  /** The way to write while the program goes on, only where the runtime has none that does not wait. */
  readonly background?: BackgroundOutput | undefined;
}

/** Writes off the program's thread, one at a time. */
export interface BackgroundOutput {
  /** Writes, waiting for the reader if need be, and returns how many bytes went out. */
  write(bytes: Uint8Array): Promise<number>;
  /** Waits on the program's thread, however long that takes, until the write under way has ended. */
  finish(): void;
}

/** Signals that `flushOnSignal` listens to. */
export type FlushSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** A value that follows the flow of a program through its awaits and callbacks. */
export interface AsyncStore {
  /** The value that is around here. */
  get(): unknown;
  /** Calls a function with another value around it. */
  run<T>(value: unknown, call: () => T): T;
}

/** Everything the library asks of the runtime below it. */
export interface Runtime {
  /** Name of the runtime, such as `"deno"`. */
  readonly name: string;
  /** Identity of this process. */
  readonly pid: number;
  /** File calls, synchronous. */
  readonly calls: Calls;
  /** The slow ones of them, in the background. */
  readonly background: BackgroundCalls;
  /**
   * Says why files cannot be locked here and what to do about it, or `undefined` when they can. Asked when a destination
   * is made, so that whatever locking takes is loaded before anything is written.
   */
  lockProblem(): string | undefined;
  /** Says why the free space of a file system is not known here and what to do about it, or `undefined` when it is. */
  freeSpaceProblem(): string | undefined;
  /** Whether files may be made and seen in a directory, without anybody being asked; absent where nobody ever is. */
  mayUseDirectory?(path: string): boolean;
  /** Wall clock, in milliseconds since the epoch. */
  now(): number;
  /** Clock that never goes back, in milliseconds since any moment. */
  monotonic(): number;
  /** Stops this thread for a number of milliseconds. Only called at exit and for `overflow: "block"`. */
  sleep(milliseconds: number): void;
  /**
   * Calls back once after a number of milliseconds; never keeps the process alive. Returns what `clearTimer` takes. By
   * `monotonic` it may be a millisecond too early (Node), so that a pause is over when its timer goes off.
   */
  setTimer(callback: () => void, milliseconds: number): unknown;
  /** Cancels a timer. */
  clearTimer(timer: unknown): void;
  /** Calls back in the next turn of the event loop; never keeps the process alive. */
  nextTurn(callback: () => void): void;
  /** Keeps the process alive, though nothing else does, until the function that it returns is called. */
  keepAlive(): () => void;
  /**
   * Calls back, synchronously and perhaps more than once, when the process or worker is about to end: end of script,
   * `process.exit`, `Deno.exit`, uncaught throw, unhandled rejection. Returns the way to stop listening.
   */
  onExit(callback: () => void): () => void;
  /**
   * Whether the end may come without `onExit`, as under some test runners. Then each record is written before the turn
   * in which it is logged ends. Asked once per logger. @default false
   */
  endsUntold?(): boolean;
  /** Calls back on each of the signals, then lets the signal take its default action. Returns the way to stop. */
  onSignal(signals: readonly FlushSignal[], callback: () => void): () => void;
  /** What all copies of the library in this thread share; absent where there is one. Keys bear a version. */
  readonly shared?: Map<string, unknown>;
  /** Makes an absolute path from one relative to the working directory. */
  absolutePath(path: string): string;
  /** Starts a compression, or returns `undefined` when the runtime does not have the format. */
  compressor(format: CompressionFormat): Compressor | undefined;
  /**
   * Makes the function that signs with a key: HMAC-SHA-256 (RFC 2104) of bytes, or of a text in UTF-8, as base64url
   * (RFC 4648, section 5) without padding. Only where it is faster than the library's own.
   */
  hmacSha256?(key: Uint8Array): (message: string | Uint8Array) => string;
  /** Name of the machine; `undefined` where it must not be known. */
  hostname(): string | undefined;
  /** Makes a store of values that follow the flow of the program (`AsyncLocalStorage`). */
  asyncStore(): AsyncStore;
  /** Reads a whole small text file, such as one with settings. */
  readText(path: string): string;
  /** A variable of the environment; `undefined` when it is not set or must not be read. */
  environment(name: string): string | undefined;
  /** Sockets, where the runtime has them. */
  readonly network?: Network;
  /** A standard stream. */
  output(stream: "stdout" | "stderr"): OutputStream;
}

/** Whether two looks at a file saw the same file. */
export function isSameFile(a: FileInfo | undefined, b: FileInfo | undefined): boolean {
  return a !== undefined && b !== undefined && a.inode === b.inode && a.device === b.device;
}
