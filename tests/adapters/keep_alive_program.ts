/** A process that waits for a flush while another open file has the lock, and has nothing else to do. */
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger } from "../../mod.ts";

const [, , path, call] = process.argv;
const { calls, setTimer } = detectRuntime();
const other = calls.open(path, { access: "append" });
calls.tryLock(other);
// Never keeps the process alive; that is the business of the flush.
setTimer(() => calls.close(other), 200);
const log = createLogger(path);
log.info("late");
if (call === "flush") await log.flush();
else await log.close();
console.log("done");
