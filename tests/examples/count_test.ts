import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { count } from "../../examples/demo/count.ts";
import type { Writer } from "../../examples/demo/fleet.ts";
import { fieldsOf, MESSAGE } from "../../examples/demo/record.ts";
import { temporaryDirectory } from "../adapters/programs.ts";

const rotated = "app.log.20261123T110215.123Z-000";

function writer(number: number, lines: number, victim?: { readonly written: number }): Writer {
  const { written = lines } = victim ?? {};
  const isVictim = victim !== undefined;
  const rest = { rotations: 0, startedAt: 0, endedAt: 1, failure: undefined, complaints: [] };
  return { number, runtime: "deno", pid: number, lines, isVictim, written, ...rest };
}

function record(number: number, seq: number, changes: object = {}): string {
  const head = { time: "2026-11-23T11:02:15.123Z", level: "info", msg: MESSAGE, writer: number };
  return JSON.stringify({ ...head, ...fieldsOf(seq), ...changes }) + "\n";
}

function counted(files: Readonly<Record<string, string | Uint8Array>>, ...writers: readonly Writer[]) {
  const directory = temporaryDirectory();
  try {
    for (const [name, content] of Object.entries(files)) writeFileSync(`${directory}/${name}`, content);
    return count(`${directory}/app.log`, writers);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const nothingWrong = { lost: 0, doubled: 0, torn: 0, disordered: 0, fragments: [] };

// A verdict is worth as much as its ability to be bad.
describe("the count of the demo", () => {
  it("finds all lines of two writers in plain and compressed pieces", () => {
    const { tallies, ...sums } = counted(
      { [`${rotated}.gz`]: gzipSync(record(1, 1) + record(2, 1)), "app.log": record(2, 2) + record(1, 2) },
      writer(1, 2),
      writer(2, 2),
    );
    assert.deepEqual(tallies, Array(2).fill({ ...nothingWrong, expected: 2, found: 2 }));
    assert.deepEqual([sums.pieces, sums.compressed, sums.foreign], [2, 1, 0]);
  });

  it("takes a piece that exists in both forms once", () => {
    const { tallies, pieces } = counted(
      { [rotated]: record(1, 1), [`${rotated}.gz`]: gzipSync(record(1, 1)), "app.log": record(1, 2) },
      writer(1, 2),
    );
    assert.deepEqual(tallies, [{ ...nothingWrong, expected: 2, found: 2 }]);
    assert.equal(pieces, 2);
  });

  it("does without the file at the path, when a process was killed in the middle of a rotation", () => {
    const { tallies, pieces } = counted({ [rotated]: record(1, 1) }, writer(1, 1));
    assert.deepEqual(tallies, [{ ...nothingWrong, expected: 1, found: 1 }]);
    assert.equal(pieces, 1);
  });

  it("sees lost, doubled, disordered and torn lines", () => {
    const torn = record(1, 5).slice(0, 90) + "\n";
    const log = record(1, 1) + record(1, 3) + record(1, 2) + record(1, 3) + torn;
    const [tally] = counted({ "app.log": log }, writer(1, 6)).tallies;
    assert.deepEqual(tally, { ...nothingWrong, expected: 6, found: 3, lost: 3, doubled: 1, disordered: 1, torn: 1 });
  });

  it("sees a record that is not the one that was logged", () => {
    const log = record(1, 1, { path: "/items/0" }) + record(1, 2, { extra: 1 }) + record(1, 9) + record(7, 1);
    const { tallies, foreign } = counted({ "app.log": log }, writer(1, 2));
    assert.deepEqual(tallies, [{ ...nothingWrong, expected: 2, found: 0, lost: 2, torn: 3 }]);
    assert.equal(foreign, 1);
  });

  it("grants a killed process a fragment, alone on its line, and nothing else", () => {
    const fragment = record(2, 4).slice(0, 80);
    const killed = writer(2, 10, { written: 2 });
    const alone = counted({ "app.log": `${record(2, 1)}${record(2, 2)}${record(2, 3)}${fragment}\n` }, killed);
    assert.deepEqual(alone.tallies, [{ ...nothingWrong, expected: 2, found: 3, fragments: [fragment] }]);
    const merged = counted(
      { "app.log": `${record(2, 1)}${record(2, 2)}${fragment}${record(1, 1)}` },
      writer(1, 1),
      killed,
    );
    assert.deepEqual(merged.tallies.map(({ lost }) => lost), [1, 0]);
    assert.deepEqual(merged.tallies.map(({ torn, fragments }) => [torn, fragments.length]), [[1, 0], [0, 0]]);
    const gap = counted({ "app.log": record(2, 1) + record(2, 3) }, killed);
    assert.equal(gap.tallies[0].lost, 1);
    const short = counted({ "app.log": record(2, 1) }, killed);
    assert.equal(short.tallies[0].lost, 1);
  });
});
