import type { Calls, FileInfo, FileKind, OpenOptions, RuntimeFile } from "../../src/runtime.ts";

/** What stands behind a name: content for a file, names for a directory, a path for a symbolic link. */
interface Inode {
  readonly number: number;
  readonly kind: FileKind;
  readonly entries: Map<string, Inode>;
  readonly target: string;
  mode: number;
  user: number;
  group: number;
  content: Uint8Array;
  size: number;
  modifiedAt: number;
  holder: OpenFile | undefined;
}

/** An open file description: what `open` makes, and what a lock belongs to. */
interface OpenFile {
  readonly inode: Inode;
  readonly access: OpenOptions["access"];
  readonly owner: unknown;
  closed: boolean;
}

/** Options of {@linkcode MemoryFileSystem}. */
export interface MemoryFileSystemOptions {
  /** The time that goes into the files, in milliseconds since the epoch. */
  readonly now?: () => number;
  /**
   * Bytes that fit; one more is ENOSPC. May be changed later.
   *
   * @default Infinity
   */
  readonly capacity?: number;
  /**
   * Whether a new file gets the number of one that is gone, as on ext4 and tmpfs. May be changed later.
   *
   * @default false
   */
  readonly reusesInodes?: boolean;
}

/**
 * A file system in memory that behaves as Linux does where the library can notice: identities, open files that outlive
 * their names, `flock` by open file description, appends, short writes when it runs full.
 *
 * It only holds state. Each call happens at once and whole; who calls when is up to the runtimes built upon it.
 */
export class MemoryFileSystem {
  /** Number of its device. */
  readonly device = 77;
  /** Bytes that fit. */
  capacity: number;
  /** Number of the user, and of the group, that files are made by. */
  user = 0;
  /** Whether a new file gets the number of one that is gone. */
  reusesInodes: boolean;
  #now: () => number;
  #lastInode = 1;
  readonly #freeInodes: number[] = [];
  #root: Inode;
  #open = new Set<OpenFile>();
  #used = 0;

  /** Makes an empty one, with a root directory. */
  constructor(options: MemoryFileSystemOptions = {}) {
    this.capacity = options.capacity ?? Infinity;
    this.reusesInodes = options.reusesInodes ?? false;
    this.#now = options.now ?? (() => 0);
    this.#root = this.#make("directory");
  }

  /** Bytes in files that have a name or are open. */
  get used(): number {
    return this.#used;
  }

  /** Owner of the open file that holds the lock of what stands at a path, `undefined` when nobody does. */
  holderOf(path: string): unknown {
    return this.#find(path)?.holder?.owner;
  }

