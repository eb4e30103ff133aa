import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { detectRuntime } from "../../adapters/detect.ts";
import { createLogger } from "../../mod.ts";
import { type RuntimeName, runtimeNames } from "../adapters/programs.ts";
import { assertAllCompressed, assertComplete, assertPieceSizes, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, startTogether, startWriter, withLog, type Writer } from "../support/spawn.ts";

/** Numbers from 0 to 1 that a seed determines: mulberry32. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Fails unless there is at most one torn line, which is the beginning of one of the victim's and nothing else. */
function assertFragments(torn: readonly string[], victims: readonly string[]): void {
  assert.ok(torn.length <= victims.length, `${torn.length} fragments of ${victims.length} victims`);
  for (const fragment of torn) {
    assert.ok(fragment.startsWith('{"time":"'.slice(0, fragment.length)), fragment.slice(0, 200));
    assert.equal(fragment.indexOf('{"time"', 1), -1, `merged with another line: ${fragment.slice(-200)}`);
    const [, writer] = /"w":"([^"]*)"/.exec(fragment) ?? [];
    if (writer !== undefined) assert.ok(victims.includes(writer), `a fragment of ${writer}, which nobody has killed`);
  }
}

/** Kills a writer after a while; returns what it had acknowledged by then. */
async function killAfter(victim: Writer, milliseconds: number): Promise<number> {
  await wait(milliseconds);
  victim.kill("SIGKILL");
  const { signal, stdout, stderr } = await victim.ended;
  assert.equal(signal, "SIGKILL", `the victim ended before it was killed: ${stderr}`);
  return lastTold(stdout, "ack");
}

/** Of each test by itself: how long many of them take together depends on the machine. */
const LIMIT = { timeout: 60_000 };

describe("a writer killed with SIGKILL", () => {
  const seed = Number(process.env.OMNI_TEST_SEED ?? Date.now() % 2 ** 31);
  const random = randomFrom(seed);
  console.log(`OMNI_TEST_SEED=${seed}`);

  // Small lines that are flushed often, large ones that are cut in the middle more easily, and a tight loop.
  const manners = {
    "that flushes often": { padding: [60], yieldEvery: 10, flushEvery: 50 },
    "of large lines": { padding: [30_000, 60, 400_000], yieldEvery: 4, flushEvery: 30 },
    "in a tight loop": { padding: [200], flushEvery: 20_000 },
  };
  for (const runtime of runtimeNames) {
    for (const [manner, settings] of Object.entries(manners)) {
      const name = `on ${runtime}, ${manner}, leaves a gapless prefix and costs the others nothing`;
      it(name, LIMIT, () =>
        withLog(async (path) => {
          const maxBytes = 256 * 1024;
          const destination = { rotate: { maxBytes, compress: "gzip" } } as const;
          const victims: Record<string, number> = {};
          const gate = `${path}-gate`;
          const firstVictim = startWriter(runtime, {
            path,
            id: "victim0",
            gate,
            count: 1e9,
            destination,
            ...settings,
          });
          const survivorRuntimes = runtimeNames.filter((name) => name !== runtime);
          const survivors = survivorRuntimes.map((name) =>
            startWriter(name, { path, id: `x${name}`, gate, count: 3_000, destination, yieldEvery: 20, pause: 6 })
          );
          const all = [firstVictim, ...survivors];
          await Promise.all(all.map((writer) => writer.printed("ready\n")));
          writeFileSync(gate, "");
          for (let number = 0; number < 3; number++) {
            const victim = number === 0
              ? firstVictim
              : startWriter(runtime, { path, id: `victim${number}`, count: 1e9, destination, ...settings });
            if (number > 0) await victim.printed("ready\n");
            victims[victim.id] = await killAfter(victim, 5 + random() * 150);
          }
          const expected: Record<string, number> = {};
          for (const { id, finished } of survivors) {
            await finished();
            expected[id] = 3_000;
          }
          // Whatever the victims and the last survivor have left is finished by the next process that passes.
          await startWriter(currentRuntime, { path, id: "next", count: 1, destination }).finished();
          expected.next = 1;

          const check = checkLog(path, { expected });
          for (const [victim, acknowledged] of Object.entries(victims)) {
            const { found = 0, lost = 0, doubled = 0, disordered = 0 } = check.writers[victim] ?? {};
            assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 }, victim);
            assert.ok(found >= acknowledged, `${victim}: ${found} lines found, ${acknowledged} acknowledged`);
          }
          const others = Object.fromEntries(Object.entries(check.writers).filter(([id]) => !(id in victims)));
          assertComplete({ ...check, writers: others, torn: [] }, expected);
          assertFragments(check.torn, Object.keys(victims));
          assertAllCompressed(check, path);
          // The newline behind a fragment may be the one byte too many.
          assertPieceSizes(check, maxBytes + 1);
        }));
    }
  }

  it("in the middle of a rotation with numbered names loses no piece", LIMIT, () =>
    withLog(async (path) => {
      const destination = { rotate: { maxBytes: 2_048, naming: "numbered", compress: "gzip" } } as const;
      const victims: Record<string, number> = {};
      for (let number = 0; number < 9; number++) {
        const runtime = runtimeNames[number % 3] as RuntimeName;
        const config = { path, id: `victim${number}`, count: 1e9, destination, yieldEvery: 5, flushEvery: 20 };
        const victim = startWriter(runtime, config);
        await victim.printed("ready\n");
        victims[victim.id] = await killAfter(victim, random() * 120);
      }
      const survivors = await startTogether(runtimeNames, { path, count: 500, destination, yieldEvery: 20 });
      for (const { finished } of survivors) await finished();
      const expected = Object.fromEntries(survivors.map(({ id }) => [id, 500]));
      const check = checkLog(path, { expected });
      for (const [victim, acknowledged] of Object.entries(victims)) {
        const { found = 0, lost = 0, doubled = 0, disordered = 0 } = check.writers[victim] ?? {};
        assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 }, victim);
        assert.ok(found >= acknowledged, `${victim}: ${found} lines found, ${acknowledged} acknowledged`);
      }
      const others = Object.fromEntries(Object.entries(check.writers).filter(([id]) => !(id in victims)));
      assertComplete({ ...check, writers: others, torn: [] }, expected);
      assertFragments(check.torn, Object.keys(victims));
      assertAllCompressed(check, path);
    }));
});

