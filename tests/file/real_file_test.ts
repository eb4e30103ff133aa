import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { createLogger, type DestinationOptions } from "../../mod.ts";
import { inDirectory, linesOf } from "../logger/harness.ts";
import { pieces, range, type Readable, rotatedNames, sequence } from "./pieces.ts";

const disk: Readable = { list: (directory) => readdirSync(directory), read: (path) => readFileSync(path) };
const isLinux = process.platform === "linux";
const isRoot = process.getuid?.() === 0;

/** Logs records, each flushed, and closes; no error may be reported. */
async function write(destination: DestinationOptions, count: number): Promise<void> {
  const errors: Error[] = [];
  const log = createLogger({ destinations: [destination], onError: (error) => void errors.push(error) });
  for (let i = 0; i < count; i++) {
    log.info("x", { i });
    if (i % 5 === 0) await log.flush();
  }
  await log.close();
  assert.deepEqual(errors, []);
}

describe("a real file", () => {
  for (const compress of ["gzip", "zstd"] as const) {
    for (const naming of ["timestamp", "numbered"] as const) {
      it(`is rotated and compressed with ${compress}, ${naming} names`, () =>
        inDirectory(async (directory) => {
          const uri = join(directory, "app.log");
          await write({ uri, rotate: { maxBytes: 1000, compress, naming } }, 200);
          assert.deepEqual(sequence(disk, uri), range(200));
          const { rotated, others } = rotatedNames(disk, uri);
          assert.ok(rotated.length >= 14 && rotated.every((name) => /\.(gz|zst)$/.test(name)), rotated.join());
          assert.deepEqual(others, []);
        }));
    }
  }

  for (const name of ["logs\\app.log", "app.log\\", "\\\\server\\share\\app.log"]) {
    for (const naming of ["timestamp", "numbered"] as const) {
      it(`called ${name} is one in its directory, where a backslash separates nothing, ${naming} names`, {
        skip: process.platform === "win32",
      }, () =>
        inDirectory(async (directory) => {
          const uri = `${directory}/${name}`;
          await write({ uri, rotate: { maxBytes: 1000, maxFiles: 2, compress: "gzip", naming } }, 100);
          const names = readdirSync(directory);
          assert.ok(names.length === 3 && names.every((other) => other.startsWith(name)), names.join());
        }));
    }
  }

  it("is made with its directories", () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "a", "b c", "ä", "app.log");
      await write({ uri }, 3);
      assert.deepEqual(sequence(disk, uri), range(3));
    }));

  it(
    "has the mode it was given, less the umask; so have compressed ones",
    { skip: process.platform === "win32" },
    () =>
      inDirectory(async (directory) => {
        for (const [umask, mode, expected] of [[0o022, 0o666, 0o644], [0, 0o640, 0o640], [0o077, 0o666, 0o600]]) {
          const uri = join(directory, `${umask}-${mode}`, "app.log");
          const before = process.umask(umask);
          try {
            await write({ uri, mode, rotate: { maxBytes: 200, compress: "gzip" } }, 10);
          } finally {
            process.umask(before);
          }
          const paths = [uri, ...rotatedNames(disk, uri).rotated.map((name) => join(uri, "..", name))];
          assert.ok(paths.length > 3);
          for (const path of paths) assert.equal((statSync(path).mode & 0o777).toString(8), expected.toString(8), path);
        }
      }),
  );

  it("that exists keeps its mode", { skip: process.platform === "win32" }, () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "app.log");
      writeFileSync(uri, "");
      chmodSync(uri, 0o600);
      await write({ uri, mode: 0o666 }, 1);
      assert.equal(statSync(uri).mode & 0o777, 0o600);
    }));

  it("of yesterday is rotated by its time of change", () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "app.log");
      writeFileSync(uri, '{"i":-1}\n');
      const yesterday = new Date(Date.now() - 86_400_000);
      utimesSync(uri, yesterday, yesterday);
      await write({ uri, rotate: { every: "day" } }, 2);
      assert.deepEqual(pieces(disk, uri).map((piece) => piece.length), [1, 2]);
    }));

  it(
    "is never reached through a symbolic link",
    { skip: process.platform === "win32" },
    () =>
      inDirectory(async (directory) => {
        const target = join(directory, "secret");
        const uri = join(directory, "app.log");
        writeFileSync(target, "secret\n");
        for (const to of [target, join(directory, "absent")]) {
          symlinkSync(to, uri);
          const log = createLogger({ destinations: [uri], onError: () => {} });
          log.info("x");
          await assert.rejects(log.flush(), /symbolic link/);
          await log.close();
          const { unlinkSync } = process.getBuiltinModule("node:fs");
          unlinkSync(uri);
        }
        assert.equal(readFileSync(target, "utf8"), "secret\n");
        assert.ok(!existsSync(join(directory, "absent")));
      }),
  );

  it(
    "through a directory that is a symbolic link is fine",
    { skip: process.platform === "win32" },
    () =>
      inDirectory(async (directory) => {
        mkdirSync(join(directory, "real"));
        symlinkSync(join(directory, "real"), join(directory, "link"));
        await write({ uri: join(directory, "link", "app.log"), rotate: { maxBytes: 100 } }, 5);
        assert.deepEqual(sequence(disk, join(directory, "real", "app.log")), range(5));
      }),
  );

  it("that is a directory is an error, and no crash", () =>
    inDirectory(async (directory) => {
      const errors: Error[] = [];
      const log = createLogger({ destinations: [directory], onError: (error) => void errors.push(error) });
      log.info("x");
      await assert.rejects(log.flush(), /is a directory/);
      await log.close();
      assert.equal(log.metrics().dropped, 1);
      assert.ok(errors.length >= 2);
    }));

  it(
    "in a directory that may not be written heals when it may",
    { skip: isRoot || process.platform === "win32" },
    () =>
      inDirectory(async (directory) => {
        const log = createLogger({ destinations: [join(directory, "app.log")], onError: () => {} });
        chmodSync(directory, 0o500);
        log.info("x", { i: 0 });
        await assert.rejects(log.flush(), /EACCES|permission/i);
        chmodSync(directory, 0o700);
        await log.flush();
        await log.close();
        assert.deepEqual(sequence(disk, join(directory, "app.log")), [0]);
      }),
  );

  it("is open once, for two loggers on one path", { skip: !isLinux }, () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "app.log");
      const descriptors = () =>
        readdirSync("/proc/self/fd").filter((fd) => {
          try {
            const path = readlinkSync(`/proc/self/fd/${fd}`);
            // Beside the log there is the file that tells other processes of us.
            return path.startsWith(`${directory}/`) && !path.endsWith(".writer");
          } catch {
            return false; // closed again
          }
        }).length;
      const logs = [uri, join(directory, ".", "app.log"), `file://${uri}`].map((destination) =>
        createLogger({ destinations: [{ uri: destination, rotate: { maxBytes: 500 } }] })
      );
      for (let i = 0; i < 60; i++) logs[i % 3].info("x", { i });
      await Promise.all(logs.map((log) => log.flush()));
      // Deno lets go of a file that a rotation has closed only in one of the next turns.
      for (let turn = 0; turn < 1_000 && descriptors() > 1; turn++) await new Promise((next) => setTimeout(next, 5));
      assert.equal(descriptors(), 1);
      await logs[0].close();
      assert.equal(descriptors(), 1);
      await Promise.all(logs.map((log) => log.close()));
      assert.equal(descriptors(), 0);
      assert.deepEqual(sequence(disk, uri).sort((a, b) => a - b), range(60));
    }));

  it(
    "leaves no descriptor behind after hundreds of rotations",
    { skip: !isLinux },
    () =>
      inDirectory(async (directory) => {
        const count = () => readdirSync("/proc/self/fd").length;
        const uri = join(directory, "app.log");
        await write({ uri, rotate: { maxBytes: 100 } }, 5);
        const before = count();
        await write({ uri, rotate: { maxBytes: 100, maxFiles: 5, compress: "gzip" } }, 300);
        assert.ok(count() <= before + 2, `${count()} after ${before}`);
        assert.equal(rotatedNames(disk, uri).rotated.length, 5);
      }),
  );

  it("takes lines of any length", () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "app.log");
      const log = createLogger({ destinations: [{ uri, rotate: { maxBytes: "1MiB" } }] });
      const sizes = [10, 5_000_000, 100_000, 0, 300_000, 1 << 20, 70_000];
      for (const size of sizes) log.info("é".repeat(size / 2));
      await log.close();
      const found = pieces(disk, uri).flat().map((line) => Buffer.byteLength(JSON.parse(line).msg));
      assert.deepEqual(found, sizes.map((size) => size - size % 2));
    }));

  it("is written by await using and by flushInterval alone", () =>
    inDirectory(async (directory) => {
      const uri = join(directory, "app.log");
      {
        await using log = createLogger({ destinations: [uri], flushInterval: 1 });
        log.info("x", { i: 0 });
        const deadline = Date.now() + 10_000;
        while (!existsSync(uri) || statSync(uri).size === 0) {
          assert.ok(Date.now() < deadline, "nothing was written");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        log.info("x", { i: 1 });
      }
      assert.equal(linesOf(readFileSync(uri, "utf8")).length, 2);
    }));
});
