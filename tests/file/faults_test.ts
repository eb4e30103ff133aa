import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DestinationError, LockTimeoutError, LockUnavailableError } from "../../src/errors.ts";
import { createLoggerFactory } from "../../src/logger.ts";
import { createConfigure } from "../../src/named.ts";
import type { LoggerOptions } from "../../src/options.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createSettingsFromObject } from "../../src/settings/sources.ts";
import { eio, enospc, failing, type Fault, type Faults, lockless, shortWriter } from "../support/faults.ts";
import {
  createMemoryRuntime,
  MemoryFileSystem,
  type MemoryRuntime,
  settle,
  systemError,
} from "../support/memory_runtime.ts";
import { linesOf, loggerOn, logPath } from "../logger/harness.ts";
import { inMemory, range, rotatedNames, sequence } from "./pieces.ts";

/** A logger on a runtime, with the errors that it reports. */
function watched(runtime: Runtime, file: object = {}, options: Partial<LoggerOptions> = {}) {
  const errors: Error[] = [];
  const log = loggerOn(runtime, {
    destinations: [{ uri: logPath, ...file }],
    onError: (error) => void errors.push(error),
    ...options,
  });
  return { log, errors };
}

/** Lets time pass in small steps: between two tries of a lock the event loop turns, which takes no time. */
async function elapse(runtime: MemoryRuntime, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 50) await runtime.clock.advance(50);
}

const numbersIn = (text: string) => linesOf(text).map((line) => JSON.parse(line).i);

describe("a file with a torn end", () => {
  for (const fragment of ["fragment", '{"time":"2026', "x".repeat(1000)]) {
    it(`${fragment.slice(0, 20)} gets a newline, and keeps all its bytes`, async () => {
      const runtime = createMemoryRuntime();
      runtime.fs.calls().makeDirectory("/logs");
      runtime.fs.writeFile(logPath, `whole\n${fragment}`);
      const { log, errors } = watched(runtime);
      log.info("x", { i: 0 });
      await log.close();
      const lines = linesOf(runtime.fs.readText(logPath));
      assert.deepEqual(lines.slice(0, 2), ["whole", fragment]);
      assert.equal(JSON.parse(lines[2]).i, 0);
      assert.deepEqual([lines.length, errors], [3, []]);
    });
  }

  it("that is full keeps its bytes too", async () => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile(logPath, "x".repeat(100));
    const { log } = watched(runtime, { rotate: { maxBytes: 100 } });
    log.info("x");
    await log.close();
    const [rotated] = rotatedNames(inMemory(runtime.fs)).rotated;
    assert.equal(runtime.fs.readText(`/logs/${rotated}`).trimEnd(), "x".repeat(100));
    assert.equal(linesOf(runtime.fs.readText(logPath)).length, 1);
  });

  it("gets its newline while others write on", async () => {
    const runtime = createMemoryRuntime();
    const { log } = watched(runtime);
    log.info("x", { i: 0 });
    await log.flush();
    // Another process is killed in the middle of a line.
    const calls = runtime.fs.calls("other");
    const file = calls.open(logPath, { access: "append" });
    calls.write(file, new TextEncoder().encode("torn"));
    calls.close(file);
    log.info("x", { i: 1 });
    await log.close();
    assert.equal(linesOf(runtime.fs.readText(logPath))[1], "torn");
  });
});

describe("short writes", () => {
  for (const atMost of [1, 7, 64]) {
    it(`of ${atMost} bytes are continued`, async () => {
      const runtime = createMemoryRuntime();
      const { log, errors } = watched(shortWriter(runtime, atMost), { rotate: { maxBytes: 1000 } });
      for (let i = 0; i < 50; i++) log.info("x", { i });
      await log.close();
      assert.deepEqual(sequence(inMemory(runtime.fs)), range(50));
      assert.deepEqual(errors, []);
    });
  }

  it("of nothing, again and again, are an error, and no loop", async () => {
    const runtime = createMemoryRuntime();
    let stuck = true;
    const { log, errors } = watched(failing(runtime, { write: () => stuck ? 0 : undefined }));
    log.info("x", { i: 0 });
    await assert.rejects(log.flush(), /the system takes none/);
    stuck = false;
    await log.flush();
    assert.deepEqual([numbersIn(runtime.fs.readText(logPath)), errors.length], [[0], 1]);
  });
});

