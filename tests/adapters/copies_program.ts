/**
 * A program with two copies of the library, which log to one file; argument: a directory with one copy, `exit` or
 * `signal`, and the path of the log.
 */
import process from "node:process";
import { createLogger } from "../../mod.ts";

const [, , copy, end, path] = process.argv as string[];
const other = await import(`${copy}/mod.ts`);
const options = { destinations: [{ uri: path as string }], flushOnSignal: true };
const first = createLogger(options);
const second: typeof first = other.createLogger(options);

if (end === "exit") {
  // The second one gets the lock, the first one waits for it: and its exit hook comes first.
  second.info("second");
  void second.flush();
  first.info("first");
  void first.flush();
  console.log("exiting");
  process.exit(3);
}
first.info("first");
second.info("second");
setInterval(() => {}, 60_000);
console.log("ready");
