import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { PARTS, type Results } from "../../bench/results.ts";
import { binaries, projectRoot } from "../support/binaries.ts";
import { currentRuntime, withLog } from "../support/spawn.ts";

const DIRECTOR = join(projectRoot, "bench", "run.ts");

function read(path: string): Results {
  return JSON.parse(readFileSync(path, "utf8"));
}

/** Whether nobody delivers a line in less than half the time of the loop that does nothing but write. */
function hasPlausibleFloor(results: Results): boolean {
  const costs = results.delivered?.[currentRuntime]?.rows ?? [];
  const floor = costs.find(({ subject }) => subject === "floor")?.ns?.median ?? NaN;
  return costs.filter(({ ns }) => ns !== undefined).every(({ ns }) => (ns?.median ?? 0) >= floor / 2);
}

describe("the benchmarks", () => {
  it("measure every part on this runtime, and count all lines", () =>
    withLog(async (_, directory) => {
      const out = join(directory, "results.json");
      const args = ["run", "-A", "--no-check", DIRECTOR, "--quick", "--runtimes", currentRuntime, "--out", out];
      // It throws when a line of ours is missing from any file.
      const { stdout } = await promisify(execFile)(binaries().deno, args, { cwd: directory, maxBuffer: 1 << 24 });
      const text = readFileSync(out, "utf8");
      const results = JSON.parse(text) as Results;
      for (const part of PARTS) {
        const result = results[part]?.[currentRuntime];
        assert.ok(result, part);
        assert.match(result.runtime, new RegExp(`^${currentRuntime} \\d`));
        assert.equal(result.quick, true);
        assert.ok(result.rows.length > 0, part);
        assert.ok(result.rows.some(({ subject, rounds }) => subject.startsWith("omni") && rounds > 0), part);
      }
      // Rounds of milliseconds: a machine that stands still in one of the floor's is measured again.
      for (let again = 0; again < 2 && !hasPlausibleFloor(read(out)); again++) {
        await promisify(execFile)(binaries().deno, [...args, "--only", "delivered"], { cwd: directory });
      }
      assert.ok(hasPlausibleFloor(read(out)), readFileSync(out, "utf8"));
      assert.doesNotMatch(text, /null/, "a number is missing");
      for (const secret of [`"${hostname()}`, projectRoot, directory]) assert.ok(!text.includes(secret), secret);
      // Of both, the logger that compresses and the one beside which a process does.
      for (const { subject, compressing } of results["latency-rotation"]?.[currentRuntime]?.rows ?? []) {
        const { times, ms, windowMs } = compressing ?? assert.fail(`${subject}: nothing was compressed in the window`);
        assert.ok(times > 0 && ms.max <= windowMs.max, `${subject}: ${JSON.stringify(compressing)}`);
      }
      assert.match(stdout, /\| runtime \| goal /);
    }));

  it("name the parts there are when asked for another", async () => {
    const args = ["run", "-A", "--no-check", DIRECTOR, "--only", "speed"];
    await assert.rejects(
      promisify(execFile)(binaries().deno, args),
      /Cannot use option "--only": expected some of caller,.*, got "speed"/,
    );
  });
});
