import type { RuntimeFile } from "../runtime.ts";
import type { RotationNaming } from "./rotated_name.ts";

/**
 * Remembers the order of the newest rotated file of a log, so that a rotation need not list the directory under the
 * lock of the log.
 *
 * It is known by a listing that was begun when a file of ours, still open, was the log. As long as that file is the log
 * nobody can have rotated: a rotation takes its name away, and it does not get it back.
 */
export class NewestOrder {
  #known: { readonly file: RuntimeFile; readonly naming: RotationNaming; readonly order: number } | undefined;

  /** Takes what a listing has told, which was begun when `file` was the log. */
  note(file: RuntimeFile, naming: RotationNaming, order: number): void {
    this.#known = { file, naming, order };
  }

  /** Returns the order, if it is known; the caller holds the lock of `file`, and that is the log. */
  of(file: RuntimeFile | undefined, naming: RotationNaming): number | undefined {
    return this.#known?.file === file && this.#known?.naming === naming ? this.#known.order : undefined;
  }
}
