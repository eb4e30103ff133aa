import { openLibrary } from "./bun_ffi.ts";
import { errnoError, errnoNumbers } from "./errno.ts";

/**
 * Descriptors that the system closes when this thread ends, however it does.
 *
 * Bun leaves what a worker has opened open when the worker ends, and `terminate()` lets no code of ours run: without
 * this the lock that a worker holds at that moment would be held for as long as the process lives.
 */
export interface ThreadDescriptors {
  /** Has the end of the thread close a descriptor; returns the number that it has from now on. */
  adopt(fd: number): number;
  /** Closes such a descriptor. */
  close(fd: number): void;
  /** Makes another descriptor of the same open file, which the end of the thread leaves alone. */
  duplicate(fd: number): number;
}

/** The functions of the C library that it takes. */
interface CLibrary {
  /** Has the end of this thread call a function with one argument; 0, or the system has no memory. */
  atThreadEnd(call: number, argument: number): number;
  /** Address of `close(2)`. */
  readonly close: number;
  dup3(fd: number, by: number, flags: number): number;
  eventfd(count: number, flags: number): number;
  fcntl(fd: number, command: number, argument: number): number;
  errno(): number;
}

/** Numbers of Linux. */
const CLOEXEC = 0o2000000;
const F_DUPFD_CLOEXEC = 1030;

/** `undefined` where there is no such library: that of GNU has the functions, from version 2.34 on in one file. */
function load(): CLibrary | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const { __cxa_thread_atexit_impl, dlsym, dup3, eventfd, fcntl, errno } = openLibrary({
      // What C++ uses for its thread-local objects; unlike `pthread_key_create` it has no limit.
      __cxa_thread_atexit_impl: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
      dlsym: { args: ["ptr", "ptr"], returns: "ptr" },
      dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
      eventfd: { args: ["u32", "i32"], returns: "i32" },
      fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
    });
    return {
      atThreadEnd: (call, argument) => __cxa_thread_atexit_impl(call, argument, null),
      close: dlsym(null, new TextEncoder().encode("close\0")),
      dup3,
      eventfd,
      fcntl,
      errno,
    };
  } catch {
    return undefined;
  }
}

/** The descriptors of this thread; `undefined` where nobody can be told what to do at its end. */
export function threadDescriptors(): ThreadDescriptors | undefined {
  const c = load();
  return c === undefined ? undefined : createDescriptors(c);
}

function createDescriptors(c: CLibrary): ThreadDescriptors {
  /** Numbers that the end of the thread will close, and that lead nowhere now: what it was told to do, it does. */
  const free: number[] = [];
  /** An open file that leads nowhere; made first, for closing must work where no more files can be opened. */
  let nothing: number | undefined;

  function openNothing(): number {
    return register(checked("eventfd", () => c.eventfd(0, CLOEXEC)));
  }

  function register(fd: number): number {
    if (c.atThreadEnd(c.close, fd) === 0) return fd;
    throw errnoError("__cxa_thread_atexit_impl", { number: errnoNumbers().ENOMEM as number });
  }

  /** Makes a call, again where it was interrupted. */
  function checked(name: string, call: () => number): number {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const number = c.errno();
      const { EINTR, EBUSY } = errnoNumbers();
      if (number !== EINTR && number !== EBUSY) throw errnoError(name, { number });
    }
  }

  return {
    adopt(fd) {
      nothing ??= openNothing();
      const number = free.pop();
      if (number === undefined) return register(fd);
      checked("dup3", () => c.dup3(fd, number, CLOEXEC));
      process.getBuiltinModule("node:fs").closeSync(fd);
      return number;
    },
    close(fd) {
      // The number must not be given to another file, which the end of the thread would close.
      checked("dup3", () => c.dup3(nothing as number, fd, CLOEXEC));
      free.push(fd);
    },
    duplicate: (fd) => checked("fcntl", () => c.fcntl(fd, F_DUPFD_CLOEXEC, 0)),
  };
}
