import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { detectRuntime } from "../../adapters/detect.ts";
import { zlibDecompress } from "../../adapters/zlib_decompress.ts";
import { createLogger, format } from "../../mod.ts";
import type { Runtime } from "../../src/runtime.ts";
import { createVerifyLog } from "../../src/verify/verify_log.ts";
import { verifyLog } from "../../verify.ts";
import { inDirectory } from "../logger/harness.ts";
import { check, fileOf, KEY, LogWriter } from "./support.ts";

/** A log of one stream in pieces of ten records. */
function pieces(count: number): string[] {
  const writer = new LogWriter();
  return Array.from({ length: count }, () => fileOf(Array.from({ length: 10 }, () => writer.log(0))));
}

const noProblem = {
  gaps: 0,
  missing: 0,
  doubles: 0,
  disorder: 0,
  altered: 0,
  fragments: 0,
  unsigned: 0,
  cutOff: 0,
  unreadable: 0,
  untracked: 0,
};

describe("verifyLog()", () => {
  it("reads plain, gzip and zstd files with stamped names in the order of their age", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const [a, b, c, d] = pieces(4);
      writeFileSync(`${path}.20261123T110215.123Z-000.gz`, gzipSync(a));
      writeFileSync(`${path}.20261123T110215.123Z-001.zst`, zstdCompressSync(b));
      writeFileSync(`${path}.20261123T110215.124Z-000`, c);
      writeFileSync(path, d);
      // None of these belongs to it.
      for (const name of ["app.log.bak", "app.log.20261123", "app.log.20261123T110215.123Z-002.gz.tmp", "other.log"]) {
        writeFileSync(join(directory, name), "{");
      }
      const report = await verifyLog(path, { key: KEY });
      assert.deepEqual(report.totals, noProblem);
      assert.deepEqual(report.files, [
        { name: "app.log.20261123T110215.123Z-000.gz", bytes: a.length, lines: 10 },
        { name: "app.log.20261123T110215.123Z-001.zst", bytes: b.length, lines: 10 },
        { name: "app.log.20261123T110215.124Z-000", bytes: c.length, lines: 10 },
        { name: "app.log", bytes: d.length, lines: 10 },
      ]);
      const { writer: _, mac: __, ...stream } = report.streams[0];
      const none = { missing: 0, gaps: [], doubles: [], disorder: [], altered: [], unproven: 0 };
      assert.deepEqual(stream, { pid: 100, first: 1, last: 40, count: 40, ...none });
      assert.deepEqual([report.ok, report.records, report.lines, report.bytes], [true, 40, 40, (a + b + c + d).length]);
    }));

  it("reads numbered files, of a plain and a compressed one the same", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const [a, b, c, d] = pieces(4);
      writeFileSync(`${path}.10.gz`, gzipSync(a));
      writeFileSync(`${path}.2`, b);
      writeFileSync(`${path}.2.gz`, gzipSync(b));
      writeFileSync(`${path}.1`, c);
      writeFileSync(path, d);
      const report = await verifyLog(path, { key: KEY });
      assert.deepEqual(report.files.map(({ name }) => name), ["app.log.10.gz", "app.log.2", "app.log.1", "app.log"]);
      assert.deepEqual(report.totals, noProblem);
      // Told that the names are others, it leaves them alone.
      const { files, streams } = await verifyLog(path, { naming: "timestamp" });
      assert.deepEqual([files.length, streams[0].startsAt], [1, 31]);
    }));

  it("tells of a piece that is missing, and of one that is damaged", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const [a, b, c, d] = pieces(4);
      writeFileSync(`${path}.4.gz`, gzipSync(a));
      writeFileSync(`${path}.2.gz`, gzipSync(c));
      writeFileSync(path, d);
      const gap = (await verifyLog(path, { key: KEY })).streams[0].gaps;
      assert.deepEqual(gap, [{ after: 10, before: 21, missing: 10, cause: "removed", file: "app.log.2.gz", line: 1 }]);

      const whole = gzipSync(b);
      for (
        const damaged of [whole.subarray(0, whole.length - 12), new Uint8Array(100), whole.with(30, whole[30] ^ 0xff)]
      ) {
        writeFileSync(`${path}.3.gz`, damaged);
        const { unreadable, totals, ok } = await verifyLog(path);
        assert.deepEqual(unreadable.map(({ file }) => file), ["app.log.3.gz"]);
        assert.deepEqual([totals.unreadable, ok], [1, false]);
        assert.equal(totals.gaps, 1);
      }
      rmSync(`${path}.3.gz`);
      symlinkSync(`${path}.2.gz`, `${path}.3.gz`);
      const { unreadable, totals } = await verifyLog(path);
      assert.deepEqual(unreadable, [{ file: "app.log.3.gz", reason: "it is no regular file" }]);
      assert.equal(totals.missing, 10);
    }));

  it("says that there is no log, or that it is none", () =>
    inDirectory(async (directory) => {
      await assert.rejects(verifyLog(join(directory, "none.log")), {
        code: "ENOENT",
        message: /there is no such log$/,
      });
      await assert.rejects(verifyLog(directory), { code: "EISDIR" });
      writeFileSync(join(directory, "app.log"), "");
      assert.ok((await verifyLog(join(directory, "app.log"))).ok);
      symlinkSync(join(directory, "app.log"), join(directory, "link.log"));
      await assert.rejects(verifyLog(join(directory, "link.log")), /it is no regular file$/);
    }));

  for (
    const [options, complaint] of [
      [{ kee: 1 }, /Cannot use option "kee": there is no such option/],
      [{ key: "short secret" }, /^Cannot use option "key": expected at least 16 bytes, got 12$/],
      [{ anchors: {} }, /Cannot use option "anchors": expected an array/],
      [{ anchors: [{ pid: 1 }] }, /Cannot use option "anchors\[0\]\.last": expected a number, got undefined/],
      [{ naming: "other" }, /Cannot use option "naming": expected one of "timestamp", "numbered"/],
      [{ maxLineBytes: 10 }, /Cannot use option "maxLineBytes"/],
      [{ maxStreams: 0 }, /Cannot use option "maxStreams"/],
      [{ complete: 1 }, /Cannot use option "complete"/],
    ] as const
  ) {
    it(`refuses ${JSON.stringify(options)}`, async () => {
      await assert.rejects(verifyLog("app.log", options as never), (error: Error) => {
        assert.match(error.message, complaint);
        return !error.message.includes("secret");
      });
    });
  }

  it("works for a logger that rotates, compresses, drops nothing and restarts, on the runtime's own file system", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      for (const compress of ["gzip", "zstd", false] as const) {
        const chain = { key: KEY };
        const log = createLogger({
          destinations: [{
            uri: path,
            rotate: { maxBytes: 20_000, compress },
            format: format.json({ sequence: true, chain }),
          }],
        });
        for (let i = 0; i < 1_000; i++) log.info("hello", { i });
        await log.close();
      }
      const report = await verifyLog(path, { key: KEY, complete: true });
      assert.deepEqual(report.totals, noProblem);
      assert.ok(report.files.length > 20);
      assert.deepEqual(
        report.streams.map(({ first, last, count }) => [first, last, count]),
        Array(3).fill([1, 1000, 1000]),
      );
    }));

  it("says what is wrong on a runtime that cannot decompress", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      writeFileSync(`${path}.1.gz`, gzipSync("{}\n"));
      const { unreadable } = await createVerifyLog(detectRuntime, () => undefined)(path);
      assert.match(unreadable[0].reason, /^Cannot read gzip on /);
    }));
});

