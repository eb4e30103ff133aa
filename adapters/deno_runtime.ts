import type { Runtime } from "../src/runtime.ts";
import { subscription } from "./callbacks.ts";
import { sharedByCopies } from "./copies.ts";
import { denoBackgroundCalls, denoCalls } from "./deno_files.ts";
import { denoOutput, hasAllPermissions } from "./deno_output.ts";
import { denoNetwork } from "./network_deno.ts";
import { absolutePath as byNode, onProcessExit, onProcessSignal } from "./node_process.ts";
import { asyncStore } from "./async_store.ts";
import { clearTimer, keepAlive, nextTurn, setTimer } from "./deno_timing.ts";
import { endsUntold } from "./test_runner.ts";
import { sleep } from "./timing.ts";
import { zlibCompressor } from "./zlib_compressor.ts";

/** A path in which nothing is to be resolved: no empty part, no `.` and no `..`. */
const PLAIN_PATH = /^\/?(?!\.{1,2}(?:\/|$))[^/]+(?:\/(?!\.{1,2}(?:\/|$))[^/]+)*$/;

let runtime: Runtime | undefined;

/** The runtime of Deno. Needs no permission but to read and write the directories of the log files. */
export function denoRuntime(): Runtime {
  return runtime ??= {
    name: "deno",
    pid: Deno.pid,
    calls: denoCalls(),
    background: denoBackgroundCalls(),
    lockProblem: () => undefined,
    freeSpaceProblem,
    mayUseDirectory,
    now: () => Date.now(),
    monotonic: () => performance.now(),
    sleep,
    setTimer,
    clearTimer,
    nextTurn,
    keepAlive,
    onExit,
    endsUntold: () => endsUntold(environment),
    onSignal: onProcessSignal(mayRestart),
    shared: sharedByCopies(),
    absolutePath,
    // 8 KiB take 50 us.
    compressor: (format) => zlibCompressor(format, { bytesPerTurn: 8 * 1024, isOnProgramThread: true }),
    hostname,
    asyncStore,
    readText: (path) => Deno.readTextFileSync(path),
    environment,
    network: denoNetwork,
    output: denoOutput,
  };
}

/**
 * `unload` fires at the end of the script, `process.exit` and `Deno.exit`, but not when an error ends the process:
 * then only the events that announce the error do. They are not prevented, so the process ends as it would have.
 */
const endings = ["unload", "error", "unhandledrejection"] as const;

const onGlobalEnding = subscription(
  (callAll) => endings.forEach((name) => globalThis.addEventListener(name, callAll)),
  (callAll) => endings.forEach((name) => globalThis.removeEventListener(name, callAll)),
);

/** How long after the first logger `process` is loaded, in milliseconds. */
const PROCESS_DELAY = 100;

const onSettledExit = subscription((callAll) => stopProcessExit = onceSettled(callAll), () => stopProcessExit());
let stopProcessExit = () => {};

/** Listens to the `exit` event a little later: `process` takes 8 ms to load, a quarter of the time to the first line. */
function onceSettled(callback: () => void): () => void {
  let stop = () => {};
  const timer = setTimer(() => stop = onProcessExit(callback), PROCESS_DELAY);
  return () => {
    clearTimer(timer);
    stop();
  };
}

function onExit(callback: () => void): () => void {
  const stopGlobal = onGlobalEnding(callback);
  // `exit` comes before `unload`: listeners that the program adds to it find, as on Node, everything written. A worker
  // of node:worker_threads that comes to its natural end has no `unload` at all, so it can't wait.
  const stopProcess = "Window" in globalThis ? onSettledExit(callback) : onProcessExit(callback);
  return () => {
    stopGlobal();
    stopProcess();
  };
}

/** Whether a watcher (`--watch`, `--watch-hmr`) may run the program, which only its command line tells. */
function mayRestart(): boolean {
  if (Deno.build.os !== "linux" || !hasAllPermissions()) return true;
  try {
    return Deno.readTextFileSync("/proc/self/cmdline").split("\0").some((word) => word.startsWith("--watch"));
  } catch {
    return true;
  }
}

function freeSpaceProblem(): string | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "statfs" }).state === "granted") return undefined;
  return "Deno tells the free space only with the permission --allow-sys=statfs";
}

function mayUseDirectory(path: string): boolean {
  return (["read", "write"] as const).every((name) => Deno.permissions.querySync({ name, path }).state === "granted");
}

/**
 * A path that is absolute, or needs no more than the working directory in front, without the modules of Node: they take
 * 14 ms to load.
 */
function absolutePath(path: string): string {
  if (Deno.build.os === "windows" || !PLAIN_PATH.test(path)) return byNode(path);
  if (path.startsWith("/")) return path;
  const directory = Deno.cwd();
  return `${directory === "/" ? "" : directory}/${path}`;
}

/** Reads the environment without asking anybody for the permission to. */
function environment(name: string): string | undefined {
  if (Deno.permissions.querySync({ name: "env", variable: name }).state === "granted") return Deno.env.get(name);
  return name === "NO_COLOR" && Deno.noColor ? "1" : undefined;
}

function hostname(): string | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state !== "granted") return undefined;
  return Deno.hostname();
}
