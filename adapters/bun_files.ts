import type { Access, RuntimeFile } from "../src/runtime.ts";
import type { ThreadDescriptors } from "./bun_thread.ts";
import type { Locks } from "./flock.ts";
import { type FileCalls, type NodeFile, nodeFiles } from "./node_files.ts";

/** A file that a worker has open. */
interface WorkerFile extends NodeFile {
  readonly access: Access;
  /** The descriptor that holds the lock, once there has been one. */
  lock: number | undefined;
}

/**
 * The file calls of a worker, which may be terminated at any moment: then the system closes its files, see
 * {@linkcode ThreadDescriptors}, and what the thread pool does for it goes on.
 *
 * - The lock is taken through a descriptor that nothing else uses, so the end of the thread always gives it back.
 * - The thread pool gets a descriptor of its own for each call. The number of one that is closed meanwhile may be given
 *   to another file of the process, and the call would write there.
 * - What changes names, or cuts a file, is done on the worker's thread: when it came late it would do so without the
 *   lock, to what others have made of the file since. A late append does no harm.
 */
export function workerFiles(locks: Locks, thread: ThreadDescriptors): FileCalls {
  const { calls, background } = nodeFiles(locks);

  function adopt(file: RuntimeFile, access: Access): WorkerFile {
    const { fd } = file as NodeFile;
    try {
      return { fd: thread.adopt(fd), access, lock: undefined };
    } catch (error) {
      fs().closeSync(fd);
      throw error;
    }
  }

  /** Opens the file once more, for its lock. */
  function lockOf(file: WorkerFile): number {
    if (file.lock !== undefined) return file.lock;
    const { O_RDONLY, O_RDWR, O_APPEND, O_NONBLOCK } = fs().constants;
    const flags = file.access === "read" ? O_RDONLY | O_NONBLOCK : O_RDWR | O_APPEND;
    return file.lock = adopt({ fd: fs().openSync(`/proc/self/fd/${file.fd}`, flags) }, file.access).fd;
  }

  /** Makes a call in the thread pool through a descriptor of its own. */
  async function apart<T>(file: RuntimeFile, call: (file: RuntimeFile) => Promise<T>): Promise<T> {
    const own: NodeFile = { fd: thread.duplicate((file as WorkerFile).fd) };
    try {
      return await call(own);
    } finally {
      calls.close(own);
    }
  }

  return {
    calls: {
      ...calls,
      open: (path, options) => adopt(calls.open(path, options), options.access),
      tryLock: (file) => locks.tryLock(lockOf(file as WorkerFile)),
      unlock(file) {
        const { lock } = file as WorkerFile;
        if (lock !== undefined) locks.unlock(lock);
      },
      close(file) {
        const { fd, lock } = file as WorkerFile;
        (file as WorkerFile).fd = -1;
        (file as WorkerFile).lock = undefined;
        if (lock !== undefined) thread.close(lock);
        thread.close(fd);
      },
    },
    background: {
      ...background,
      open: async (path, options) => adopt(await background.open(path, options), options.access),
      write: (file, bytes) => apart(file, (own) => background.write(own, bytes)),
      readAt: (file, buffer, position) => apart(file, (own) => background.readAt(own, buffer, position)),
      sync: (file) => apart(file, (own) => background.sync(own)),
      rename: (from, to) => here(() => calls.rename(from, to)),
      remove: (path) => here(() => calls.remove(path)),
      truncate: (file, length) => here(() => calls.truncate(file, length)),
    },
  };
}

/** Makes a call on this thread. */
function here(call: () => void): Promise<void> {
  return new Promise((resolve) => resolve(call()));
}

function fs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}
