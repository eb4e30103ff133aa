/**
 * `flock(2)` for the runtimes that have no lock call of their own, by way of a foreign function interface.
 *
 * @module
 */

import { errnoError, errnoNumbers } from "./errno.ts";

/** The two functions of the C library that locking takes. */
export interface CLibrary {
  /** `flock(2)`: 0, or -1 and `errno` is set. */
  flock(fd: number, operation: number): number;
  /** `errno` of the last call. */
  errno(): number;
}

/** Locks of files by descriptor. */
export interface Locks {
  /** Why there are none, and what to do about it; `undefined` when there are. Cheap once there are. */
  problem(): string | undefined;
  /** Tries to take the exclusive lock. */
  tryLock(fd: number): boolean;
  /** Gives the lock back. */
  unlock(fd: number): void;
}

const LOCK_EX = 2;
const LOCK_NB = 4;
const LOCK_UN = 8;

/**
 * Makes locks from a way to load the C library, which returns a sentence when there is none and is then called again
 * the next time.
 */
export function createLocks(load: () => CLibrary | string): Locks {
  let loaded: CLibrary | undefined;

  function library(): CLibrary | string {
    if (process.platform === "win32") {
      return 'this runtime has no file locks on Windows; set lock: "none" and let one process write the file';
    }
    if (loaded !== undefined) return loaded;
    const found = load();
    // Only success is for ever: it may have been for want of a descriptor or of memory.
    if (typeof found === "string") return found;
    // The first call of a function does more than the next ones, and koffi aborts the process where its thread is
    // terminated meanwhile: that must not come to pass in the middle of a write.
    found.flock(-1, LOCK_UN);
    found.errno();
    return loaded = found;
  }

  /** Calls `flock`; `false` when another holds the lock. */
  function flock(fd: number, operation: number): boolean {
    const c = library();
    if (typeof c === "string") throw new Error(`files cannot be locked: ${c}`);
    for (;;) {
      if (c.flock(fd, operation) === 0) return true;
      const number = c.errno();
      const { EWOULDBLOCK, EINTR } = errnoNumbers();
      if (number === EWOULDBLOCK) return false;
      if (number === EINTR) continue;
      throw errnoError("flock", { number });
    }
  }

  return {
    problem() {
      const c = library();
      return typeof c === "string" ? c : undefined;
    },
    tryLock: (fd) => flock(fd, LOCK_EX | LOCK_NB),
    unlock: (fd) => void flock(fd, LOCK_UN),
  };
}

/** Where the C library may be, by platform: glibc and musl on Linux, the umbrella library on macOS. */
export function libraryNames(): readonly string[] {
  return process.platform === "darwin"
    ? ["libSystem.B.dylib", "libc.dylib"]
    : ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`, "libc.so"];
}

/** Name of the function that returns the address of `errno`. */
export function errnoSymbol(): "__error" | "__errno_location" {
  return process.platform === "darwin" ? "__error" : "__errno_location";
}

/** Opens the first library that opens. Throws the last error when none does. */
export function openFirst<T>(open: (name: string) => T): T {
  let failure: unknown;
  for (const name of libraryNames()) {
    try {
      return open(name);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** The message of whatever was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
