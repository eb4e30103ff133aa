import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runtimeNames } from "../adapters/programs.ts";
import { assertAllCompressed, assertComplete, assertPieceSizes, checkLog, type LogCheck } from "../support/checker.ts";
import { currentRuntime, startTogether, startWriter, toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import type { WriterConfig } from "../support/writer_program_run.ts";

const SIX = [...runtimeNames, ...runtimeNames];
const FOUR = [...runtimeNames, currentRuntime];

/** Waits for writers that end by `close` and checks that every line is there; returns what is. */
async function finish(writers: readonly Writer[], config: Omit<WriterConfig, "id">): Promise<LogCheck> {
  for (const writer of writers) {
    const { stdout } = await writer.finished();
    const { dropped, errors } = toldMetrics(stdout);
    assert.deepEqual({ dropped, errors }, { dropped: 0, errors: 0 }, `${writer.id}: ${stdout}`);
  }
  const expected = Object.fromEntries(writers.map(({ id }) => [id, config.count]));
  const check = checkLog(config.path, { expected });
  assertComplete(check, expected);
  return check;
}

describe("writers of all runtimes on one file", { timeout: 120_000 }, () => {
  for (
    const [pace, settings] of Object.entries({
      "in a tight loop": {},
      "with pauses": { yieldEvery: 40 },
    })
  ) {
    it(`six of them lose nothing with rotation and gzip, ${pace}`, () =>
      withLog(async (path) => {
        const maxBytes = 256 * 1024;
        const config = {
          path,
          count: 8_000,
          ...settings,
          destination: { rotate: { maxBytes, compress: "gzip" } },
        } as const;
        const check = await finish(await startTogether(SIX, config), config);
        assertPieceSizes(check, maxBytes);
        assertAllCompressed(check, path);
        assert.ok(check.pieces.length > 10, `${check.pieces.length} pieces`);
      }));
  }

  it("four of them lose nothing with a file of 1024 bytes", () =>
    withLog(async (path) => {
      const config = { path, count: 2_000, yieldEvery: 25, destination: { rotate: { maxBytes: 1024 } } } as const;
      const check = await finish(await startTogether(FOUR, config), config);
      assertPieceSizes(check, 1024);
      assert.ok(check.pieces.length > 1_000, `${check.pieces.length} pieces`);
    }));

  it("four of them lose nothing with numbered names", () =>
    withLog(async (path) => {
      const rotate = { maxBytes: 64 * 1024, naming: "numbered", compress: "gzip" } as const;
      const config = { path, count: 4_000, yieldEvery: 50, destination: { rotate } } as const;
      const check = await finish(await startTogether(FOUR, config), config);
      assertPieceSizes(check, rotate.maxBytes);
      assertAllCompressed(check, path);
      assert.ok(check.pieces.length > 20, `${check.pieces.length} pieces`);
    }));

  it("three of them compress with zstd", () =>
    withLog(async (path) => {
      const config = {
        path,
        count: 3_000,
        yieldEvery: 50,
        destination: { rotate: { maxBytes: 128 * 1024, compress: "zstd" } },
      } as const;
      assertAllCompressed(await finish(await startTogether(runtimeNames, config), config), path);
    }));

  it("two of them write lines of 100 KB and of 5 MB", () =>
    withLog(async (path) => {
      const config = {
        path,
        count: 24,
        padding: [100_000, 20, 100_000, 5_000_000, 100_000, 300],
        yieldEvery: 2,
        destination: { rotate: { maxBytes: 1024 * 1024 } },
      } as const;
      const check = await finish(await startTogether([...runtimeNames].slice(0, 2), config), config);
      assertPieceSizes(check, config.destination.rotate.maxBytes);
    }));
});

describe(`one writer on ${currentRuntime}`, { timeout: 60_000 }, () => {
  for (const [pace, settings] of Object.entries({ "in a tight loop": {}, "with pauses": { yieldEvery: 10 } })) {
    it(`loses nothing with a file of 1024 bytes, ${pace}`, () =>
      withLog(async (path) => {
        const config = { path, count: 4_000, ...settings, destination: { rotate: { maxBytes: 1024 } } } as const;
        const check = await finish([startWriter(currentRuntime, { ...config, id: "one" })], config);
        assertPieceSizes(check, 1024);
      }));
  }

  const kinds = { deno: ["node", "web"], bun: ["node", "web"], node: ["node"] } as const;
  for (const kind of kinds[currentRuntime]) {
    it(`shares the file among its worker threads (${kind})`, () =>
      withLog(async (path) => {
        const rotate = { maxBytes: 64 * 1024, compress: "gzip" } as const;
        const gate = `${path}-gate`;
        const config = { path, gate, count: 4_000, yieldEvery: 30, destination: { rotate } } as const;
        const writer = startWriter(currentRuntime, { ...config, id: "t", threads: { kind, count: 2 } });
        await writer.printed("ready\nready\nready\n");
        writeFileSync(gate, "");
        const { stderr } = await writer.finished();
        const expected = { t0: config.count, t1: config.count };
        const check = checkLog(path, { expected });
        assertComplete(check, expected);
        assertPieceSizes(check, rotate.maxBytes);
        assertAllCompressed(check, path);
        assert.equal(stderr, "");
      }));
  }
});
