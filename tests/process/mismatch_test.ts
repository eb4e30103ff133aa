import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runtimeNames } from "../adapters/programs.ts";
import { startSteady, toldErrors } from "../faults/support/steady.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { currentRuntime, lastTold, toldMetrics, withLog } from "../support/spawn.ts";
import { until } from "../support/until.ts";

/** The next of the runtimes, so that in all three test runs each meets each. */
const other = runtimeNames[(runtimeNames.indexOf(currentRuntime) + 1) % runtimeNames.length];

const hidden = (directory: string) => readdirSync(directory).filter((name) => name.endsWith(".writer"));
const rotated = (directory: string) => readdirSync(directory).filter((name) => name.startsWith("app.log."));

describe("two processes with different settings for one log", { timeout: 60_000 }, () => {
  const strict = { rotate: { maxBytes: 8 * 1024, maxFiles: 2 } };
  const generous = { rotate: { maxBytes: 16 * 1024, maxFiles: 1_000, compress: "gzip" as const } };
  const lines = 1_500;

  it("are told of it once each, lose nothing, and keep what one of them keeps", () =>
    withLog(async (path, directory) => {
      const ends = { g: join(directory, "end-g"), s: join(directory, "end-s") };
      const config = { path, perSecond: 1_500 };
      const g = startSteady(other, { ...config, id: "g", destination: generous, end: ends.g });
      await until(() => hidden(directory).length === 1);
      const s = startSteady(currentRuntime, { ...config, id: "s", lines, destination: strict, end: ends.s });
      await s.printed(`logged ${lines}\n`);
      // It may have logged them all in one turn, and looks at the others in the background.
      await until(() => hidden(directory).length === 2);
      await s.printed("Cannot agree with process");
      // It never rotates itself, for the other one's files are smaller: now and then it looks all the same.
      await g.printed("Cannot agree with process");
      writeFileSync(ends.s, "");
      const { stdout } = await s.finished();
      assert.equal(hidden(directory).length, 1);
      writeFileSync(ends.g, "");
      const outcome = await g.finished();
      const check = checkLog(path);
      assertComplete(check, { g: lastTold(outcome.stdout, "logged"), s: lines });
      assert.ok(rotated(directory).length > 10, "of which one would have kept two");
      assert.ok(check.pieces.every(({ size }) => size <= 16 * 1024));
      assert.deepEqual([hidden(directory), check.unfinished], [[], []]);
      const expected = [[stdout, g.child.pid, "8192 here, 16384"], [outcome.stdout, s.child.pid, "16384 here, 8192"]];
      for (const [text, pid, sizes] of expected) {
        const errors = toldErrors(text as string);
        assert.equal(errors.length, 1, errors.join("\n"));
        const begin =
          `undefined: Cannot agree with process ${pid} on the rotation of "${path}": maxBytes is ${sizes} there; `;
        assert.ok(errors[0].startsWith(begin), errors[0]);
        assert.equal(toldMetrics(text as string).dropped, 0);
      }
    }));

  it("are told of it, and keep all, when one of them does not rotate", () =>
    withLog(async (path, directory) => {
      const end = { p: join(directory, "end-p"), s: join(directory, "end-s") };
      const p = startSteady(other, { path, id: "p", perSecond: 1_000, end: end.p });
      await until(() => hidden(directory).length === 1);
      const few = { rotate: { maxBytes: 4 * 1024, maxFiles: 1 } };
      const s = startSteady(currentRuntime, { path, id: "s", perSecond: 1_000, destination: few, end: end.s });
      await Promise.all([s, p].map((each) => each.printed("Cannot agree with process")));
      await until(() => rotated(directory).length > 10);
      writeFileSync(end.s, "");
      const told = [await s.finished()];
      writeFileSync(end.p, "");
      told.push(await p.finished());
      const [ofS, ofP] = told.map(({ stdout }) => lastTold(stdout, "logged"));
      assertComplete(checkLog(path), { s: ofS, p: ofP });
      for (const { stdout } of told) assert.equal(toldErrors(stdout).length, 1, toldErrors(stdout).join("\n"));
      assert.deepEqual(hidden(directory), []);
    }));

  it("are one when the other was killed, and then its limits count alone", () =>
    withLog(async (path, directory) => {
      const end = join(directory, "end");
      const g = startSteady(other, { path, id: "g", lines, perSecond: 1_500, destination: generous, end });
      await g.printed(`logged ${lines}\n`);
      await until(() => hidden(directory).length === 1 && rotated(directory).length > 5);
      g.kill("SIGKILL");
      await g.ended;
      assert.equal(hidden(directory).length, 1, "nobody has removed it");
      const s = startSteady(currentRuntime, { path, id: "s", lines: 300, perSecond: 1_500, destination: strict });
      const { stdout } = await s.finished();
      assert.deepEqual(toldErrors(stdout), []);
      assert.equal(rotated(directory).length, 2);
      assert.deepEqual(hidden(directory), []);
    }));
});
