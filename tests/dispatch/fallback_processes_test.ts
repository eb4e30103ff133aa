import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { runtimeNames } from "../adapters/programs.ts";
import { inDirectory, linesOf } from "../logger/harness.ts";
import { startWriterProgram } from "../support/spawn.ts";
import { missingOf, range } from "./breakable.ts";
import type { DestinationMetrics } from "../../src/metrics.ts";

interface Report {
  readonly count: number;
  readonly circuit: readonly string[];
  readonly destinations: readonly DestinationMetrics[];
}

describe("a file whose directory is taken away, and a server that is dead", () => {
  for (const runtime of runtimeNames) {
    for (const ending of ["close", "exit"] as const) {
      it(`lose and double nothing with fallbacks on ${runtime}, ended by ${ending}`, () =>
        inDirectory(async (directory) => {
          const config = { id: "w", directory, ending };
          await startWriterProgram("../dispatch/fallback_program.ts", runtime, config).finished();
          const { count, circuit, destinations } = JSON.parse(
            readFileSync(join(directory, "report.json"), "utf8"),
          ) as Report;
          const numbers = (...paths: string[]) =>
            paths.map((path) => join(directory, path)).filter((path) => existsSync(path))
              .flatMap((path) => linesOf(readFileSync(path, "utf8"))).map((line) => JSON.parse(line).i)
              .filter((i) => i !== undefined) as number[];
          assert.deepEqual(circuit.slice(0, 2), ["closed", "open"]);
          for (const destination of destinations) {
            assert.equal(missingOf(destination), 0, JSON.stringify(destination));
            assert.deepEqual([destination.dropped, destination.pending], [0, 0], JSON.stringify(destination));
          }
          const [file, server] = destinations;
          const sorted = (list: number[]) => list.sort((a, b) => a - b);
          const spare = numbers("file_spare.log");
          assert.deepEqual(sorted([...numbers("taken/app.log", "logs/app.log"), ...spare]), range(0, count));
          assert.equal(file.diverted, spare.length);
          assert.ok(spare.length > 20, `${spare.length} went to the fallback`);
          assert.deepEqual(sorted(numbers("server_spare.log")), range(0, count));
          assert.equal(server.diverted, count);
        }));
    }
  }
});
