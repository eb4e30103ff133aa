import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { createLogger } from "../../mod.ts";
import { range, sequence } from "../file/pieces.ts";
import { linesOf } from "../logger/harness.ts";
import { inSharedDirectory, logRecords, namesIn, onUnix, type Place, plants, secret } from "./support.ts";

const disk = { list: (directory: string) => readdirSync(directory), read: (path: string) => readFileSync(path) };

/** Milliseconds after which a program counts as one that hangs. */
const PATIENCE = 10_000;

/** Nothing elsewhere was changed, made or cut. */
function assertUntouched({ victim, absent }: Place): void {
  assert.equal(readFileSync(victim, "utf8"), secret);
  assert.ok(!existsSync(absent), "a file was made through a link");
}

/**
 * A hard link looks like a file of ours, so that it is not compressed is told, once.
 */
function assertOnlyLinkTold(errors: readonly Error[], thing: string): void {
  assert.equal(errors.length, thing === "a hard link" ? 1 : 0, errors.join("\n"));
  for (const { message } of errors) assert.match(message, /^Cannot compress ".*": it has other names, hard links/);
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => timer = setTimeout(() => reject(new Error("It hangs")), PATIENCE));
  return await Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const modes = { "a directory for everybody": 0o777, "a sticky directory": 0o1777 } as const;

for (const [directory, mode] of Object.entries(modes)) {
  describe(`in ${directory}`, () => {
    for (const [thing, plant] of Object.entries(plants)) {
      it(
        `${thing} at the path of the log is refused and reported, and the lines wait`,
        onUnix,
        () =>
          inSharedDirectory(mode, async (place) => {
            const { log: path } = place;
            plant(place, path);
            const errors: Error[] = [];
            const log = createLogger({ destinations: [path], onError: (error) => void errors.push(error) });
            log.info("one");
            await assert.rejects(
              inTime(log.flush()),
              /Cannot open ".*app\.log": it is a (symbolic link|hard link|pipe)/,
            );
            assertUntouched(place);
            assert.equal(log.metrics().dropped, 0);
            unlinkSync(path);
            log.info("two");
            await inTime(log.close());
            assert.equal(linesOf(readFileSync(path, "utf8")).length, 2);
            assert.ok(errors.length > 0);
            assertUntouched(place);
          }),
      );

      for (const suffix of [".gz", ".gz.tmp"]) {
        it(
          `${thing} at the name of a rotated file with ${suffix} is not followed, and no line is lost`,
          onUnix,
          () =>
            inSharedDirectory(mode, async (place) => {
              const { log: path, shared } = place;
              const rotated = `${path}.20200101T000000.000Z-000`;
              writeFileSync(rotated, '{"i":0}\n{"i":1}\n');
              plant(place, rotated + suffix);
              const { errors } = await inTime(
                logRecords({ uri: path, rotate: { maxBytes: "1MB", compress: "gzip" } }, 1),
              );
              assertUntouched(place);
              assert.deepEqual(errors, []);
              assert.equal(gunzipSync(readFileSync(`${rotated}.gz`)).toString(), '{"i":0}\n{"i":1}\n');
              assert.ok(lstatSync(`${rotated}.gz`).isFile());
              assert.deepEqual(namesIn(shared), ["app.log", "app.log.20200101T000000.000Z-000.gz"]);
            }),
        );
      }

      it(
        `${thing} under a rotated name is neither read nor followed`,
        onUnix,
        () =>
          inSharedDirectory(mode, async (place) => {
            const { log: path, shared } = place;
            const rotated = `${path}.20200101T000000.000Z-000`;
            plant(place, rotated);
            const { errors } = await inTime(
              logRecords({ uri: path, rotate: { maxBytes: "1MB", compress: "gzip" } }, 1),
            );
            assertOnlyLinkTold(errors, thing);
            assertUntouched(place);
            // No compressed copy that somebody could read in its place.
            assert.deepEqual(namesIn(shared), ["app.log", "app.log.20200101T000000.000Z-000"]);
          }),
      );

      it(
        `${thing} among numbered names is moved at the most, and no line is lost`,
        onUnix,
        () =>
          inSharedDirectory(mode, async (place) => {
            const { log: path } = place;
            for (const suffix of [".1.gz", ".2"]) plant(place, path + suffix);
            writeFileSync(`${path}.1`, '{"i":-1}\n');
            const { errors } = await inTime(
              logRecords({ uri: path, rotate: { maxBytes: 200, naming: "numbered", compress: "gzip" } }, 20),
            );
            assertOnlyLinkTold(errors, thing);
            assertUntouched(place);
            const ours = disk.list(place.shared).filter((name) => {
              const info = lstatSync(join(place.shared, name));
              return info.isFile() && info.nlink === 1;
            });
            const found = sequence({ ...disk, list: () => ours }, path).sort((a, b) => a - b);
            assert.deepEqual(found, range(21).map((i) => i - 1));
          }),
      );
    }
  });
}