describe("a write that fails", () => {
  for (const error of [enospc(), eio(), systemError("EFBIG", "write"), systemError("EDQUOT", "write")]) {
    const { code } = error as Error & { code: string };
    it(`with ${code} in the middle of a line is taken back to the last whole line`, async () => {
      const runtime = createMemoryRuntime();
      const { log, errors } = watched(failing(runtime, { write: [200, error] }));
      for (let i = 0; i < 6; i++) log.info("x", { i });
      const failure = await log.flush().then(() => undefined, (error) => error);
      assert.ok(failure instanceof DestinationError);
      assert.deepEqual([failure.code, failure.dropped, errors], [code, 0, [failure]]);
      // Two whole lines fit into 200 bytes; they count as written, and are there.
      assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [0, 1]);
      assert.equal(log.metrics().destinations[0].written, 2);
      assert.equal(log.metrics().destinations[0].pending, 4);
      await log.flush();
      assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), range(6));
      assert.equal(log.metrics().destinations[0].dropped, 0);
    });
  }

  it("gives the lock back", async () => {
    const runtime = createMemoryRuntime();
    const { log } = watched(failing(runtime, { write: [10, eio()] }));
    log.info("x");
    await assert.rejects(log.flush());
    const calls = runtime.fs.calls("other");
    assert.ok(calls.tryLock(calls.open(logPath, { access: "append" })));
  });

  it("and cannot be taken back leaves a fragment, and its line comes again, whole", async () => {
    const runtime = createMemoryRuntime();
    const { log } = watched(failing(runtime, { write: [100, eio()], truncate: [eio("ftruncate")] }));
    for (let i = 0; i < 4; i++) log.info("x", { i });
    await assert.rejects(log.flush(), /EIO: write/);
    await log.flush();
    const lines = linesOf(runtime.fs.readText(logPath));
    assert.equal(lines.length, 5);
    assert.throws(() => JSON.parse(lines[1]));
    assert.deepEqual(lines.toSpliced(1, 1).map((line) => JSON.parse(line).i), range(4));
  });

  it("is not taken back when somebody has written behind it", async () => {
    const runtime = createMemoryRuntime();
    let writes = 0;
    const { log } = watched(failing(runtime, {
      write: () => {
        if (++writes === 1) return 100;
        if (writes > 2) return undefined;
        const calls = runtime.fs.calls("without a lock");
        const file = calls.open(logPath, { access: "append" });
        calls.write(file, new TextEncoder().encode("-foreign-\n"));
        calls.close(file);
        return eio();
      },
    }));
    for (let i = 0; i < 3; i++) log.info("x", { i });
    await assert.rejects(log.flush());
    await log.flush();
    const text = runtime.fs.readText(logPath);
    assert.ok(text.includes("-foreign-\n"));
    const whole = linesOf(text).filter((line) => line.startsWith("{") && !line.includes("-foreign-"));
    assert.deepEqual(whole.map((line) => JSON.parse(line).i), range(3));
  });

  it("on a disk that is full heals when there is room again, in time and without flush", async () => {
    const runtime = createMemoryRuntime();
    const { log, errors } = watched(runtime);
    runtime.fs.capacity = 150;
    for (let i = 0; i < 10; i++) log.info("x", { i });
    await runtime.clock.advance(10_000);
    const before = numbersIn(runtime.fs.readText(logPath));
    assert.deepEqual(before, range(before.length));
    assert.ok(before.length < 10 && errors.length > 3 && errors.length < 20);
    runtime.fs.capacity = Infinity;
    await runtime.clock.advance(5_000);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), range(10));
  });

  it("at any write, in any way, costs and doubles no line", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constant("error"), fc.constant(undefined), fc.integer({ min: 0, max: 300 })), {
          maxLength: 30,
        }),
        fc.boolean(),
        async (plan, rotates) => {
          const runtime = createMemoryRuntime();
          const write = plan.map((step): Fault => step === "error" ? eio() : step as Fault);
          const { log } = watched(failing(runtime, { write }), rotates ? { rotate: { maxBytes: 400 } } : {});
          for (let i = 0; i < 30; i++) {
            log.info("x", { i });
            if (i % 7 === 0) await log.flush().catch(() => {});
          }
          for (let tries = 0; tries < 40; tries++) await log.flush().catch(() => {});
          await log.close();
          assert.deepEqual(sequence(inMemory(runtime.fs)), range(30));
          const [{ written, dropped, pending }] = log.metrics().destinations;
          assert.deepEqual([written, dropped, pending], [30, 0, 0]);
        },
      ),
      { numRuns: 100, verbose: 1 },
    ));
});

