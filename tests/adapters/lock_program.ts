/**
 * A process that locks files: `try <path>` prints whether the lock was free; `hold <path>` holds it until its standard
 * input ends; `problem <path>` prints what speaks against locks.
 */
import { detectRuntime } from "../../adapters/detect.ts";

const [, , command, path] = process.argv;
const { calls, lockProblem } = detectRuntime();
if (command === "problem") {
  console.log(lockProblem() ?? "none");
} else {
  const file = calls.open(path, { access: "append" });
  const taken = calls.tryLock(file);
  console.log(command === "hold" && taken ? "held" : String(taken));
  if (command === "hold") await new Promise((resolve) => process.stdin.on("end", resolve).resume());
  calls.close(file);
}
