/** A process that uses all of the runtime that could keep it alive, and should end at once all the same. */
import { detectRuntime } from "../../adapters/detect.ts";

const [, , path] = process.argv;
const runtime = detectRuntime();
const file = runtime.calls.open(path, { access: "append" });
runtime.calls.tryLock(file);
runtime.onExit(() => {});
runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], () => {});
runtime.setTimer(() => {}, 60_000);
runtime.output("stdout");
await runtime.background.write(file, new Uint8Array(10));
runtime.nextTurn(function again() {
  runtime.nextTurn(again);
});

// Who logs in `beforeExit` must not start the event loop again each time.
let emitted = 0;
process.on("beforeExit", () => {
  if (++emitted > 10) process.exit(9);
  runtime.nextTurn(() => {});
  runtime.setTimer(() => {}, 10);
});