describe("any other call that fails", () => {
  const faults: Record<string, Faults> = {
    "open": { open: [systemError("EMFILE", "open"), systemError("EACCES", "open")] },
    "stat": { stat: [systemError("EIO", "lstat")] },
    "fstat": { fstat: [eio("fstat")] },
    "tryLock": { tryLock: [systemError("ENOLCK", "flock")] },
    "unlock": { unlock: [eio("flock")] },
    "readAt": { readAt: [eio("read")] },
    "rename": { rename: [systemError("EACCES", "rename"), systemError("EROFS", "rename")] },
    "list": { list: [systemError("EACCES", "scandir")] },
    "makeDirectory": { makeDirectory: [systemError("EACCES", "mkdir")] },
    "close": { close: [eio("close")] },
    "remove": { remove: [systemError("EACCES", "unlink")] },
  };
  for (const [name, fault] of Object.entries(faults)) {
    for (const naming of ["timestamp", "numbered"] as const) {
      it(`${name} with ${naming} names costs and doubles no line`, async () => {
        const runtime = createMemoryRuntime();
        const { log } = watched(failing(runtime, fault), { rotate: { maxBytes: 200, naming, maxFiles: 100 } });
        for (let i = 0; i < 20; i++) {
          log.info("x", { i });
          await log.flush().catch(() => {});
        }
        await log.flush().catch(() => {});
        await log.close();
        assert.deepEqual(sequence(inMemory(runtime.fs)), range(20));
        assert.equal(log.metrics().dropped, 0);
      });
    }
  }
});