describe("a log that changes while it is verified", () => {
  /** A runtime on which something happens before a call. */
  function interrupted(
    call: "readAt" | "list",
    happen: (count: number) => void,
    real: Runtime = detectRuntime(),
  ): Runtime {
    let count = 0;
    return {
      ...real,
      calls: { ...real.calls, list: (path) => (call === "list" && happen(++count), real.calls.list(path)) },
      background: {
        ...real.background,
        readAt: (...args) => (call === "readAt" && happen(++count), real.background.readAt(...args)),
      },
    };
  }

  it("is seen as it was at one moment, whatever is renamed, compressed and appended afterwards", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const [a, b, c, d, e] = pieces(5);
      writeFileSync(`${path}.2`, a);
      writeFileSync(`${path}.1`, b);
      writeFileSync(path, c);
      const runtime = interrupted("readAt", (count) => {
        if (count !== 1) return;
        writeFileSync(path, c + d);
        renameSync(`${path}.2`, `${path}.3`);
        writeFileSync(`${path}.2.gz`, gzipSync(b));
        rmSync(`${path}.1`);
        renameSync(path, `${path}.1`);
        writeFileSync(path, e);
      });
      const report = await createVerifyLog(() => runtime, zlibDecompress)(path, { key: KEY });
      assert.deepEqual(report.totals, noProblem);
      assert.deepEqual(report.streams.map(({ first, last }) => [first, last]), [[1, 30]]);
    }));

  for (const canLock of [true, false]) {
    it(`is looked at again when it is rotated at that moment, ${canLock ? "with" : "without"} locks`, () =>
      inDirectory(async (directory) => {
        const path = join(directory, "app.log");
        const [a, b, c] = pieces(3);
        writeFileSync(`${path}.1`, a);
        writeFileSync(path, b);
        const real = detectRuntime();
        const runtime = interrupted("list", (count) => {
          if (count !== 1) return;
          renameSync(`${path}.1`, `${path}.2`);
          renameSync(path, `${path}.1`);
          writeFileSync(path, c);
        }, { ...real, lockProblem: () => canLock ? real.lockProblem() : "none here" });
        const report = await createVerifyLog(() => runtime, zlibDecompress)(path, { key: KEY });
        assert.deepEqual(report.totals, noProblem);
        assert.deepEqual(report.streams.map(({ first, last }) => [first, last]), [[1, 30]]);
      }));
  }

  it("is waited for when a line is half written, where the lock does not tell", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      const [a, b] = pieces(2);
      writeFileSync(path, a.slice(0, -30));
      const runtime = interrupted("readAt", (count) => {
        if (count === 3) writeFileSync(path, a + b);
      }, { ...detectRuntime(), lockProblem: () => "none here" });
      const report = await createVerifyLog(() => runtime, zlibDecompress)(path, { key: KEY });
      assert.deepEqual(report.totals, noProblem);
      assert.equal(report.streams[0].last, 10);
      // Nobody goes on with it.
      writeFileSync(path, a.slice(0, -30));
      const { fragments } = await createVerifyLog(() => runtime, zlibDecompress)(path);
      assert.deepEqual(fragments.map(({ line, isLast }) => [line, isLast]), [[10, true]]);
    }));

  it("is listed a few times, however many files get other numbers meanwhile", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      // So many that not all are opened at once.
      const count = 300;
      pieces(count).forEach((piece, index) =>
        writeFileSync(index === count - 1 ? path : `${path}.${299 - index}`, piece)
      );
      const calls = { list: 0, open: 0 };
      const real = detectRuntime();
      const runtime = interrupted("readAt", (reads) => {
        if (reads !== 20) return;
        for (let number = 299; number >= 1; number--) renameSync(`${path}.${number}`, `${path}.${number + 1}`);
      }, {
        ...real,
        calls: {
          ...real.calls,
          list: (path) => (calls.list++, real.calls.list(path)),
          open: (...args) => (calls.open++, real.calls.open(...args)),
        },
      });
      const report = await createVerifyLog(() => runtime, zlibDecompress)(path, { key: KEY });
      assert.deepEqual([report.totals, report.vanished], [noProblem, []]);
      assert.deepEqual(report.streams.map(({ first, last }) => [first, last]), [[1, 10 * count]]);
      assert.ok(calls.list <= 10 && calls.open <= count + 10, JSON.stringify(calls));
    }));

  it("may lose its oldest files to retention before they are read; that is no gap", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      // So many that not all are opened at once.
      const all = pieces(140);
      const name = (index: number) => `${path}.20261123T110215.${String(index).padStart(3, "0")}Z-000`;
      all.forEach((piece, index) => writeFileSync(index === 139 ? path : name(index), piece));
      const runtime = interrupted("readAt", (count) => {
        if (count !== 3) return;
        for (const gone of [2, 3]) rmSync(name(gone));
        renameSync(name(5), `${name(5)}.raw`);
        writeFileSync(`${name(5)}.gz`, gzipSync(all[5]));
      });
      const report = await createVerifyLog(() => runtime, zlibDecompress)(path, { key: KEY, complete: true });
      assert.deepEqual(report.totals, noProblem);
      assert.equal(report.vanished.length, 2);
      assert.deepEqual([report.streams[0].count, report.streams[0].unproven], [1_380, 1]);
    }));
});

