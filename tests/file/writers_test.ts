import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../src/destination_options.ts";
import { SettingsMismatchError } from "../../src/errors.ts";
import { KEEPS_ALL } from "../../src/file/retention.ts";
import { encodeSettings, parseWriterName, writerName } from "../../src/file/writer_name.ts";
import type { Runtime } from "../../src/runtime.ts";
import { linesOf, loggerOn, logPath } from "../logger/harness.ts";
import { failing } from "../support/faults.ts";
import { createMemoryRuntime, ManualClock, MemoryFileSystem, settle, systemError } from "../support/memory_runtime.ts";
import { closeInTime, contentOf, inMemory, range } from "./pieces.ts";

/** A machine with processes whose lines have 100 bytes: `{"i":7,"x":"..."}`. */
function machine() {
  const clock = new ManualClock(Date.UTC(2026, 10, 23));
  const fs = new MemoryFileSystem({ now: () => clock.now });
  fs.calls().makeDirectory("/logs");
  let pid = 0;
  const start = (schedule?: (work: () => void) => void) => createMemoryRuntime({ clock, fs, pid: ++pid, schedule });
  const names = () => fs.calls().list("/logs").sort();
  const hidden = () => names().filter((name) => name.startsWith("."));
  const rotated = () => names().filter((name) => name.startsWith("app.log."));
  /** All numbers of the lines, wherever they stand. */
  const numbers = () =>
    names().filter((name) => !name.startsWith(".")).flatMap((name) =>
      linesOf(contentOf(inMemory(fs), `/logs/${name}`)).map((line) => JSON.parse(line).i as number)
    ).sort((a, b) => a - b);
  return { clock, fs, start, names, hidden, rotated, numbers };
}

function writer(runtime: Runtime, rotate: RotateOptions | undefined, further: object = {}) {
  const errors: Error[] = [];
  const log = loggerOn(runtime, {
    destinations: [{
      uri: logPath,
      ...(rotate === undefined ? {} : { rotate }),
      format: ({ fields }) => `{"i":${String(fields?.i).padStart(3)},"x":"${"x".repeat(83)}"}`,
      ...further,
    }],
    onError: (error) => void errors.push(error),
  });
  const mismatches = () => errors.filter((error) => error instanceof SettingsMismatchError);
  return { log, errors, mismatches };
}

type Writer = ReturnType<typeof writer>;

/** Logs a line, and lets the maintenance after it come to its end. */
async function put({ log }: Writer, i: number, clock: ManualClock): Promise<void> {
  log.info("", { i });
  await log.flush();
  for (let step = 0; step < 6; step++) await clock.advance(5);
}

