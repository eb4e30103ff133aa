import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Logger } from "../../src/logger.ts";
import { guard, recover, type RecoverOptions } from "../../src/pipeline/recover.ts";
import { memoryLogger } from "../logger/harness.ts";

const failure = new TypeError("broken");

function fail(): number {
  throw failure;
}

describe("recover()", () => {
  it("returns what the function returns, and logs nothing", async () => {
    const { log, runtime } = memoryLogger();
    const sync: number | undefined = recover(log, () => 5);
    const promised: Promise<number | undefined> = recover(log, () => Promise.resolve(6));
    const surely: number = recover(log, () => 7, { rethrow: true });
    const surelyPromised: Promise<number> = recover(log, () => Promise.resolve(8), { rethrow: true });
    const never: undefined = recover(log, () => {
      throw failure;
    }, { level: "trace" });
    assert.deepEqual([sync, await promised, surely, await surelyPromised, never], [5, 6, 7, 8, undefined]);
    await log.flush();
    assert.equal(runtime.fs.readText("/logs/app.log").split("\n").length, 2);
  });

  it("logs what the function throws", async () => {
    const { log, record } = memoryLogger();
    assert.equal(recover(log, fail), undefined);
    const { level, msg, err } = await record();
    assert.deepEqual([level, msg], ["error", "broken"]);
    const { type, message } = err as Record<string, unknown>;
    assert.deepEqual([type, message], ["TypeError", "broken"]);
  });

  it("logs what the promise of the function rejects with, also of other libraries", async () => {
    const { log, records } = memoryLogger();
    const thenable = { then: (_: unknown, reject: (error: unknown) => void) => void reject(failure) };
    assert.equal(await recover(log, () => Promise.reject(failure)), undefined);
    assert.equal(await recover(log, () => thenable as unknown as PromiseLike<void>), undefined);
    assert.deepEqual((await records()).map(({ msg }) => msg), ["broken", "broken"]);
  });

  it("takes level, message and fields", async () => {
    const { log, record } = memoryLogger();
    const fields = {
      job: 1,
      err: "mine",
      get bad(): number {
        throw new Error("no");
      },
    };
    recover(log, fail, { level: "warn", message: "job failed", fields });
    const { level, msg, job, bad, err } = await record();
    assert.deepEqual([level, msg, job, bad], ["warn", "job failed", 1, "[Throws: no]"]);
    assert.equal((err as { message: string }).message, "broken");
  });

  it("throws again if it is to", async () => {
    const { log, records } = memoryLogger();
    assert.throws(() => recover(log, fail, { rethrow: true }), failure);
    await assert.rejects(recover(log, () => Promise.reject(failure), { rethrow: true }), failure);
    assert.equal((await records()).length, 2);
  });

  for (
    const [name, thrown, expected] of [
      ["a text", "stop", { type: "NonError", message: "stop", value: "stop" }],
      ["nothing", undefined, { type: "NonError", message: "undefined" }],
      ["an object", { code: 1 }, { type: "NonError", message: "[object Object]", value: { code: 1 } }],
      ["a symbol", Symbol("s"), { type: "NonError", message: "Symbol(s)", value: "Symbol(s)" }],
      ["an object without prototype", Object.create(null), {
        type: "NonError",
        message: "unprintable error",
        value: {},
      }],
    ] as const
  ) {
    it(`logs ${name} that was thrown`, async () => {
      const { log, record } = memoryLogger();
      recover(log, () => {
        throw thrown;
      });
      const { msg, err } = await record();
      assert.equal(msg, expected.message);
      assert.deepEqual(err, expected);
    });
  }

  it("refuses bad options before it calls the function", () => {
    const { log } = memoryLogger();
    let calls = 0;
    const cases: [options: unknown, error: RegExp][] = [
      [null, /Cannot use option "options"/],
      [{ level: "loud" }, /Cannot use option "level"/],
      [{ rethrow: 1 }, /Cannot use option "rethrow"/],
      [{ message: 1 }, /Cannot use option "message"/],
      [{ fields: 1 }, /Cannot use option "fields"/],
      [{ again: true }, /Cannot use option "again"/],
    ];
    for (const [options, error] of cases) {
      assert.throws(() => recover(log, () => calls++, options as RecoverOptions), error);
      assert.throws(() => guard(log, Promise.resolve(1), options as RecoverOptions), error);
    }
    assert.equal(calls, 0);
  });

  it("needs nothing of a logger but its methods", () => {
    const seen: unknown[] = [];
    const log = { error: (...args: unknown[]) => seen.push(args) } as unknown as Logger;
    recover(log, fail);
    assert.deepEqual(seen, [["broken", { err: failure }]]);
  });
});

describe("guard()", () => {
  it("resolves to the result, or to undefined once it has logged", async () => {
    const { log, record } = memoryLogger();
    const result: Promise<number | undefined> = guard(log, Promise.resolve(1));
    assert.deepEqual([await result, await guard(log, Promise.reject(failure))], [1, undefined]);
    assert.equal((await record()).msg, "broken");
  });

  it("rejects if it is to, once it has logged", async () => {
    const { log, record } = memoryLogger();
    const result: Promise<number> = guard(log, Promise.resolve(1), { rethrow: true });
    assert.equal(await result, 1);
    await assert.rejects(guard(log, Promise.reject(failure), { rethrow: true, level: "fatal" }), failure);
    assert.equal((await record()).level, "fatal");
  });
});
