import { everyInTurns } from "./listing.ts";
import type { Protocol } from "./operation.ts";
import type { RotatedFile } from "./rotated_name.ts";

/**
 * Remembers that the names of rotated files within a range stood for regular files, so that a retention which only
 * counts them need not ask the system about thousands again. A name that comes into the range later shows by its number;
 * whoever may put a link in the place of a file may delete the file as well.
 */
export class KnownFiles {
  #range: { readonly oldest: number; readonly newest: number; readonly count: number } | undefined;

  /** Takes what a look has told: the rotated files that are kept, the newest first, all of them regular files. */
  note(kept: readonly RotatedFile[]): void {
    const [newest, oldest] = [kept[0], kept.at(-1)];
    this.#range = newest === undefined || oldest === undefined
      ? undefined
      : { oldest: oldest.order, newest: newest.order, count: kept.length };
  }

  forget(): void {
    this.#range = undefined;
  }

  /** Returns what tells whether one of the rotated files is known to be a regular file. */
  *among(files: readonly RotatedFile[]): Protocol<(file: RotatedFile) => boolean> {
    const range = this.#range;
    if (range === undefined) return () => false;
    const isWithin = ({ order }: RotatedFile) => order >= range.oldest && order <= range.newest;
    let count = 0;
    const areNoMore = yield* everyInTurns(files, (file) => !isWithin(file) || ++count <= range.count);
    return areNoMore ? isWithin : () => false;
  }
}
