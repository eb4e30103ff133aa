import type { Backend } from "../backend.ts";
import type { Formatter } from "../message.ts";

/** Ends a fault that was made. */
export type Heal = () => void | Promise<void>;

/** A medium that backends deliver to, such as a file, a pipe or a server, with nothing in it yet. */
export interface BackendSubject {
  /** Makes a backend that delivers to the medium; called several times where several write at once. */
  readonly create: () => Backend | Promise<Backend>;
  /**
   * Returns what was delivered, one string per record in the order of arrival. Each must contain the text of its record;
   * what stands around it does not matter. A medium that takes its time waits until `expected` records are there, or
   * until it is clear that no more will come.
   */
  readonly read: (expected: number) => readonly string[] | Promise<readonly string[]>;
  /** Makes the line of a record that the backend expects in its batches. @default the JSON format */
  readonly format?: Formatter;
  /** Bytes of the largest text that the medium takes whole. @default 100_000 */
  readonly largest?: number;
  /**
   * Makes the medium fail once it has taken about so many more bytes: a full disk, a server that refuses or hangs up. A
   * medium that cannot count fails at once. Returns the way to heal it.
   */
  readonly fail?: (after: number) => Heal | Promise<Heal>;
  /** Makes the medium stand still without failing: a reader that does not read. Returns the way to let it go on. */
  readonly stall?: () => Heal | Promise<Heal>;
  /** Removes the medium, after all backends have been closed. */
  readonly end?: () => void | Promise<void>;
}

/** What a subject may be unable to do. */
export type SubjectAbility = "fail" | "stall";
