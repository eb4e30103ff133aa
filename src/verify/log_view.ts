import { directoryOf, nameOf, siblingOf } from "../file/paths.ts";
import { COMPRESSION_SUFFIX, parseRotatedName, type RotatedFile, type RotationNaming } from "../file/rotated_name.ts";
import {
  type CompressionFormat,
  errorCode,
  type FileInfo,
  isSameFile,
  type Runtime,
  type RuntimeFile,
} from "../runtime.ts";

/** One file of a log at a moment. */
export interface LogPiece {
  /** Its name; it may have got another one since. */
  readonly name: string;
  readonly compression: CompressionFormat | undefined;
  /** Open, where there were not too many; else it is opened when its turn comes. */
  readonly file: RuntimeFile | undefined;
  /** Identity then, for those that are opened later. */
  readonly info: FileInfo | undefined;
  /** Bytes that count: what has been appended since does not. */
  readonly size: number;
}

/** All files of a log at one moment, the oldest first. */
export interface LogView {
  readonly pieces: readonly LogPiece[];
  /** Whether nobody can have been writing at that moment, so that a line without newline is a fragment. */
  readonly isQuiet: boolean;
}

/** Rotated files that are opened at once, the newest; older ones change no more, but for being deleted. */
const MOST_OPEN = 128;

/** How long, in milliseconds, to try for the lock of the log before it is looked at without. */
const LOCK_PATIENCE = 2_000;

/** Pause between two tries of anything, in milliseconds. */
const PAUSE = 2;

/** Tries to find the log when there is none: between the two steps of a rotation there is none for a moment. */
const ABSENT_TRIES = 10;

/** Tries to look at a log that is rotated meanwhile. */
const MOST_TRIES = 200;

/**
 * Looks at all files of a log at one moment, while others write, rotate and compress it. It takes the lock of the log
 * for as long as it takes to list and open them, without a pause in between; then nobody can be rotating. Where the
 * lock cannot be had, or somebody may be giving the files other numbers, it looks twice, and again until nothing has
 * changed in between.
 */
export async function viewLog(runtime: Runtime, path: string, naming: RotationNaming | undefined): Promise<LogView> {
  const { calls } = runtime;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const log = openLog(runtime, path);
    if (log === undefined && tries < ABSENT_TRIES) {
      await wait(runtime, PAUSE);
      continue;
    }
    const pieces: LogPiece[] = [];
    let isComplete = false;
    try {
      const isLocked = log !== undefined && await lock(runtime, log);
      try {
        pieces.push(...rotatedPieces(runtime, path, naming));
        const info = log === undefined ? undefined : calls.fstat(log);
        const here = calls.stat(path);
        if (info === undefined ? here === undefined : isSameFile(info, here)) {
          isComplete = (isLocked && !isNumbered(path, pieces)) || isUnchanged(runtime, path, { pieces, naming });
        }
        if (isComplete && log !== undefined) {
          const size = info?.size ?? 0;
          pieces.push({ name: nameOf(path), compression: undefined, file: log, info, size });
        }
      } finally {
        if (isLocked) calls.unlock(log);
      }
      if (isComplete) return { pieces, isQuiet: isLocked };
    } finally {
      if (!isComplete) {
        if (log !== undefined) calls.close(log);
        for (const { file } of pieces) if (file !== undefined) calls.close(file);
      }
    }
    await wait(runtime, PAUSE);
  }
  throw new Error(`Cannot verify "${path}": it is rotated faster than it can be looked at`);
}

/** A piece that is open. */
export interface OpenedPiece {
  readonly file: RuntimeFile;
  readonly compression: CompressionFormat | undefined;
}

/**
 * Opens pieces that were not opened at once, each under the name that it has by then. The directory is listed once for
 * all that have numbers, and again only where one has got another since.
 */
export class LaterPieces {
  readonly #runtime: Runtime;
  readonly #path: string;
  /** What has a number, by its identity, as it was when the directory was last listed. */
  #numbered: ReadonlyMap<string, RotatedFile> = new Map();

  constructor(runtime: Runtime, path: string) {
    this.#runtime = runtime;
    this.#path = path;
  }

