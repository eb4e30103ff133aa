/**
 * A standard stream that is written without waiting for its reader.
 *
 * @module
 */

import { errorCode } from "../src/runtime.ts";

type NodeFs = typeof import("node:fs");

/** What a descriptor leads to. */
export type StreamKind = "pipe" | "terminal" | "socket" | "plain";

/** What a descriptor leads to; `plain` is all that never waits for a reader, and what is not known. */
export function streamKind(fd: number): StreamKind {
  if (process.getBuiltinModule("node:tty").isatty(fd)) return "terminal";
  try {
    const stats = process.getBuiltinModule("node:fs").fstatSync(fd);
    if (stats.isFIFO()) return "pipe";
    return stats.isSocket() ? "socket" : "plain";
  } catch {
    return "plain"; // closed: the write will tell
  }
}

/**
 * Opens a pipe or terminal once more, so that it has a `O_NONBLOCK` of its own: the flag belongs to the open file, which
 * the process shares with whoever started it and with other programs of the same pipeline. Linux only; `undefined`
 * where it does not work. The descriptor stays open as long as the process lives, and its children do not get it.
 */
export function openUnblocked(fd: number): number | undefined {
  const fs = process.getBuiltinModule("node:fs");
  const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
  try {
    const own = fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    let isOurs = false;
    try {
      isOurs = isSame(fs, own, fd);
    } finally {
      if (!isOurs) fs.closeSync(own);
    }
    if (isOurs) return own;
  } catch {
    // No /proc, no permission, or a pipe that nobody reads any more.
  }
  return undefined;
}

function isSame(fs: NodeFs, a: number, b: number): boolean {
  const [one, other] = [fs.fstatSync(a), fs.fstatSync(b)];
  return one.ino === other.ino && one.dev === other.dev;
}

/** No byte went out when the pipe was full; any other error stays one. */
export function noneIfFull(error: unknown): number {
  if (errorCode(error) === "EAGAIN") return 0;
  throw error;
}
