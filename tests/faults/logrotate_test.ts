import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { runtimeNames, watch } from "../adapters/programs.ts";
import { assertComplete, checkLog } from "../support/checker.ts";
import { toldMetrics, withLog, type Writer } from "../support/spawn.ts";
import { findProgram, needing } from "./support/requirements.ts";
import { startSteady, toldErrors } from "./support/steady.ts";

const rotations = 8;
const lines = 5_000;
const perSecond = 1_500;

/** Has logrotate rotate the log a number of times in a manner; returns the milliseconds that it was at work. */
async function rotateOften(path: string, directory: string, manner: string): Promise<number> {
  const configuration = join(directory, "logrotate.conf");
  // Its own user does the work, whatever the permissions of the directory look like to it.
  const user = process.getuid?.() === 0 ? "su root root" : "";
  const words = ["rotate 100", "missingok", "nocompress", user, manner];
  writeFileSync(configuration, `"${path}" {\n${words.join("\n")}\n}\n`, { mode: 0o644 });
  let atWork = 0;
  for (let rotation = 0; rotation < rotations; rotation++) {
    await wait(150);
    const start = performance.now();
    const args = ["--force", "--state", join(directory, "state"), configuration];
    const { code, stderr } = await watch(spawn(findProgram("logrotate") as string, args)).ended;
    assert.equal(code, 0, stderr);
    atWork += performance.now() - start;
  }
  return atWork;
}

/** Starts a writer on each runtime, has logrotate do its work meanwhile, and waits for all to end well. */
async function logMeanwhile(path: string, directory: string, manner: string): Promise<number> {
  const end = join(directory, "end");
  const writers: Writer[] = runtimeNames.map((runtime) =>
    startSteady(runtime, { path, id: runtime, lines, perSecond, end })
  );
  await Promise.all(writers.map((writer) => writer.printed("ack ")));
  const atWork = await rotateOften(path, directory, manner);
  await Promise.all(writers.map((writer) => writer.printed(`logged ${lines}\n`)));
  writeFileSync(end, "");
  for (const writer of writers) {
    const { stdout } = await writer.finished();
    assert.deepEqual(toldErrors(stdout), [], writer.id);
    assert.equal(toldMetrics(stdout).dropped, 0, writer.id);
  }
  assert.equal(readdirSync(directory).filter((name) => /^app\.log\.\d+$/.test(name)).length, rotations);
  return atWork;
}

const needs = needing({ programs: ["logrotate"] });

describe("logrotate at work on the file of three runtimes", { timeout: 120_000 }, () => {
  const expected = Object.fromEntries(runtimeNames.map((runtime) => [runtime, lines]));

  it("costs no line in its create mode", needs, () =>
    withLog(async (path, directory) => {
      await logMeanwhile(path, directory, "create 0644");
      // A log that a writer makes between logrotate's rename and its creation logrotate puts aside under another name.
      const aside = readdirSync(directory).filter((name) => name.endsWith(".backup"));
      if (aside.length > 0) console.log(`logrotate has put aside ${aside.join(", ")}`);
      const before = aside.map((name) => readFileSync(join(directory, name), "utf8"));
      const check = checkLog(path, { expected, before });
      if (aside.length === 0) return assertComplete(check, expected);
      // Where it belongs in their order, nobody knows.
      const writers = Object.entries(check.writers).map(([id, writer]) => [id, { ...writer, disordered: 0 }]);
      assertComplete({ ...check, writers: Object.fromEntries(writers) }, expected);
    }));

  // What is written between its last read and its truncation goes with the truncation, and nobody can help it: it
  // takes no lock. Where that read ended in the middle of a write, the copy ends with a fragment.
  it("costs in its copytruncate mode only what it loses itself", needs, () =>
    withLog(async (path, directory) => {
      const atWork = await logMeanwhile(path, directory, "copytruncate");
      const check = checkLog(path, { expected });
      let lost = 0;
      for (const [id, writer] of Object.entries(check.writers)) {
        assert.deepEqual([writer.doubled, writer.disordered], [0, 0], id);
        lost += writer.lost;
      }
      console.log(`copytruncate lost ${lost} of ${lines * runtimeNames.length} lines, ${check.torn.length} torn`);
      // No more than is logged while it works, and what had gathered for a write by then.
      const most = Math.ceil((atWork / 1_000 + rotations * 0.1) * perSecond) * runtimeNames.length;
      assert.ok(lost <= most, `${lost} lines lost, logrotate can explain ${most}`);
      const ends = check.pieces.slice(0, -1).map(({ text }) => text.slice(text.lastIndexOf("\n") + 1));
      assert.deepEqual(check.torn, ends.filter((end) => end !== ""), "fragments other than at the ends of the copies");
    }));
});
