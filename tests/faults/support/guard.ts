/**
 * Sees to it that what a test has done to the machine is undone, whatever becomes of the test.
 *
 * @module
 */
import { spawn } from "node:child_process";

/**
 * Starts a process that runs a script of shell, with arguments, as soon as it is dismissed or we are gone: its standard
 * input ends then. It has a group of its own, so that it outlives the one of the test. Returns the way to dismiss it,
 * which resolves when the script is done.
 */
export function guard(script: string, ...args: readonly string[]): () => Promise<void> {
  const child = spawn("/bin/sh", ["-c", `cat >/dev/null; ${script}`, "guard", ...args], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  return function dismiss() {
    child.stdin.end();
    return ended;
  };
}
