/**
 * A program that logs as fast as it can: `flood.ts <subject> <loop> <records> <file>`. Prints the most memory that was
 * resident, in MiB.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { loadSubject } from "../subjects/mod.ts";
import { TURN_EVERY } from "../parts/part.ts";
import { logInTurns } from "../subjects/subject.ts";

const [, , subject = "", loop = "", records = "", path = ""] = process.argv;
const open = await loadSubject(subject);
const logger = await open({ path, kind: "five", format: "json" });
if (loop === "tight") logger.log(Number(records));
else await logInTurns(logger, Number(records), TURN_EVERY);
await logger.close();
process.stdout.write(String(mostResident()));
process.exit(0);

/** In MiB. Linux hands the figure of `resourceUsage` on to the processes that one starts. */
function mostResident(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS / 1024;
  return Number(/VmHWM:\s*(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) / 1024;
}
