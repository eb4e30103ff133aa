import type { BackgroundCalls, Calls, Runtime, RuntimeFile, SlowCall } from "../runtime.ts";

/** Another process that takes locks, in whatever way: exclusion must hold against all of them. */
export interface OtherProcess {
  /** Takes the exclusive lock of a file that exists and keeps it; resolves, once held, to what gives it back. */
  hold(path: string): Promise<() => Promise<void>>;
  /** Tries to take the exclusive lock and gives it back at once; `false` when somebody holds it. */
  tryLock(path: string): Promise<boolean>;
}

/** What the caller of the suite brings along, beside the runtime itself. */
export interface Surroundings {
  /**
   * Lets time pass, for a runtime whose clock is moved by hand.
   *
   * @default waits that long
   */
  readonly elapse?: (milliseconds: number) => Promise<void>;
  /** Another process; without one the cases that need it are left out. */
  readonly otherProcess?: OtherProcess;
  /** Makes a symbolic link; without it the cases about links are left out. */
  readonly makeLink?: (target: string, path: string) => void;
}

/** The file calls with a promise for all that is slow, so that one case can check both forms. */
export type FileCalls = BackgroundCalls & Omit<Calls, SlowCall>;

/** What a case works with. */
export interface Context extends Surroundings {
  /** The runtime under test. */
  readonly runtime: Runtime;
  /** Its file calls, in the form under test. */
  readonly calls: FileCalls;
  /** A directory of the case's own, empty. */
  readonly directory: string;
  /** Lets time pass. */
  readonly elapse: (milliseconds: number) => Promise<void>;
}

/** One rule. */
export interface Case {
  /** The rule, as a sentence; also what a deviation is declared by. */
  readonly name: string;
  /** What the case cannot do without. */
  readonly needs?: "otherProcess" | "makeLink";
  /** Whether it is run with the synchronous and with the background form of the slow calls. */
  readonly inBothForms?: boolean;
  /** Checks the rule; throws when it does not hold. */
  readonly run: (context: Context) => Promise<void>;
}

/** The slow calls in their synchronous form, as promises. */
export function synchronousForm(calls: Calls): FileCalls {
  // deno-lint-ignore require-await -- async so that a throw becomes a rejection, as in the other form
  const lift = <A extends unknown[], R>(call: (...args: A) => R) => async (...args: A) => call(...args);
  return {
    ...calls,
    open: lift(calls.open),
    rename: lift(calls.rename),
    remove: lift(calls.remove),
    makeDirectory: lift(calls.makeDirectory),
    list: lift(calls.list),
    freeBytes: lift(calls.freeBytes),
    write: lift(calls.write),
    readAt: lift(calls.readAt),
    truncate: lift(calls.truncate),
    sync: lift(calls.sync),
  };
}

/** Writes all of a text, as the library does: on and on until nothing is left. */
export async function writeAll(calls: FileCalls, file: RuntimeFile, text: string): Promise<void> {
  let bytes = new TextEncoder().encode(text);
  while (bytes.byteLength > 0) bytes = bytes.subarray(await calls.write(file, bytes));
}

/** Reads a whole open file. */
export async function readAll(calls: FileCalls, file: RuntimeFile): Promise<string> {
  const buffer = new Uint8Array(calls.fstat(file).size);
  let at = 0;
  while (at < buffer.byteLength) {
    const length = await calls.readAt(file, buffer.subarray(at), at);
    if (length === 0) break;
    at += length;
  }
  return new TextDecoder().decode(buffer.subarray(0, at));
}

/** Makes a file with a text in it. */
export async function makeFile(calls: FileCalls, path: string, text: string): Promise<void> {
  const file = await calls.open(path, { access: "append" });
  try {
    await writeAll(calls, file, text);
  } finally {
    calls.close(file);
  }
}
