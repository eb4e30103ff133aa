import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, lstatSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createLogger } from "../../mod.ts";
import { flockProcess } from "../adapters/other_process.ts";
import { temporaryDirectory, watch } from "../adapters/programs.ts";
import { needing } from "../faults/support/requirements.ts";
import { linesOf } from "../logger/harness.ts";
import { binaries, projectRoot } from "../support/binaries.ts";
import { currentRuntime } from "../support/spawn.ts";
import { until } from "../support/until.ts";
import { inSharedDirectory, namesIn, type Place, plants, secret } from "./support.ts";

/** The user "nobody" of every Linux. */
const NOBODY = 65534;

/** Runs a logger of another user; resolves to the errors that it reported and what it counted. */
async function logAsNobody(
  place: Place,
  options: object,
): Promise<{ errors: string[]; written: number; dropped: number }> {
  const program = join(place.shared, "..", "program.mjs");
  const front = currentRuntime === "deno" ? ["run", "--quiet", "--no-prompt", "-A"] : [];
  writeFileSync(
    program,
    `import { createLogger } from ${JSON.stringify(`file://${projectRoot}/mod.ts`)};
     const errors = [];
     const log = createLogger({ destinations: [${JSON.stringify(options)}], onError: (e) => errors.push(e.message) });
     for (let i = 0; i < 5; i++) {
       log.info("x", { i });
       await log.flush().catch(() => {});
     }
     await log.close();
     const { written, dropped } = log.metrics().destinations[0];
     console.log(JSON.stringify({ errors, written, dropped }));`,
  );
  chmodSync(program, 0o644);
  const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", DENO_DIR: join(place.shared, "..", "deno") };
  const { code, stdout, stderr } = await watch(
    spawn("setpriv", [
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      "--clear-groups",
      binaries()[currentRuntime],
      ...front,
      program,
    ], { env, cwd: place.shared }),
  ).ended;
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

const asRoot = needing({ root: true, programs: ["setpriv"] });

describe("a logger of another user, in a sticky directory", () => {
  it(
    "makes files for which its mode and umask count, and reads and writes them",
    asRoot,
    () =>
      inSharedDirectory(0o1777, async (place) => {
        const { errors, written } = await logAsNobody(place, {
          uri: place.log,
          mode: 0o640,
          rotate: { maxBytes: 150, compress: "gzip" },
        });
        assert.deepEqual({ errors, written }, { errors: [], written: 5 });
        const names = namesIn(place.shared);
        assert.ok(names.length > 2, names.join());
        for (const name of names) {
          const info = lstatSync(join(place.shared, name));
          assert.deepEqual([info.uid, info.mode & 0o777], [NOBODY, 0o640], name);
        }
      }),
  );

  for (const [thing, plant] of Object.entries(plants)) {
    it(
      `is not led elsewhere by ${thing} that it may not remove`,
      asRoot,
      () =>
        inSharedDirectory(0o1777, async (place) => {
          plant(place, place.log);
          // Writable for the attacked user: nothing but the library keeps it from being written.
          if (thing !== "a dangling symbolic link") chownSync(place.victim, NOBODY, NOBODY);
          const { errors, written, dropped } = await logAsNobody(place, { uri: place.log });
          assert.equal(readFileSync(place.victim, "utf8"), secret);
          assert.ok(!existsSync(place.absent));
          assert.deepEqual({ written, dropped }, { written: 0, dropped: 5 });
          assert.match(errors.join("\n"), /it is a (symbolic link|hard link|pipe)/);
          assert.match(errors.join("\n"), /Dropped 5 records/);
        }),
    );

    it(
      `keeps the plain file where ${thing} at a name of its compression cannot be removed`,
      asRoot,
      () =>
        inSharedDirectory(0o1777, async (place) => {
          const rotated = `${place.log}.20200101T000000.000Z-000`;
          writeFileSync(rotated, "old\n");
          chownSync(rotated, NOBODY, NOBODY);
          plant(place, `${rotated}.gz.tmp`);
          if (thing !== "a hard link") chownSync(place.victim, NOBODY, NOBODY);
          const { errors, written } = await logAsNobody(place, {
            uri: place.log,
            rotate: { maxBytes: "1MB", compress: "gzip" },
          });
          assert.equal(written, 5);
          assert.ok(errors.length > 0, "it should be reported");
          assert.equal(readFileSync(place.victim, "utf8"), secret);
          assert.ok(!existsSync(place.absent));
          assert.equal(readFileSync(rotated, "utf8"), "old\n");
        }),
    );
  }
});

describe("the hidden file of a writer", () => {
  for (const [mode, hidden] of [[0o644, 0o600], [0o600, 0o600], [0o664, 0o660], [0o640, 0o600]]) {
    it(`of a log with mode ${mode.toString(8)} may be locked only by who may write the log`, async () => {
      const directory = temporaryDirectory();
      const before = process.umask(0);
      try {
        const log = createLogger({ destinations: [{ uri: join(directory, "app.log"), mode }] });
        log.info("x");
        const find = () => namesIn(directory).find((name) => name.endsWith(".writer"));
        await until(() => find() !== undefined);
        assert.equal(statSync(join(directory, find() as string)).mode & 0o777, hidden);
        await log.close();
      } finally {
        process.umask(before);
        rmSync(directory, { recursive: true });
      }
    });
  }
});

describe("a lock that another user holds on a log that everybody may read", () => {
  it("stops nothing but the writing: lines wait within the bound, all is reported, and it goes on", {
    skip: asRoot.skip || flockProcess() === undefined,
  }, () =>
    inSharedDirectory(0o1777, async ({ log: path }) => {
      writeFileSync(path, "");
      chmodSync(path, 0o644);
      const holder = watch(
        spawn("setpriv", [
          `--reuid=${NOBODY}`,
          `--regid=${NOBODY}`,
          "--clear-groups",
          "flock",
          "--exclusive",
          path,
          "sh",
          "-c",
          "echo held; cat",
        ]),
      );
      await holder.printed("held");
      const errors: Error[] = [];
      const log = createLogger({
        destinations: [{ uri: path, lockTimeout: 30 }],
        queue: { maxBytes: 10_000 },
        onError: (error) => void errors.push(error),
      });
      for (let i = 0; i < 1_000; i++) log.info("x", { i });
      await assert.rejects(log.flush(), /another process has held it|queue was full/);
      const { pending, dropped } = log.metrics().destinations[0]!;
      assert.ok(pending > 50 && pending < 200, `${pending} lines wait`);
      assert.equal(pending + dropped, 1_000);
      assert.ok(errors.some(({ message }) => message.includes("another process has held it")));
      holder.child.stdin?.end();
      await holder.ended;
      await log.flush().catch(() => {});
      await log.close();
      assert.ok(linesOf(readFileSync(path, "utf8")).length >= pending);
      assert.equal(statSync(path).uid, 0);
    }));
});
