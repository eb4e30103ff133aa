/**
 * Would io_uring be faster than the thread pool for the background writes? Only libuv, below Node, offers it:
 * `UV_USE_IO_URING=1 node bench/questions/io_uring.ts`, and the same with 0. Microseconds for an appended write of
 * 64 KiB, one at a time as a log writes, and processor time for it; and the threads that are there afterwards, since the
 * setting alone does not say that libuv makes use of it.
 *
 * @module
 */
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, write } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const WRITES = 2_000;
const directory = mkdtempSync(join(tmpdir(), "io-uring-"));
const file = openSync(join(directory, "log"), "a");
const bytes = new Uint8Array(64 * 1024).fill(97);

const once = () =>
  new Promise<void>((resolve, reject) => write(file, bytes, (error) => error === null ? resolve() : reject(error)));
try {
  for (let n = 0; n < 100; n++) await once();
  const before = process.cpuUsage();
  const start = performance.now();
  for (let n = 0; n < WRITES; n++) await once();
  const elapsed = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  console.log(
    `libuv ${process.versions.uv}, UV_USE_IO_URING=${process.env.UV_USE_IO_URING ?? ""}: ${
      (elapsed * 1000 / WRITES).toFixed(1)
    } us per write, ` +
      `${((user + system) / WRITES).toFixed(1)} us of processor time, ${poolThreads()} threads of the pool`,
  );
} finally {
  closeSync(file);
  rmSync(directory, { recursive: true });
}

/** How many threads of libuv's pool this process has; the pool starts with the first work that it is given. */
function poolThreads(): number {
  return readdirSync("/proc/self/task").map((thread) => readFileSync(`/proc/self/task/${thread}/comm`, "utf8"))
    .filter((name) => name.startsWith("libuv-worker")).length;
}