describe("a writer that rotates", () => {
  it("keeps a hidden file beside the log, locked, until it is closed", async () => {
    const { fs, start, hidden, clock, names } = machine();
    const runtime = start();
    const one = writer(runtime, { maxBytes: 1_000, maxFiles: 7, compress: "gzip" }, { mode: 0o640 });
    const two = writer(runtime, { maxBytes: 1_000, maxFiles: 7, compress: "gzip" });
    assert.deepEqual(hidden(), []);
    await put(one, 0, clock);
    await put(two, 1, clock);
    const [name, ...others] = hidden();
    assert.match(name, /^\.app\.log\.1-[a-z\d]+\.nt,b1000,f7,cgzip\.writer$/);
    assert.deepEqual(others, [], "one for all loggers of a thread");
    const calls = fs.calls("other");
    assert.equal(calls.tryLock(calls.open(`/logs/${name}`, { access: "read" })), false);
    assert.equal(fs.readText(`/logs/${name}`), "");
    await closeInTime(one.log, runtime);
    assert.deepEqual(hidden(), [name]);
    await closeInTime(two.log, runtime);
    assert.deepEqual(names(), ["app.log"]);
    assert.equal(fs.openFiles(runtime), 0);
  });

  it("keeps it when a record is fatal, for the process may go on", async () => {
    const { start, hidden, clock, numbers } = machine();
    const runtime = start();
    const one = writer(runtime, { maxBytes: 1_000 });
    await put(one, 0, clock);
    const before = hidden();
    one.log.fatal("", { i: 1 });
    assert.deepEqual([numbers(), hidden()], [[0, 1], before]);
    await closeInTime(one.log, runtime);
  });

  it("removes it at the end of the process, and one that is just being made", async () => {
    const { start, hidden, clock } = machine();
    const runtime = start();
    await put(writer(runtime, { maxBytes: 1_000 }), 0, clock);
    assert.equal(hidden().length, 1);
    runtime.exit();
    assert.deepEqual(hidden(), []);

    const waiting: (() => void)[] = [];
    let isStalled = false;
    const stalled = start((work) => isStalled ? void waiting.push(work) : queueMicrotask(work));
    const runtimeAtWork = { ...stalled, sleep: () => waiting.splice(0).forEach((work) => work()) };
    const { log } = writer(
      failing(runtimeAtWork, {
        open(path) {
          isStalled ||= path.endsWith(".writer");
          return undefined;
        },
      }),
      { maxBytes: 1_000 },
    );
    // The call itself is held back as well: the wrapper lies above it.
    log.info("", { i: 1 });
    await log.flush();
    await settle();
    assert.equal(waiting.length, 1);
    stalled.exit();
    assert.deepEqual(hidden(), []);
  });

  it("makes it again when the process goes on after all", async () => {
    const { start, hidden } = machine();
    const runtime = start();
    let end = () => {};
    const { log } = writer({ ...runtime, onExit: (callback) => (end = callback, () => {}) }, { maxBytes: 1_000 });
    log.info("", { i: 0 });
    await log.flush();
    await settle();
    assert.equal(hidden().length, 1);
    end();
    assert.equal(hidden().length, 0);
    await new Promise((next) => process.getBuiltinModule("node:timers").setImmediate(next));
    log.info("", { i: 1 });
    await log.flush();
    await settle();
    assert.equal(hidden().length, 1);
    await closeInTime(log, runtime);
    assert.equal(hidden().length, 0);
  });

  it("removes the files of the dead, and nothing else", async () => {
    const { fs, start, names, clock } = machine();
    const dead = start();
    await put(writer(dead, { maxBytes: 1_000, maxFiles: 3 }), 0, clock);
    dead.crash();
    const others = [".app.log.swp", ".app.log.1.writer", ".app.log.1-a.f7.writer", ".app.log2.1-a.nt.writer"];
    for (const name of others) fs.writeFile(`/logs/${name}`, "");
    fs.link("/etc/passwd", "/logs/.app.log.1-b.nt.writer");
    const runtime = start();
    const living = writer(runtime, { maxBytes: 1_000 });
    await put(living, 1, clock);
    await closeInTime(living.log, runtime);
    assert.deepEqual(names(), [...others, ".app.log.1-b.nt.writer", "app.log"].sort());
    assert.deepEqual(living.errors, []);
  });

  for (const isFirst of [true, false]) {
    it(`is told of one that does not, which ${isFirst ? "was there before" : "comes later"}, and keeps all`, async () => {
      const { start, hidden, rotated, numbers, clock } = machine();
      const [a, b] = [start(), start()];
      const plain = writer(a, undefined);
      const strict = writer(b, { maxBytes: 200, maxFiles: 1, naming: "numbered" });
      const order = isFirst ? [plain, strict] : [strict, plain];
      for (const [i, each] of order.entries()) await put(each, i, clock);
      assert.deepEqual(hidden().map((name) => name.replace(/-[a-z\d]+/, "-")), [
        ".app.log.1-.nt.writer",
        ".app.log.2-.nn,b200,f1.writer",
      ]);
      for (let i = 2; i < 20; i++) await put(strict, i, clock);
      assert.deepEqual(numbers(), range(20));
      assert.equal(rotated().length, 9);
      // Now and then it looks again.
      await clock.advance(2_000);
      await put(plain, 20, clock);
      await clock.advance(30);
      assert.deepEqual(strict.mismatches().map(({ message }) => message), [
        'Cannot agree with process 1 on the rotation of "/logs/app.log": maxBytes is 200 here, unlimited there; ' +
        "maxFiles is 1 here, unlimited there",
      ]);
      assert.deepEqual(plain.mismatches().map(({ message }) => message), [
        'Cannot agree with process 2 on the rotation of "/logs/app.log": maxBytes is unlimited here, 200 there; ' +
        "maxFiles is unlimited here, 1 there",
      ]);
      await closeInTime(plain.log, a);
      await put(strict, 21, clock);
      await put(strict, 22, clock);
      await put(strict, 23, clock);
      assert.equal(rotated().length, 1, "its limits count alone once the other one has gone");
      await closeInTime(strict.log, b);
      assert.deepEqual(hidden(), []);
      assert.deepEqual([...plain.errors, ...strict.errors].length, 2);
    });
  }

  it("does without it where it is not allowed, and without the lock", async () => {
    const { start, names, clock } = machine();
    const runtime = start();
    const denied = failing(runtime, {
      open: (path) => path.endsWith(".writer") ? systemError("EACCES", "open", path) : undefined,
    });
    const withheld: Runtime = { ...runtime, mayUseDirectory: (path) => path !== "/logs" };
    const cases = [
      [denied, { maxBytes: 1_000 }, ["HousekeepingError"]],
      [denied, undefined, []],
      [withheld, undefined, []],
    ] as const;
    for (const [place, rotate, errors] of cases) {
      const each = writer(place, rotate);
      await put(each, 0, clock);
      assert.deepEqual(names(), ["app.log"]);
      await closeInTime(each.log, runtime);
      assert.deepEqual(each.errors.map(({ name }) => name), errors);
    }
    const unlocked = writer(runtime, { maxBytes: 1_000 }, { lock: "none" });
    await put(unlocked, 0, clock);
    assert.deepEqual(names(), ["app.log"]);
    await closeInTime(unlocked.log, runtime);
  });

  it("registers one that does not rotate although its log is just being renamed", async () => {
    const { start, hidden, clock } = machine();
    const runtime = start();
    let isGone = false;
    const renamed = failing(runtime, {
      stat(path) {
        // After the first write: the log has been renamed, and the next is not there yet.
        if (path === logPath && !isGone && (runtime.calls.stat(logPath)?.size ?? 0) > 0) {
          isGone = true;
          runtime.calls.rename(logPath, `${logPath}.1`);
        }
        return undefined;
      },
    });
    const one = writer(renamed, undefined);
    await put(one, 0, clock);
    assert.ok(isGone);
    assert.equal(hidden().length, 1);
    await closeInTime(one.log, runtime);
  });

  it("reports nothing of its own where one that does not rotate cannot look around", async () => {
    const { start, clock, numbers } = machine();
    const runtime = start();
    const lost = failing(runtime, { list: (path) => systemError("ENOTDIR", "scandir", path) });
    const one = writer(lost, undefined);
    await put(one, 0, clock);
    await closeInTime(one.log, runtime);
    assert.deepEqual([numbers(), one.errors], [[0], []]);
  });

  it("makes another one when its own has been taken away", async () => {
    const { fs, start, hidden, clock } = machine();
    const runtime = start();
    const one = writer(runtime, { maxBytes: 100 });
    await put(one, 0, clock);
    const [first] = hidden();
    fs.calls().remove(`/logs/${first}`);
    await put(one, 1, clock);
    assert.equal(hidden().length, 1);
    assert.notEqual(hidden()[0], first);
    await closeInTime(one.log, runtime);
    assert.deepEqual([hidden(), fs.openFiles()], [[], 0]);
  });
});

