import type {
  BackgroundCalls,
  Calls,
  CompressionFormat,
  Compressor,
  FlushSignal,
  OutputStream,
  Runtime,
  SlowCall,
} from "../../src/runtime.ts";
import { asyncStore } from "../../adapters/async_store.ts";
import { ManualClock } from "./manual_clock.ts";
import { MemoryFileSystem } from "./memory_file_system.ts";

export { ManualClock, settle } from "./manual_clock.ts";
export { MemoryFileSystem, systemError } from "./memory_file_system.ts";

/** Options of {@linkcode createMemoryRuntime}. */
export interface MemoryRuntimeOptions {
  /**
   * The clock; runtimes that share one live in the same time.
   *
   * @default new ManualClock()
   */
  readonly clock?: ManualClock;
  /**
   * The files; runtimes that share them are processes on one machine.
   *
   * @default a new one
   */
  readonly fs?: MemoryFileSystem;
  /** Variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** @default 1 */
  readonly pid?: number;
  /**
   * When a background call is carried out.
   *
   * @default queueMicrotask
   */
  readonly schedule?: (work: () => void) => void;
}

/** A virtual process: a runtime on a file system in memory. */
export interface MemoryRuntime extends Runtime {
  /** Its files. */
  readonly fs: MemoryFileSystem;
  /** Owner of the files that it has open. */
  readonly identity: object;
  /** Its time. */
  readonly clock: ManualClock;
  /** What it wrote to a standard stream. */
  written(stream: "stdout" | "stderr"): string;
  /** Tells of the end of the process: on some runtimes several events do. */
  end(): void;
  /** Ends the process in an orderly way: the exit hooks run, then the system takes everything back. */
  exit(): void;
  /** Ends the process as SIGKILL does: from now on nothing of it runs, and its locks are free. */
  crash(): void;
  /** Sends it a signal; without a listener, or after it, it dies. */
  signal(signal: FlushSignal): void;
}

const slowCalls: readonly SlowCall[] = [
  "open",
  "rename",
  "remove",
  "makeDirectory",
  "list",
  "freeBytes",
  "write",
  "readAt",
  "truncate",
  "sync",
];

/** Makes a virtual process. */
export function createMemoryRuntime(options: MemoryRuntimeOptions = {}): MemoryRuntime {
  const { clock = new ManualClock(), pid = 1, schedule = queueMicrotask } = options;
  const fs = options.fs ?? new MemoryFileSystem({ now: () => clock.now });
  const exitHooks = new Set<() => void>();
  const signalHooks = new Map<FlushSignal, Set<() => void>>();
  const outputs = { stdout: memoryOutput(), stderr: memoryOutput() };
  const identity = {};
  let alive = true;

  const calls = fs.calls(identity);
  const background = inBackground(calls, (work) => schedule(() => alive && work()));

  function crash(): void {
    alive = false;
    clock.clearTimersOf(identity);
    fs.closeAll(identity);
  }

  function setTimer(callback: () => void, milliseconds: number): unknown {
    return clock.setTimer(callback, milliseconds, identity);
  }

  return {
    name: "memory",
    pid,
    fs,
    identity,
    clock,
    calls,
    background,
    lockProblem: () => undefined,
    freeSpaceProblem: () => undefined,
    now: () => clock.now,
    monotonic: () => clock.now,
    sleep: (milliseconds) => clock.skip(milliseconds),
    setTimer,
    clearTimer: (timer) => clock.clearTimer(timer as object),
    // Not a timer: turns pass without time.
    nextTurn: (callback) => void process.getBuiltinModule("node:timers").setImmediate(() => alive && callback()),
    keepAlive: () => () => {},
    onExit: (callback) => subscribe(exitHooks, callback),
    onSignal(signals, callback) {
      const stops = signals.map((signal) => {
        if (!signalHooks.has(signal)) signalHooks.set(signal, new Set());
        return subscribe(signalHooks.get(signal)!, callback);
      });
      return () => stops.forEach((stop) => stop());
    },
    absolutePath: (path) => path.startsWith("/") ? path : `/${path}`,
    compressor: memoryCompressor,
    hostname: () => "memory",
    asyncStore,
    readText(path) {
      const file = calls.open(path, { access: "read" });
      try {
        const bytes = new Uint8Array(calls.fstat(file).size);
        calls.readAt(file, bytes, 0);
        return new TextDecoder().decode(bytes);
      } finally {
        calls.close(file);
      }
    },
    environment: (name) => options.environment?.[name],
    output: (stream) => outputs[stream],
    written: (stream) => outputs[stream].text(),
    end() {
      for (const hook of exitHooks) hook();
    },
    exit() {
      this.end();
      crash();
    },
    crash,
    signal(signal) {
      for (const hook of signalHooks.get(signal) ?? []) hook();
      crash();
    },
  };
}

/** The background form of calls: each one carried out when `schedule` says, in the order in which they were made. */
export function inBackground(calls: Calls, schedule: (work: () => void) => void): BackgroundCalls {
  const background: Record<string, unknown> = {};
  for (const name of slowCalls) {
    const call = calls[name] as (...args: unknown[]) => unknown;
    background[name] = (...args: unknown[]) =>
      new Promise((resolve, reject) =>
        schedule(() => {
          try {
            resolve(call(...args));
          } catch (error) {
            reject(error);
          }
        })
      );
  }
  return background as BackgroundCalls;
}

function subscribe(hooks: Set<() => void>, callback: () => void): () => void {
  const entry = () => callback();
  hooks.add(entry);
  return () => void hooks.delete(entry);
}

/** Compresses everything at the end, at once, so that a run of a simulation is the same each time. */
function memoryCompressor(format: CompressionFormat): Compressor | undefined {
  const zlib = process.getBuiltinModule("node:zlib");
  const compress = format === "gzip" ? zlib.gzipSync : zlib.zstdCompressSync;
  if (typeof compress !== "function") return undefined;
  const pieces: Uint8Array[] = [];
  return {
    push(bytes) {
      pieces.push(bytes.slice());
      return Promise.resolve(new Uint8Array(0));
    },
    finish() {
      const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.byteLength, 0));
      let at = 0;
      for (const piece of pieces) {
        whole.set(piece, at);
        at += piece.byteLength;
      }
      return Promise.resolve(new Uint8Array(compress(whole)));
    },
  };
}

function memoryOutput(): OutputStream & { text(): string } {
  const decoder = new TextDecoder();
  let text = "";
  function write(bytes: Uint8Array): number {
    text += decoder.decode(bytes, { stream: true });
    return bytes.byteLength;
  }
  return {
    isTerminal: false,
    columns: () => undefined,
    write,
    text: () => text,
  };
}
