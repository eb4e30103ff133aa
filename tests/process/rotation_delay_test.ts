import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { RotateOptions } from "../../mod.ts";
import { stampedName } from "../../src/file/rotated_name.ts";
import { start } from "../adapters/programs.ts";
import { currentRuntime, withLog } from "../support/spawn.ts";
import type { RotationDelayConfig, RotationDelays } from "./rotation_delay_program.ts";

/** Rotated files that are there. */
const FILES = 20_000;

/** Rotations that are tried at the most. */
const ROTATIONS = 20;

function makeFiles(path: string, { naming, compress }: RotateOptions): void {
  const suffix = compress === "gzip" ? ".gz" : "";
  for (let index = 0; index < FILES; index++) {
    const name = naming === "numbered" ? `${path}.${FILES - index}` : stampedName(path, 1_000 * index, "timestamp");
    writeFileSync(name + suffix, "");
  }
}

const policies: readonly RotateOptions[] = [
  { naming: "timestamp", maxFiles: FILES },
  { naming: "numbered", maxFiles: FILES, compress: "gzip" },
];

describe(`a rotation beside ${FILES} rotated files`, () => {
  for (const rotate of policies) {
    it(
      `does not hold up the event loop, with ${JSON.stringify(rotate)}`,
      { timeout: 300_000 },
      () =>
        withLog(async (path) => {
          makeFiles(path, rotate);
          const config: RotationDelayConfig = { path, rotate, rotations: ROTATIONS };
          const { code, stdout, stderr } = await start(currentRuntime, "../process/rotation_delay_program.ts", {
            args: [JSON.stringify(config)],
          }).ended;
          assert.equal(code, 0, stderr);
          const { delays, most }: RotationDelays = JSON.parse(stdout);
          assert.ok(delays.length < ROTATIONS, `the event loop was late by ${delays.join(", ")} ms, not below ${most}`);
        }),
    );
  }
});