describe("locks", () => {
  it("that another holds are waited for, reported after lockTimeout, and the batch is not lost", async () => {
    const runtime = createMemoryRuntime();
    const calls = runtime.fs.calls("other");
    calls.makeDirectory("/logs");
    const holder = calls.open(logPath, { access: "append" });
    assert.ok(calls.tryLock(holder));
    const { log, errors } = watched(runtime, { lockTimeout: 1000 });
    log.info("x", { i: 0 });
    await elapse(runtime, 900);
    assert.equal(errors.length, 0);
    await elapse(runtime, 200);
    assert.equal(errors.length, 1);
    const [error] = errors;
    assert.ok(error instanceof DestinationError && error.cause instanceof LockTimeoutError);
    assert.equal(error.code, "ETIMEDOUT");
    assert.equal(error.dropped, 0);
    assert.match(
      error.message,
      /^Cannot lock "\/logs\/app\.log": another process has held it for 1000 ms; 1 record kept to be/,
    );
    log.info("x", { i: 1 });
    await elapse(runtime, 10_000);
    assert.ok(errors.length > 3);
    calls.close(holder);
    await elapse(runtime, 7_000);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [0, 1]);
    assert.deepEqual([log.metrics().dropped, log.metrics().destinations[0].written], [0, 2]);
  });

  it("that another holds keep a fatal record for 2 s in all, and then it is told that it waits", () => {
    const runtime = createMemoryRuntime();
    const calls = runtime.fs.calls("other");
    calls.makeDirectory("/logs");
    const paths = ["/logs/app.log", "/logs/more.log"];
    const holders = paths.map((path) => calls.open(path, { access: "append" }));
    assert.ok(holders.every((holder) => calls.tryLock(holder)));
    const { log, errors } = watched(runtime, {}, { destinations: [...paths, "/logs/free.log"] });
    const start = runtime.clock.now;
    log.info("x", { i: 0 });
    log.fatal("x", { i: 1 });
    const took = runtime.clock.now - start;
    assert.ok(took >= 2_000 && took < 2_100, `${took} ms`);
    assert.deepEqual(numbersIn(runtime.fs.readText("/logs/free.log")), [0, 1]);
    assert.deepEqual(errors.map(({ message }) => message), [
      'Cannot write a fatal record to destination "/logs/app.log" at once: 2 records still waiting',
      'Cannot write a fatal record to destination "/logs/more.log" at once: 2 records still waiting',
    ]);
  });

  it("that are given back in time are no error", async () => {
    const runtime = createMemoryRuntime();
    const calls = runtime.fs.calls("other");
    calls.makeDirectory("/logs");
    const holder = calls.open(logPath, { access: "append" });
    assert.ok(calls.tryLock(holder));
    const { log, errors } = watched(runtime);
    log.info("x", { i: 0 });
    await elapse(runtime, 500);
    calls.unlock(holder);
    await elapse(runtime, 10);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [0]);
    assert.deepEqual(errors, []);
  });

  it("that do not exist here are refused with the remedy wherever a destination is made", async () => {
    const runtime = lockless(createMemoryRuntime(), 'this runtime has no lock; use lock: "none"');
    const create = createLoggerFactory(() => runtime);
    const configure = createConfigure(() => runtime);
    const refused = (make: () => unknown, where: string) =>
      assert.throws(make, (error: unknown) => {
        assert.ok(error instanceof LockUnavailableError, String(error));
        assert.equal(error.code, "ENOLCK");
        assert.equal(
          error.message,
          `Cannot use option "${where}.lock": this runtime has no lock; use lock: "none"`,
        );
        return true;
      });
    refused(() => create(logPath), "destinations[0]");
    refused(() => create({ destinations: [{ uri: logPath, lock: "flock" }] }), "destinations[0]");
    refused(() => configure({ destinations: ["stderr:", logPath] }), "destinations[1]");
    refused(() => createSettingsFromObject(() => runtime)({ destinations: [logPath] }), "destinations[0]");
    const log = create({ destinations: [{ uri: logPath, lock: "none" }] });
    refused(() => log.destinations.add(`${logPath}.2`), "destination");
    refused(() => log.update({ destinations: [`${logPath}.2`] }), "destinations[0]");
    await log.close();
    assert.equal(runtime.fs.openFiles(), 0);
  });

  it('are not asked for with lock: "none", rotation and compression included', async () => {
    const runtime = createMemoryRuntime();
    const { log, errors } = watched(lockless(runtime, "no locks"), {
      lock: "none",
      rotate: { maxBytes: 200, compress: "gzip", maxFiles: 100 },
    });
    for (let i = 0; i < 30; i++) log.info("x", { i });
    await log.close();
    assert.deepEqual(errors, []);
    const files = inMemory(runtime.fs);
    assert.deepEqual(sequence(files), range(30));
    const { rotated } = rotatedNames(files);
    assert.ok(rotated.length > 0 && rotated.every((name) => name.endsWith(".gz")), rotated.join());
  });
});

