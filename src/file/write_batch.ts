import { messageOf } from "../errors.ts";
import { errorCode, type FileInfo, isSameFile, type RuntimeFile } from "../runtime.ts";
import type { Batch } from "../dispatch/batch.ts";
import { type DiskSpace, isDiskFull } from "./disk_full.ts";
import type { Housekeeping } from "./housekeeping.ts";
import { perform, performDirectly, performVisibly, type Protocol } from "./operation.ts";
import { directoryOf } from "./paths.ts";
import { isRotationDue, rotate, type RotationPolicy } from "./rotation.ts";
import type { SharedFile, SharedFileOptions } from "./shared_file.ts";

/** How a batch is written. */
export interface WriteOptions extends SharedFileOptions {
  /** Rotation; without it the file grows for ever. */
  readonly rotation: RotationPolicy | undefined;
  /** Carries the rotation out, and bears with it when that fails. */
  readonly housekeeping: Housekeeping;
}

const NEWLINE = 10;
const NEWLINE_BYTES = new Uint8Array([NEWLINE]);

/** Writes that put out nothing, in a row, before that counts as an error. */
const EMPTY_WRITES = 10;

/**
 * Writes a batch to the file at the path, under its lock, rotating where that is due.
 *
 * Bytes are committed to the batch as they land. When it throws, the file ends with a whole line again, the lock is
 * free, and what is left in the batch has not been written. A full disk is one only when nothing more can be deleted.
 */
export function* writeBatch(
  shared: SharedFile,
  batch: Batch,
  space: DiskSpace,
  options: WriteOptions,
): Protocol<void> {
  try {
    for (;;) {
      try {
        yield* writeUnderLock(shared, batch, space, options);
        break;
      } catch (error) {
        if (!isDiskFull(error) || !(yield* space.makeRoom())) throw error;
      }
    }
    yield* shared.unlock();
    batch.release();
    // Nobody else need wait for the disk, so this comes after the lock.
    if (options.durability === "disk") yield* settle(shared);
  } catch (error) {
    batch.keep();
    // Whatever has happened, the lock must not stay with us: closing gives it back.
    yield* shared.giveUp();
    throw error;
  }
}

/** Tries again to bring to the disk what an earlier write could not. */
export function* syncAgain(shared: SharedFile, options: SharedFileOptions): Protocol<void> {
  if (shared.unsynced === undefined) return;
  try {
    yield* shared.lock(options);
    yield* shared.unlock();
    yield* settle(shared);
    if (shared.unsynced !== undefined) shared.lostSyncs++;
    shared.unsynced = undefined;
  } catch (error) {
    yield* shared.giveUp();
    throw error;
  }
}

/** Takes the lock, unless it is ours already, and writes. It keeps the lock in any case. */
function* writeUnderLock(
  shared: SharedFile,
  batch: Batch,
  space: DiskSpace,
  options: WriteOptions,
): Protocol<void> {
  const { rotation, housekeeping } = options;
  let info = yield* lockLog(shared, space, options);
  while (batch.byteLength > 0) {
    const file = shared.file as RuntimeFile;
    let size = info.size;
    let isTorn = yield* endsInFragment(file, info);
    const maxBytes = rotation?.maxBytes ?? Infinity;
    let room = maxBytes;
    const mend = function* (): Protocol<void> {
      yield* writeAll(file, info, size, NEWLINE_BYTES);
      size++;
      isTorn = false;
    };
    if (isTorn && size < maxBytes) yield* mend();
    if (rotation !== undefined) {
      const isDue = yield* housekeeping.isDue(
        info,
        () => isRotationDue(shared, { ...info, size }, rotation, batch.nextLineLength),
      );
      if (isDue && !shared.isBeingRenamed && housekeeping.mayTry("rotation")) {
        yield* housekeeping.rotate(info, function* () {
          if (options.durability === "disk") yield* settle(shared);
          yield* rotate(shared, info, rotation, options);
        });
        // Whatever has become of it, and whoever was first at the new file.
        info = yield* lockLog(shared, space, options);
        continue;
      }
      // It grows beyond its size until it can be rotated.
      if (isDue || size >= maxBytes) room = Infinity;
    }
    if (isTorn) yield* mend();
    const lines = batch.next(room - size);
    yield* space.reserve(lines.length);
    if (options.durability === "disk") {
      if (shared.unsynced !== undefined && !isSameFile(shared.unsynced, info)) shared.lostSyncs++;
      shared.unsynced = info;
    }
    yield* append(file, info, size, batch, lines);
    info = yield* perform("fstat", file);
    shared.clock.note(info);
  }
}

/** Takes the lock of the log; where none can be made, that of the newest rotated file. */
function* lockLog(shared: SharedFile, space: DiskSpace, options: WriteOptions): Protocol<FileInfo> {
  const { housekeeping } = options;
  for (;;) {
    try {
      const log = yield* shared.lock(options);
      housekeeping.placed();
      return log;
    } catch (error) {
      if (isDiskFull(error) && (yield* space.makeRoom())) continue;
      const newest = yield* shared.lockNewest(options);
      if (newest === "log") continue;
      if (newest === undefined) throw error;
      housekeeping.displaced(error);
      return newest;
    }
  }
}