describe("a hard link", () => {
  it(
    "that our log gets while it is written does not stop it",
    onUnix,
    () =>
      inSharedDirectory(0o1777, async ({ log: path }) => {
        const log = createLogger(path);
        log.info("x", { i: 0 });
        await log.flush();
        linkSync(path, `${path}-backup`);
        log.info("x", { i: 1 });
        await log.close();
        assert.deepEqual(linesOf(readFileSync(path, "utf8")).map((line) => JSON.parse(line).i), [0, 1]);
      }),
  );

  for (const naming of ["timestamp", "numbered"] as const) {
    it(
      `that a backup has made does not stop the log where only its owner may write the directory, ${naming} names`,
      onUnix,
      () =>
        inSharedDirectory(0o777, async ({ log: path, shared }) => {
          chmodSync(shared, 0o755);
          writeFileSync(path, '{"i":-1}\n');
          linkSync(path, join(shared, "backup"));
          const rotate = { maxBytes: 200, naming, compress: "gzip" } as const;
          const { errors, written } = await inTime(logRecords({ uri: path, rotate }, 20));
          assert.equal(written, 20);
          // What has another name is a rotated file now, and stays plain until the other name is gone.
          assertOnlyLinkTold(errors, "a hard link");
          const names = () => namesIn(shared).filter((name) => name !== "backup");
          const found = sequence({ ...disk, list: names }, path);
          assert.deepEqual(found, range(21).map((i) => i - 1));
          assert.equal(readFileSync(join(shared, "backup"), "utf8").startsWith('{"i":-1}\n'), true);
          unlinkSync(join(shared, "backup"));
          assert.deepEqual((await inTime(logRecords({ uri: path, rotate }, 1))).errors, []);
          assert.ok(names().every((name) => name === "app.log" || name.endsWith(".gz")), names().join());
        }),
    );
  }

  for (const [whose, mode] of [["its group", 0o775], ["everybody", 0o757]] as const) {
    it(
      `at the path of the log is refused where ${whose} may write the directory`,
      onUnix,
      () =>
        inSharedDirectory(0o777, async ({ log: path, shared, victim }) => {
          chmodSync(shared, mode);
          linkSync(victim, path);
          const { errors, written } = await inTime(logRecords({ uri: path }, 1));
          assert.equal(written, 0);
          assert.match(errors.join("\n"), /it is a hard link, and others may have made it/);
          assert.equal(readFileSync(victim, "utf8"), secret);
        }),
    );
  }

  it(
    "to a file of somebody else's is refused in a directory of a user's own",
    { skip: onUnix.skip || process.getuid?.() !== 0 },
    () =>
      inSharedDirectory(0o777, async ({ log: path, shared, victim }) => {
        linkSync(victim, path);
        chownSync(shared, 65_534, 65_534);
        chmodSync(shared, 0o755);
        const { errors, written } = await inTime(logRecords({ uri: path }, 1));
        assert.equal(written, 0);
        assert.match(errors.join("\n"), /it is a hard link/);
        assert.equal(readFileSync(victim, "utf8"), secret);
      }),
  );

  it(
    "to a rotated file does not keep it from being deleted",
    onUnix,
    () =>
      inSharedDirectory(0o1777, async ({ log: path, victim }) => {
        const rotated = `${path}.20200101T000000.000Z-000`;
        linkSync(victim, rotated);
        await logRecords({ uri: path, rotate: { maxBytes: 200, maxFiles: 0 } }, 5);
        assert.ok(!existsSync(rotated));
        assert.equal(readFileSync(victim, "utf8"), secret);
      }),
  );
});

describe("a rotated file", () => {
  for (const time of ["22491231T235959.999Z-999", "22550605T234734.740Z-991", "99991231T235959.999Z-999"]) {
    it(
      `never takes the place of what stands under a name, ${time}`,
      onUnix,
      () =>
        inSharedDirectory(0o1777, async (place) => {
          const { log: path, shared } = place;
          const planted = `${path}.${time}`;
          plants["a symbolic link to a file"](place, planted);
          await inTime(logRecords({ uri: path, rotate: { maxBytes: 200 } }, 10));
          assert.ok(lstatSync(planted).isSymbolicLink());
          assertUntouched(place);
          const ours = namesIn(shared).filter((name) => lstatSync(join(shared, name)).isFile());
          // Names begin anew when no later one is left: out of order, but whole.
          assert.deepEqual(sequence({ ...disk, list: () => ours }, path).sort((a, b) => a - b), range(10));
        }),
    );
  }

  for (const [logMode, optionMode, expected] of [[0o600, 0o644, 0o600], [0o644, 0o600, 0o644], [0o640, 0o666, 0o640]]) {
    it(
      `of mode ${logMode!.toString(8)} is compressed to ${expected!.toString(8)} with mode ${optionMode!.toString(8)}`,
      onUnix,
      () =>
        inSharedDirectory(0o777, async ({ log: path }) => {
          const rotated = `${path}.20200101T000000.000Z-000`;
          writeFileSync(rotated, "x\n");
          chmodSync(rotated, logMode!);
          await logRecords({ uri: path, mode: optionMode, rotate: { maxBytes: "1MB", compress: "gzip" } }, 1);
          assert.equal((statSync(`${rotated}.gz`).mode & 0o777).toString(8), expected!.toString(8));
        }),
    );
  }
});

describe("a directory", () => {
  it(
    "at the name of a compressed file is reported, and the plain file stays",
    onUnix,
    () =>
      inSharedDirectory(0o1777, async ({ log: path }) => {
        const rotated = `${path}.20200101T000000.000Z-000`;
        writeFileSync(rotated, "x\n");
        // Deno's `remove` takes empty ones.
        mkdirSync(`${rotated}.gz.tmp/full`, { recursive: true });
        mkdirSync(`${path}.20200101T000000.000Z-001.gz/full`, { recursive: true });
        writeFileSync(`${path}.20200101T000000.000Z-001`, "y\n");
        const { errors, written } = await inTime(
          logRecords({ uri: path, rotate: { maxBytes: "1MB", compress: "gzip" } }, 1),
        );
        assert.equal(written, 1);
        assert.ok(errors.length > 0);
        assert.equal(readFileSync(rotated, "utf8"), "x\n");
        assert.equal(readFileSync(`${path}.20200101T000000.000Z-001`, "utf8"), "y\n");
      }),
  );
});