describe("what stands at the path", () => {
  it("is refused when it is a symbolic link, and taken when it is a file again", async () => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory("/logs");
    runtime.fs.writeFile("/secret", "secret\n");
    runtime.fs.link("/secret", logPath);
    const { log, errors } = watched(runtime);
    log.info("x", { i: 0 });
    await assert.rejects(
      log.flush(),
      /Cannot open "\/logs\/app.log": it is a symbolic link; name the file it points to/,
    );
    assert.equal((errors[0] as DestinationError).code, "ELOOP");
    assert.equal(runtime.fs.readText("/secret"), "secret\n");
    runtime.fs.calls().remove(logPath);
    await log.flush();
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [0]);
  });

  it("is refused when it is a directory", async () => {
    const runtime = createMemoryRuntime();
    runtime.fs.calls().makeDirectory(logPath);
    const { log, errors } = watched(runtime);
    log.info("x", { i: 0 });
    await assert.rejects(log.flush(), /Cannot open "\/logs\/app.log": it is a directory/);
    assert.equal((errors[0] as DestinationError).code, "EISDIR");
    await log.close();
    assert.equal(log.metrics().dropped, 1);
  });

  it("may be removed, renamed and cut while it is written", async () => {
    const runtime = createMemoryRuntime();
    const { log, errors } = watched(runtime);
    const write = async (i: number) => {
      log.info("x", { i });
      await log.flush();
    };
    const calls = runtime.fs.calls("logrotate");
    await write(0);
    calls.rename(logPath, "/logs/moved");
    await write(1);
    assert.deepEqual(numbersIn(runtime.fs.readText("/logs/moved")), [0]);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [1]);
    calls.remove(logPath);
    await write(2);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [2]);
    calls.truncate(calls.open(logPath, { access: "append" }), 0);
    await write(3);
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [3]);
    assert.deepEqual(errors, []);
  });

  it("may vanish with its directory", async () => {
    const runtime = createMemoryRuntime();
    const { log, errors } = watched(runtime);
    log.info("x", { i: 0 });
    await log.flush();
    runtime.fs.calls().remove(logPath);
    runtime.fs.calls().rename("/logs", "/gone");
    log.info("x", { i: 1 });
    await log.flush();
    assert.deepEqual(numbersIn(runtime.fs.readText(logPath)), [1]);
    assert.deepEqual(errors, []);
  });
});

describe("loggers of one process on one path", () => {
  it("share one open file, whatever they are called", async () => {
    const runtime = createMemoryRuntime();
    const rotate = { maxBytes: 300 };
    const first = watched(runtime, { rotate });
    const second = watched(runtime, { rotate });
    const third = watched(runtime, {}, {
      destinations: [logPath, `file://${logPath}`].map((uri) => ({ uri, rotate })),
    });
    // The log, and the file that tells other processes of us.
    const open = 2;
    for (let i = 0; i < 30; i++) {
      [first, second][i % 2].log.info("x", { i });
      await Promise.all([first.log.flush(), second.log.flush()]);
      await settle();
      assert.equal(runtime.fs.openFiles(), open);
    }
    assert.deepEqual(sequence(inMemory(runtime.fs)), range(30));
    third.log.info("twice", { i: 30 });
    await third.log.flush();
    assert.equal(runtime.fs.openFiles(), open);
    await first.log.close();
    assert.equal(runtime.fs.openFiles(), open);
    await Promise.all([second.log.close(), third.log.close()]);
    assert.equal(runtime.fs.openFiles(), 0);
    assert.deepEqual(sequence(inMemory(runtime.fs)), [...range(31), 30]);
    assert.deepEqual([first.errors, second.errors, third.errors], [[], [], []]);
  });

  it("of two processes take turns", async () => {
    const fs = new MemoryFileSystem();
    const a = createMemoryRuntime({ fs });
    const b = createMemoryRuntime({ fs, clock: a.clock, pid: 2 });
    const logs = [a, b].map((runtime) => watched(runtime, { rotate: { maxBytes: 500, compress: "gzip" } }));
    const expected: number[] = [];
    for (let i = 0; i < 200; i++) {
      logs.forEach(({ log }, process) => log.info("x", { i: 1000 * process + i }));
      expected.push(i, 1000 + i);
      if (i % 10 === 0) await a.clock.advance(7);
    }
    const closing = Promise.all(logs.map(({ log }) => log.close()));
    for (let i = 0; i < 50; i++) await a.clock.advance(10);
    await closing;
    const found = sequence(inMemory(fs));
    assert.deepEqual(found.filter((i) => i < 1000), range(200));
    assert.deepEqual(found.filter((i) => i >= 1000), range(200).map((i) => 1000 + i));
    assert.deepEqual(logs.flatMap(({ errors }) => errors), []);
  });
});
