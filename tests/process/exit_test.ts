import assert from "node:assert/strict";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { type RuntimeName, runtimeNames } from "../adapters/programs.ts";
import { assertComplete, assertPieceSizes, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriter, withLog } from "../support/spawn.ts";
import type { Ending, WriterConfig } from "../support/writer_program_run.ts";

const endings: readonly Ending[] = [
  "end of script",
  "process.exit",
  "Deno.exit",
  "uncaught throw",
  "unhandled rejection",
];

function endingsOf(runtime: RuntimeName): readonly Ending[] {
  return endings.filter((end) => end !== "Deno.exit" || runtime === "deno");
}

type Situation = Omit<WriterConfig, "path" | "id">;

/** What is going on when the end comes. */
const situations: Readonly<Record<string, Situation>> = {
  "with nothing written before": { count: 0, tail: 500 },
  // 16 MiB, which the first turn of the event loop begins to write, and more behind them.
  "with a write of many MiB in flight": {
    count: 32,
    tail: 8,
    padding: [524_288],
    yieldEvery: 32,
    options: { flushInterval: 0 },
  },
  "with a rotating write in flight": {
    count: 400,
    tail: 300,
    padding: [8_192],
    yieldEvery: 400,
    options: { flushInterval: 0 },
    destination: { rotate: { maxBytes: "64KiB", compress: "gzip" } },
  },
  "in the middle of a tight loop": {
    count: 0,
    tail: 20_000,
    destination: { rotate: { maxBytes: "64KiB" } },
  },
};

/** Of each test by itself: how long many of them take together depends on the machine. */
const LIMIT = { timeout: 60_000 };

for (const runtime of runtimeNames) {
  describe(`the end of a process on ${runtime}`, () => {
    for (const end of endingsOf(runtime)) {
      it(`by ${end} keeps every line and the exit status`, LIMIT, () =>
        withLog(async (path) => {
          const status = end === "end of script" ? 5 : undefined;
          const without = await startWriter(runtime, { path, id: "w", count: 10, end, status, silent: true }).ended;
          assert.ok(!existsSync(path));
          assert.notEqual(without.code, 0);
          for (const [name, situation] of Object.entries(situations)) {
            const log = `${path}-${name.replaceAll(" ", "-")}/app.log`;
            const outcome = await startWriter(runtime, { path: log, id: "w", end, status, ...situation }).ended;
            const { code, signal, stdout, stderr } = outcome;
            assert.deepEqual({ code, signal }, { code: without.code, signal: without.signal }, `${name}: ${stderr}`);
            assert.equal(stdout, "ready\n", name);
            const expected = { w: situation.count + (situation.tail ?? 0) };
            const check = checkLog(log, { expected });
            assertComplete(check, expected);
            if (situation.destination?.rotate?.maxBytes === "64KiB") assertPieceSizes(check, 65_536);
          }
        }));
    }

    it("waits for no lock for ever, but for one that comes free", LIMIT, () =>
      withLog(async (path) => {
        // Two loggers that end at once while a third one writes.
        const config = { path, count: 2_000, tail: 100, end: "process.exit" } as const;
        const writers = [0, 1, 2].map((n) => startWriter(runtime, { ...config, id: `w${n}` }));
        for (const writer of writers) assert.equal((await writer.ended).code, 3);
        const expected = { w0: 2_100, w1: 2_100, w2: 2_100 };
        assertComplete(checkLog(path, { expected }), expected);
      }));
  });

  describe(`signals on ${runtime}`, () => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      it(`${signal} takes its default action after a flush with flushOnSignal`, LIMIT, () =>
        withLog(async (path) => {
          const options = { flushOnSignal: true, flushInterval: 60_000 };
          const config = { path, id: "w", count: 1_000, tellEvery: 1_000, end: "stay", options } as const;
          const writer = startWriter(runtime, config);
          await writer.printed("logged 1000\n");
          writer.kill(signal);
          const outcome = await writer.ended;
          assert.equal(outcome.signal, signal, outcome.stderr);
          assertComplete(checkLog(path), { w: 1_000 });
        }));

      it(`${signal} is left alone without flushOnSignal`, LIMIT, () =>
        withLog(async (path) => {
          const writer = startWriter(runtime, { path, id: "w", count: 10, tellListeners: true, end: "stay" });
          await writer.printed("listeners");
          writer.kill(signal);
          const outcome = await writer.ended;
          assert.equal(outcome.signal, signal, outcome.stderr);
          assert.match(outcome.stdout, /^listeners 0 0 0$/m);
        }));
    }

    for (const moment of [1_000, 2_500, 4_000, 5_000]) {
      const name = `arriving in the middle of rotating writes lose nothing with flushOnSignal (after ${moment} lines)`;
      it(name, LIMIT, () =>
        withLog(async (path) => {
          const writer = startWriter(runtime, {
            path,
            id: "w",
            count: 1e9,
            yieldEvery: 100,
            tellEvery: 100,
            padding: [60, 3_000],
            options: { flushOnSignal: true },
            destination: { rotate: { maxBytes: "256KiB" } },
          });
          await writer.printed(`logged ${moment}\n`);
          writer.kill("SIGTERM");
          const { signal, stdout, stderr } = await writer.ended;
          assert.equal(signal, "SIGTERM", stderr);
          const logged = lastTold(stdout, "logged");
          const check = checkLog(path, { expected: { w: logged } });
          assertComplete(check, { w: check.writers.w.found });
          assert.ok(check.writers.w.found >= logged);
        }));
    }
  });

  describe(`an open logger on ${runtime}`, () => {
    const idle: Readonly<Record<string, Situation>> = {
      "that has logged nothing": { count: 0 },
      "that has flushed": { count: 10, flushEvery: 10 },
      "with a line that waits": { count: 1, options: { flushInterval: 60_000 } },
      "with flushOnSignal": { count: 1, options: { flushOnSignal: true } },
    };
    for (const [name, situation] of Object.entries(idle)) {
      it(`${name} does not keep the process alive`, LIMIT, () =>
        withLog(async (path) => {
          const begin = performance.now();
          const { code, stderr } = await startWriter(runtime, { path, id: "w", end: "end of script", ...situation })
            .ended;
          assert.equal(code, 0, stderr);
          assert.ok(performance.now() - begin < 15_000, "it took too long");
          const { count } = situation;
          if (count > 0) assertComplete(checkLog(path), { w: count });
          else assert.ok(!existsSync(path));
        }));
    }

    it("whose destination waits to try again does not keep the process alive", LIMIT, () =>
      withLog(async (path) => {
        mkdirSync(path);
        // The flush fails, which begins the back-off; the exit tries once more.
        const writer = startWriter(runtime, { path, id: "w", count: 10, flushEvery: 10, end: "end of script" });
        const begin = performance.now();
        const { code, stdout, stderr } = await writer.ended;
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^rejected EISDIR$/m);
        assert.ok(performance.now() - begin < 15_000, "it took too long");
        assert.ok(statSync(path).isDirectory());
      }));
  });
}

describe(`the end of a thread on ${currentRuntime}`, () => {
  it("of node:worker_threads keeps its lines when it comes to its natural end", LIMIT, () =>
    withLog(async (path) => {
      const threads = { kind: "node", count: 2 } as const;
      const config = { path, id: "t", count: 3_000, end: "end of script", threads } as const;
      const { code, stderr } = await startWriter(currentRuntime, config).ended;
      assert.equal(code, 0, stderr);
      assertComplete(checkLog(path), { t0: 3_000, t1: 3_000 });
    }));
});
