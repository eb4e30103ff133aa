import type { RuntimeFile } from "../../src/runtime.ts";
import { LOG_PATH, type World } from "./world.ts";

/** What somebody who knows nothing of the protocol does to the log. All that he takes away is kept, to be counted. */
export class OutsideHand {
  /** Texts that were cut off. */
  readonly cut: Uint8Array[] = [];
  /** Paths to which the log was renamed. */
  readonly renamed: string[] = [];
  /** The log files that were deleted, still open: who had them open as well may have written on. */
  readonly deleted: RuntimeFile[] = [];
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Renames, deletes or empties the log. */
  act(): void {
    const world = this.#world;
    const calls = world.fs.calls("outside");
    const log = calls.stat(LOG_PATH);
    if (log === undefined) return;
    const what = world.random.pick(["rename", "delete", "truncate"]);
    // The one gap that cannot be closed without a rename that refuses to overwrite: a process has looked that the log
    // is its own and is about to rename, and another one makes and rotates a new log meanwhile.
    if (what !== "truncate" && world.processes.some((process) => process.isAbout("rename", "remove"))) return;
    // About to cut off a fragment: no program could know that the file has been emptied in between.
    if (world.processes.some((process) => process.isAbout("truncate"))) return;
    world.count(`outside ${what}`);
    world.deletions.shrunk(log.size);
    world.note(undefined, `somebody from outside: ${what}`);
    if (what === "rename") {
      const to = `${LOG_PATH}.outside-${this.renamed.length}`;
      calls.rename(LOG_PATH, to);
      this.renamed.push(to);
    } else if (what === "delete") {
      this.deleted.push(calls.open(LOG_PATH, { access: "read" }));
      calls.remove(LOG_PATH);
    } else {
      const content = world.fs.readFile(LOG_PATH);
      // In the middle of a line no program could help, and nobody could count.
      if (content.at(-1) !== 10) return;
      this.cut.push(content);
      // Whoever writes right now, and fails half-way, cannot know that the end of the file is its own.
      if (world.fs.holderOf(LOG_PATH) !== undefined) world.fragmentsAllowed++;
      const file = calls.open(LOG_PATH, { access: "append" });
      calls.truncate(file, 0);
      world.disk.cut(calls.fstat(file));
      calls.close(file);
    }
  }

  /** Content of the deleted files, as it is now. */
  deletedContent(): Uint8Array[] {
    const calls = this.#world.fs.calls("outside");
    return this.deleted.map((file) => {
      const bytes = new Uint8Array(calls.fstat(file).size);
      calls.readAt(file, bytes, 0);
      return bytes;
    });
  }
}