  /** Number of open files, of one owner or of all. */
  openFiles(owner?: unknown): number {
    return Array.from(this.#open).filter((file) => owner === undefined || file.owner === owner).length;
  }

  /** The calls as one process makes them. */
  calls(owner?: unknown): Calls {
    return {
      open: (path, options) => this.#openFile(path, options, owner),
      stat: (path) => {
        const inode = this.#find(path);
        return inode && this.#info(inode);
      },
      rename: (from, to) => this.#rename(from, to),
      remove: (path) => this.#remove(path),
      makeDirectory: (path) => this.#makeDirectory(path),
      list: (path) => [...this.#directory(path, "scandir").entries.keys()],
      freeBytes: (path) => {
        if (this.#find(path) === undefined) throw systemError("ENOENT", "statfs", path);
        return Math.max(0, this.capacity - this.#used);
      },
      tryLock: (file) => this.#tryLock(live(file, "flock")),
      unlock: (file) => this.#unlock(live(file, "flock")),
      fstat: (file) => this.#info(live(file, "fstat").inode),
      write: (file, bytes) => this.#write(live(file, "write"), bytes),
      readAt: (file, buffer, position) => {
        const { inode } = live(file, "read");
        const piece = inode.content.subarray(position, Math.min(inode.size, position + buffer.byteLength));
        buffer.set(piece);
        return piece.byteLength;
      },
      truncate: (file, length) => this.#truncate(live(file, "ftruncate"), length),
      sync: (file) => void live(file, "fsync"),
      changeMode: (file, mode) => void (live(file, "fchmod").inode.mode = mode),
      changeOwner: (file, { owner, group }) => {
        const { inode } = live(file, "fchown");
        if (this.user !== 0) throw systemError("EPERM", "fchown");
        Object.assign(inode, { user: owner, group });
      },
      close: (file) => this.#close(live(file, "close")),
    };
  }

  /** Closes every file of an owner, as the system does for a process that died. */
  closeAll(owner: unknown): void {
    for (const file of this.#open) if (file.owner === owner) this.#close(file);
  }

  /** Makes a symbolic link. */
  link(target: string, path: string): void {
    this.#put(path, this.#make("symlink", { target }), "symlink");
  }

  /** Makes or replaces a file, as a program other than the library would. */
  writeFile(path: string, content: string | Uint8Array): void {
    const calls = this.calls();
    const file = calls.open(path, { access: "append" });
    calls.truncate(file, 0);
    calls.write(file, typeof content === "string" ? new TextEncoder().encode(content) : content);
    calls.close(file);
  }

  /** Content of a file. */
  readFile(path: string): Uint8Array {
    const inode = this.#find(path);
    if (inode === undefined) throw systemError("ENOENT", "open", path);
    return inode.content.slice(0, inode.size);
  }

  /** Content of a file as text. */
  readText(path: string): string {
    return new TextDecoder().decode(this.readFile(path));
  }

  #make(kind: FileKind, { mode = 0o755, target = "" } = {}): Inode {
    return {
      number: (this.reusesInodes ? this.#freeInodes.pop() : undefined) ?? this.#lastInode++,
      kind,
      entries: new Map(),
      target,
      mode,
      user: this.user,
      group: this.user,
      content: new Uint8Array(0),
      size: 0,
      modifiedAt: this.#now(),
      holder: undefined,
    };
  }

  #info({ kind, number, size, modifiedAt, mode, user, group }: Inode): FileInfo {
    return { kind, device: this.device, inode: number, size, modifiedAt, mode, owner: user, group };
  }

  /** What stands at a path; links on the way are followed, the last one is not. */
  #find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.#root;
    const names = path.split("/").filter((name) => name !== "" && name !== ".");
    for (const name of names) {
      if (inode?.kind === "symlink") inode = this.#find(inode.target);
      if (inode === undefined) return undefined;
      if (inode.kind !== "directory") throw systemError("ENOTDIR", "lstat", path);
      inode = inode.entries.get(name);
    }
    return inode;
  }

  #directory(path: string, syscall: string): Inode {
    const inode = this.#find(path);
    if (inode === undefined) throw systemError("ENOENT", syscall, path);
    if (inode.kind === "symlink") return this.#directory(inode.target, syscall);
    if (inode.kind !== "directory") throw systemError("ENOTDIR", syscall, path);
    return inode;
  }

  #put(path: string, inode: Inode, syscall: string): void {
    const { directory, name } = split(path);
    this.#directory(directory, syscall).entries.set(name, inode);
  }

  #openFile(path: string, { access, mode = 0o644 }: OpenOptions, owner: unknown): OpenFile {
    let inode = this.#find(path);
    if (inode !== undefined && access === "create") throw systemError("EEXIST", "open", path);
    if (inode?.kind === "symlink") throw systemError("ELOOP", "open", path);
    // To bring its names to the disk.
    if (inode?.kind === "directory" && access !== "read") throw systemError("EISDIR", "open", path);
    if (inode === undefined) {
      if (access === "read") throw systemError("ENOENT", "open", path);
      inode = this.#make("file", { mode });
      this.#put(path, inode, "open");
    }
    const file: OpenFile = { inode, access, owner, closed: false };
    this.#open.add(file);
    return file;
  }