describe("writers with different settings", () => {
  it("are told once each of what differs", async () => {
    const { start, clock } = machine();
    const [here, there] = [start(), start()];
    const one = writer(here, { maxBytes: 100, maxFiles: 7 });
    const two = writer(there, { maxBytes: 100, maxFiles: 9, compress: "gzip", every: "day", timeZone: "utc" });
    for (let i = 0; i < 12; i += 2) {
      await put(one, i, clock);
      await put(two, i + 1, clock);
    }
    const [[mine, ...more], [theirs, ...others]] = [one.mismatches(), two.mismatches()] as SettingsMismatchError[][];
    assert.deepEqual([more, others], [[], []]);
    assert.deepEqual([mine.path, mine.pid, theirs.pid], [logPath, 2, 1]);
    assert.deepEqual(mine.differences, {
      every: ["never", "day"],
      timeZone: ["any", "utc"],
      maxFiles: [7, 9],
      compress: ["none", "gzip"],
    });
    assert.equal(
      theirs.message,
      `Cannot agree with process 1 on the rotation of "${logPath}": every is day here, never there; ` +
        "timeZone is utc here, any there; maxFiles is 9 here, 7 there; compress is gzip here, none there",
    );
    await Promise.all([closeInTime(one.log, here), closeInTime(two.log, there)]);
  });

  it("keep what one of them wants to keep, for as long as that one lives", async () => {
    const { start, rotated, clock } = machine();
    const [here, there] = [start(), start()];
    const strict = writer(here, { maxBytes: 100, maxFiles: 1 });
    const generous = writer(there, { maxBytes: 100, maxFiles: 5 });
    await put(generous, 0, clock);
    for (let i = 1; i < 10; i++) await put(strict, i, clock);
    assert.equal(rotated().length, 5);
    await closeInTime(generous.log, there);
    await put(strict, 10, clock);
    assert.equal(rotated().length, 1);
    await closeInTime(strict.log, here);
  });

  it("delete only what each of them would, by whatever limit", async () => {
    const { start, rotated, clock } = machine();
    const [here, there] = [start(), start()];
    const byCount = writer(here, { maxBytes: 100, maxFiles: 1 });
    const byAge = writer(there, { maxBytes: 100, maxAge: "10m" });
    await put(byAge, 0, clock);
    for (let i = 1; i < 5; i++) await put(byCount, i, clock);
    assert.equal(rotated().length, 4);
    clock.skip(11 * 60_000);
    await put(byCount, 5, clock);
    assert.equal(rotated().length, 1);
    await Promise.all([closeInTime(byCount.log, here), closeInTime(byAge.log, there)]);
  });

  it("delete nothing to make room when one of them has set no limit", async () => {
    const { fs, start, rotated, clock } = machine();
    const [here, there] = [start(), start()];
    const limited = writer(here, { maxBytes: 100, maxFiles: 50 });
    const unlimited = writer(there, { maxBytes: 100 });
    await put(unlimited, 0, clock);
    for (let i = 1; i < 5; i++) await put(limited, i, clock);
    fs.capacity = fs.used;
    limited.log.info("", { i: 5 });
    await assert.rejects(limited.log.flush(), { code: "ENOSPC" });
    // The full file has become a rotated one, and the new one is empty.
    assert.equal(rotated().length, 5);
    await closeInTime(unlimited.log, there);
    await limited.log.flush();
    assert.equal(rotated().length, 4);
    await closeInTime(limited.log, here);
  });

  it("in one process are noticed as well, but not while the settings are changed", async () => {
    const { start, clock } = machine();
    const runtime = start();
    const changing = writer(runtime, { maxBytes: 100, maxFiles: 1 });
    await put(changing, 0, clock);
    changing.log.destinations.get(logPath)!.update({ rotate: { maxBytes: 200, maxFiles: 2 } });
    for (let i = 1; i < 5; i++) await put(changing, i, clock);
    assert.deepEqual(changing.errors, []);
    const other = writer(runtime, { maxBytes: 300, maxFiles: 2 });
    for (let i = 5; i < 20; i++) await put(i % 2 === 0 ? changing : other, i, clock);
    assert.deepEqual([changing, other].map((each) => each.mismatches().map(({ differences }) => differences)), [
      [{ maxBytes: [200, 300] }],
      [{ maxBytes: [300, 200] }],
    ]);
    await Promise.all([closeInTime(changing.log, runtime), closeInTime(other.log, runtime)]);
  });

  const pairs: Record<string, readonly [RotateOptions, RotateOptions]> = {
    "of size": [{ maxBytes: 300 }, { maxBytes: 1_000 }],
    "of period": [{ maxBytes: 300, every: "hour" }, { maxBytes: 300, every: 1 }],
    "of naming": [{ maxBytes: 300, naming: "timestamp" }, { maxBytes: 300, naming: "numbered" }],
    "of compression": [{ maxBytes: 300, compress: "gzip" }, { maxBytes: 300 }],
    "of naming and compression": [
      { maxBytes: 300, naming: "timestamp", compress: "gzip" },
      { maxBytes: 300, naming: "numbered", compress: "gzip" },
    ],
    "of compression with numbered names": [
      { maxBytes: 300, naming: "numbered", compress: "gzip" },
      { maxBytes: 300, naming: "numbered" },
    ],
  };
  for (const [what, [first, second]] of Object.entries(pairs)) {
    it(`lose nothing through a difference ${what}`, async () => {
      const { fs, start, numbers, clock, names } = machine();
      const runtimes = [start(), start()];
      const writers = [writer(runtimes[0], first), writer(runtimes[1], second)];
      for (let i = 0; i < 40; i++) {
        writers[i * 7 % 3 % 2].log.info("", { i });
        if (i % 4 === 3) await Promise.all(writers.map(({ log }) => log.flush()));
        await clock.advance(1);
      }
      await Promise.all(writers.map(({ log }, index) => closeInTime(log, runtimes[index])));
      assert.deepEqual(numbers(), range(40));
      assert.deepEqual(names().filter((name) => /^\.|\.tmp$/.test(name)), []);
      const largest = Math.max(first.maxBytes as number, second.maxBytes as number);
      for (const name of names()) assert.ok(contentOf(inMemory(fs), `/logs/${name}`).length <= largest);
      for (const { errors } of writers) assert.deepEqual(errors.map((error) => error.name), ["SettingsMismatchError"]);
    });
  }

  it("of compression leave no piece twice when one of them is killed", { skip: !hasZstd() }, async () => {
    const { fs, start, names, numbers, clock } = machine();
    const piece = "app.log.20261122T010000.000Z-000";
    fs.writeFile(`/logs/${piece}`, `{"i":0}\n`);
    const killed = start();
    // It dies when the compressed file is complete and the plain one is not moved aside yet.
    const dying = failing(killed, {
      rename(path) {
        if (path.endsWith(piece)) killed.crash();
        return undefined;
      },
    });
    writer(dying, { maxBytes: 10_000, compress: "gzip" }).log.info("", { i: 1 });
    for (let step = 0; step < 20; step++) await clock.advance(10);
    assert.ok(names().includes(piece) && names().includes(`${piece}.gz`));
    const runtime = start();
    const { log } = writer(runtime, { maxBytes: 10_000, compress: "zstd" });
    log.info("", { i: 2 });
    await log.flush();
    await closeInTime(log, runtime);
    assert.deepEqual(names(), ["app.log", `${piece}.zst`]);
    assert.deepEqual(numbers(), [0, 1, 2]);
  });
});

function hasZstd(): boolean {
  return createMemoryRuntime().compressor("zstd") !== undefined;
}

describe("the name of the hidden file", () => {
  it("says all settings", () => {
    const all = {
      naming: "numbered",
      maxBytes: 10_000_000,
      every: "week",
      timeZone: "utc",
      maxFiles: 0,
      maxAge: 1.5,
      maxTotalBytes: 1e9,
      compress: "zstd",
    } as const;
    for (const each of [KEEPS_ALL, all, { ...KEEPS_ALL, every: 3_600_000 }, { ...KEEPS_ALL, maxBytes: 1e22 }]) {
      const settings = encodeSettings(each);
      const name = writerName("app.log", { pid: 4711, settings }, "k3x9");
      assert.deepEqual(parseWriterName(name, "app.log"), { pid: 4711, settings, policy: each });
      assert.equal(parseWriterName(name, "app.log2"), undefined);
      assert.equal(parseWriterName(name, "app"), undefined);
      assert.ok(name.length < 120, name);
    }
  });

  it("limits nothing where it is not understood", () => {
    assert.deepEqual(parseWriterName(".a.1-x.nt,fmany,aeverything,b,qnew.writer", "a")?.policy, KEEPS_ALL);
  });
});
