/** What the simulation has found, each as the smallest case that shows it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { perform } from "../../src/file/operation.ts";
import { remove, rename } from "../../src/file/rotation.ts";
import { Task } from "../../src/file/task.ts";
import { linesOf, loggerOn, logPath } from "../logger/harness.ts";
import { eio, failing } from "../support/faults.ts";
import { createMemoryRuntime, settle, systemError } from "../support/memory_runtime.ts";
import { range } from "../file/pieces.ts";

/** A runtime whose thread pool carries nothing out until it is told to. */
function stalled() {
  const waiting: (() => void)[] = [];
  const runtime = createMemoryRuntime({ schedule: (work) => void waiting.push(work) });
  runtime.fs.calls().makeDirectory("/logs");
  const work = async () => {
    waiting.splice(0).forEach((call) => call());
    await settle();
  };
  return { runtime, work };
}

function loggerWith(runtime: Parameters<typeof loggerOn>[0], file: object = {}) {
  return loggerOn(runtime, { destinations: [{ uri: logPath, ...file }], onError: () => {} });
}

describe("a call in the background that is taken over", () => {
  it("does not leave its file open when it is an open that comes back late", async () => {
    const { runtime, work } = stalled();
    const task = new Task(runtime, perform("open", logPath, { access: "append" }));
    task.start();
    assert.equal(task.advance(0, true), true);
    await work();
    runtime.calls.close(await task.promise);
    assert.equal(runtime.fs.openFiles(), 0);
  });

  it("goes on by itself when the look whether it has landed fails", async () => {
    const { runtime, work } = stalled();
    runtime.fs.writeFile(logPath, "x\n");
    const file = runtime.calls.stat(logPath)!;
    const blind = failing(runtime, { stat: [eio("lstat")] });
    const task = new Task(blind, rename(logPath, "/logs/other", file));
    task.start();
    assert.equal(task.advance(0, true), false);
    await work();
    assert.equal(task.done, true);
    assert.equal(task.failure, undefined);
  });

  it("is known to have landed when another process has renamed the rotated file again", () => {
    const { runtime } = stalled();
    runtime.fs.writeFile(logPath, "x\n");
    const task = new Task(runtime, rename(logPath, `${logPath}.1`, runtime.calls.stat(logPath)!));
    task.start();
    const other = runtime.fs.calls("other");
    other.rename(logPath, `${logPath}.1`);
    other.rename(`${logPath}.1`, `${logPath}.2`);
    runtime.fs.writeFile(logPath, "the next log\n");
    assert.equal(task.advance(0, true), true);
  });

  it("is not made again when it removes: the name may be another file's by the time it is carried out", async () => {
    const { runtime, work } = stalled();
    runtime.fs.writeFile(logPath, "x\n");
    const task = new Task(runtime, remove(logPath, runtime.calls.stat(logPath)!));
    task.start();
    assert.equal(task.advance(0, true), false);
    assert.notEqual(runtime.calls.stat(logPath), undefined);
    await work();
    assert.equal(task.done, true);
  });
});