describe("a report", () => {
  it("tells streams of one number apart by the writer, and without it by the 1 that they begin with", () => {
    const record = (pid: number, seq: number, writer?: string) =>
      JSON.stringify({ msg: "x", pid, ...writer && { writer }, seq });
    const log = [
      record(1, 1),
      record(1, 2),
      record(1, 3),
      record(1, 1),
      record(1, 2),
      record(2, 5, "a"),
      record(2, 1, "b"),
    ];
    const { ok, streams } = check([fileOf(log)]);
    assert.ok(ok);
    assert.deepEqual(streams.map(({ pid, writer, first, last, startsAt }) => [pid, writer, first, last, startsAt]), [
      [1, undefined, 1, 3, undefined],
      [1, undefined, 1, 2, undefined],
      [2, "a", 5, 5, 5],
      [2, "b", 1, 1, undefined],
    ]);
  });

  it("counts records without numbers, and takes no numbers that are none", () => {
    const odd = ['{"pid":1,"seq":0}', '{"pid":-1,"seq":1}', '{"pid":1,"seq":1.5}', '{"seq":1}', '{"pid":"1","seq":1}'];
    const { ok, unsequenced, streams } = check([fileOf(["{}", ...odd, '{"pid":1,"writer":"\\u001b","seq":1}'])]);
    assert.deepEqual([ok, unsequenced, streams.length], [true, 7, 0]);
  });

  it("takes every line for a fragment that is no object", () => {
    const lines = ["", "null", "[]", "1", '"x"', "{", '{"a":1}}', "\0\0\0", "[".repeat(100_000)];
    const { totals, fragments, records } = check([fileOf(lines) + '{"msg":"cut'], { pieceBytes: 7 });
    assert.deepEqual([totals.fragments, records], [10, 0]);
    assert.deepEqual(
      fragments.map(({ line, isLast }) => [line, isLast]),
      [...lines, ""].map((_, i) => [i + 1, i === 9]),
    );
  });

  it("is bounded: lists hold a hundred, totals are exact", () => {
    const record = (seq: number) => `{"msg":"x","pid":1,"writer":"w","seq":${seq}}`;
    // 12,000 gaps of one record, then those records, of which those in the gaps that were kept are only late.
    const odd = Array.from({ length: 12_000 }, (_, i) => record(2 * i + 1));
    const gaps = check([fileOf(odd)]);
    assert.deepEqual([gaps.totals.gaps, gaps.totals.missing, gaps.streams[0].missing], [11_999, 11_999, 11_999]);
    assert.deepEqual(gaps.streams[0].gaps.length, 100);
    const late = check([fileOf([...odd, ...Array.from({ length: 11_999 }, (_, i) => record(2 * i + 2))])]);
    assert.deepEqual([late.totals.disorder, late.totals.doubles, late.totals.gaps], [10_000, 1_999, 1_999]);
    const doubles = check([fileOf([...odd, ...odd, ...odd.map(() => "cut")])]);
    assert.deepEqual([doubles.totals.doubles, doubles.totals.fragments], [12_000, 12_000]);
    assert.deepEqual([doubles.streams[0].doubles.length, doubles.fragments.length], [100, 100]);
  });

  it("follows no more streams than it is told to, and says so", () => {
    const lines = Array.from({ length: 50 }, (_, i) => `{"pid":${i},"writer":"w","seq":1}`);
    const { ok, totals, streams } = check([fileOf([...lines, ...lines])], { maxStreams: 20 });
    assert.deepEqual([ok, totals.untracked, totals.doubles, streams.length], [false, 60, 20, 20]);
  });

  it("reads lines of any length, by their ends alone, and still proves them", () => {
    const writer = new LogWriter();
    const long = [writer.log(0), writer.log(0, "x".repeat(100_000)), writer.log(0, "ä".repeat(50_000)), writer.log(0)];
    for (const pieceBytes of [1, 1_000, 1 << 20]) {
      const options = { key: KEY, maxLineBytes: 1024, pieceBytes };
      const report = check([fileOf(long)], { ...options, complete: true });
      assert.deepEqual([report.totals, report.streams[0].last], [noProblem, 4]);
      const changed = fileOf(long).replace("xxx", "xyx");
      assert.deepEqual(check([changed], options).streams[0].altered, [{ seq: 2, file: "file0", line: 2 }]);
      const cut = check([fileOf([long[0], long[1].text.slice(0, 50_000), long[2], long[3]])], options);
      assert.deepEqual(cut.fragments, [{ file: "file0", line: 2, bytes: 50_000, isLast: false }]);
      assert.equal(cut.streams[0].gaps[0].before, 3);
    }
  });

  it("goes on from anchors, and misses what they promise", () => {
    const writer = new LogWriter();
    const lines = Array.from({ length: 10 }, () => writer.log(0));
    const first = check([fileOf(lines.slice(0, 5))], { key: KEY });
    const anchors = first.streams;
    // Retention has taken the first five: what follows them is proven all the same.
    const rest = check([fileOf(lines.slice(5))], { key: KEY, anchors });
    assert.deepEqual([rest.ok, rest.streams[0].unproven, rest.streams[0].startsAt], [true, 0, 6]);
    // Not what followed.
    assert.equal(
      check([fileOf(lines.slice(5))], { key: KEY, anchors: [{ ...anchors[0], mac: "A".repeat(43) }] }).ok,
      false,
    );
    for (const end of [0, 4]) {
      const { ok, cutOff } = check([fileOf(lines.slice(0, end))], { anchors });
      assert.deepEqual([ok, cutOff.map(({ expected, found }) => [expected, found])], [false, [[5, end]]]);
    }
  });
});

describe("the access that it needs", () => {
  it(
    "is to read",
    { skip: process.getuid?.() === 0 ? "root may do everything" : false },
    () =>
      inDirectory(async (directory) => {
        const path = join(directory, "sub", "app.log");
        mkdirSync(join(directory, "sub"));
        writeFileSync(path, pieces(1)[0]);
        chmodSync(path, 0o444);
        chmodSync(join(directory, "sub"), 0o555);
        assert.ok((await verifyLog(path, { key: KEY })).ok);
        chmodSync(join(directory, "sub"), 0o755);
      }),
  );

  it("leaves the log as it was", () =>
    inDirectory(async (directory) => {
      const path = join(directory, "app.log");
      writeFileSync(path, "{");
      await verifyLog(path);
      assert.deepEqual([readdirSync(directory), readFileSync(path, "utf8")], [["app.log"], "{"]);
    }));
});
