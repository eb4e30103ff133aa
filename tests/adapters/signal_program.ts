/** A process that listens for signals through the runtime, and perhaps (`own`) on its own as well. */
import { detectRuntime } from "../../adapters/detect.ts";

const [, , mode] = process.argv;
const runtime = detectRuntime();
const say = (text: string) => void runtime.output("stdout").write(new TextEncoder().encode(`${text}\n`));

const stop = runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], () => say("flushed"));
if (mode === "stopped") stop();
if (mode === "own") {
  process.on("SIGTERM", () => {
    say("own");
    setTimeout(() => process.exit(7), 20);
  });
}
setInterval(() => {}, 60_000);
setTimeout(() => say("ready"), 20);
