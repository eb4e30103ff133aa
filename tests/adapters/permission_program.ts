/** What file logging needs of the runtime, with the permissions for one directory; prints what went wrong elsewhere. */
import { detectRuntime } from "../../adapters/detect.ts";
import { errorCode } from "../../src/runtime.ts";

const [, , directory] = process.argv;
const runtime = detectRuntime();
const { calls, background } = runtime;

function code(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return "no error";
  } catch (error) {
    return errorCode(error);
  }
}

const path = `${directory}/app.log`;
runtime.onExit(() => {});
runtime.onSignal(["SIGTERM", "SIGINT", "SIGHUP"], () => {});
runtime.setTimer(() => {}, 10);
await new Promise<void>((resolve) => {
  runtime.nextTurn(resolve);
  setTimeout(resolve, 1_000);
});
calls.makeDirectory(directory);
const file = await background.open(path, { access: "append" });
calls.tryLock(file);
await background.write(file, new TextEncoder().encode("a line\n"));
calls.truncate(file, 2);
calls.sync(file);
calls.stat(path);
calls.fstat(file);
calls.close(file);
await background.rename(path, `${path}.1`);
const compressor = runtime.compressor("gzip");
await compressor?.push(new Uint8Array(100_000));
await compressor?.finish();
calls.list(directory);
calls.remove(`${path}.1`);
runtime.output("stdout").write(new TextEncoder().encode("written\n"));
runtime.absolutePath("app.log");

const elsewhere = `${directory}.elsewhere`;
console.log(JSON.stringify({
  problem: runtime.lockProblem(),
  open: code(() => calls.open(elsewhere, { access: "append" })),
  stat: code(() => calls.stat(elsewhere)),
  makeDirectory: code(() => calls.makeDirectory(elsewhere)),
  rename: code(() => calls.rename(path, elsewhere)),
  background: await background.open(elsewhere, { access: "append" }).then(() => "no error", errorCode),
}));