/** Waits until the file, and its name, are on the disk. Its rotated ones were before they were renamed. */
function* settle(shared: SharedFile): Protocol<void> {
  const file = shared.file;
  if (file === undefined) return;
  try {
    yield* perform("sync", file);
    if (shared.isDirectoryStale) yield* settleDirectory(shared);
    const { unsynced } = shared;
    if (unsynced !== undefined && isSameFile(unsynced, yield* perform("fstat", file))) shared.unsynced = undefined;
  } catch (error) {
    throw Object.assign(
      new Error(`Cannot bring "${shared.path}" to the disk: ${messageOf(error)}; the system has it in memory`),
      { code: errorCode(error), cause: error },
    );
  }
}

function* settleDirectory(shared: SharedFile): Protocol<void> {
  // With a dot at the end, because the directory may be a link to another, which is fine.
  const directory = yield* perform("open", `${directoryOf(shared.path)}/.`, { access: "read" });
  try {
    yield* perform("sync", directory);
  } finally {
    yield* perform("close", directory);
  }
  shared.isDirectoryStale = false;
}

/** Appends whole lines at `size`; if that fails half-way, takes the last fragment back. */
function* append(file: RuntimeFile, info: FileInfo, size: number, batch: Batch, lines: Uint8Array): Protocol<void> {
  const progress = { written: 0 };
  try {
    yield* writeAll(file, info, size, lines, progress, () => batch.keep());
  } catch (error) {
    const { written } = progress;
    let whole = lines.subarray(0, written).lastIndexOf(NEWLINE) + 1;
    if (whole < written && !(yield* takeBack(file, size + written, size + whole))) {
      // The fragment stays and gets its newline from whoever writes next; its line is written again, whole. But if the
      // newline is all that it lacks, the line will be there then, and must not be written again.
      if (lines[written] === NEWLINE && (yield* endsWith(file, lines.subarray(whole, written)))) whole = written + 1;
    }
    batch.commit(whole);
    throw error;
  }
  batch.commit(lines.length);
}

/**
 * Cuts a file that ends at `end` with a fragment of ours back to the last whole line before it. Returns whether that
 * could be done.
 */
function* takeBack(file: RuntimeFile, end: number, whole: number): Protocol<boolean> {
  try {
    // Only our own bytes, at the very end: if somebody has cut or extended the file, it is not ours to mend.
    if ((yield* perform("fstat", file)).size !== end) return false;
    // Visibly: made twice, the one that comes late would cut off what has been written since.
    yield* performVisibly(
      "truncate",
      [file, whole],
      (calls) => calls.fstat(file).size <= whole ? { result: undefined } : undefined,
    );
    return true;
  } catch {
    return false;
  }
}

/** Whether a file ends with these bytes: one that somebody has cut may do so all the same, or not any more. */
function* endsWith(file: RuntimeFile, bytes: Uint8Array): Protocol<boolean> {
  try {
    const { size } = yield* perform("fstat", file);
    const last = new Uint8Array(bytes.length);
    const count = size < bytes.length ? 0 : yield* perform("readAt", file, last, size - bytes.length);
    return count === bytes.length && last.every((byte, index) => byte === bytes[index]);
  } catch {
    // It was there a moment ago.
    return true;
  }
}

/**
 * Writes bytes at the end of a file that is `size` bytes long, going on after short writes.
 *
 * @param onSeen Told when only the effect of a write was seen: its call may still be reading the bytes.
 */
function* writeAll(
  file: RuntimeFile,
  info: FileInfo,
  size: number,
  bytes: Uint8Array,
  progress: { written: number } = { written: 0 },
  onSeen?: () => void,
): Protocol<void> {
  let empty = 0;
  while (progress.written < bytes.length) {
    const rest = progress.written === 0 ? bytes : bytes.subarray(progress.written);
    const end = size + bytes.length;
    // We hold the lock, so the file grows by nobody's bytes but ours. A pipe or device has no size to look at.
    const written = yield* performVisibly(
      "write",
      [file, rest],
      (calls) => {
        if (info.kind === "file" && calls.fstat(file).size < end) return undefined;
        onSeen?.();
        return { result: rest.length };
      },
    );
    progress.written += written;
    if (written > 0) empty = 0;
    else if (++empty >= EMPTY_WRITES) throw new Error(`Cannot write ${rest.length} bytes: the system takes none`);
  }
}

/** Whether the last byte of a file is not a newline: a writer was killed, or somebody has cut the file. */
function* endsInFragment(file: RuntimeFile, info: FileInfo): Protocol<boolean> {
  if (info.size === 0 || info.kind !== "file") return false;
  const last = new Uint8Array(1);
  // Written a moment ago, so it comes from memory; and a frozen file system still reads.
  const count = yield* performDirectly("readAt", file, last, info.size - 1);
  return count === 1 && last[0] !== NEWLINE;
}
