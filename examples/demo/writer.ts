/**
 * One writer of the demo, on Deno, Bun or Node: logs as fast as it can into a file that it shares with all the others,
 * and says on standard output how far it is.
 *
 * @module
 */
import process from "node:process";
import { createLogger } from "../../mod.ts";
import { type Assignment, fieldsOf, MESSAGE, type Progress } from "./record.ts";

/** Records between two looks at the disk. */
const STRIDE = 500;

const { path, writer, lines, maxBytes }: Assignment = JSON.parse(process.argv[2] ?? "{}");
const log = createLogger({
  fields: { writer },
  destinations: [{ uri: path, rotate: { maxBytes, compress: "gzip" } }],
  onError: (error) => console.error(error.message),
});

for (let seq = 1; seq <= lines; seq++) {
  log.info(MESSAGE, fieldsOf(seq));
  if (seq % STRIDE === 0) {
    // Not needed to keep records: it tells what would outlive a `kill -9` from here on.
    await log.flush();
    say(seq);
  }
}
await log.close();
say(lines);
// What could not be kept has been counted.
if (log.metrics().dropped > 0) process.exitCode = 1;

function say(written: number): void {
  const rotations = log.metrics().destinations[0].rotations;
  const progress: Progress = { written, rotations };
  console.log(JSON.stringify(progress));
}
