import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mutations } from "./mutations.ts";
import { OBSTACLES } from "./obstacles.ts";
import { explain, simulate } from "./simulate.ts";

/** Most of them on one runtime: the schedules are the same on each, so the others need only show that this is so. */
const SCHEDULES = "Deno" in globalThis ? 8_000 : 2_000;

/** Schedules to one test, so that a failure is told before all have run. */
const PART = 1_000;

/** Schedules in which a mutation must have been caught. */
const MOST_FOR_MUTATION = 300;

const TROUBLES = [
  "crashed",
  "exited",
  "exit in the middle of a write",
  "write cut by the end of its process",
  "short write",
  "disk full",
  "lock refused",
  "tryLock ENOLCK",
  ...["ENOSPC", "EIO", "EFBIG"].map((code) => `write ${code}`),
  ...["EMFILE", "EACCES", "EIO", "ENOENT"].map((code) => `open ${code}`),
  ...["EACCES", "EIO"].map((code) => `rename ${code}`),
  ...["truncate", "sync", "close", "stat", "fstat", "list", "readAt", "remove"].map((call) => `${call} EIO`),
  "clock set back",
  "clock set forward",
  "two rotations within a millisecond",
  "rotated by time",
  "outside rename",
  "outside delete",
  "outside truncate",
  "another process in the middle of a direct call",
  "dropped",
  "deleted by its limits",
  "deleted by its age or the bytes",
  "deleted by the bytes of all",
  "too old without a write",
  "fatal returned in time",
  "deleted to make room",
  "less free than minFreeBytes",
  "different settings noticed",
  ...OBSTACLES,
];

describe("the simulation", () => {
  const met = new Map<string, number>();
  for (let first = 1; first <= SCHEDULES; first += PART) {
    const last = Math.min(first + PART, SCHEDULES + 1) - 1;
    it(`keeps the promise in the schedules ${first} to ${last}`, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { problems, troubles } = await simulate(seed);
        if (problems.length > 0) assert.fail(await explain(seed));
        for (const [trouble, count] of troubles) met.set(trouble, (met.get(trouble) ?? 0) + count);
      }
    });
  }

  it("has met every trouble in them", () => {
    assert.deepEqual(TROUBLES.filter((trouble) => !met.has(trouble)), [], JSON.stringify([...met]));
  });

  it("replays a seed exactly", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const first = await simulate(seed, { trace: true });
      const second = await simulate(seed, { trace: true });
      assert.deepEqual(first.trace, second.trace);
      assert.equal((await simulate(seed)).steps, first.steps, "the trace changes nothing");
    }
  });
});

describe("a simulation whose checker could not fail would prove nothing", () => {
  for (const mutation of mutations) {
    it(`catches: ${mutation.name}`, async () => {
      for (let seed = 1; seed <= MOST_FOR_MUTATION; seed++) {
        if ((await simulate(seed, { mutation })).problems.some((problem) => mutation.problem.test(problem))) return;
      }
      assert.fail(`Not caught in ${MOST_FOR_MUTATION} schedules: ${mutation.name}`);
    });
  }
});