describe("a call beside the writing that fails, which cannot be seen as long as the event loop does not turn", () => {
  /** The first background call of this name is held back. */
  function holding(name: "rename" | "remove") {
    // The thread pool goes on while the thread of the program sleeps.
    const waiting: (() => void)[] = [];
    const work = () => waiting.splice(0).forEach((call) => call());
    const memory = createMemoryRuntime({ schedule: (call) => (waiting.push(call), queueMicrotask(work)) });
    const held: { land(): void; fail(): void }[] = [];
    const call = (...args: string[]) => (memory.calls[name] as (...args: string[]) => void)(...args);
    const runtime = {
      ...memory,
      sleep: (milliseconds: number) => (work(), memory.sleep(milliseconds)),
      background: {
        ...memory.background,
        [name](...args: string[]) {
          if (held.length > 0) return Promise.resolve().then(() => call(...args));
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          held.push({ land: () => resolve(call(...args)), fail: () => reject(systemError("EPERM", name)) });
          return promise;
        },
      },
    };
    const errors: Error[] = [];
    const log = loggerOn(runtime, {
      destinations: [{ uri: logPath, rotate: name === "rename" ? { maxBytes: 100 } : { every: "hour" } }],
      onError: (error) => void errors.push(error),
    });
    return { name, runtime, log, errors, held };
  }

  /** Logs until a call is held back. */
  async function until({ runtime, log, held, name }: ReturnType<typeof holding>): Promise<number[]> {
    const logged: number[] = [];
    for (let i = 0; held.length === 0; i++) {
      assert.ok(i < 10);
      log.info("m", { i });
      logged.push(i);
      await runtime.clock.advance(20);
      if (name === "remove") runtime.clock.skip(3_600_000);
      await settle();
    }
    return logged;
  }

  function numbersIn({ runtime }: ReturnType<typeof holding>, isWanted = (_: string) => true): number[] {
    const files = runtime.fs.calls().list("/logs").filter((name) => /^app\.log(\.\d+T|$)/.test(name) && isWanted(name));
    // The log is the newest.
    const texts = files.sort((a, b) => a.length === b.length ? (a < b ? -1 : 1) : b.length - a.length)
      .map((name) => runtime.fs.readText(`/logs/${name}`));
    return linesOf(texts.join("")).map((line) => JSON.parse(line).i);
  }

  it("keeps no line from the log at the exit when it is the rename of the log", async () => {
    const it = holding("rename");
    const logged = await until(it);
    const start = it.runtime.clock.now;
    it.runtime.exit();
    assert.deepEqual(numbersIn(it, (name) => name === "app.log"), logged);
    assert.ok(it.runtime.clock.now - start < 2_000);
    assert.deepEqual(it.errors.map(({ name }) => name), ["HousekeepingError"], it.errors.join("\n"));
  });

  it("keeps no fatal record from the log, and no other process renames the log before the call has come back", async () => {
    for (const how of ["land", "fail"] as const) {
      const it = holding("rename");
      const { runtime, log } = it;
      const logged = await until(it);
      log.fatal("m", { i: logged.length });
      log.fatal("m", { i: logged.length + 1 });
      assert.deepEqual(numbersIn(it), [...logged, logged.length, logged.length + 1]);
      const other = createMemoryRuntime({ fs: runtime.fs, clock: runtime.clock, pid: 2 });
      const file = other.calls.open(logPath, { access: "append" });
      assert.equal(other.calls.tryLock(file), false);
      it.held[0][how]();
      await settle();
      assert.equal(other.calls.tryLock(file), true, "given back, although nothing more is written");
      other.calls.close(file);
      log.info("m", { i: logged.length + 2 });
      await log.flush();
      assert.deepEqual(numbersIn(it), range(logged.length + 3));
      await log.close();
      assert.equal(runtime.fs.openFiles(), 0);
    }
  });

  it("keeps no line from the log at the exit when it is the removal of what was made to learn the time", async () => {
    const it = holding("remove");
    const logged = await until(it);
    it.runtime.exit();
    assert.deepEqual(numbersIn(it), logged);
    assert.deepEqual(it.errors, []);
    assert.deepEqual(it.runtime.fs.calls().list("/logs").filter((name) => name.endsWith(".tmp")), []);
  });
});

describe("a write that fails after a part of it has landed", () => {
  const message = "m".repeat(40);

  it("does not write a line twice that lacks only its newline and cannot be taken back", async () => {
    // Short by one byte, then the disk fails, and cannot cut the fragment off either.
    const memory = createMemoryRuntime();
    let writes = 0;
    const runtime = failing(memory, {
      write(_, bytes) {
        writes++;
        return writes === 1 ? bytes.length - 1 : writes === 2 ? eio() : undefined;
      },
      truncate: [eio("ftruncate")],
    });
    const log = loggerWith(runtime);
    log.info(message, { i: 0 });
    await log.flush().catch(() => {});
    log.info(message, { i: 1 });
    await log.close();
    const lines = linesOf(memory.fs.readText(logPath));
    assert.deepEqual(lines.map((line) => JSON.parse(line).i), [0, 1]);
  });

  it("does not write a line twice that lacks only its newline in a file which somebody has cut meanwhile", async () => {
    const memory = createMemoryRuntime();
    const outside = memory.fs.calls("outside");
    let writes = 0;
    const runtime = failing(memory, {
      write(_, bytes) {
        writes++;
        if (writes !== 2) return writes === 3 ? eio() : undefined;
        outside.truncate(outside.open(logPath, { access: "append" }), 0);
        return bytes.length - 1;
      },
    });
    const log = loggerWith(runtime);
    log.info(message, { i: 0 });
    await log.flush();
    log.info(message, { i: 1 });
    await log.flush().catch(() => {});
    log.info(message, { i: 2 });
    await log.close();
    const lines = linesOf(memory.fs.readText(logPath));
    assert.deepEqual(lines.map((line) => JSON.parse(line).i), [1, 2]);
  });

  it("does not write whole lines twice when the file cannot be looked at after it", async () => {
    const memory = createMemoryRuntime();
    let writes = 0;
    let isBlind = false;
    const runtime = failing(memory, {
      write(_, bytes) {
        writes++;
        if (writes === 1) return bytes.indexOf(10) + 5;
        isBlind = writes === 2;
        return isBlind ? eio() : undefined;
      },
      fstat() {
        const fails = isBlind;
        isBlind = false;
        return fails ? eio("fstat") : undefined;
      },
    });
    const log = loggerWith(runtime);
    log.info(message, { i: 0 });
    log.info(message, { i: 1 });
    await log.flush().catch(() => {});
    await log.close();
    const lines = linesOf(memory.fs.readText(logPath));
    const whole = lines.filter((line) => line.endsWith("}"));
    assert.deepEqual(whole.map((line) => JSON.parse(line).i), [0, 1]);
    assert.equal(lines.length, 3, "and one fragment, alone on its line");
  });
});