  /** Opens one; `undefined` when it has been deleted. */
  open({ name, info }: LogPiece): OpenedPiece | undefined {
    const rotated = parseRotatedName(name, nameOf(this.#path), "timestamp");
    if (rotated === undefined) return info === undefined ? undefined : this.#openNumbered(info);
    for (const compression of [undefined, "gzip", "zstd"] as const) {
      const suffix = compression === undefined ? "" : COMPRESSION_SUFFIX[compression];
      const file = openIfThere(this.#runtime, siblingOf(this.#path, rotated.stem + suffix));
      if (file !== undefined) return { file, compression };
    }
    return undefined;
  }

  /** Opens one of those that move up with each rotation. */
  #openNumbered(info: FileInfo): OpenedPiece | undefined {
    const { calls } = this.#runtime;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const rotated = this.#numbered.get(identityOf(info));
      // One look may miss a file that gets another number meanwhile.
      if (rotated === undefined && tries > 1) return undefined;
      const file = rotated === undefined ? undefined : openIfThere(this.#runtime, siblingOf(this.#path, rotated.name));
      if (rotated !== undefined && file !== undefined) {
        if (isSameFile(calls.fstat(file), info)) return { file, compression: rotated.compression };
        calls.close(file);
      }
      this.#list();
    }
    return undefined;
  }

  #list(): void {
    const numbered = new Map<string, RotatedFile>();
    for (const rotated of listPieces(this.#runtime, this.#path, "numbered")) {
      const info = this.#runtime.calls.stat(siblingOf(this.#path, rotated.name));
      if (info !== undefined) numbered.set(identityOf(info), rotated);
    }
    this.#numbered = numbered;
  }
}

function identityOf({ device, inode }: FileInfo): string {
  return `${device} ${inode}`;
}

/** Resolves after a number of milliseconds. */
export function wait(runtime: Runtime, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void runtime.setTimer(resolve, milliseconds));
}

function openLog(runtime: Runtime, path: string): RuntimeFile | undefined {
  const kind = runtime.calls.stat(path)?.kind;
  if (kind === "directory") {
    throw Object.assign(new Error(`Cannot verify "${path}": it is a directory`), { code: "EISDIR" });
  }
  // Nothing but a file can be read twice, or to its end.
  if (kind !== undefined && kind !== "file") throw new Error(`Cannot verify "${path}": it is no regular file`);
  return kind === undefined ? undefined : openIfThere(runtime, path);
}

function openIfThere(runtime: Runtime, path: string): RuntimeFile | undefined {
  try {
    const kind = runtime.calls.stat(path)?.kind;
    return kind === "file" ? runtime.calls.open(path, { access: "read" }) : undefined;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes the lock of a file, or finds out that it cannot be had. */
async function lock(runtime: Runtime, file: RuntimeFile): Promise<boolean> {
  if (runtime.lockProblem() !== undefined) return false;
  const deadline = runtime.monotonic() + LOCK_PATIENCE;
  try {
    while (!runtime.calls.tryLock(file)) {
      if (runtime.monotonic() >= deadline) return false;
      await wait(runtime, PAUSE * Math.random());
    }
    return true;
  } catch {
    // A file system without locks.
    return false;
  }
}

function rotatedPieces(runtime: Runtime, path: string, naming: RotationNaming | undefined): LogPiece[] {
  const { calls } = runtime;
  const listed = listPieces(runtime, path, naming);
  return listed.map((piece, index) => {
    const own = siblingOf(path, piece.name);
    const info = calls.stat(own);
    const isOpened = listed.length - index <= MOST_OPEN && info?.kind === "file";
    const file = isOpened ? openIfThere(runtime, own) : undefined;
    const size = file === undefined ? Infinity : calls.fstat(file).size;
    return { name: piece.name, compression: piece.compression, file, info, size };
  });
}

/** Whether any of the pieces has a number, which is given without the lock of the log. */
function isNumbered(path: string, pieces: readonly LogPiece[]): boolean {
  return pieces.some(({ name }) => parseRotatedName(name, nameOf(path), "numbered") !== undefined);
}

/** Whether the same files still have the same names. */
function isUnchanged(
  runtime: Runtime,
  path: string,
  { pieces, naming }: { readonly pieces: readonly LogPiece[]; readonly naming: RotationNaming | undefined },
): boolean {
  const again = listPieces(runtime, path, naming);
  const isSame = ({ name, info }: LogPiece, index: number) =>
    name === again[index]?.name &&
    (info === undefined || isSameFile(info, runtime.calls.stat(siblingOf(path, name))));
  return again.length === pieces.length && pieces.every(isSame);
}

/** The rotated files of a log, the oldest first. Of a file and its compressed form, which are the same, the plain one. */
function listPieces(runtime: Runtime, path: string, naming: RotationNaming | undefined): RotatedFile[] {
  const base = nameOf(path);
  const byNaming = (naming === undefined ? ["numbered", "timestamp"] as const : [naming]).map((naming) => {
    const byStem = new Map<string, RotatedFile>();
    for (const name of runtime.calls.list(directoryOf(path))) {
      const rotated = parseRotatedName(name, base, naming);
      if (rotated === undefined) continue;
      const other = byStem.get(rotated.stem);
      if (other === undefined || other.compression !== undefined) byStem.set(rotated.stem, rotated);
    }
    return [...byStem.values()].sort((a, b) => a.order - b.order);
  });
  // A log whose naming was changed: the kind with the newest file is the present one.
  const [first = [], second = []] = byNaming;
  const newest = (pieces: RotatedFile[]) =>
    runtime.calls.stat(siblingOf(path, pieces.at(-1)?.name ?? ""))?.modifiedAt ?? 0;
  if (first.length === 0 || second.length === 0) return [...first, ...second];
  return newest(first) > newest(second) ? [...second, ...first] : [...first, ...second];
}
