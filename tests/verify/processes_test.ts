import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { RotateOptions } from "../../mod.ts";
import type { LogReport } from "../../src/verify/report.ts";
import { verifyLog } from "../../verify.ts";
import { runtimeNames } from "../adapters/programs.ts";
import { startWriterProgram, withLog } from "../support/spawn.ts";
import { KEY } from "./support.ts";
import type { VerifiedWriterConfig } from "./writer_program.ts";

function startVerifiedWriter(runtime: typeof runtimeNames[number], config: Omit<VerifiedWriterConfig, "id" | "key">) {
  return startWriterProgram(
    "../verify/writer_program.ts",
    runtime,
    { ...config, id: runtime, key: KEY } as { id: string },
  );
}

/** What a report says is wrong. */
function problems({ totals }: LogReport): Record<string, number> {
  return Object.fromEntries(Object.entries(totals).filter(([, count]) => count > 0));
}

describe("a log that processes of all three runtimes write, rotate and compress", { timeout: 120_000 }, () => {
  for (
    const [manner, rotate] of Object.entries<RotateOptions>({
      "with stamped names": { maxBytes: 100_000, compress: "gzip" },
      "with numbered names": { maxBytes: 100_000, compress: "zstd", naming: "numbered" },
      "with stamped names, and deletes": { maxBytes: 50_000, compress: "gzip", maxFiles: 3 },
      "with numbered names, and deletes": { maxBytes: 50_000, compress: "gzip", naming: "numbered", maxFiles: 3 },
    })
  ) {
    it(`has no problem, at the end and at every moment before, ${manner}`, () =>
      withLog(async (path) => {
        const [count, loggers, threads] = [1_000, 2, 1];
        const complete = rotate.maxFiles === undefined;
        const writers = runtimeNames.map((runtime) =>
          startVerifiedWriter(runtime, { path, count, loggers, threads, rotate })
        );
        await Promise.all(writers.map((writer) => writer.printed("ready\n")));
        let isDone = false;
        const done = Promise.all(writers.map((writer) => writer.finished())).finally(() => isDone = true);
        let looks = 0;
        for (let records = 0; !isDone; looks++) {
          const report = await verifyLog(path, { key: KEY, complete }).catch((error) => {
            // Nobody has written yet.
            if (error.code !== "ENOENT" || records > 0) throw error;
          });
          await wait(looks % 3);
          if (report === undefined) continue;
          assert.deepEqual(problems(report), {}, `look ${looks}: ${JSON.stringify(report)}`);
          if (!complete) continue;
          assert.deepEqual(report.vanished, []);
          assert.ok(report.records >= records, "a later moment has no fewer records");
          records = report.records;
        }
        await done;
        const report = await verifyLog(path, { key: KEY, complete });
        assert.deepEqual(problems(report), {});
        assert.ok(looks >= 1 && report.files.length > 3, `${looks} looks at ${report.files.length} files`);
        assert.ok(report.files.some(({ name }) => /\.(gz|zst)$/.test(name)));
        if (!complete) return;
        const streams = report.streams.map(({ first, last, count }) => [first, last, count]);
        assert.deepEqual(streams, Array(runtimeNames.length * (loggers + threads)).fill([1, count, count]));
        assert.equal(new Set(report.streams.map(({ pid }) => pid)).size, runtimeNames.length);
      }));
  }

  for (const runtime of runtimeNames) {
    it(`has no gap and at most one fragment per kill -9, on ${runtime}`, () =>
      withLog(async (path) => {
        const kills = 3;
        const rotate = { maxBytes: 50_000, compress: "gzip" } as const;
        for (let kill = 1; kill <= kills; kill++) {
          const config = { path, count: 1e9, loggers: 2, threads: 0, rotate };
          const writer = startVerifiedWriter(runtime, config);
          await writer.printed("ready\n");
          const ofWriter = async () => {
            const report = await verifyLog(path).catch(() => undefined);
            return report?.streams.filter(({ pid }) => pid === writer.child.pid).length ?? 0;
          };
          while (await ofWriter() < 2) await wait(10);
          await wait(37 * kill);
          writer.kill("SIGKILL");
          await writer.ended;
          const report = await verifyLog(path, { key: KEY, complete: true });
          const { fragments = 0, ...others } = problems(report);
          assert.deepEqual(others, {});
          assert.ok(fragments <= kill, `${fragments} fragments`);
          assert.equal(report.streams.length, 2 * kill);
        }
        await startVerifiedWriter(runtime, { path, count: 10, loggers: 1, threads: 0, rotate }).finished();
        const { fragments = 0, ...others } = problems(await verifyLog(path, { key: KEY, complete: true }));
        assert.deepEqual(others, {});
        assert.ok(fragments <= kills, `${fragments} fragments`);
      }));
  }
});