describe("the name of a rotated file", () => {
  it("comes after that of a process which has rotated between our rename and our new file", async () => {
    const memory = createMemoryRuntime();
    const theirs = `${logPath}.20990101T000000.000Z-000`;
    let isDone = false;
    const runtime = failing(memory, {
      open(path, { access }) {
        const isOurs = path === logPath && access === "create" && memory.fs.calls().list("/logs").some(isRotated);
        if (isDone || !isOurs) return undefined;
        isDone = true;
        memory.fs.writeFile(logPath, "of another process\n");
        memory.fs.calls("outside").rename(logPath, theirs);
        return undefined;
      },
    });
    const isRotated = (name: string) => /Z-\d+$/.test(name);
    const log = loggerWith(runtime, { rotate: { maxBytes: 100 } });
    for (let i = 0; i < 3; i++) {
      log.info("m".repeat(20), { i });
      await log.flush();
    }
    await log.close();
    assert.ok(isDone);
    const names = memory.fs.calls().list("/logs").filter(isRotated).sort();
    assert.equal(names.length, 3);
    assert.equal(`/logs/${names[1]}`, theirs);
    assert.equal(JSON.parse(memory.fs.readText(`/logs/${names[2]}`)).i, 1);
  });
});

describe("a log that is taken away in the middle of its rotation", () => {
  it("leaves the rotated files to the process that has made the new one", async () => {
    const memory = createMemoryRuntime();
    memory.fs.calls().makeDirectory("/logs");
    memory.fs.writeFile(logPath, "x".repeat(99) + "\n");
    memory.fs.writeFile(`${logPath}.1`, "older\n");
    let isDone = false;
    const runtime = failing(memory, {
      list() {
        if (isDone) return undefined;
        isDone = true;
        memory.fs.calls("outside").remove(logPath);
        memory.fs.writeFile(logPath, "of another process\n");
        return undefined;
      },
    });
    const log = loggerWith(runtime, { rotate: { maxBytes: 120, naming: "numbered" } });
    log.info("m");
    await log.close();
    assert.equal(memory.fs.readText(`${logPath}.1`), "older\n");
    assert.equal(linesOf(memory.fs.readText(logPath))[0], "of another process");
    assert.equal(linesOf(memory.fs.readText(logPath)).length, 2);
  });
});

describe("a lock of the numbers that is taken away while numbered pieces are deleted", () => {
  it("leaves them to the process that has made a new one, and may have renamed them", async () => {
    const memory = createMemoryRuntime();
    const calls = memory.fs.calls("outside");
    calls.makeDirectory("/logs");
    memory.fs.writeFile(`${logPath}.1`, "newer\n");
    memory.fs.writeFile(`${logPath}.2`, "older\n");
    let isDone = false;
    const runtime = failing(memory, {
      open(path) {
        if (isDone || path !== `${logPath}.2`) return undefined;
        isDone = true;
        calls.remove("/logs/.app.log.numbers");
        calls.rename(`${logPath}.2`, `${logPath}.3`);
        calls.rename(`${logPath}.1`, `${logPath}.2`);
        return undefined;
      },
    });
    const log = loggerWith(runtime, { rotate: { maxBytes: 1_000, naming: "numbered", maxFiles: 1 } });
    log.info("m");
    await log.close();
    assert.ok(isDone);
    assert.equal(memory.fs.readText(`${logPath}.2`), "newer\n");
  });
});

describe("a numbered piece that is there plain and compressed", () => {
  it("leaves no temporary file when it is taken up again", async () => {
    const memory = createMemoryRuntime();
    memory.fs.calls().makeDirectory("/logs");
    memory.fs.writeFile(`${logPath}.1`, "older\n");
    memory.fs.writeFile(`${logPath}.1.gz`, "the same, compressed");
    const log = loggerWith(memory, { rotate: { maxBytes: 1_000, naming: "numbered", compress: "gzip" } });
    log.info("m");
    await log.close();
    assert.deepEqual(memory.fs.calls().list("/logs").sort(), ["app.log", "app.log.1.gz"]);
  });
});
