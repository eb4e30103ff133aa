import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { startFiles } from "../../bench/cases/files.ts";
import { startRotated } from "../../bench/cases/rotated.ts";
import { rotatedAmong } from "../../src/file/rotated_name.ts";
import { withLog } from "../support/spawn.ts";

describe("the benchmark of rotated files", () => {
  for (const naming of ["timestamp", "numbered"] as const) {
    it(`has as many of them in each round, and none deleted by retention (${naming})`, () =>
      withLog(async (_, directory) => {
        const { round } = await startRotated({ subject: "omni", kind: "five", directory });
        const own = join(directory, "rotated");
        const seen: string[][] = [];
        for (let again = 0; again < 2; again++) {
          const { ns, rotationNs = 0 } = await round({
            count: 40,
            turnEvery: 20,
            maxBytes: 2_000,
            naming,
            files: 12,
          });
          assert.ok(ns > 0 && rotationNs > 0);
          seen.push(readdirSync(own).toSorted());
        }
        assert.deepEqual(seen[0], seen[1]);
        const names = seen[0] ?? [];
        assert.equal(rotatedAmong(names, "app.log", naming).length, 12, `all are taken for ours: ${names}`);
        assert.ok(names.every((name) => statSync(join(own, name)).size === 0));
      }));
  }
});

describe("the benchmark of many files", () => {
  it("writes each of them, and counts all lines", () =>
    withLog(async (_, directory) => {
      const { round } = await startFiles({ subject: "omni", kind: "five", directory });
      for (const files of [1, 20]) {
        const { ns, missing } = await round({ count: 200, files });
        assert.ok(ns > 0);
        assert.equal(missing, undefined);
      }
    }));
});