  #rename(from: string, to: string): void {
    const inode = this.#find(from);
    if (inode === undefined) throw systemError("ENOENT", "rename", from);
    const replaced = this.#find(to);
    if (replaced === inode) return;
    if (replaced?.kind === "directory") throw systemError("EISDIR", "rename", to);
    this.#put(to, inode, "rename");
    const source = split(from);
    this.#directory(source.directory, "rename").entries.delete(source.name);
    if (replaced !== undefined) this.#release(replaced);
  }

  #remove(path: string): void {
    const inode = this.#find(path);
    if (inode === undefined) throw systemError("ENOENT", "unlink", path);
    if (inode.kind === "directory") throw systemError("EISDIR", "unlink", path);
    const { directory, name } = split(path);
    this.#directory(directory, "unlink").entries.delete(name);
    this.#release(inode);
  }

  #makeDirectory(path: string): void {
    const existing = this.#find(path);
    if (existing?.kind === "directory") return;
    if (existing !== undefined) throw systemError("EEXIST", "mkdir", path);
    this.#makeDirectory(split(path).directory);
    this.#put(path, this.#make("directory"), "mkdir");
  }

  #tryLock(file: OpenFile): boolean {
    if (file.inode.holder !== undefined && file.inode.holder !== file) return false;
    file.inode.holder = file;
    return true;
  }

  #unlock(file: OpenFile): void {
    if (file.inode.holder === file) file.inode.holder = undefined;
  }

  #write({ inode, access }: OpenFile, bytes: Uint8Array): number {
    if (access === "read") throw systemError("EBADF", "write");
    const length = Math.min(bytes.byteLength, Math.max(0, this.capacity - this.#used));
    if (length === 0 && bytes.byteLength > 0) throw systemError("ENOSPC", "write");
    const end = inode.size + length;
    if (end > inode.content.byteLength) {
      const grown = new Uint8Array(Math.max(end, 2 * inode.content.byteLength));
      grown.set(inode.content.subarray(0, inode.size));
      inode.content = grown;
    }
    inode.content.set(bytes.subarray(0, length), inode.size);
    this.#resize(inode, end);
    return length;
  }

  #truncate({ inode, access }: OpenFile, length: number): void {
    if (access === "read") throw systemError("EINVAL", "ftruncate");
    const content = new Uint8Array(length);
    content.set(inode.content.subarray(0, Math.min(length, inode.size)));
    inode.content = content;
    this.#resize(inode, length);
  }

  #resize(inode: Inode, size: number): void {
    this.#used += size - inode.size;
    inode.size = size;
    inode.modifiedAt = this.#now();
  }

  #close(file: OpenFile): void {
    this.#unlock(file);
    file.closed = true;
    this.#open.delete(file);
    this.#release(file.inode);
  }

  /** Gives the room and the number of a file back once it has neither a name nor an open file. */
  #release(inode: Inode): void {
    const isOpen = Array.from(this.#open).some((file) => file.inode === inode);
    if (isOpen || isNamed(this.#root, inode)) return;
    this.#used -= inode.size;
    this.#freeInodes.push(inode.number);
  }
}

function isNamed(directory: Inode, inode: Inode): boolean {
  for (const entry of directory.entries.values()) {
    if (entry === inode || (entry.kind === "directory" && isNamed(entry, inode))) return true;
  }
  return false;
}

function split(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf("/");
  return { directory: path.slice(0, at) || "/", name: path.slice(at + 1) };
}

function live(file: RuntimeFile, syscall: string): OpenFile {
  if ((file as OpenFile).closed) throw systemError("EBADF", syscall);
  return file as OpenFile;
}

/** An error as the runtimes throw it for a failed call of the system. */
export function systemError(code: string, syscall: string, path?: string): Error {
  const message = `${code}: ${syscall}${path === undefined ? "" : ` ${JSON.stringify(path)}`}`;
  return Object.assign(new Error(message), { code, syscall });
}
