/**
 * What the fault tests need of the machine. A test that lacks something is skipped and says what.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** Administrators' programs are not on everybody's `PATH`. */
const directories = [...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** Path of a program, `undefined` when it is not installed. */
export function findProgram(name: string): string | undefined {
  return directories.map((directory) => join(directory, name)).find((path) => path.startsWith("/") && existsSync(path));
}

/** Path of the library that bends the clock of a process with threads, `undefined` when it is not installed. */
export function findFaketime(): string | undefined {
  const machines = ["x86_64-linux-gnu", "aarch64-linux-gnu", "arm-linux-gnueabihf"];
  return ["/usr/lib/faketime", ...machines.map((machine) => `/usr/lib/${machine}/faketime`)]
    .map((directory) => `${directory}/libfaketimeMT.so.1`)
    .find((path) => existsSync(path));
}

/** What a test needs. */
export interface Needs {
  readonly root?: boolean;
  readonly programs?: readonly string[];
  readonly faketime?: boolean;
}

/** Options of a test with needs: skips it, and prints why, where one is not met. */
export function needing({ root = false, programs = [], faketime = false }: Needs): { skip: boolean } {
  const missing = programs.filter((name) => findProgram(name) === undefined);
  if (process.platform !== "linux") missing.push("Linux");
  if (root && process.getuid?.() !== 0) missing.push("root");
  if (faketime && findFaketime() === undefined) missing.push("libfaketime");
  if (missing.length > 0) console.log(`Skipped for want of ${missing.join(", ")}`);
  return { skip: missing.length > 0 };
}
