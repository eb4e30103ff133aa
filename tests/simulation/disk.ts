import type { FileInfo } from "../../src/runtime.ts";
import { decompress } from "./compressor.ts";
import type { WatchedLogger } from "./watched_logger.ts";
import { BASE, DIRECTORY, type World } from "./world.ts";

/** What of the files is known to be on the disk, and would be there after a power cut. Names are taken to be. */
export class Disk {
  readonly #world: World;
  /** Bytes of each inode, from its start on. */
  readonly #synced = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A file has been opened. If it is a new one, its number may have been another one's. */
  opened({ inode, size }: FileInfo): void {
    if (size === 0) this.#synced.set(inode, 0);
  }

  /** A file has been cut. */
  cut({ inode, size }: FileInfo): void {
    this.#synced.set(inode, Math.min(size, this.#synced.get(inode) ?? 0));
  }

  /** A file has been brought to the disk. */
  sync({ inode, size }: FileInfo): void {
    this.#synced.set(inode, size);
  }

  /** Whether all of a file is on the disk. */
  has({ inode, size }: FileInfo): boolean {
    return (this.#synced.get(inode) ?? 0) >= size;
  }

  /** Numbers of the lines from `first` up to but not including `end`, dropped ones left out, that are not on it. */
  missing({ name, dropped }: WatchedLogger, first: number, end: number): number[] {
    const text = this.#text();
    const numbers = Array.from({ length: end - first }, (_, index) => first + index);
    return numbers.filter((number) => !dropped.has(number) && !text.includes(`"${name}:${number}:`));
  }

  /** All that is on it, and what others have taken away, by right or from outside. */
  #text(): string {
    const { fs, outside, deletions } = this.#world;
    const calls = fs.calls();
    const decoder = new TextDecoder();
    const texts = [...outside.cut, ...outside.deletedContent()].map((bytes) => decoder.decode(bytes));
    for (const { text } of deletions.texts) texts.push(text);
    for (const name of calls.list(DIRECTORY)) {
      if (!name.startsWith(BASE) || name.endsWith(".tmp")) continue;
      const path = `${DIRECTORY}/${name}`;
      const { inode } = calls.stat(path)!;
      const bytes = fs.readFile(path).subarray(0, this.#synced.get(inode) ?? 0);
      texts.push(decoder.decode(name.endsWith(".gz") ? decompress(bytes) : bytes));
    }
    return texts.join("\n");
  }
}
