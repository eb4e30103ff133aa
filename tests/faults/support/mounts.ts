/**
 * File systems of a test's own, which are gone again after it whatever happens to the test.
 *
 * @module
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../../adapters/programs.ts";
import { guard } from "./guard.ts";
import { findProgram } from "./requirements.ts";

/** A mounted file system. */
export interface Mount {
  /** Where it is mounted. */
  readonly path: string;
  /** A directory outside of it. */
  readonly outside: string;
}

/** Calls a test with a small file system in memory, of so many bytes. */
export function withTmpfs(bytes: number, test: (mount: Mount) => Promise<void>): Promise<void> {
  return withMount((path) => runProgram("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path), test);
}

/** Calls a test with an ext4 file system in a file. */
export function withExt4(test: (mount: Mount) => Promise<void>): Promise<void> {
  return withMount((path, outside) => {
    const image = join(outside, "image");
    writeFileSync(image, "");
    truncateSync(image, 128 << 20);
    runProgram("mkfs.ext4", "-q", "-F", image);
    runProgram("mount", "-o", "loop", image, path);
  }, test);
}

/** Calls a test with a directory that may hold, by a quota which root has to keep as well, no more than so many bytes. */
export function withQuota(bytes: number, test: (mount: Mount) => Promise<void>): Promise<void> {
  return withMount((path, outside) => {
    const image = join(outside, "image");
    writeFileSync(image, "");
    truncateSync(image, 128 << 20);
    runProgram("mkfs.btrfs", "-q", "--mixed", image);
    runProgram("mount", "-o", "loop", image, path);
    runProgram("btrfs", "quota", "enable", path);
    runProgram("btrfs", "subvolume", "create", join(path, "limited"));
    runProgram("btrfs", "qgroup", "limit", String(bytes), join(path, "limited"));
  }, ({ path, outside }) => test({ path: join(path, "limited"), outside }));
}

async function withMount(
  mount: (path: string, outside: string) => void,
  test: (mount: Mount) => Promise<void>,
): Promise<void> {
  const outside = temporaryDirectory();
  const path = join(outside, "mounted");
  mkdirSync(path);
  const script = '"$2" -u "$1"; umount "$1" || umount -l "$1"';
  const dismiss = guard(script, path, findProgram("fsfreeze") ?? "true");
  let failed = true;
  try {
    mount(path, outside);
    await test({ path, outside });
    failed = false;
  } finally {
    await dismiss();
    if (!failed) rmSync(outside, { recursive: true });
  }
}

/**
 * Freezes a file system for a number of seconds. A process of its own does both, so that it thaws whatever becomes of
 * us. Resolves to the times of both, in milliseconds since the epoch.
 */
export function freeze(path: string, seconds: number): Promise<{ frozenAt: number; thawedAt: number }> {
  const script = 'trap \'"$3" -u "$1"\' EXIT; "$3" -f "$1" && date +%s%3N && sleep "$2" && date +%s%3N';
  const program = findProgram("fsfreeze") as string;
  const child = spawn("/bin/sh", ["-c", script, "freeze", path, String(seconds), program], {
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => printed += text);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      const [frozenAt, thawedAt] = printed.split("\n").map(Number);
      if (code === 0) resolve({ frozenAt, thawedAt });
      else reject(new Error(`Cannot freeze "${path}": status ${code}`));
    });
  });
}

/**
 * Cuts the power of an ext4 file system, as far as it can tell: from now on nothing reaches its disk, not even its
 * journal (the ioctl `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`).
 */
export function cutPower(mount: Mount): void {
  const script =
    'open(F, "<", $ARGV[0]) or die "$!"; my $flags = pack("L", 2); ioctl(F, 0x8004587d, $flags) or die "$!"';
  runProgram("perl", "-e", script, mount.path);
}

/** Mounts it again, which shows what the disk had at that moment. Nobody may have a file open there any more. */
export function restorePower(mount: Mount): void {
  runProgram("umount", mount.path);
  runProgram("mount", "-o", "loop", join(mount.outside, "image"), mount.path);
}

/** Runs a program to its end; throws what it printed when it fails. */
export function runProgram(name: string, ...args: readonly string[]): string {
  const program = findProgram(name);
  if (program === undefined) throw new Error(`Cannot run ${name}: it is not installed`);
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: "utf8", timeout: 60_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`Cannot run ${name} ${args.join(" ")}: ${stderr.trim() || `status ${status}`}`);
  return stdout;
}
