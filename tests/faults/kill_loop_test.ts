import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { runtimeNames } from "../adapters/programs.ts";
import { assertAllCompressed, assertComplete, checkLog, type LogCheck } from "../support/checker.ts";
import { currentRuntime, lastTold, startWriter, toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import { needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

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

/** Small lines that are flushed often, and large ones that are cut in the middle more easily. */
const manners = [
  { padding: [60], yieldEvery: 10, flushEvery: 50 },
  { padding: [60, 5_000, 150_000], yieldEvery: 3, flushEvery: 15, pause: 1 },
] as const;

/** Fails unless each victim has left a gapless prefix of its lines that holds all that it had acknowledged. */
function assertPrefixes({ writers }: LogCheck, acknowledged: Readonly<Record<string, number>>): void {
  for (const [victim, least] of Object.entries(acknowledged)) {
    const { found = 0, lost = 0, doubled = 0, disordered = 0 } = writers[victim] ?? {};
    assert.deepEqual({ lost, doubled, disordered }, { lost: 0, doubled: 0, disordered: 0 }, victim);
    assert.ok(found >= least, `${victim}: ${found} lines found, ${least} acknowledged`);
  }
}

/** Fails unless each fragment is the beginning of one line of a victim, and none has left two. */
function assertFragments({ torn }: LogCheck, victims: readonly string[]): void {
  assert.ok(torn.length <= victims.length, `${torn.length} fragments of ${victims.length} victims`);
  const owners = new Set<string>();
  for (const fragment of torn) {
    assert.ok(fragment.startsWith('{"time":"'.slice(0, fragment.length)), fragment.slice(0, 200));
    assert.equal(fragment.indexOf('{"time"', 1), -1, `merged with another line: ${fragment.slice(-200)}`);
    const [, writer] = /"w":"([^"]*)"/.exec(fragment) ?? [];
    if (writer === undefined) continue;
    assert.ok(victims.includes(writer), `a fragment of ${writer}, which nobody has killed`);
    assert.ok(!owners.has(writer), `two fragments of ${writer}`);
    owners.add(writer);
  }
}

const needs = { ...needing({}), timeout: 500_000 };

describe("a hundred writers, each killed with SIGKILL", () => {
  const kills = Number(process.env.OMNI_TEST_KILLS ?? 100);
  const seed = Number(process.env.OMNI_TEST_SEED ?? Date.now() % 2 ** 31);

  it(
    "leave gapless prefixes, and cost those that live on nothing, with rotation and compression",
    needs,
    () =>
      withLog(async (path, directory) => {
        console.log(`OMNI_TEST_SEED=${seed}`);
        const random = randomFrom(seed);
        const end = join(directory, "end");
        const destination = { rotate: { maxBytes: 256 * 1024, compress: "gzip" } } as const;
        const survivors = runtimeNames.map((runtime) =>
          startSteady(runtime, { path, id: `survivor-${runtime}`, perSecond: 200, destination, end })
        );
        const acknowledged: Record<string, number> = {};
        let started = 0;
        async function killOneByOne(): Promise<void> {
          while (started < kills) {
            const number = started++;
            const [runtime, manner] = [runtimeNames[number % 3], manners[Math.floor(number / 3) % 2]];
            const config = { path, id: `victim${number}`, count: 1e9, destination, ...manner };
            const [patience, victim] = [random() * 100, startWriter(runtime, config)];
            await victim.printed("ready\n");
            await wait(patience);
            victim.kill("SIGKILL");
            const { signal, stdout, stderr } = await victim.ended;
            assert.equal(signal, "SIGKILL", `${victim.id} on ${runtime} ended before it was killed: ${stderr}`);
            acknowledged[victim.id] = lastTold(stdout, "ack");
          }
        }
        await Promise.all([killOneByOne(), killOneByOne(), killOneByOne()]);
        writeFileSync(end, "");
        const expected: Record<string, number> = { next: 1 };
        for (const writer of survivors) expected[writer.id] = await assertSurvived(writer);
        // Whatever the victims and the last survivor have left is finished by the next process that passes.
        await startWriter(currentRuntime, { path, id: "next", count: 1, destination }).finished();

        const check = checkLog(path, { expected });
        assertPrefixes(check, acknowledged);
        const others = Object.fromEntries(Object.entries(check.writers).filter(([id]) => !(id in acknowledged)));
        assertComplete({ ...check, writers: others, torn: [] }, expected);
        assertFragments(check, Object.keys(acknowledged));
        assertAllCompressed(check, path);
        const sum = Object.values(acknowledged).reduce((all, count) => all + count, 0);
        console.log(
          `${kills} kills, ${check.torn.length} fragments, ${check.pieces.length} files, ${sum} lines acknowledged`,
        );
      }),
  );
});

/** Fails unless a writer has ended well and dropped nothing; returns how many lines it has logged. */
async function assertSurvived(writer: Writer): Promise<number> {
  const { stdout } = await writer.finished();
  assert.deepEqual(toldErrors(stdout), [], writer.id);
  assert.equal(toldMetrics(stdout).dropped, 0, writer.id);
  return lastTold(stdout, "logged");
}