describe("what a killed writer has left", () => {
  for (const runtime of runtimeNames) {
    it(`is finished by the first write of ${runtime}`, LIMIT, () =>
      withLog(async (path) => {
        const line = (n: number) => JSON.stringify({ w: "a", n, size: 0, pad: "" });
        const piece = (second: number) => `${path}.20260101T00000${second}.000Z-000`;
        const fragment = line(9).slice(0, 20);
        // Killed before, while and after it compressed; with an unfinished file whose source is gone; within a line.
        writeFileSync(piece(1), `${line(0)}\n`);
        writeFileSync(piece(2), `${line(1)}\n`);
        writeFileSync(`${piece(2)}.gz.tmp`, "half");
        writeFileSync(piece(3), `${line(2)}\n`);
        writeFileSync(`${piece(3)}.gz`, gzipSync(`${line(2)}\n`));
        writeFileSync(`${piece(4)}.gz.tmp`, "nothing to come back to");
        writeFileSync(path, `${line(3)}\n${fragment}`);

        const destination = { rotate: { maxBytes: 1_000_000, compress: "gzip" } } as const;
        await startWriter(runtime, { path, id: "b", count: 2, destination }).finished();
        const check = checkLog(path);
        assertComplete({ ...check, torn: [] }, { a: 4, b: 2 });
        assert.deepEqual(check.torn, [fragment]);
        assertAllCompressed(check, path);
        assert.ok(!existsSync(`${piece(4)}.gz`));
        assert.equal(readFileSync(path, "utf8").split("\n")[1], fragment);
      }));
  }

  it("is finished by a writer that found it locked at first", LIMIT, () =>
    withLog(async (path) => {
      const piece = `${path}.20260101T000001.000Z-000`;
      writeFileSync(piece, `${JSON.stringify({ w: "a", n: 0, size: 0, pad: "" })}\n`);
      const { calls } = detectRuntime();
      // As a writer has it for a moment that waited for the lock while another one rotated.
      const held = calls.open(piece, { access: "read" });
      assert.ok(calls.tryLock(held));
      const logger = createLogger({ destinations: [{ uri: path, rotate: { maxBytes: 1_000, compress: "gzip" } }] });
      logger.info("line", { w: "b", n: 0, size: 0, pad: "" });
      await logger.flush();
      await wait(10);
      calls.close(held);
      await logger.close();
      const check = checkLog(path);
      assertComplete(check, { a: 1, b: 1 });
      assertAllCompressed(check, path);
    }));
});
